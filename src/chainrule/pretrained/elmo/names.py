"""The table of names: our parameters, and the arrays of weights.hdf5."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chainrule.pretrained.elmo.options import SYMBOLS, ElmoOptions

_CELL = "RNN_{direction}/RNN/MultiRNNCell/Cell{layer}/LSTMCell/"


@dataclass(frozen=True)
class Row:
    """The path of a parameter of ours, the name of its array, and the shape of both."""

    ours: str
    theirs: str
    shape: tuple[int, ...]


def rows(options: ElmoOptions) -> list[Row]:
    """Return a row for every parameter but those of the mix."""
    return [*_words(options), *_cells(options)]


def _words(options: ElmoOptions) -> Iterator[Row]:
    width, joined = options.embedding, options.convolved
    yield Row("words.embedding", "char_embed", (SYMBOLS - 1, width))
    for i, (extent, count) in enumerate(options.filters):
        yield Row(f"words.kernels.{i}", f"CNN/W_cnn_{i}", (1, extent, width, count))
        yield Row(f"words.biases.{i}", f"CNN/b_cnn_{i}", (count,))
    for i in range(options.highways):
        ours, theirs = f"words.highways.{i}", f"CNN_high_{i}"
        for part in ("carry", "transform"):
            yield Row(f"{ours}.{part}_weight", f"{theirs}/W_{part}", (joined, joined))
            yield Row(f"{ours}.{part}_bias", f"{theirs}/b_{part}", (joined,))
    if options.projects:
        yield Row("words.weight", "CNN_proj/W_proj", (joined, options.projection))
        yield Row("words.bias", "CNN_proj/b_proj", (options.projection,))


def _cells(options: ElmoOptions) -> Iterator[Row]:
    width, cells = options.projection, options.cells
    for number, direction in enumerate(("forward_layers", "backward_layers")):
        for layer in range(options.layers):
            ours, home = f"{direction}.{layer}", _CELL.format(direction=number, layer=layer)
            yield Row(f"{ours}.weight", f"{home}W_0", (2 * width, 4 * cells))
            yield Row(f"{ours}.bias", f"{home}B", (4 * cells,))
            yield Row(f"{ours}.projection", f"{home}W_P_0", (cells, width))
