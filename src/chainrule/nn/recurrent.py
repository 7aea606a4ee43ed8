"""Recurrent layers: cells along sequences by `cr.scan`, in several layers and directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from chainrule.grad import scan
from chainrule.graph import ShapeError, Tensor, TensorLike, as_tensor
from chainrule.nn.cell import Cell
from chainrule.nn.dropout import Dropout
from chainrule.nn.extents import require_extents
from chainrule.nn.initial import generator
from chainrule.nn.lengths import within
from chainrule.nn.module.module import Module
from chainrule.ops import concat, permute_dims, stack, where


class Recurrent(Module):
    """The base of recurrent layers: cells along sequences, in one direction or both.

    inputs, hidden  the number of features of the input and of the state
    layers          the number of layers; each but the first reads the outputs of the one below
    bidirectional   True: a second cell per layer runs from the end to the beginning, and outputs
                    are (forward, backward) joined on the last axis
    batch_first     True: input and outputs are (batch, time, features), not (time, batch, features)
    dropout         the probability of dropping an output of a layer but the last, in training
    bias, initial, recurrent_initial, bias_initial, dtype, random  as for the cells, see `Cell`

    Weights have torch's names, shapes and order of gates (`weight_ih_l0`, `bias_hh_l1_reverse`), so
    that `load_state` accepts the state of torch's layer of the same name. `cells` holds the cells,
    layer by layer, forward before backward. The products with the inputs are computed for all steps
    at once; the scan adds the bias, where that needs no pass over memory, and what needs the state.
    """

    cell: Callable[..., Cell]

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        layers: int = 1,
        bidirectional: bool = False,
        batch_first: bool = False,
        dropout: float = 0.0,
        random: np.random.Generator | int | None = None,
        **options: Any,
    ) -> None:
        require_extents(type(self).__name__, inputs=inputs, hidden=hidden, layers=layers)
        source = generator(random)
        self.inputs, self.hidden, self.layers = inputs, hidden, layers
        self.directions, self.batch_first = 1 + bidirectional, batch_first
        below = [inputs, *[hidden * self.directions] * (layers - 1)]
        self.cells = [
            self.cell(entering, hidden, random=source, **options)
            for entering in below
            for _ in range(self.directions)
        ]
        self.dropout = Dropout(dropout, random=source) if dropout else None

    def forward(self, x: TensorLike, state: Any = None, lengths: TensorLike | None = None) -> Any:
        """Return the outputs of the last layer at all steps, and the final state of all cells.

        x        (time, batch, inputs), or (batch, time, inputs) if `batch_first`
        state    before the first step, (layers · directions, batch, hidden), an LSTM's a pair of
                 them; zeros if None
        lengths  integers (batch,), the number of steps of each sequence; all steps if None
        returns  outputs (time, batch, directions · hidden), batch first if asked, and the state in
                 the form of `state`

        With lengths, the state of a sequence does not change after its last step, its outputs are
        zero there, the backward direction starts at its last step, and the padding of `x` is not
        read. Raises ShapeError, DTypeError or RangeError if the shapes or lengths do not fit.
        """
        x = self._by_time(as_tensor(x))
        states = self._first_states(state, x.shape[1])
        inside = None if lengths is None else _inside(lengths, x)
        x = x if inside is None else where(inside, x, 0)
        finals: list[Any] = []
        for layer in range(self.layers):
            x = self._dropped(x) if layer else x
            x, ends = self._layer(layer, x, states, inside)
            finals += ends
        return (permute_dims(x, (1, 0, 2)) if self.batch_first else x), self._joined(finals)

    def _layer(
        self, layer: int, x: Tensor, states: Sequence[Any], inside: Tensor | None
    ) -> tuple[Tensor, list[Any]]:
        """Return the outputs of one layer in all its directions, and its final states."""
        finals, outputs = [], []
        for direction in range(self.directions):
            i = layer * self.directions + direction
            final, output = _run(self.cells[i], states[i], x, inside, reverse=direction == 1)
            finals.append(final)
            outputs.append(output)
        return (concat(outputs, -1) if len(outputs) > 1 else outputs[0]), finals

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """Yield the parts; before each cell, its parameters under torch's names."""
        for path, part in super()._parts():
            if isinstance(part, Cell) and path.startswith("cells."):
                ending = self._ending(int(path.removeprefix("cells.")))
                yield from (
                    (f"{name}{ending}", each) for each, name in part.parameter_paths().items()
                )
            yield path, part

    @property
    def title(self) -> str:
        """The name of the layer in messages: its class and the path of its first weights."""
        return f"The {type(self).__name__} of {self.cells[0].weight_ih.name!r}"

    def _ending(self, cell: int) -> str:
        """Return the ending of torch's names: "_l1_reverse" for cell 3 of two directions."""
        layer, direction = divmod(cell, self.directions)
        return f"_l{layer}{'_reverse' * direction}"

    def _by_time(self, x: Tensor) -> Tensor:
        if x.ndim != 3 or x.shape[-1] != self.inputs:
            order = "batch, time" if self.batch_first else "time, batch"
            raise ShapeError(
                f"{self.title} takes x of shape ({order}, {self.inputs}), but was given {x.shape}."
            )
        return permute_dims(x, (1, 0, 2)) if self.batch_first else x

    def _first_states(self, state: Any, batch: int) -> list[Any]:
        """Return the initial state of every cell."""
        if state is None:
            return [None] * len(self.cells)
        count = self.cells[0].states
        parts = tuple(as_tensor(each) for each in self.cells[0].tensors(state))
        wanted = (len(self.cells), batch, self.hidden)
        if len(parts) != count or any(each.shape != wanted for each in parts):
            raise ShapeError(
                f"{self.title} takes a state of {count} tensor(s) of shape "
                f"{wanted}, (layers · directions, batch, hidden), but was given "
                f"{', '.join(str(each.shape) for each in parts)}."
            )
        if count == 1:
            return [parts[0][i] for i in range(len(self.cells))]
        return [tuple(each[i] for each in parts) for i in range(len(self.cells))]

    def _dropped(self, x: Tensor) -> Tensor:
        return x if self.dropout is None else self.dropout(x)

    def _joined(self, finals: Sequence[Any]) -> Any:
        if self.cells[0].states == 1:
            return stack(finals)
        return tuple(stack(each) for each in zip(*finals, strict=True))


def _inside(lengths: TensorLike, x: Tensor) -> Tensor:
    """Return bools (time, batch, 1): whether a step belongs to the sequence."""
    steps, batch = x.shape[:2]
    ends = within(lengths, steps, batch).reshape(1, batch, 1)
    return ends > np.arange(steps).reshape(steps, 1, 1)


def _run(
    cell: Cell, state: Any, x: Tensor, inside: Tensor | None, reverse: bool
) -> tuple[Any, Tensor]:
    """Return the final state of one cell along `x`, and its outputs."""
    first, products = cell.first(state, x.shape[1]), cell.project(x)

    def step(before: Any, products: Tensor) -> tuple[Any, Tensor]:
        after = cell.step(before, cell.with_bias(products))
        return after, _output(after)

    def step_inside(before: Any, now: tuple[Tensor, Tensor]) -> tuple[Any, Tensor]:
        products, goes_on = now
        after = cell.step(before, cell.with_bias(products))
        return _held(goes_on, after, before), where(goes_on, _output(after), 0)

    if inside is None:
        return scan(step, first, products, reverse=reverse)
    return scan(step_inside, first, (products, inside), reverse=reverse)


def _output(state: Any) -> Tensor:
    output: Tensor = state[0] if isinstance(state, tuple) else state
    return output


def _held(goes_on: Tensor, after: Any, before: Any) -> Any:
    """Return the state after a step, or before it where the sequence has ended."""
    if not isinstance(after, tuple):
        return where(goes_on, after, before)
    pairs = zip(after, before, strict=True)
    return tuple(where(goes_on, new, old) for new, old in pairs)
