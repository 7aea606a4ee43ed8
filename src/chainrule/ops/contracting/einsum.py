"""Products of any number of tensors, summed over axes: Einstein's notation."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from chainrule.graph import (
    DType,
    DTypeError,
    ShapeError,
    Tensor,
    TensorLike,
    as_tensor,
    bool_,
    int64,
    promote,
)
from chainrule.graph.dtypes import promote_scalar
from chainrule.graph.promotion import number_type
from chainrule.ops.contracting.contraction_order import contraction_order, kept
from chainrule.ops.contracting.notation import (
    Contraction,
    Labels,
    extents_of,
    labelled,
    labels_of_list,
    terms_of_text,
)
from chainrule.ops.contracting.pair_product import Labelled, pair_product
from chainrule.ops.rearranging.diagonals import diagonal
from chainrule.ops.shaping import broadcast_to


def einsum(subscripts: Any, *operands: Any) -> Tensor:
    """Return the sum of products that Einstein's notation describes.

    subscripts  the labels of the axes of every operand, separated by commas, then "->" and those of
                the result: "bij,bjk->bik". Labels that the result lacks are summed over; a label
                twice in one operand is its diagonal; "..." is for further axes, which broadcast.
                Without "->" the result has the labels that occur once, in alphabetical order
    operands    one tensor per list of labels; axes of extent 1 broadcast
    returns     the result in the promoted dtype

    `einsum(x, [0, 1], y, [1, 2], [0, 2])` gives labels as lists of integers instead. Operands are
    multiplied two at a time, as matrix products, in the order with the fewest multiplications (more
    than 8 operands: an order that is not always the best one). Axes that only one operand has are
    summed before. Raises ShapeError for labels and shapes that do not fit.
    """
    spec, terms, output, given = _parsed(subscripts, operands)
    if not given:
        raise ShapeError(f"einsum was given {spec!r} and no operands. Give one per list of labels.")
    dtype = _common_dtype(given)
    computed = int64 if dtype == bool_ else dtype
    tensors = [as_tensor(each, computed) for each in given]
    contraction = labelled(spec, terms, output, tensors)
    extents = extents_of(spec, contraction, [each.shape for each in tensors])
    found = _contracted(tensors, contraction, extents)
    return found != 0 if dtype == bool_ else found


def _parsed(
    subscripts: Any, operands: Sequence[Any]
) -> tuple[str, Sequence[Labels], Labels | None, list[TensorLike]]:
    """Return the notation, the labels of operands and result, and the operands."""
    if isinstance(subscripts, str):
        terms, result = terms_of_text(subscripts)
        return subscripts, terms, result, list(operands)
    given = (subscripts, *operands)
    lists: list[Any] = [each for i, each in enumerate(given) if i % 2 or i == len(given) - 1]
    if len(given) < 2 or not all(isinstance(each, list | tuple) for each in lists):
        raise DTypeError(
            f"einsum was given {type(subscripts).__name__} as its first argument. Give a string "
            "such as 'ij,jk->ik', or each operand with a list of labels behind it."
        )
    spec = ", ".join(map(str, lists))
    tensors = list(given[: len(given) - len(given) % 2 : 2])
    labels = [labels_of_list(spec, each) for each in lists]
    has_output = len(given) % 2 == 1
    return spec, labels[: len(tensors)], labels[-1] if has_output else None, tensors


def _common_dtype(operands: Sequence[TensorLike]) -> DType:
    """Return the promoted dtype of operands; Python numbers are weak."""
    weak = [_weak_type(each) for each in operands]
    strong = [as_tensor(e).dtype for e, number in zip(operands, weak, strict=True) if not number]
    dtype = promote(*strong) if strong else bool_
    for each in filter(None, weak):
        dtype = promote_scalar(each, dtype)
    return dtype


def _weak_type(operand: TensorLike) -> type | None:
    """Return the type of a number, also of one that is an argument of a traced function."""
    if isinstance(operand, Tensor):
        return {"b": bool, "f": float}.get(operand.dtype.kind, int) if operand.weak else None
    return number_type(operand)


def _contracted(
    tensors: Sequence[Tensor], contraction: Contraction, extents: dict[Hashable, int]
) -> Tensor:
    """Return the result of a contraction."""
    output = contraction.output
    left = [
        _without_diagonals(each, labels, extents)
        for each, labels in zip(tensors, contraction.operands, strict=True)
    ]
    left = [_summed(each, i, left, output) for i, each in enumerate(left)]
    sets = tuple(frozenset(each.labels) for each in left)
    for first, second in contraction_order(sets, frozenset(output), frozenset(extents.items())):
        b, a = left.pop(second), left.pop(first)
        left.append(pair_product(a, b, _labels_of_product(a, b, left, output)))
    (found,) = left
    shape = [extents[each] for each in output]
    return broadcast_to(found.aligned(output), shape)


def _labels_of_product(
    a: Labelled, b: Labelled, others: Sequence[Labelled], output: Labels
) -> Labels:
    """Return the labels of a product: of the last one in the order of the result."""
    together = dict.fromkeys((*a.labels, *b.labels))
    if not others:
        return tuple(each for each in output if each in together)
    wanted = kept(frozenset(together), [frozenset(e.labels) for e in others], frozenset(output))
    return tuple(each for each in together if each in wanted)


def _without_diagonals(x: Tensor, labels: Labels, extents: dict[Hashable, int]) -> Labelled:
    """Return an operand without broadcast axes, and with one axis for a label that is repeated."""
    kept_axes = [i for i, each in enumerate(labels) if x.shape[i] == extents[each] != 1]
    x = x.reshape([x.shape[i] for i in kept_axes])
    own = [labels[i] for i in kept_axes]
    while len(set(own)) < len(own):
        label = next(each for each in own if own.count(each) > 1)
        first = own.index(label)
        second = own.index(label, first + 1)
        x = diagonal(x, 0, first, second)
        own = [each for i, each in enumerate(own) if i not in (first, second)] + [label]
    return Labelled(x, tuple(own))


def _summed(x: Labelled, position: int, operands: Sequence[Labelled], output: Labels) -> Labelled:
    """Return an operand summed over the labels that only it has and that the result lacks."""
    others = [frozenset(e.labels) for i, e in enumerate(operands) if i != position]
    wanted = kept(frozenset(x.labels), others, frozenset(output))
    axes = tuple(i for i, each in enumerate(x.labels) if each not in wanted)
    if not axes:
        return x
    total = x.tensor.sum(axes).astype(x.tensor.dtype)
    return Labelled(total, tuple(each for each in x.labels if each in wanted))
