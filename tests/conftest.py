"""Fixtures for all tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import chainrule as cr

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session", autouse=True)
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the tests' compiled code out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHAINRULE_CACHE", str(tmp_path_factory.mktemp("code")))
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real corpora, beside the project; see its README."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real corpora are absent: there is no folder ../shared/data")
    return SHARED_DATA


@pytest.fixture
def own_primitives() -> Iterator[None]:
    """Let a test declare primitives; afterwards the table is as before."""
    before = dict(cr.PRIMITIVES)
    yield
    cr.PRIMITIVES.clear()
    cr.PRIMITIVES.update(before)
