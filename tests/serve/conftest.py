"""Fixtures for servers."""

import pytest

pytest.importorskip("starlette")

from served import save_tagger, server


@pytest.fixture(scope="session")
def tagger_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served") / "tagger"
    save_tagger(folder)
    return folder


@pytest.fixture(scope="session")
def other_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served") / "other"
    save_tagger(folder, seed=1)
    return folder


@pytest.fixture(scope="module")
def running(tagger_folder):
    with server(tagger_folder, "--max-bytes", 10_000, "--timeout", 20, seconds=None) as found:
        yield found
        assert found.stop() == 0
