"""Elements of gates as formulas of elements of their operands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import count

import numpy as np

from chainrule.explore.textbook.activations import Parts, WrittenActivation
from chainrule.graph import Array, Constant, Input, Tensor, apply, is_float
from chainrule.ops import OWN_BACKWARD, add

RANK = 8
_MOST = 1_000_000


class NoElementsError(Exception):
    """A gate has no formula of elements here; the message names its kind."""


@dataclass(frozen=True)
class Letter:
    """An index: the axis of formulas on which it runs, and how many values it takes."""

    axis: int
    extent: int


Index = tuple[Letter | int, ...]


class ElementFormulas:
    """Formulas of elements: tensors of eight axes, each of which stands for one letter.

    named   the nodes that are written by name: their elements are the leaves of formulas
    values  the numbers of all nodes, which become float64
    activations  the activations among the gates: their operands and textbook forms
    whole   whether sums are written out term by term; indices are then positions
    """

    def __init__(
        self,
        named: Collection[Tensor],
        values: Mapping[Tensor, Array],
        activations: Mapping[Tensor, tuple[Tensor, WrittenActivation]],
        whole: bool = False,
    ) -> None:
        self._named = named
        self._activations = activations
        self._values = values
        self._whole = whole
        self._axes = count()
        self._grid = 1
        self._spread: tuple[Tensor, Index] | None = None
        self.parts: Parts = {}
        self.leaves: dict[tuple[Tensor, Index], Tensor] = {}

    def letters(self, extents: Sequence[int]) -> Index:
        """Return an index of fresh letters; position 0 for an extent of 1."""
        return tuple(self._letter(extent) for extent in extents)

    def _letter(self, extent: int) -> Letter | int:
        if extent == 1:
            return 0
        axis = next(self._axes)
        self._grid *= extent
        if axis >= RANK or self._grid > _MOST:
            raise NoElementsError("too many elements")
        return Letter(axis, extent)

    def leaf(self, node: Tensor, index: Index) -> Tensor:
        """Return the element of a node as a leaf."""
        key = (node, index)
        if key not in self.leaves:
            value = laid_out(self._values[node], index)
            if self._spread is not None and node is self._spread[0]:
                value = value + np.zeros(_extents(self._spread[1]))
            self.leaves[key] = Input("element", value.shape, value.dtype, value)
        return self.leaves[key]

    def _element(self, node: Tensor, index: Index) -> Tensor:
        if isinstance(node, Constant) and node.size == 1:
            return Constant(_widened(np.asarray(node.peek())).reshape(()))
        if node in self._named or node.primitive is None:
            return self.leaf(node, index)
        return self.define(node, index)

    def spread(self, node: Tensor, index: Index) -> None:
        """Let the elements of `node` differ along the letters of `index`, to tell them apart."""
        self._spread = node, index

    def define(self, node: Tensor, index: Index) -> Tensor:
        """Return the element `index` of a gate in terms of elements of its operands."""
        assert node.primitive is not None
        if node in self._activations:
            x, written = self._activations[node]
            return written.value(self._element(x, _shared(x, index)), self.parts)
        rule = _RULES.get(node.primitive.name)
        if rule is not None:
            return rule(self, node, index)
        if node.primitive.family == "elementwise" and node.primitive is not OWN_BACKWARD:
            operands = [self._element(each, _shared(each, index)) for each in node.inputs]
            return apply(node.primitive, *operands, **node.attributes)
        raise NoElementsError(node.kind)

    def _total(self, terms: Callable[[Index], Tensor], extents: Sequence[int]) -> Tensor:
        """Return a sum over an index."""
        if self._whole:
            return reduce(add, [terms(tuple(map(int, at))) for at in np.ndindex(*extents)])
        index = self.letters(extents)
        body = terms(index)
        axes = [each.axis for each in index if isinstance(each, Letter)]
        return body.sum(axes, keepdims=True) if axes else body

    def _product(self, node: Tensor, index: Index) -> Tensor:
        first, second = node.inputs
        lead = index[: max(first.ndim, second.ndim, 2) - 2]
        own = list(index[len(lead) :])
        row = [own.pop(0)] if first.ndim > 1 else []
        column = own

        def term(inner: Index) -> Tensor:
            left = _shared(first, (*lead, *row, *inner))
            right = (*lead, *inner, *column) if second.ndim > 1 else inner
            return self._element(first, left) * self._element(second, _shared(second, right))

        return self._total(term, first.shape[-1:])

    def _sum(self, node: Tensor, index: Index) -> Tensor:
        (x,), axes = node.inputs, node.attributes["axis"]
        kept = iter(index)
        if node.attributes["keepdims"]:
            outer = {i: at for i, at in enumerate(index) if i not in axes}
        else:
            outer = {i: next(kept) for i in range(x.ndim) if i not in axes}

        def term(inner: Index) -> Tensor:
            found = {**outer, **dict(zip(axes, inner, strict=True))}
            return self._element(x, tuple(found[i] for i in range(x.ndim)))

        return self._total(term, [x.shape[i] for i in axes])

    def _permuted(self, node: Tensor, index: Index) -> Tensor:
        axes = node.attributes["axes"]
        return self._element(node.inputs[0], tuple(index[axes.index(i)] for i in range(len(axes))))

    def _reshaped(self, node: Tensor, index: Index) -> Tensor:
        """Follow a reshape that adds or drops axes of extent 1."""
        (x,) = node.inputs
        if [n for n in x.shape if n != 1] != [n for n in node.shape if n != 1]:
            raise NoElementsError(node.kind)
        long = iter(at for at, n in zip(index, node.shape, strict=True) if n != 1)
        return self._element(x, tuple(0 if n == 1 else next(long) for n in x.shape))

    def _same(self, node: Tensor, index: Index) -> Tensor:
        (x,) = node.inputs
        return self._element(x, _shared(x, index))


_RULES: Mapping[str, Callable[[ElementFormulas, Tensor, Index], Tensor]] = {
    "matmul": ElementFormulas._product,
    "sum": ElementFormulas._sum,
    "permute_dims": ElementFormulas._permuted,
    "reshape": ElementFormulas._reshaped,
    "broadcast_to": ElementFormulas._same,
    "astype": ElementFormulas._same,
}


def laid_out(value: Array, index: Index) -> Array:
    """Return an array with every letter of `index` on its axis, of eight axes, in float64."""
    picked = _widened(value)[tuple(slice(None) if isinstance(i, Letter) else i for i in index)]
    letters = [each for each in index if isinstance(each, Letter)]
    if len({each.axis for each in letters}) < len(letters):
        raise NoElementsError("a diagonal")
    order = np.argsort([each.axis for each in letters])
    return np.asarray(picked).transpose([int(i) for i in order]).reshape(_extents(index))


def _extents(index: Index) -> list[int]:
    """Return the extents of a formula over the letters of `index`."""
    extents = [1] * RANK
    for each in index:
        if isinstance(each, Letter):
            extents[each.axis] = each.extent
    return extents


def _widened(value: Array) -> Array:
    return value.astype(np.float64) if is_float(value.dtype) else value


def _shared(operand: Tensor, index: Index) -> Index:
    """Return the index of an operand that broadcasts to an element `index`."""
    own = index[len(index) - operand.ndim :]
    return tuple(0 if n == 1 else at for n, at in zip(operand.shape, own, strict=True))
