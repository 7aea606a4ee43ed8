"""The folder of a tiny pretrained network, and labelled texts."""

import pytest

from tiny_bert import write_bert, write_texts


@pytest.fixture(scope="session")
def bert(tmp_path_factory):
    return write_bert(tmp_path_factory.mktemp("bert") / "net")


@pytest.fixture(scope="session")
def texts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    return write_texts(folder / "train.tsv", 96, 1), write_texts(folder / "dev.tsv", 40, 2)


@pytest.fixture(scope="session")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    return (
        write_texts(folder / "train.tsv", 48, 1, pairs=True),
        write_texts(folder / "dev.tsv", 16, 2, pairs=True),
    )
