"""Every gate has native code, which agrees with NumPy, also at the edges of the domain."""

import itertools

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.fuse.fusion import ReferenceGate, fuse
from chainrule.compile.rewrite.rules import rewrite
from chainrule.compile.trace import trace
from chainrule.graph import PROMOTION
from numerical import KINDS, attributes, drawn

pytestmark = pytest.mark.native


RARE = ("int8", "int16", "uint16", "uint32")  # asked in the first example of each


def dtypes(primitive, example):
    """Return the dtypes in which an example can be asked, one per case."""
    names = [each.name for each in PROMOTION if each.kind in KINDS[primitive.accepts]]
    if primitive.family == "random":
        names = ["int64"]
    if primitive.name == "count_from_front":  # whose examples count from the end
        names = [each for each in names if not each.startswith("u")]
    if primitive.name == "call":
        names = ["float64"]  # what its example was traced for
    if primitive.family == "scan":
        return [each for each in names if each.startswith("float")]
    return names if example is primitive.examples[0] else [e for e in names if e not in RARE]


def operand_dtypes(example, dtype, primitive):
    free = ("float64",) if not primitive.accepts.startswith("integer") else ("int64",)
    return [dtype if each.dtype in free else each.dtype for each in example.operands]


CASES = [
    pytest.param(primitive, example, dtype, id=f"{primitive.name}-{i}-{dtype}")
    for primitive in cr.PRIMITIVES.values()
    for i, example in enumerate(primitive.examples)
    for dtype in dtypes(primitive, example)
]


def left_to_the_reference(node):
    """Say whether a gate has no native code, and needs none.

    Nothing is there to compute, or it is opened before it is compiled, or NumPy sorts faster.
    """
    is_empty = node.size == 0 or any(each.size == 0 for each in node.inputs)
    return is_empty or node.kind in ("call", "sort", "argsort", "first_ids")


@pytest.mark.parametrize(("primitive", "example", "dtype"), CASES)
def test_every_gate_has_native_code_in_every_dtype(primitive, example, dtype):
    kinds = operand_dtypes(example, dtype, primitive)
    signature = tuple(
        (each.shape, np.dtype(kind)) for each, kind in zip(example.operands, kinds, strict=True)
    )

    def function(*xs):
        return cr.apply(primitive, *xs, **attributes(example, dtype))

    traced = trace(function, signature, [f"x{i}" for i in range(len(signature))])
    steps = fuse(rewrite(traced)[0])
    slow = [each.node for each in steps if isinstance(each, ReferenceGate)]
    assert all(map(left_to_the_reference, slow)), f"{slow} have no native code"


@pytest.mark.parametrize(("primitive", "example", "dtype"), CASES)
def test_the_native_value_is_numpys_in_every_dtype(primitive, example, dtype):
    random = np.random.default_rng(3)
    kinds = operand_dtypes(example, dtype, primitive)
    arrays = [drawn(each, random, kind) for each, kind in zip(example.operands, kinds, strict=True)]
    compare(lambda *xs: cr.apply(primitive, *xs, **attributes(example, dtype)), *arrays)


def compare(function, *arrays, exact=False):
    wanted = function(*map(cr.asarray, arrays))
    found = cr.compile(function)(*arrays)
    assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
    size = np.dtype(found.dtype).itemsize
    tolerance = 0 if exact or found.dtype.kind != "f" else {4: 2e-6, 8: 1e-13}[size]
    np.testing.assert_allclose(found.value, wanted.value, rtol=tolerance, atol=tolerance)
    if exact and found.dtype.kind == "f":
        zero = wanted.value == 0
        signs = np.signbit(found.value[zero]), np.signbit(wanted.value[zero])
        np.testing.assert_array_equal(*signs)


FLOATS = [0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 0.3, -7.0, 1e30, 1e-40, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("function", [cr.floor_divide, cr.remainder], ids=["quotient", "rest"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floats_are_divided_as_by_numpy_at_all_edges(function, dtype):
    a, b = (np.array(each, dtype) for each in zip(*itertools.product(FLOATS, FLOATS), strict=True))
    compare(function, a, b, exact=True)


@pytest.mark.parametrize("function", [cr.floor_divide, cr.remainder], ids=["quotient", "rest"])
@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "uint8", "uint32"])
def test_integers_are_divided_as_by_numpy_and_division_by_zero_does_not_trap(function, dtype):
    edges = np.iinfo(dtype)
    numbers = [edges.min, edges.min + 1, -7, -2, -1, 0, 1, 2, 7, edges.max]
    pairs = zip(*itertools.product(numbers, numbers), strict=True)
    a, b = (np.array(each).astype(dtype) for each in pairs)
    compare(function, a, b, exact=True)


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "uint16", "float32", "float64"])
def test_sign_and_size_are_numpys_at_all_edges(dtype):
    is_float = np.dtype(dtype).kind == "f"
    lowest = [] if is_float else [np.iinfo(dtype).min]
    x = np.array(FLOATS if is_float else [*lowest, -3, 0, 5]).astype(dtype)
    compare(cr.sign, x, exact=True)
    compare(cr.abs, x, exact=True)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint32"])
def test_integers_are_shifted_by_any_number_of_bits(dtype):
    x, bits = np.array([-5, 5, -5, 5, 9, 1]).astype(dtype), np.array([1, 1, 70, 70, 31, 7], dtype)
    compare(cr.bitwise_right_shift, x, bits, exact=True)
    compare(cr.bitwise_left_shift, x, bits, exact=True)


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64"])
def test_powers_of_integers_wrap_around_and_negative_exponents_are_refused(dtype):
    base, exponent = np.array([3, -2, 0, 7, 10, -1], dtype), np.array([0, 3, 0, 40, 18, 63], dtype)
    compare(cr.pow, base, exponent, exact=True)
    compare(cr.pow, base.reshape(2, 3), exponent[:3], exact=True)
    compare(lambda x: x**5, base, exact=True)
    for function in (lambda x: x**-1, lambda x: cr.pow(2, x - 2)):
        with pytest.raises(ValueError, match="negative integer powers"):
            cr.compile(function)(base)


@pytest.mark.parametrize("dtype", ["uint8", "uint32"])
def test_powers_of_integers_without_a_sign_take_any_exponent(dtype):
    base, exponent = np.array([3, 0, 7, 200, 1], dtype), np.array([200, 0, 5, 2, 255], dtype)
    compare(cr.pow, base, exponent, exact=True)
    compare(lambda x: x**3, base, exact=True)


EXTREMES = [cr.max, cr.min, cr.argmax, cr.argmin]


@pytest.mark.parametrize("function", EXTREMES, ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64", "float32", "float64"])
@pytest.mark.parametrize("width", [1, 2, 3, 16, 17, 130])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_extremes_along_any_axis_are_numpys(function, dtype, width, axis):
    random = np.random.default_rng(width)
    shape = [3, 5, 4]
    shape[axis] = width
    x = random.integers(-3, 4, shape).astype(dtype)
    if np.dtype(dtype).kind == "f":
        x[random.random(shape) < 0.02] = np.nan
        x[random.random(shape) < 0.02] = np.inf
    compare(lambda v: function(v, axis=axis), x, exact=False)
    compare(lambda v: function(v, axis=axis, keepdims=True), x)


@pytest.mark.parametrize("function", [cr.max, cr.min, cr.sum], ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "int32", "int64", "float32"])
@pytest.mark.parametrize("axes", [(), (0,), (1,), (3,), (0, 2), (1, 3), (1, 2), (0, 1, 2, 3)])
def test_reductions_over_any_axes_are_numpys(function, dtype, axes):
    x = np.random.default_rng(0).integers(-9, 9, (2, 3, 5, 4)).astype(dtype)
    compare(lambda v: function(v, axis=axes), x)
    compare(lambda v: function(v, axis=axes), np.full_like(x, 1))


def test_sums_of_integers_wrap_around():
    x = np.full((3, 2), 2**62)
    compare(lambda v: cr.sum(v, axis=0), x, exact=True)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32", "float64"])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_running_totals_along_any_axis_are_numpys_bit_for_bit(dtype, reverse, axis):
    x = (100 * np.random.default_rng(0).normal(size=(4, 3, 5))).astype(dtype)
    x[0, 0, 0] = -0.0
    compare(lambda v: cr.cumulative_sum(v, axis, reverse), x, exact=True)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "float64"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_rows_along_any_axis_are_those_of_numpy(dtype, axis):
    random = np.random.default_rng(0)
    x = random.integers(-2, 3, (4, 3, 5)).astype(dtype)
    ids = random.integers(0, x.shape[axis], (2, 3))
    compare(lambda v, i: cr.take(v, i, axis), x, ids)
    compare(lambda v, i: cr.add_rows(cr.take(v, i, axis), i, x.shape[axis], axis), x, ids)
    along = random.integers(0, x.shape[axis], (4, 3, 5))
    compare(lambda v, i: cr.take_along_axis(v, i, axis), x, along)
    compare(lambda v, i: cr.add_along_axis(v, i, 5, axis), x, along)


def test_an_id_outside_is_an_error_along_any_axis():
    x = np.zeros((3, 4))
    with pytest.raises(cr.RangeError, match="the id 4 at position"):
        cr.compile(lambda v, i: cr.take(v, i, 1))(x, np.array([0, 4]))
    with pytest.raises(cr.RangeError, match="the id 3 at position"):
        cr.compile(lambda v, i: cr.take_along_axis(v, i, 0))(x, np.full((1, 4), 3))


PRODUCTS = [
    [(2, 3, 4), (4, 5)],
    [(3, 4), (2, 4, 5)],
    [(4,), (2, 4, 5)],
    [(2, 3, 4), (4,)],
    [(2, 1, 3, 4), (3, 4, 5)],
    [(1, 3, 4), (2, 4, 5)],
    [(4,), (4,)],
]


@pytest.mark.parametrize("shapes", PRODUCTS, ids=str)
@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "float32", "float64"])
def test_products_with_leading_axes_are_numpys(shapes, dtype):
    random = np.random.default_rng(0)
    a, b = (random.integers(-9, 9, shape).astype(dtype) for shape in shapes)
    compare(lambda x, y: x @ y, a, b)
    if a.ndim > 1 and b.ndim > 1:
        compare(lambda x, y: y.mT @ x.mT, a, b)


def test_products_of_integers_wrap_around():
    a = np.array([[2**31 - 1, 2], [3, 4]], "int32")
    compare(lambda x: x @ x, a, exact=True)


@pytest.mark.parametrize("dtype", ["bool", "int64"])
def test_windows_of_integers_add_up_as_in_numpy(dtype):
    x = np.random.default_rng(0).integers(0, 2, (2, 6, 3)).astype(dtype)
    fold = {"extents": (8,), "size": (3,), "stride": (1,), "dilation": (1,)}
    compare(lambda v: cr.apply(cr.PRIMITIVES["add_windows"], v, **fold), x, exact=True)


def test_large_kernels_of_single_gates_are_the_same_when_split():
    random = np.random.default_rng(0)
    x = random.normal(size=(301, 500)).astype("float32")
    compare(lambda v: cr.argmax(v, -1), x)
    compare(lambda v: cr.max(v, -1), x)
    compare(lambda v: cr.cumulative_sum(v, 1), x)
    short = random.integers(0, 3, (70_001, 4)).astype("float32")
    compare(lambda v: cr.argmin(v, -1), short)
    winner = np.argmax(short, -1)[:, None]
    compare(lambda v, i: cr.take_along_axis(v, i, -1), short, winner)
    compare(lambda v, i: cr.add_along_axis(v[:, :1], i, 4, -1), short, winner)
