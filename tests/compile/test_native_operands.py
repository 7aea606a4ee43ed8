"""Operands of every dtype in every position: compiled and eager code agree, also in errors."""

import itertools

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import PROMOTION
from numerical import drawn

pytestmark = pytest.mark.native

FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.0, -2.5, 3.0, 40.0, -40.0, 1e10, 1e-40]
FLOATS += [np.inf, -np.inf, np.nan]
BY_ELEMENT = [
    each
    for each in cr.PRIMITIVES.values()
    if each.family == "elementwise" and each.name != "astype"
]
OTHERS = [
    each
    for each in cr.PRIMITIVES.values()
    if each.family not in ("elementwise", "random", "gate", "scan", "call")
    and each.name not in ("idle_adam", "true_positions")
]


def numbers(dtype):
    if dtype.kind == "b":
        return np.array([True, False])
    if dtype.kind == "f":
        return np.array(FLOATS, dtype)
    edges = np.iinfo(dtype)
    chosen = [0, 1, -1, 2, -3, 5, edges.max, edges.min, edges.max // 2 + 2]
    return np.array(chosen).astype(dtype)


def combined(places):
    """Return dtypes for every place: each dtype in each, beside each other one in some order."""
    if places < 2:
        return [(each,) * places for each in PROMOTION]
    numbers = itertools.combinations_with_replacement(range(len(PROMOTION)), 2)
    pairs = [pair if sum(pair) % 2 else pair[::-1] for pair in numbers]
    chosen = [((i + 3 * j) % len(PROMOTION), i, j)[3 - places :] for i, j in pairs]
    return [tuple(PROMOTION[each] for each in some) for some in chosen]


def every_pair(dtypes):
    values = [numbers(each) for each in dtypes]
    grids = np.meshgrid(*(np.arange(len(each)) for each in values), indexing="ij")
    return [each[grid].ravel() for each, grid in zip(values, grids, strict=True)]


def outcome(function, arrays):
    """Return what a function gives for arrays, or the class of the error that it raises."""
    try:
        return function(*arrays)
    except Exception as error:
        return type(error)


def compare(primitive, cases, attributes):
    """Compare all cases that compute in one compiled function, and the errors of the others."""

    def function(*xs):
        return cr.apply(primitive, *xs, **attributes)

    eager = [outcome(function, [cr.asarray(each) for each in arrays]) for arrays in cases]
    refused = [i for i, each in enumerate(eager) if isinstance(each, type)]
    for i in refused:
        assert outcome(cr.compile(function), cases[i]) is eager[i]
    fine = [i for i in range(len(cases)) if i not in refused]
    if not fine:
        return
    given = [array for i in fine for array in cases[i]]
    arity = len(cases[0])

    def all_of_them(*xs):
        return tuple(function(*xs[i : i + arity]) for i in range(0, len(xs), arity))

    for i, native in zip(fine, cr.compile(all_of_them)(*given), strict=True):
        assert_same(native, eager[i], cases[i])


def assert_same(native, eager, arrays):
    said = f"operands {[each.dtype.name for each in arrays]}"
    assert (native.shape, native.dtype) == (eager.shape, eager.dtype), said
    found, wanted = native.value, eager.value
    if eager.dtype.kind != "f":
        np.testing.assert_array_equal(found, wanted, said)
        return
    size = eager.dtype.itemsize
    tiny = {4: 1e-37, 8: 1e-300}[size]
    np.testing.assert_allclose(found, wanted, {4: 3e-6, 8: 1e-13}[size], tiny, err_msg=said)
    zero = (found == 0) & (wanted == 0)
    np.testing.assert_array_equal(np.signbit(found[zero]), np.signbit(wanted[zero]), said)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("primitive", BY_ELEMENT, ids=lambda each: each.name)
def test_elements_of_every_dtype_in_every_place(primitive):
    combinations = combined(len(primitive.examples[0].operands))
    compare(primitive, [every_pair(each) for each in combinations], {})


@pytest.mark.parametrize("old", PROMOTION, ids=str)
def test_conversion_from_every_dtype_to_every_other(old):
    x = numbers(old)
    x = x[np.isfinite(x) & (np.abs(x.astype("float64")) < 2**31)]
    for new in PROMOTION:
        compare(cr.PRIMITIVES["astype"], [[x]], {"dtype": new})


@pytest.mark.parametrize("primitive", OTHERS, ids=lambda each: each.name)
def test_other_gates_with_operands_of_every_dtype_in_every_place(primitive):
    random = np.random.default_rng(5)
    example = next(e for e in primitive.examples if all(np.prod(o.shape) for o in e.operands))
    cases = [
        [drawn(each, random, kind) for each, kind in zip(example.operands, kinds, strict=True)]
        for kinds in combined(len(example.operands))
    ]
    compare(primitive, cases, example.attributes)


@pytest.mark.parametrize("name", ["all", "any"])
@pytest.mark.parametrize("dtype", PROMOTION, ids=str)
def test_all_and_any_take_what_is_not_zero_for_true(name, dtype):
    function, x = getattr(cr, name), numbers(dtype)
    for part in (x, x[:1], x[1:2], x[x != 0], np.zeros(3, dtype)):
        wanted = getattr(np, name)(part)
        assert function(part).item() == cr.compile(function)(part).item() == wanted


@pytest.mark.parametrize("dtype", PROMOTION, ids=str)
def test_where_takes_what_is_not_zero_for_true_and_nan_too(dtype):
    condition = numbers(dtype)
    slopes = cr.compile(lambda c, a: cr.gradients(cr.where(c, a, 1.0).sum(), [a])[0])
    a = np.full(condition.shape, 2.0)
    wanted = np.where(condition, a, 1.0)
    np.testing.assert_array_equal(cr.where(condition, a, 1.0).value, wanted)
    np.testing.assert_array_equal(cr.compile(cr.where)(condition, a, 1.0).value, wanted)
    np.testing.assert_array_equal(slopes(condition, a).value, condition != 0)
