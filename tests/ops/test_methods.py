"""Methods of tensors take what the functions of the same name take, and compute the same."""

import inspect

import numpy as np
import pytest

import chainrule as cr

X = cr.asarray(np.arange(6.0).reshape(2, 3) % 4)
LONG = X.astype("int32")

# arguments by name of the method; one row per parameter, and some together
CALLS = {
    "astype": [("float32",), ("int64", {"copy": False}), ("float32", {"device": "cpu"})],
    "max": [(), (1,), (0, True), (None, {"keepdims": True})],
    "mean": [(), (1,), (0, True), {"dtype": "float32"}, (1, True, "float32")],
    "min": [(), (1,), (0, True), (None, {"keepdims": True})],
    "reshape": [((3, 2),), (-1,), ((6,), {"copy": True})],
    "sum": [(), (1,), (0, True), {"dtype": "float32"}, (1, True, "int32")],
}


def shared():
    """Return the names that methods of tensors share with functions."""
    methods = {name for name, _ in inspect.getmembers(cr.Tensor, inspect.isfunction)}
    return sorted(name for name in methods & set(cr.__all__) if not name.startswith("_"))


def parameters(function):
    """Return name, kind and default of all parameters after the tensor.

    `reshape` takes extents one by one too.
    """
    _, *found = inspect.signature(function).parameters.values()
    listed = inspect.Parameter.VAR_POSITIONAL
    return [
        (each.name, each.kind == each.KEYWORD_ONLY, each.default)
        if each.kind != listed
        else (each.name, False, each.empty)
        for each in found
    ]


def test_the_table_has_all_methods_that_are_functions_too():
    assert shared() == sorted(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_the_parameters_are_those_of_the_function(name):
    assert parameters(getattr(cr.Tensor, name)) == parameters(getattr(cr, name))


@pytest.mark.parametrize("x", [X, LONG], ids=["float64", "int32"])
@pytest.mark.parametrize(
    ("name", "given"), [(name, given) for name, calls in CALLS.items() for given in calls]
)
def test_the_result_is_that_of_the_function(name, given, x):
    given = given if isinstance(given, tuple) else (given,)
    named = given[-1] if given and isinstance(given[-1], dict) else {}
    given = given[: len(given) - bool(named)]
    found, wanted = getattr(x, name)(*given, **named), getattr(cr, name)(x, *given, **named)
    assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
    np.testing.assert_array_equal(found.value, wanted.value)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize("name", ["mean", "sum"])
def test_a_dtype_is_that_of_numpy(name, dtype):
    for x in (X, LONG):
        found = getattr(x, name)(1, dtype=dtype)
        wanted = getattr(np, name)(x.value, 1, dtype=dtype)
        assert found.dtype == wanted.dtype
        np.testing.assert_allclose(found.value, wanted, rtol=1e-6)
        np.testing.assert_array_equal(getattr(np, name)(x, 1, dtype=dtype).value, found.value)


def test_gradients_pass_through_the_conversion():
    slope = cr.grad(lambda x: x.mean(dtype="float64"))(X.astype("float32"))
    np.testing.assert_array_equal(slope.value, np.full((2, 3), np.float32(1 / 6)))


def test_another_device_is_refused():
    with pytest.raises(cr.ChainruleError, match="device cuda"):
        X.astype("float32", device="cuda")
