"""Creation functions: dtypes, traced calls, gradients and refusals."""

import numpy as np
import pytest

import chainrule as cr
from native import version_of

FILL = {"zeros": 0, "ones": 1, "empty": 0}


@pytest.mark.parametrize("dtype", ["bool", "int32", "int64", "float32", "float64"])
@pytest.mark.parametrize("name", FILL)
def test_filled_with_one_value_in_every_dtype(name, dtype):
    for shape, wanted in ((3, (3,)), ((2, 0), (2, 0)), ((), ()), ([2, 3], (2, 3))):
        found = getattr(cr, name)(shape, dtype)
        assert (found.dtype, found.shape) == (dtype, wanted)
        assert np.all(found.value == FILL[name])
    assert getattr(cr, f"{name}_like")(np.ones(2, dtype)).dtype == dtype


def test_the_default_dtype_is_that_of_asarray():
    floats = (cr.zeros(2), cr.ones(2), cr.eye(2), cr.linspace(0, 1, 3), cr.arange(2.0))
    assert {each.dtype for each in floats} == {cr.asarray([0.5]).dtype} == {cr.float64}
    assert cr.arange(3).dtype == cr.arange(0, 3, 1).dtype == cr.asarray([1]).dtype == cr.int64
    kinds = [cr.full(2, each).dtype for each in (True, 2, 2.5, np.float32(2.5))]
    assert kinds == [cr.bool, cr.int64, cr.float64, cr.float32]
    assert cr.full_like(np.ones(2, "float32"), 3).dtype == cr.float32


def test_minus_zero_keeps_its_sign():
    assert np.signbit(cr.full(2, -0.0).value).all()


@pytest.mark.parametrize(
    "arguments", [(5,), (2, 5), (5, 2), (1, 9, 3), (9, 1, -3), (0, 1, 0.1), (0.5, 3), (3, 3), (0,)]
)
def test_arange_is_numpys(arguments):
    np.testing.assert_array_equal(cr.arange(*arguments).value, np.arange(*arguments))
    single = cr.arange(*arguments, dtype="float32")
    np.testing.assert_array_equal(single.value, np.arange(*arguments, dtype="float32"))


def test_linspace_in_other_dtypes_and_of_tensors():
    np.testing.assert_array_equal(cr.linspace(0, 5, 4, "int64").value, [0, 1, 3, 5])
    assert cr.linspace(0, 1, 3, dtype="float32").dtype == cr.float32
    assert cr.linspace(0, 1).shape == (50,)
    a, b = cr.input("a", value=1.0), cr.input("b", value=3.0)
    gradients = cr.gradients(cr.linspace(a, b, 5).sum(), [a, b])
    assert [each.item() for each in gradients] == [2.5, 2.5]


def test_a_gradient_passes_full():
    x = cr.input("x", value=2.0)
    (gradient,) = cr.gradients((cr.full((2, 3), x) * 2).sum(), [x])
    assert gradient.item() == 12


@pytest.mark.native
def test_constants_of_compiled_functions():
    """Eager and compiled agree; a large constant is one element in the program."""

    @cr.compile
    def step(x, n):
        y = x + cr.ones((1000, 1000)) + cr.full((1000, 1000), 0.25) - cr.zeros_like(x)
        return (
            y,
            cr.zeros((2, 3)),
            cr.arange(n),
            cr.eye(3),
            cr.tril(x),
            cr.ones(3) @ cr.ones((3, 2)),
        )

    x = np.random.default_rng(0).normal(size=(1000, 1000))
    found = step(x, 4)
    wanted = (x + 1 + 0.25, np.zeros((2, 3)), np.arange(4), np.eye(3), np.tril(x), [3.0, 3.0])
    for each, right in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(each.value, right)
    assert step(x, 5)[2].shape == (5,)


@pytest.mark.native
def test_constants_in_a_scan():
    """As first states, and in the body, with einsum and roll beside them."""

    def last(x):
        def step(state, each):
            new = cr.roll(state, 1) + cr.einsum("i,ij->j", each, cr.eye(3)) * cr.full(3, 0.5)
            return new + cr.ones(3), new

        state, _ = cr.scan(step, cr.zeros(3), x)
        return (state * state).sum()

    x = np.arange(12.0).reshape(4, 3)
    for function in (last, cr.grad(last)):
        found, wanted = cr.compile(function)(x), function(cr.input("x", value=x))
        np.testing.assert_allclose(found.value, wanted.value, rtol=1e-12)


@pytest.mark.native
def test_a_large_constant_takes_no_memory():
    version = version_of(lambda x: (x + cr.ones((1000, 1000))).sum(0), ((1000,), cr.float64))
    assert sum(each.nbytes for each in version.compilation.plan.constants.values()) < 100


@pytest.mark.parametrize(
    ("name", "arguments", "error", "message"),
    [
        ("zeros", (-1,), cr.ShapeError, "zeros was asked for the shape -1. Give integers of 0"),
        ("ones", ((2, 1.5),), cr.ShapeError, "ones was asked for the shape .2, 1.5."),
        ("eye", (-2,), cr.ShapeError, "eye was asked for the shape"),
        ("zeros", (2, "complex64"), cr.DTypeError, "complex64 is not supported"),
        ("zeros", (2, "uint64"), cr.DTypeError, "uint64 is not supported"),
        ("ones", (2, "float16"), cr.DTypeError, "float16 is not supported"),
        (
            "full",
            (2, 1 << 40, "int32"),
            cr.RangeError,
            "value 1099511627776 in int32, which cannot",
        ),
        ("arange", (0, 1, 0), cr.RangeError, "a step of 0, which never ends"),
        ("arange", ("a",), cr.DTypeError, "arange was given 'a'. Give integers or floats"),
        ("linspace", (0, 1, -1), cr.RangeError, "linspace was asked for -1 numbers"),
        ("tril", ([1.0],), cr.ShapeError, "tril was called on .* it needs matrices"),
        ("meshgrid", ([[1.0]],), cr.ShapeError, "meshgrid was given .* Give vectors"),
    ],
)
def test_what_cannot_be_made_is_said(name, arguments, error, message):
    with pytest.raises(error, match=message):
        getattr(cr, name)(*arguments)


def test_devices_are_refused_in_words():
    assert cr.zeros(2, device="cpu").shape == (2,)
    for made in (lambda: cr.zeros(2, device="cuda"), lambda: cr.arange(2, device="gpu:0")):
        with pytest.raises(cr.ChainruleError, match=r"The device (cuda|gpu:0) was requested"):
            made()
    with pytest.raises(cr.ChainruleError, match=r"indexing='ji'\. Choose 'xy' or 'ij'"):
        cr.meshgrid([1.0], indexing="ji")
