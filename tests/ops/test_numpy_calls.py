"""NumPy functions on tensors: the values of NumPy, eager and compiled, and gradients."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.grad import check_graph
from chainrule.ops import call_of
from chainrule.ops.numpy_names.finding import ALIASES, OTHERS
from chainrule.ops.numpy_names.other_arguments import OTHER_ARGUMENTS, REDUCTIONS

X = np.array([[0.3, -1.2, 2.5], [0.7, 1.6, -0.4]])
P = np.abs(X) + 0.1
V = np.array([0.5, -2.0, 1.5])
M = np.array([[0.1, 0.9], [-0.7, 0.4], [1.2, 0.2]])
CUBE = np.arange(24.0).reshape(2, 3, 4) / 7
IDS = np.array([1, 0, 1])

FUNCTIONS = {
    "absolute": lambda x: np.absolute(x),
    "add": lambda x: np.add(x, V, dtype="float64"),
    "add.accumulate": lambda x: np.add.accumulate(x),
    "add.reduce": lambda x: np.add.reduce(x, keepdims=True),
    "all": lambda x: np.all(x > 0, axis=1),
    "amax": lambda x: np.amax(x, axis=0),
    "amin": lambda x: np.amin(x),
    "any": lambda x: np.any(x > 2, axis=1, keepdims=True),
    "append": lambda x: np.append(x, X, axis=0),
    "argmax": lambda x: np.argmax(x, axis=1),
    "argmin": lambda x: np.argmin(x),
    "around": lambda x: np.around(x),
    "argpartition": lambda x: np.argpartition(x, (0, 1, 2), axis=1),
    "array_split": lambda x: np.array_split(x, 2, axis=1),
    "astype": lambda x: np.astype(x, np.float32),
    "atleast_1d": lambda x: np.atleast_1d(x[0, 0]),
    "atleast_2d": lambda x: np.atleast_2d(x[0]),
    "atleast_3d": lambda x: np.atleast_3d(x),
    "bitwise_and": lambda x: np.bitwise_and(x > 0, x < 2),
    "bitwise_or": lambda x: np.bitwise_or(x > 0, x < 2),
    "bitwise_xor": lambda x: np.bitwise_xor(x > 0, x < 2),
    "broadcast_to": lambda x: np.broadcast_to(x, (2, 2, 3)),
    "can_cast": lambda x: np.can_cast(x, np.float64),
    "ceil": lambda x: np.ceil(x),
    "clip": lambda x: np.clip(x, -1, 2),
    "clip with names": lambda x: np.clip(x, min=0.0),
    "column_stack": lambda x: np.column_stack([x[0], x[1]]),
    "concatenate": lambda x: np.concatenate([x, X], axis=1),
    "concatenate in a dtype": lambda x: np.concatenate([x, X], axis=None, dtype="float32"),
    "conjugate": lambda x: np.conjugate(x),
    "copy": lambda x: np.copy(x),
    "cos": lambda x: np.cos(x),
    "cross": lambda x: np.cross(x.T, M.T, axisa=0, axisb=1, axisc=0),
    "cross along an axis": lambda x: np.cross(x.T, M[:, :1] * X.T, axis=0),
    "cumsum": lambda x: np.cumsum(x, axis=1),
    "cumsum of all": lambda x: np.cumsum(x),
    "degrees": lambda x: np.degrees(x),
    "divide": lambda x: np.divide(x, V),
    "divmod": lambda x: np.divmod(x, 0.9),
    "dot": lambda x: np.dot(x, M),
    "dot of a matrix and a cube": lambda x: np.dot(x[:, :3], CUBE.transpose(0, 1, 2)),
    "dot of a number": lambda x: np.dot(x, 2.0),
    "dstack": lambda x: np.dstack([x, X]),
    "equal": lambda x: np.equal(x, X),
    "exp": lambda x: np.exp(x),
    "expand_dims": lambda x: np.expand_dims(x, axis=(0, 2)),
    "expm1": lambda x: np.expm1(x),
    "fabs": lambda x: np.fabs(x),
    "fft.fftshift": lambda x: np.fft.fftshift(x),
    "fft.fftshift along axes": lambda x: np.fft.fftshift(x, axes=(-1, 0)),
    "fft.ifftshift": lambda x: np.fft.ifftshift(x, axes=1),
    "fix": lambda x: np.fix(x),
    "flip": lambda x: np.flip(x, axis=1),
    "fliplr": lambda x: np.fliplr(x),
    "flipud": lambda x: np.flipud(x),
    "float_power": lambda x: np.float_power(np.abs(x), 1.5),
    "floor": lambda x: np.floor(x),
    "floor_divide": lambda x: np.floor_divide(x, 0.9),
    "greater": lambda x: np.greater(x, 0),
    "greater_equal": lambda x: np.greater_equal(x, X),
    "hstack": lambda x: np.hstack([x, X]),
    "hstack of vectors": lambda x: np.hstack([x[0], V]),
    "inner": lambda x: np.inner(x, M.T),
    "inner of a number": lambda x: np.inner(2.0, x),
    "inner of vectors": lambda x: np.inner(x[0], V),
    "invert": lambda x: np.invert(x > 0),
    "isfinite": lambda x: np.isfinite(x),
    "isinf": lambda x: np.isinf(x),
    "isnan": lambda x: np.isnan(x),
    "left_shift": lambda x: np.left_shift(np.astype(x, np.int64), 3),
    "less": lambda x: np.less(x, V),
    "less_equal": lambda x: np.less_equal(x, X),
    "linalg.cross": lambda x: np.linalg.cross(x, V),
    "linalg.diagonal": lambda x: np.linalg.diagonal(x, offset=1),
    "linalg.matmul": lambda x: np.linalg.matmul(x, M),
    "linalg.matrix_power": lambda x: np.linalg.matrix_power(x[:, :2], 5),
    "linalg.matrix_transpose": lambda x: np.linalg.matrix_transpose(x),
    "linalg.multi_dot": lambda x: np.linalg.multi_dot([x, M, X]),
    "linalg.norm": lambda x: np.linalg.norm(x),
    "linalg.norm of rows": lambda x: np.linalg.norm(x, 3, axis=1, keepdims=True),
    "linalg.outer": lambda x: np.linalg.outer(x[0], V),
    "linalg.tensordot": lambda x: np.linalg.tensordot(x, M, axes=1),
    "linalg.trace": lambda x: np.linalg.trace(x, offset=1, dtype="float32"),
    "linalg.vecdot": lambda x: np.linalg.vecdot(x, V),
    "linalg.vector_norm": lambda x: np.linalg.vector_norm(x, axis=0, ord=1),
    "log": lambda x: np.log(np.abs(x)),
    "log1p": lambda x: np.log1p(np.abs(x)),
    "logical_and": lambda x: np.logical_and(x > 0, x < 2),
    "logical_and.reduce": lambda x: np.logical_and.reduce(x > 0),
    "logical_not": lambda x: np.logical_not(x > 0),
    "logical_or": lambda x: np.logical_or(x > 0, x < 2),
    "logical_or.reduce": lambda x: np.logical_or.reduce(x > 0),
    "matmul": lambda x: np.matmul(x, M),
    "matrix_transpose": lambda x: np.matrix_transpose(x),
    "max": lambda x: np.max(x, axis=(0, 1), keepdims=True),
    "maximum": lambda x: np.maximum(x, V),
    "maximum.reduce": lambda x: np.maximum.reduce(x, axis=1),
    "mean": lambda x: np.mean(x, axis=1, keepdims=True),
    "mean in a dtype": lambda x: np.mean(x, dtype="float32"),
    "min": lambda x: np.min(x, axis=-1),
    "minimum": lambda x: np.minimum(x, V),
    "minimum.reduce": lambda x: np.minimum.reduce(x),
    "mod": lambda x: np.mod(x, 0.9),
    "multiply": lambda x: np.multiply(V, x),
    "multiply.reduce": lambda x: np.multiply.reduce(x, axis=1),
    "nancumprod": lambda x: np.nancumprod(np.where(x > 2, np.nan, x), axis=1),
    "nancumsum": lambda x: np.nancumsum(np.where(x > 2, np.nan, x)),
    "ndim": lambda x: np.ndim(x),
    "negative": lambda x: np.negative(x),
    "not_equal": lambda x: np.not_equal(x, X),
    "outer": lambda x: np.outer(x[0], V),
    "pad": lambda x: np.pad(x, 1),
    "pad by pairs": lambda x: np.pad(x, ((0, 1), (2, 0)), mode="constant"),
    "partition": lambda x: np.partition(x, (0, 1, 2)),
    "permute_dims": lambda x: np.permute_dims(x, (1, 0)),
    "positive": lambda x: np.positive(x),
    "power": lambda x: np.power(x, 3),
    "prod": lambda x: np.prod(x, axis=0),
    "ptp": lambda x: np.ptp(x, axis=1),
    "radians": lambda x: np.radians(x),
    "ravel": lambda x: np.ravel(x),
    "reciprocal": lambda x: np.reciprocal(x),
    "remainder": lambda x: np.remainder(x, 0.9),
    "reshape": lambda x: np.reshape(x, (3, -1)),
    "result_type": lambda x: np.result_type(x, np.float32),
    "right_shift": lambda x: np.right_shift(np.astype(x * 9, np.int64), 1),
    "rint": lambda x: np.rint(x),
    "rollaxis": lambda x: np.rollaxis(x[None], 2),
    "rollaxis to a place": lambda x: np.rollaxis(x[None], 0, -1),
    "round": lambda x: np.round(x, decimals=1),
    "select": lambda x: np.select([x > 2, x > 0], [x, x * V], default=0.5),
    "shape": lambda x: np.shape(x),
    "sign": lambda x: np.sign(x),
    "sin": lambda x: np.sin(x),
    "size": lambda x: np.size(x, 1),
    "split": lambda x: np.split(x, [1, 2], axis=1),
    "sqrt": lambda x: np.sqrt(np.abs(x)),
    "square": lambda x: np.square(x),
    "squeeze": lambda x: np.squeeze(x[:, :1], axis=1),
    "stack": lambda x: np.stack([x, X], axis=-1),
    "std": lambda x: np.std(x, axis=1, ddof=1),
    "subtract": lambda x: np.subtract(V, x),
    "sum": lambda x: np.sum(x, axis=0),
    "sum in a dtype": lambda x: np.sum(x, dtype="float32", keepdims=True),
    "swapaxes": lambda x: np.swapaxes(x, 0, 1),
    "take": lambda x: np.take(x, IDS, axis=1),
    "take of all": lambda x: np.take(x, IDS),
    "take_along_axis": lambda x: np.take_along_axis(x, IDS[None, :], axis=0),
    "tanh": lambda x: np.tanh(x),
    "transpose": lambda x: np.transpose(x),
    "transpose by axes": lambda x: np.transpose(x[None], (2, 0, 1)),
    "true_divide": lambda x: np.true_divide(x, V),
    "trunc": lambda x: np.trunc(x),
    "var": lambda x: np.var(x, ddof=1, keepdims=True),
    "vdot": lambda x: np.vdot(x, X),
    "vecdot": lambda x: np.vecdot(x, V),
    "vstack": lambda x: np.vstack([x, V]),
    "where": lambda x: np.where(x > 0, x, V),
}
WHEN_THERE = {
    "allclose": lambda x: np.allclose(x, X),
    "arccos": lambda x: np.arccos(x / 3),
    "arccosh": lambda x: np.arccosh(np.abs(x) + 1.1),
    "arcsin": lambda x: np.arcsin(x / 3),
    "arcsinh": lambda x: np.arcsinh(x),
    "arctan": lambda x: np.arctan(x),
    "arctan2": lambda x: np.arctan2(x, V),
    "arctanh": lambda x: np.arctanh(x / 3),
    "argsort": lambda x: np.argsort(x, axis=0),
    "argwhere": lambda x: np.argwhere(x > 0),
    "average": lambda x: np.average(x, axis=1, weights=P[0]),
    "bincount": lambda x: np.bincount(np.astype(np.abs(x[0]), np.int64)),
    "broadcast_arrays": lambda x: np.broadcast_arrays(x, V),
    "cbrt": lambda x: np.cbrt(x),
    "conj": lambda x: np.conj(x),
    "copysign": lambda x: np.copysign(P, x),
    "corrcoef": lambda x: np.corrcoef(x),
    "cosh": lambda x: np.cosh(x),
    "count_nonzero": lambda x: np.count_nonzero(x > 0, axis=1),
    "cov": lambda x: np.cov(x, ddof=0),
    "cumprod": lambda x: np.cumprod(x, axis=1),
    "deg2rad": lambda x: np.deg2rad(x),
    "diag": lambda x: np.diag(x[0], k=1),
    "diagflat": lambda x: np.diagflat(x),
    "diagonal": lambda x: np.diagonal(x),
    "diff": lambda x: np.diff(x, axis=1),
    "digitize": lambda x: np.digitize(x, np.sort(V)),
    "dsplit": lambda x: np.dsplit(x[:, None], 3),
    "ediff1d": lambda x: np.ediff1d(x),
    "einsum": lambda x: np.einsum("ij,jk->ik", x, M),
    "exp2": lambda x: np.exp2(x),
    "flatnonzero": lambda x: np.flatnonzero(x > 0),
    "fmax": lambda x: np.fmax(x, V),
    "fmin": lambda x: np.fmin(x, V),
    "fmod": lambda x: np.fmod(x, 0.9),
    "full_like": lambda x: np.full_like(x, 2.5),
    "gradient": lambda x: np.gradient(x, axis=1),
    "gradient along all axes": lambda x: np.gradient(x),
    "heaviside": lambda x: np.heaviside(x, 0.5),
    "histogram": lambda x: np.histogram(x, bins=4, range=(-2.0, 3.0)),
    "hsplit": lambda x: np.hsplit(x, 3),
    "hypot": lambda x: np.hypot(x, V),
    "isclose": lambda x: np.isclose(x, X),
    "isin": lambda x: np.isin(np.astype(x, np.int64), np.array([0, 2])),
    "isneginf": lambda x: np.isneginf(x),
    "isposinf": lambda x: np.isposinf(x),
    "kron": lambda x: np.kron(x, M),
    "ldexp": lambda x: np.ldexp(x, 2),
    "log10": lambda x: np.log10(np.abs(x)),
    "log2": lambda x: np.log2(np.abs(x)),
    "logaddexp": lambda x: np.logaddexp(x, V),
    "logaddexp2": lambda x: np.logaddexp2(x, V),
    "logical_xor": lambda x: np.logical_xor(x > 0, x < 2),
    "median": lambda x: np.median(x, axis=1),
    "meshgrid": lambda x: np.meshgrid(x[0], V, indexing="ij"),
    "moveaxis": lambda x: np.moveaxis(x, 0, 1),
    "nan_to_num": lambda x: np.nan_to_num(x),
    "nanmax": lambda x: np.nanmax(x, axis=0),
    "nanmean": lambda x: np.nanmean(x, axis=1),
    "nanmedian": lambda x: np.nanmedian(x, axis=1),
    "nanmin": lambda x: np.nanmin(x, axis=0),
    "nanprod": lambda x: np.nanprod(x, axis=1),
    "nanquantile": lambda x: np.nanquantile(x, 0.3, axis=1),
    "nanstd": lambda x: np.nanstd(x, axis=1),
    "nansum": lambda x: np.nansum(x, axis=1),
    "nanvar": lambda x: np.nanvar(x, ddof=1),
    "nextafter": lambda x: np.nextafter(x, V),
    "nonzero": lambda x: np.nonzero(x > 0),
    "ones_like": lambda x: np.ones_like(x, dtype="float32"),
    "percentile": lambda x: np.percentile(x, 30.0, axis=1),
    "quantile": lambda x: np.quantile(x, 0.3, axis=1),
    "rad2deg": lambda x: np.rad2deg(x),
    "real": lambda x: np.real(x),
    "repeat": lambda x: np.repeat(x, 2, axis=1),
    "roll": lambda x: np.roll(x, 1, axis=1),
    "rot90": lambda x: np.rot90(x),
    "searchsorted": lambda x: np.searchsorted(np.sort(x[0]), V, side="right"),
    "signbit": lambda x: np.signbit(x),
    "sinc": lambda x: np.sinc(x),
    "sinh": lambda x: np.sinh(x),
    "sort": lambda x: np.sort(x, axis=0),
    "tan": lambda x: np.tan(x),
    "tensordot": lambda x: np.tensordot(x, M, axes=1),
    "tile": lambda x: np.tile(x, (2, 1)),
    "tile with a name": lambda x: np.tile(x, reps=2),
    "trace": lambda x: np.trace(x),
    "trapezoid": lambda x: np.trapezoid(x, V, axis=1),
    "tril": lambda x: np.tril(x),
    "triu": lambda x: np.triu(x, k=1),
    "unique_counts": lambda x: np.unique_counts(np.sign(x)),
    "unique_values": lambda x: np.unique_values(np.sign(x)),
    "unstack": lambda x: np.unstack(x, axis=1),
    "vsplit": lambda x: np.vsplit(x, 2),
    "zeros_like": lambda x: np.zeros_like(x),
}
"""Calls of functions that may be added to the exports; they are followed without a change here."""
SIMPLE = ("can_cast", "ndim", "result_type", "shape", "size")
OF_VALUES = {"argwhere", "bincount", "flatnonzero", "nonzero", "unique_counts", "unique_values"}
"""Functions whose result has a shape that depends on values, so that they are not compiled."""
MISSING = [name for name in WHEN_THERE if not hasattr(cr, ALIASES.get(name, name))]
EVERY = {**FUNCTIONS, **{n: each for n, each in WHEN_THERE.items() if n not in MISSING}}


def parts(result):
    return list(result) if isinstance(result, list | tuple) else [result]


def smooth(result):
    """Return the sum of all floats of a result, weighed so that a gradient differs by place."""
    floats = [each for each in parts(result) if each.dtype.kind == "f"]
    weights = [np.linspace(0.5, 1.5, each.size).reshape(each.shape) for each in floats]
    return sum(((each * w).sum() for each, w in zip(floats, weights, strict=True)), cr.asarray(0.0))


def assert_same(found, wanted):
    for ours, theirs in zip(parts(found), map(np.asarray, parts(wanted)), strict=True):
        assert isinstance(ours, cr.Tensor)
        assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
        np.testing.assert_allclose(ours.value, theirs, rtol=1e-6 if theirs.itemsize < 8 else 1e-12)


@pytest.mark.parametrize("name", [each for each in EVERY if each not in SIMPLE])
def test_the_value_is_numpys(name):
    assert_same(EVERY[name](cr.asarray(X)), EVERY[name](X))


@pytest.mark.parametrize("name", SIMPLE)
def test_questions_are_answered_in_python(name):
    found, wanted = FUNCTIONS[name](cr.asarray(X)), FUNCTIONS[name](X)
    assert (found, type(found)) == (wanted, type(wanted))


@pytest.mark.native
def test_compiled_functions_give_the_same():
    chosen = [each for name, each in EVERY.items() if name not in {*SIMPLE, *OF_VALUES}]
    step = cr.compile(lambda x: tuple(tuple(parts(function(x))) for function in chosen))
    for found, function in zip(step(X), chosen, strict=True):
        assert_same(found, function(X))


@pytest.mark.parametrize("name", [each for each in EVERY if each not in SIMPLE])
def test_the_gradient_is_that_of_central_differences(name):
    x = cr.input("x", value=X)
    loss = smooth(EVERY[name](x))
    if loss.tracked and "dtype" not in name and name not in ("astype", "nan_to_num"):
        assert check_graph(loss).ok


NEVER_CALLED = {
    *("arange", "asarray", "empty", "empty_like", "eye", "finfo", "from_dlpack", "full", "iinfo"),
    *("identity", "imag", "isdtype", "linspace", "ones", "unique_all", "unique_inverse", "zeros"),
}
"""Names of NumPy's that get no tensor, do not ask it, or whose result is not defined."""


def test_the_table_calls_every_name():
    called = {each.split(" ")[0] for each in (*FUNCTIONS, *WHEN_THERE)}
    assert called >= {*OTHER_ARGUMENTS, *(f"{name}.{method}" for name, method in REDUCTIONS)}
    plain = {name for name in vars(cr.ops.exports.functions) if callable(getattr(np, name, None))}
    standard = {alias for name, alias in ALIASES.items() if name in called}
    missing = plain - called - standard - OTHERS - NEVER_CALLED
    assert not missing, f"np.{missing} would call ours: give each a row above, or name it in OTHERS"


def test_the_slopes_along_several_axes_are_a_tuple():
    assert type(np.gradient(cr.asarray(X))) is type(np.gradient(X)) is tuple


REFUSED = {
    "out": (lambda x: np.sum(x, out=np.zeros(())), r"sum was called .* out=.*np.sum\(...\)"),
    "out of a ufunc": (lambda x: np.exp(x, out=np.zeros((2, 3))), "exp .* out="),
    "in place": (lambda x: np.ones((2, 3)).__iadd__(x), "add .* out=.* new tensors"),
    "where": (lambda x: np.sum(x, where=X > 0), "where=.* cr.where"),
    "where of a ufunc": (lambda x: np.exp(x, where=X > 0), "exp .* where="),
    "order": (lambda x: np.reshape(x, 6, order="F"), "reshape .* order=.* layout"),
    "order of ravel": (lambda x: np.ravel(x, order="F"), "order="),
    "initial": (lambda x: np.max(x, initial=0), "initial="),
    "casting": (lambda x: np.add(x, x, casting="unsafe"), "casting="),
    "mode": (lambda x: np.pad(x, 1, mode="edge"), "pad .* mode="),
    "mode of take": (lambda x: np.take(x, 0, mode="wrap"), "take .* mode="),
    "matrix norm": (lambda x: np.linalg.norm(x, "nuc"), "matrix norm 'nuc'"),
    "unequal parts": (lambda x: np.split(x, 2, axis=1), "2 equal parts of 3"),
    "order of partition": (lambda x: np.partition(x, 1, order="a"), "order="),
    "powers below 1": (lambda x: np.linalg.matrix_power(x, -1), "n=-1.*no inverse"),
    "no gate": (lambda x: np.linalg.svd(x), "svd was called on a tensor, but no gate"),
    "no gate for a ufunc": (lambda x: np.spacing(x), "spacing .* no gate"),
    "no gate for a method": (lambda x: np.add.outer(x, x), "add.outer"),
    "in place by name": (lambda x: np.put(x, 0, 1), "put .* no gate"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_gates_do_not_take_is_refused_in_words(name):
    call, message = REFUSED[name]
    with pytest.raises(cr.DTypeError, match=message):
        call(cr.asarray(X))


def test_a_function_that_is_added_to_the_exports_is_followed(monkeypatch):
    assert call_of(np.i0) is None
    with pytest.raises(cr.DTypeError, match="i0 was called on a tensor, but no gate"):
        np.i0(cr.asarray(X))
    monkeypatch.setattr(cr.ops.exports.functions, "i0", lambda x: x * 2, raising=False)
    np.testing.assert_array_equal(np.i0(cr.asarray(X)).value, 2 * X)
