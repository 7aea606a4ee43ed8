"""Readers of the files of ULMFiT."""

import pickle
import shutil
from pathlib import Path

from chainrule.pretrained import load
from chainrule.pretrained.ulmfit import classifier, language_model
from chainrule.pretrained.ulmfit.ulmfit_folder import open_ulmfit

from .pretrained_files import in_pickle
from .reader import Reader

_WORDS = ["xxunk", "xxpad", "xxbos", "the", "of"]


def _files(folder: Path) -> None:
    """Write a classifier of one layer, and words in a newer protocol of pickle."""
    net = classifier(language_model(_WORDS, 3, (), random=0), ["a", "b"], random=0)
    net.save(folder / "saved")
    shutil.move(folder / "saved" / "model.pth", folder / "model.pth")
    shutil.rmtree(folder / "saved")
    (folder / "words.pkl").write_bytes(pickle.dumps(_WORDS, protocol=4))


def _load(folder: Path) -> None:
    net = load(folder, head="classification", labels=2)
    assert net.body.table.weight.shape == (len(_WORDS), 3)


def _open(folder: Path) -> None:
    words = open_ulmfit(folder).words
    assert words
    assert all(isinstance(each, str) for each in words)


ULMFIT_FILES = {
    "ULMFiT, weights": Reader(_files, "model.pth", in_pickle, _load),
    "ULMFiT, words": Reader(_files, "words.pkl", in_pickle, _open),
}
