"""Which dtype comes out: the standard's table, mixed kinds, weak Python numbers."""

import operator as op
from itertools import product

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import PROMOTION, as_dtype, promote

NAMES = [each.name for each in PROMOTION]
INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"]
FLOATS = ["float32", "float64"]

# Array API standard, type promotion rules, for the dtypes that chainrule has.
ROWS = {
    "int8": "int8 int16 int32 int64 int16 int32 int64",
    "int16": "int16 int16 int32 int64 int16 int32 int64",
    "int32": "int32 int32 int32 int64 int32 int32 int64",
    "int64": "int64 int64 int64 int64 int64 int64 int64",
    "uint8": "int16 int16 int32 int64 uint8 uint16 uint32",
    "uint16": "int32 int32 int32 int64 uint16 uint16 uint32",
    "uint32": "int64 int64 int64 int64 uint32 uint32 uint32",
}
STANDARD = {
    **{
        (row, column): wanted
        for row, columns in ROWS.items()
        for column, wanted in zip(INTEGERS, columns.split(), strict=True)
    },
    ("float32", "float32"): "float32",
    ("float32", "float64"): "float64",
    ("float64", "float64"): "float64",
    ("bool", "bool"): "bool",
}
# The standard leaves mixed kinds open; ours keep data from widening a float32 model.
MIXED = {
    **{(integer, real): real for integer in ("bool", *INTEGERS) for real in FLOATS},
    **{("bool", integer): integer for integer in INTEGERS},
}


@pytest.mark.parametrize(("pair", "wanted"), [*STANDARD.items(), *MIXED.items()])
def test_two_tensors(pair, wanted):
    a, b = (cr.asarray(np.ones(2, each)) for each in pair)
    assert cr.where(True, a, b).dtype == cr.where(True, b, a).dtype == wanted
    assert promote(a.dtype, b.dtype) == wanted
    if wanted != "bool":
        assert (a + b).dtype == (b + a).dtype == (a + b).value.dtype == wanted


def test_promotion_does_not_depend_on_order_or_grouping():
    for a, b, c in product(PROMOTION, repeat=3):
        assert promote(promote(a, b), c) == promote(a, promote(b, c)) == promote(c, b, a)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("number", "kinds"), [(True, "biuf"), (2, "iuf"), (2.0, "f")], ids=["bool", "int", "float"]
)
def test_python_numbers_are_weak(name, number, kinds):
    """A number takes the tensor's dtype, unless its kind is the higher one."""
    x = cr.asarray(np.ones(2, name))
    own = {"i": cr.int64, "f": cr.float64}
    wanted = x.dtype if x.dtype.kind in kinds else own[kinds[0]]
    assert cr.where(True, x, number).dtype == cr.where(True, number, x).dtype == wanted
    assert (x == number).dtype == cr.bool


@pytest.mark.parametrize("number", [0.1, 3, True])
def test_a_float32_model_stays_float32_beside_python_numbers(number):
    x = cr.input("x", (2,), "float32")
    for y in (x + number, number - x, x * number, x / number, number / x, x**number, x // number):
        assert y.dtype == cr.float32
    assert cr.maximum(x, number).dtype == cr.minimum(number, x).dtype == cr.float32


SCALARS = {
    bool: [np.bool_(True)],
    int: [np.int64(2), np.int32(2), np.uint8(2), np.uint64(2)],
    float: [np.float64(2), np.float32(2), np.float16(2), np.sqrt(4), np.mean([2.0])],
}
BINARY = [
    *(cr.add, cr.subtract, cr.multiply, cr.divide, cr.floor_divide, cr.remainder, cr.pow),
    *(cr.maximum, cr.minimum, cr.equal, cr.not_equal, cr.less, cr.less_equal, cr.greater),
    cr.greater_equal,
]
OPERATORS = [
    *(op.add, op.sub, op.mul, op.truediv, op.floordiv, op.mod, op.pow),
    *(op.eq, op.ne, op.lt, op.le, op.gt, op.ge),
]
FUNCTIONS = {
    "where": lambda x, s: cr.where(True, x, s),
    "clip": lambda x, s: cr.clip(x, s, s),
    "prelu": lambda x, s: cr.nn.prelu(x, s),
    "huber": lambda x, s: cr.nn.huber(x, x, s),
    "layer_norm": lambda x, s: cr.nn.layer_norm(x, s, s, s),
    "put": lambda x, s: cr.put(x, 0, s),
    "squared": lambda x, s: (x * s - s) ** s,
}


def both_orders(function):
    return [function, lambda x, s: function(s, x)]


@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=pytest.mark.native)])
@pytest.mark.parametrize("name", ["uint8", "int16", "int32", "int64", *FLOATS])
@pytest.mark.parametrize("number", SCALARS, ids=lambda each: each.__name__)
def test_numpy_scalars_are_as_weak_as_python_numbers(number, name, compiled):
    x = np.full(2, 3, name)
    calls = [each for call in (*BINARY, *OPERATORS) for each in both_orders(call)]
    calls += FUNCTIONS.values() if name.startswith("float") else []

    def everything(x, scalar):
        return tuple(call(x, scalar) for call in calls)

    wanted = everything(cr.asarray(x), number(2))
    for scalar in SCALARS[number]:

        def inside(x, scalar=scalar):
            return everything(cr.asarray(x), scalar)

        found = cr.compile(inside)(x) if compiled else inside(x)
        for each, with_python in zip(found, wanted, strict=True):
            assert each.dtype == with_python.dtype
            np.testing.assert_allclose(each.value, with_python.value, rtol=1e-6)


def test_the_value_of_a_scalar_is_compared_in_the_dtype_of_the_tensor():
    x, tenth = cr.asarray(np.array([0.1], "float32")), np.float64(0.1)
    for equal in (x == tenth, tenth == x, x >= tenth, tenth >= x, x <= tenth, tenth <= x):
        assert equal.item() is True


def test_arrays_are_strong_and_so_are_those_without_axes():
    x = cr.asarray(np.ones(2, np.float32))
    for array in (np.ones(2), np.array(2.0), [2.0, 2.0]):
        assert (x * array).dtype == (array * x).dtype == cr.float64
    assert (x * np.ones(2, "int64")).dtype == cr.float32


def test_a_scalar_without_a_tensor_beside_it_keeps_its_dtype():
    assert cr.asarray(np.float32(2)).dtype == cr.exp(np.float32(2)).dtype == cr.float32
    assert cr.add(np.float32(2), 1).dtype == cr.maximum(np.float32(2), np.float32(3)).dtype
    assert cr.add(np.int32(2), np.int32(3)).dtype == cr.int32


def test_a_scalar_that_the_dtype_cannot_hold_is_an_error():
    for call in (op.add, op.mul, op.lt, cr.maximum):
        with pytest.raises(cr.DTypeError, match="out of bounds for int32"):
            call(cr.asarray(np.ones(2, "int32")), np.int64(2**40))


@pytest.mark.parametrize("name", NAMES)
def test_elementary_functions_give_floats(name):
    x = cr.asarray(np.ones(2, name))
    assert cr.exp(x).dtype == (name if name.startswith("float") else "float64")
    if name != "bool":
        assert (x / x).dtype == cr.exp(x).dtype


def test_python_numbers_become_float64_int64_and_bool():
    assert cr.asarray(1.0).dtype == cr.float64
    assert cr.asarray([1, 2]).dtype == cr.int64
    assert cr.asarray(True).dtype == cr.bool
    assert cr.asarray([1, 2], "float32").dtype == cr.float32
    assert cr.add(1, 2).dtype == cr.int64


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.ones(2, np.float16), r"float16 is not supported.*with array.astype\('float32'\)"),
        (np.ones(2, np.complex64), "complex64 is not supported.*array.real and array.imag"),
        (np.ones(2, np.uint64), r"uint64 is not supported.*with array.astype\('int64'\)"),
        ("text", "is not supported"),
        (None, "object is not supported"),
        ([[1], [1, 2]], "list cannot become a tensor"),
        ([cr.asarray(1.0), 2.0], r"Join them with cr.stack\(\[...\]\) or cr.concat"),
    ],
)
def test_values_that_cannot_become_tensors(value, message):
    with pytest.raises(cr.DTypeError, match=message):
        cr.asarray(value)
    with pytest.raises(cr.DTypeError):
        cr.asarray(np.ones(2)) + value


SMALL = ["uint8", "int8", "uint16", "int16", "uint32"]


@pytest.mark.parametrize("small", SMALL)
def test_integers_of_fewer_bits_keep_their_dtype_and_serve_as_labels_and_ids(small):
    labels = np.array([2, 0], small)
    assert cr.asarray(labels).dtype == small
    assert (cr.input("x", value=np.ones(2, np.float32)) * labels).dtype == cr.float32
    scores = np.eye(3)[:2]
    wanted = cr.nn.cross_entropy(scores, [2, 0]).item()
    for loss in (cr.nn.cross_entropy, cr.compile(cr.nn.cross_entropy)):
        assert loss(scores, labels).item() == pytest.approx(wanted, rel=1e-12)
        assert loss(scores, labels, ignore_index=-100).item() == pytest.approx(wanted, rel=1e-12)
    np.testing.assert_array_equal(cr.take(np.eye(3), labels).value, np.eye(3)[[2, 0]])


LARGE = np.arange(600.0).reshape(300, 2)
INDEXING = {
    "rows": lambda i: cr.asarray(LARGE)[i],
    "pairs": lambda i: cr.asarray(LARGE)[i, cr.asarray(i) * 0],
    "one_hot": lambda i: cr.one_hot(i, 300),
    "put": lambda i: cr.put(LARGE, i, 0.0),
    "embedding": lambda i: cr.nn.Embedding(300, 2, padding=299, random=0)(i),
    "along": lambda i: cr.take_along_axis(LARGE, cr.expand_dims(i, -1), 0),
    "sums": lambda i: cr.add_rows(cr.astype(i, "float64"), i, 300),
}


@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=pytest.mark.native)])
@pytest.mark.parametrize("small", SMALL)
@pytest.mark.parametrize("name", INDEXING)
def test_ids_of_few_bits_index_axes_that_are_longer_than_they_can_count(name, small, compiled):
    """300 rows: more than 8 bits can number, also when ids are counted from the end."""
    ids = np.array([1, 127, 100, 1], small)
    function = INDEXING[name]
    wanted = function(ids.astype("int64"))
    found = (cr.compile(function) if compiled else function)(ids)
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found.value, wanted.value)


@pytest.mark.parametrize("small", ["int8", "int16"])
def test_negative_ids_of_few_bits_count_from_the_end_of_a_long_axis(small):
    ids = np.array([-1, -128, 5], small)
    for function in (lambda i: cr.asarray(LARGE)[i], cr.compile(lambda i: cr.asarray(LARGE)[i])):
        np.testing.assert_array_equal(function(ids).value, LARGE[ids])


def test_names_of_dtypes():
    assert as_dtype("float32") is as_dtype(np.float32) is cr.float32
    with pytest.raises(cr.DTypeError, match=r"'float99' does not name a dtype. chainrule computes"):
        cr.asarray(1.0).astype("float99")
    for name in ("float16", "bfloat16", "uint64", "complex128"):
        with pytest.raises(cr.DTypeError, match=rf"{name} is not supported\. There (is|are) no"):
            cr.input("x", (2,), name)


def test_an_integer_that_its_dtype_cannot_hold_is_an_error_of_chainrule():
    with pytest.raises(cr.ChainruleError, match="int32"):
        cr.asarray(np.ones(2, np.int32)) + 2**40


def test_conversion_to_the_same_dtype_makes_no_gate():
    x = cr.input("x", (2,))
    assert x.astype("float64") is x
    assert cr.astype(x, "float32").kind == "astype"


def test_gradient_passes_between_floats_and_stops_at_integers():
    x = cr.input("x", value=np.array([1.5, 2.5], np.float32))
    (gradient,) = cr.gradients(x.astype("float64").sum(), [x])
    assert gradient.dtype == cr.float32
    assert cr.gradients(x.astype("int64").astype("float32").sum(), [x]) == [None]
