"""Readers of word vectors."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.text.vectors import VectorFormat, WordVectors, read_vectors, write_vectors
from chainrule.word2vec import Settings, train_vectors
from chainrule.word2vec.checkpoint import load_checkpoint
from chainrule.word2vec.corpus import read_corpus
from chainrule.word2vec.sampling import negative_table
from chainrule.word2vec.skip_gram import SkipGramStep

from .mutations import in_arrays, in_bytes
from .reader import Reader

_PIECES = [
    *(b"", b"\t", b"\n", b"\r\n", b" ", b"\0", b"\xff", b"1e999", b"nan", b"-inf", b"1_0", b"0x1"),
    *(b"9" * 400, b"x" * 20_000, b"1 2 3", b"4 99999999", b"999999999999 3", b"-1", b"1,5", b"."),
]


def _written(format: VectorFormat) -> Callable[[Path], object]:
    table = np.arange(12, dtype=np.float32).reshape(4, 3) / 7
    vectors = WordVectors(["ada", "Bonn", "é", "0"], table)
    return lambda folder: write_vectors(folder / "vectors", vectors, format)


def _in_fields(content: bytes, random: Random) -> bytes:
    """Exchange, repeat and extend fields between blanks, or damage bytes."""
    if random.random() < 0.4:
        return in_bytes(content, random)
    fields = content.replace(b"\n", b" \n ").split(b" ")
    for _ in range(random.randint(1, 4)):
        fields[random.randrange(len(fields))] = random.choice(_PIECES)
    return b" ".join(fields).replace(b" \n ", b"\n")


def _used(folder: Path) -> None:
    """Read the file, also with its checksum, and use what it holds."""
    vectors = read_vectors(folder / "vectors")
    assert len(vectors.words.words) == len(vectors.table)
    vectors.look_up(["ada", "BONN", "1"])
    read_vectors(folder / "vectors", check=True)


def _stopped(folder: Path) -> None:
    """Leave the checkpoint of a training that was stopped."""
    (folder / "text").write_text("a b c d " * 50)

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        train_vectors([folder / "text"], folder / "v", _SETTINGS, on_progress=stop)


def _resumed() -> Callable[[Path], None]:
    """Return what loads into one and the same step, and sees that errors leave it as it was."""
    held: dict[str, Any] = {}

    def read(folder: Path) -> None:
        if not held:
            corpus = read_corpus([folder / "text"], folder, _SETTINGS)
            step = SkipGramStep(4, negative_table(corpus), 4, 1, _SETTINGS)
            held.update(corpus=corpus, step=step)
        step = held["step"]
        before = {name: each.value.tobytes() for name, each in step.state().items()}
        try:
            load_checkpoint(folder / "v.checkpoint", step, held["corpus"], _SETTINGS)
        except cr.ChainruleError:
            assert before == {name: each.value.tobytes() for name, each in step.state().items()}
            raise

    return read


_SETTINGS = Settings(size=2, epochs=1)

VECTOR_FILES = {
    "vectors, checkpoint": Reader(_stopped, "v.checkpoint", in_arrays(""), _resumed()),
    "vectors": Reader(_written("chainrule"), "vectors", in_arrays(""), _used),
    "vectors, word2vec": Reader(_written("word2vec"), "vectors", _in_fields, _used),
    "vectors, binary": Reader(_written("word2vec-binary"), "vectors", in_bytes, _used),
    "vectors, GloVe": Reader(_written("glove"), "vectors", _in_fields, _used),
    "vectors, fastText": Reader(_written("fasttext"), "vectors", _in_fields, _used),
}
