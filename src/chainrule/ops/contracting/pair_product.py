"""The product of two tensors with labelled axes, as a matrix product where it sums over axes."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from itertools import product

from chainrule.graph import Tensor
from chainrule.ops.contracting.notation import Labels
from chainrule.ops.products import matmul
from chainrule.ops.shaping import permute_dims


@dataclass(frozen=True)
class Labelled:
    """A tensor with one label per axis, no two of them equal."""

    tensor: Tensor
    labels: Labels

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
    return _cheapest(a, b, inner, batch, output).computed()


@dataclass(frozen=True)
class _Layout:
    """A matrix product: A (batch, rows, inner) times B (batch, inner, columns).

    a_last, b_last  whether the inner labels are the last ones in memory; if not, A is the transpose
                    of (batch, inner, rows), and the same for B
    """

    a: Labelled
    b: Labelled
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

    def copied(self, output: Labels) -> int:
        """Return the number of elements that must be moved to other places."""
        extents = self.a.extents | self.b.extents
        sizes = (self.a.tensor.size, self.b.tensor.size, math.prod(extents[e] for e in output))
        orders = (
            (self.a.labels, self.a_labels),
            (self.b.labels, self.b_labels),
            (output, self.made),
        )
        return sum(size for size, (x, y) in zip(sizes, orders, strict=True) if x != y)

    def computed(self) -> Labelled:
        """Return the product."""
        extents = self.a.extents | self.b.extents
        batch, rows, columns, inner = (
            math.prod(extents[label] for label in labels)
            for labels in (self.batch, self.rows, self.columns, self.inner)
        )
        lead = (batch,) if self.batch else ()
        left, right = self.a.arranged(self.a_labels), self.b.arranged(self.b_labels)
        left = left.reshape(*lead, *((rows, inner) if self.a_last else (inner, rows)))
        right = right.reshape(*lead, *((columns, inner) if self.b_last else (inner, columns)))
        found = matmul(left if self.a_last else left.mT, right.mT if self.b_last else right)
        return Labelled(found.reshape([extents[e] for e in self.made]), self.made)


def _cheapest(a: Labelled, b: Labelled, inner: Labels, batch: Labels, output: Labels) -> _Layout:
    """Return the layout for which the fewest elements are moved."""
    return min(_layouts(a, b, inner, batch, output), key=lambda each: each.copied(output))


def _layouts(
    a: Labelled, b: Labelled, inner: Labels, batch: Labels, output: Labels
) -> Iterator[_Layout]:
    for x, y in ((a, b), (b, a)):
        orders = product(
            _orders(batch, output, x.labels, y.labels),
            _orders(_alone(x, y), output, x.labels),
            _orders(_alone(y, x), output, y.labels),
            _orders(inner, x.labels, y.labels),
            (True, False),
            (False, True),
        )
        for each in orders:
            yield _Layout(x, y, *each)


def _alone(x: Labelled, y: Labelled) -> Labels:
    return tuple(each for each in x.labels if each not in y.labels)


def _orders(labels: Labels, *given: Labels) -> dict[Labels, None]:
    """Return the orders that some labels have in given orders, each once."""
    return dict.fromkeys(tuple(each for each in order if each in labels) for order in given)
