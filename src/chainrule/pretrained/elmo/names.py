"""The table of names: our parameters, and the arrays of weights.hdf5."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.pretrained.elmo.options import SYMBOLS, ElmoOptions
from chainrule.pretrained.stored.array_rows import ArrayRow

_CELL = "RNN_{direction}/RNN/MultiRNNCell/Cell{layer}/LSTMCell/"


def rows(options: ElmoOptions) -> list[ArrayRow]:
    """Return a row for every parameter but those of the mix."""
    return [*_words(options), *_cells(options)]


def _words(options: ElmoOptions) -> Iterator[ArrayRow]:
    width, joined = options.embedding, options.convolved
    yield ArrayRow("words.embedding", "char_embed", (SYMBOLS - 1, width))
    for i, (extent, count) in enumerate(options.filters):
        yield ArrayRow(f"words.kernels.{i}", f"CNN/W_cnn_{i}", (1, extent, width, count))
        yield ArrayRow(f"words.biases.{i}", f"CNN/b_cnn_{i}", (count,))
    for i in range(options.highways):
        ours, theirs = f"words.highways.{i}", f"CNN_high_{i}"
        for part in ("carry", "transform"):
            yield ArrayRow(f"{ours}.{part}_weight", f"{theirs}/W_{part}", (joined, joined))
            yield ArrayRow(f"{ours}.{part}_bias", f"{theirs}/b_{part}", (joined,))
    if options.projects:
        yield ArrayRow("words.weight", "CNN_proj/W_proj", (joined, options.projection))
        yield ArrayRow("words.bias", "CNN_proj/b_proj", (options.projection,))


def _cells(options: ElmoOptions) -> Iterator[ArrayRow]:
    width, cells = options.projection, options.cells
    for number, direction in enumerate(("forward_layers", "backward_layers")):
        for layer in range(options.layers):
            ours, home = f"{direction}.{layer}", _CELL.format(direction=number, layer=layer)
            yield ArrayRow(f"{ours}.weight", f"{home}W_0", (2 * width, 4 * cells))
            yield ArrayRow(f"{ours}.bias", f"{home}B", (4 * cells,))
            yield ArrayRow(f"{ours}.projection", f"{home}W_P_0", (cells, width))
