"""The product of two tensors with labelled axes, as a matrix product where it sums over axes."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from chainrule.graph import Shape, Tensor
from chainrule.ops.contracting.notation import Labels
from chainrule.ops.products import matmul
from chainrule.ops.shaping import permute_dims


@dataclass(frozen=True)
class Labelled:
    """A tensor with one label per axis, no two of them equal."""

    tensor: Tensor
    labels: Labels

    @property
    def shape(self) -> Shape:
        """The extents of the axes."""
        return self.tensor.shape

    @property
    def extents(self) -> dict[Hashable, int]:
        """The extent of every label."""
        return dict(zip(self.labels, self.tensor.shape, strict=True))

    def arranged(self, labels: Labels) -> Tensor:
        """Return the tensor with its axes in another order."""
        if labels == self.labels:
            return self.tensor
        return permute_dims(self.tensor, [self.labels.index(each) for each in labels])

    def aligned(self, labels: Labels) -> Tensor:
        """Return the tensor with an axis for each of `labels`, of extent 1 where it has none."""
        own = tuple(each for each in labels if each in self.labels)
        extents = self.extents
        return self.arranged(own).reshape([extents.get(each, 1) for each in labels])


def pair_product(a: Labelled, b: Labelled, output: Labels) -> Labelled:
    """Return the product of two tensors, summed over the labels that `output` lacks.

    Each of these is a label of both.
    """
    inner = tuple(each for each in a.labels if each in b.labels and each not in output)
    batch = tuple(each for each in output if each in a.labels and each in b.labels)
    if not inner:
        return Labelled(a.aligned(output) * b.aligned(output), output)
    if len(batch) == len(output) and batch:
        products = a.arranged((*batch, *inner)) * b.arranged((*batch, *inner))
        axes = tuple(range(len(batch), products.ndim))
        return Labelled(products.sum(axes).astype(products.dtype), output)
    if not output:
        vectors = (each.arranged(inner).reshape(each.tensor.size) for each in (a, b))
        return Labelled(matmul(*vectors), output)
    return _multiplied(a, b, _cheapest(a.labels, b.labels, output, a.shape, b.shape))


@dataclass(frozen=True)
class _Layout:
    """A matrix product: A (batch, rows, inner) times B (batch, inner, columns).

    exchanged       whether A is made of the second operand
    a_last, b_last  whether the inner labels are the last ones in memory; if not, A is the transpose
                    of (batch, inner, rows), and the same for B
    """

    exchanged: bool
    batch: Labels
    rows: Labels
    columns: Labels
    inner: Labels
    a_last: bool
    b_last: bool

    @property
    def a_labels(self) -> Labels:
        """The labels of the first factor as it is stored."""
        own = (*self.rows, *self.inner) if self.a_last else (*self.inner, *self.rows)
        return (*self.batch, *own)

    @property
    def b_labels(self) -> Labels:
        """The labels of the second factor as it is stored."""
        own = (*self.columns, *self.inner) if self.b_last else (*self.inner, *self.columns)
        return (*self.batch, *own)

    @property
    def made(self) -> Labels:
        """The labels of the product."""
        return (*self.batch, *self.rows, *self.columns)


def _multiplied(a: Labelled, b: Labelled, layout: _Layout) -> Labelled:
    """Return the product of two tensors in a layout."""
    extents = a.extents | b.extents
    a, b = (b, a) if layout.exchanged else (a, b)
    batch, rows, columns, inner = (
        math.prod(extents[label] for label in labels)
        for labels in (layout.batch, layout.rows, layout.columns, layout.inner)
    )
    lead = (batch,) if layout.batch else ()
    left, right = a.arranged(layout.a_labels), b.arranged(layout.b_labels)
    left = left.reshape(*lead, *((rows, inner) if layout.a_last else (inner, rows)))
    right = right.reshape(*lead, *((columns, inner) if layout.b_last else (inner, columns)))
    found = matmul(left if layout.a_last else left.mT, right.mT if layout.b_last else right)
    return Labelled(found.reshape([extents[each] for each in layout.made]), layout.made)


@lru_cache(256)
def _cheapest(a: Labels, b: Labels, output: Labels, a_shape: Shape, b_shape: Shape) -> _Layout:
    """Return the layout for which the fewest elements are moved."""
    extents = dict(zip((*a, *b), (*a_shape, *b_shape), strict=True))
    sizes = [math.prod(extents[each] for each in labels) for labels in (a, b, output)]

    def moved(layout: _Layout) -> int:
        arranged = (layout.a_labels, layout.b_labels)
        wanted = (*(arranged[::-1] if layout.exchanged else arranged), layout.made)
        orders = zip(sizes, (a, b, output), wanted, strict=True)
        return sum(size for size, have, want in orders if have != want)

    return min(_layouts(a, b, output), key=moved)


def _layouts(a: Labels, b: Labels, output: Labels) -> Iterator[_Layout]:
    """Yield the layouts whose labels are in the order of an operand or of the result."""
    both = set(a) & set(b)
    inner, batch = both - set(output), both & set(output)
    for exchanged, x, y in ((False, a, b), (True, b, a)):
        orders = product(
            _orders(batch, output, x, y),
            _orders(set(x) - both, output, x),
            _orders(set(y) - both, output, y),
            _orders(inner, x, y),
            (True, False),
            (False, True),
        )
        for each in orders:
            yield _Layout(exchanged, *each)


def _orders(labels: set[Hashable], *given: Labels) -> dict[Labels, None]:
    """Return the orders that some labels have in given orders, each once."""
    return dict.fromkeys(tuple(each for each in order if each in labels) for order in given)
