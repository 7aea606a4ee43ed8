"""Functions that move elements: arguments as NumPy has them, gradients, copies, refusals."""

import numpy as np
import pytest

import chainrule as cr
from against_torch import compare
from chainrule.grad import check_graph
from native import version_of

BOX = np.arange(24.0).reshape(2, 3, 4)
SQUARE = np.arange(16.0).reshape(4, 4)


@pytest.mark.parametrize("dtype", ["bool", "int32", "int64", "float32"])
def test_dtypes_are_kept(dtype):
    x = (BOX[0] > 2).astype(dtype)
    made = [
        *(cr.roll(x, 1), cr.repeat(x, 2), cr.tile(x, 2), cr.tril(x), cr.diag(x), cr.diagflat(x)),
        *(
            cr.rot90(x),
            cr.diff(x),
            cr.masked_fill(x, x > 0, 0),
            cr.hstack([x, x]),
            cr.unfold(x, 1, 2),
        ),
    ]
    assert {each.dtype for each in made} == {np.dtype(dtype)}


@pytest.mark.parametrize("offset", range(-5, 6))
def test_diagonals_at_every_offset(offset):
    for axes in ((0, 1), (1, 0), (2, 0), (-1, 1)):
        found = cr.diagonal(BOX, offset, *axes)
        np.testing.assert_array_equal(found.value, np.diagonal(BOX, offset, *axes))
    np.testing.assert_array_equal(cr.diag(SQUARE, offset).value, np.diag(SQUARE, offset))
    np.testing.assert_array_equal(cr.diag(SQUARE[0], offset).value, np.diag(SQUARE[0], offset))
    assert cr.trace(SQUARE, offset).item() == np.trace(SQUARE, offset)


def test_functions_of_torch():
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(0).normal(size=(3, 4, 5))
    for ours, theirs in (
        (lambda x: cr.diag_embed(x, -1, 0, 2), lambda x: torch.diag_embed(x, -1, 0, 2)),
        (lambda x: cr.unfold(x, 1, 2, 2), lambda x: x.unfold(1, 2, 2)),
        (lambda x: cr.narrow(x, 2, -3, 2), lambda x: torch.narrow(x, 2, 2, 2)),
        (lambda x: cr.flatten(x, 0, 1), lambda x: torch.flatten(x, 0, 1)),
        (lambda x: cr.concat(cr.chunk(x, 3, 2)[1:], 2), lambda x: torch.cat(x.chunk(3, 2)[1:], 2)),
        (lambda x: cr.cov(x[0]), lambda x: torch.cov(x[0])),
        (lambda x: cr.roll(x, (1, -2), (0, 2)), lambda x: torch.roll(x, (1, -2), (0, 2))),
    ):
        compare(ours, theirs, x)


@pytest.mark.parametrize("shift", [-7, -1, 0, 2, 4, 9, (1, 2)])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2)])
def test_roll_is_numpys(shift, axis):
    np.testing.assert_array_equal(cr.roll(BOX, shift, axis).value, np.roll(BOX, shift, axis))


def test_a_gradient_of_roll_is_one_concatenation():
    x = cr.input("x", value=BOX)
    upstream = cr.input("g", value=BOX)
    (gradient,) = cr.gradients(cr.roll(x, 1, 2), [x], upstream)
    assert gradient.kind == "concat"
    np.testing.assert_array_equal(gradient.value, np.roll(BOX, -1, 2))


@pytest.mark.parametrize("n", [0, 1, 2, 3])
@pytest.mark.parametrize("axis", [0, -1])
def test_diff_is_numpys(n, axis):
    x = SQUARE**2
    for ends in ({}, {"prepend": 1.0}, {"append": x}, {"prepend": x, "append": 2.0}):
        np.testing.assert_array_equal(
            cr.diff(x, n, axis, **ends).value, np.diff(x, n, axis, **ends)
        )


@pytest.mark.parametrize("edge_order", [1, 2])
@pytest.mark.parametrize("spacing", [(), (0.5,), (2, [0, 1, 4, 9])])
def test_gradient_of_samples_is_numpys(spacing, edge_order):
    x = np.sin(SQUARE)
    found = cr.gradient(x, *spacing, edge_order=edge_order)
    wanted = np.gradient(x, *spacing, edge_order=edge_order)
    for each, right in zip(found, wanted, strict=True):
        np.testing.assert_allclose(each.value, right, rtol=1e-12, atol=1e-12)
    at = cr.input("x", value=x)
    assert check_graph(sum(cr.gradient(at, *spacing, edge_order=edge_order))).ok


def test_counts_without_a_value_are_refused():
    with pytest.raises(cr.UnboundInputError, match="repeat was given 'n', which has no value"):
        cr.repeat(BOX, cr.input("n", (2,), "int64"), 0)


def test_meshgrid_of_numbers_and_of_nothing():
    assert cr.meshgrid() == []
    assert [each.shape for each in cr.meshgrid(1.0, [2.0, 3.0])] == [(2, 1), (2, 1)]


def test_reshape_takes_copy():
    for copy in (None, True, False):
        np.testing.assert_array_equal(cr.reshape(BOX, (6, 4), copy=copy).value, BOX.reshape(6, 4))


@pytest.mark.native
def test_compiled_concats_read_slices_in_place():
    """Slices with one reader, with several, of several steps, and as results."""

    def joined(x):
        part = x[:, 1:3]
        return (
            cr.roll(x, 1, 1),
            cr.concat([x[:, ::-2], part, x], 1),
            part,
            cr.concat([part, part * 2], 0),
            cr.concat([x[2:2], x[3:]], 0),
            *(cr.rot90(x, k) for k in range(4)),
            x[1:].T @ x[:3],
            cr.permute_dims(x[:, ::-1], (1, 0)) @ x,
        )

    for found, wanted in zip(cr.compile(joined)(SQUARE), joined(cr.asarray(SQUARE)), strict=True):
        np.testing.assert_array_equal(found.value, wanted.value)
    version = version_of(lambda x: cr.roll(x, 1, 1), ((4, 4), cr.float64))
    assert [each.node.kind for each in version.steps] == ["concat"]


@pytest.mark.native
def test_a_rolled_parameter_is_read_before_its_update():
    w = cr.parameter(SQUARE)
    optimizer = cr.optim.SGD([w], 1.0)

    @cr.compile
    def step():
        rolled = cr.roll(w, 1, 1)
        optimizer.minimize((w * SQUARE).sum())
        return rolled

    np.testing.assert_array_equal(step().value, np.roll(SQUARE, 1, 1))
    np.testing.assert_array_equal(w.value, SQUARE - SQUARE)


V = np.zeros(3)
M = np.zeros((3, 3))
REFUSED = [
    ("moveaxis", (BOX, (0, 1), (0,)), cr.ShapeError, "Name as many positions as axes"),
    ("moveaxis", (BOX, 3, 0), cr.ShapeError, "Axis 3 was given for a tensor with 3 axes"),
    ("rot90", (M, 1, (0, 0)), cr.ShapeError, "Give two different axes"),
    ("fliplr", (V,), cr.ShapeError, "Axis 1 was given"),
    ("matrix_transpose", (V,), cr.ShapeError, "fewer than two axes"),
    ("flatten", (BOX, 2, 1), cr.ShapeError, "The end cannot lie before the start"),
    ("unflatten", (BOX, 2, (3, -1)), cr.ShapeError, "divide axis 2 .* product .* must be 4"),
    ("broadcast_arrays", (V, np.zeros(2)), cr.ShapeError, r"shapes \(3,\), \(2,\): aligned"),
    ("split", (V, 2), cr.ShapeError, "2 equal parts of axis 0 .* Use cr.array_split"),
    ("array_split", (V, 0), cr.ShapeError, "array_split was asked for 0 parts"),
    ("chunk", (V, -1), cr.ShapeError, "chunk was asked for -1 parts"),
    ("vsplit", (V, 1), cr.ShapeError, "it needs 2 axes or more"),
    ("dsplit", (M, 1), cr.ShapeError, "it needs 3 axes or more"),
    ("unstack", (V, 1), cr.ShapeError, "Axis 1 was given"),
    ("hstack", ([],), cr.ShapeError, "concat was given an empty list"),
    ("block_diag", (BOX,), cr.ShapeError, "block_diag was given .* Give matrices"),
    ("roll", (BOX, (1, 2), (0, 1, 2)), cr.ShapeError, "Give one shift per axis"),
    ("repeat", (V, -1), cr.RangeError, "repeat was given -1. Give an integer of 0 or more"),
    ("repeat", (V, 1.5), cr.RangeError, "repeat was given 1.5"),
    ("repeat", (V, [1, 2]), cr.ShapeError, "2 numbers for axis 0 .* Give one number, or 3"),
    ("tile", (V, -1), cr.RangeError, "tile was asked to repeat -1 times"),
    ("select", ([V > 0], [V, V]), cr.ShapeError, "1 conditions and 2 choices"),
    ("narrow", (V, 0, 2, 2), cr.RangeError, "2 elements from 2 on .* inside the axis"),
    ("index_select", (V, 0, [[1]]), cr.ShapeError, "Give a vector, or use cr.take"),
    ("masked_fill", (V, V, 1), cr.DTypeError, "mask of float64. Compare first"),
    ("unfold", (V, 0, 4), cr.ShapeError, "windows of size .* do not fit"),
    ("diagonal", (V,), cr.ShapeError, "diagonal was called on .* at least two axes"),
    ("diagonal", (M, 0, 1, 1), cr.ShapeError, "axes 1 and 1, which are one axis"),
    ("trace", (V,), cr.ShapeError, "trace was called on"),
    ("diag", (BOX,), cr.ShapeError, "Give a vector or a matrix; for batches use"),
    ("diag_embed", (1.0,), cr.ShapeError, "a scalar. Give a vector"),
    ("diff", (V, -1), cr.RangeError, "differences -1 times"),
    ("diff", (1.0,), cr.ShapeError, "a scalar, which has no axes"),
    ("trapezoid", (V, np.zeros(2)), cr.ShapeError, r"positions \[2\] for axis 0"),
    ("gradient", (V, 1, 2), cr.ShapeError, r"given 2 distances for the axes \(0,\)"),
    ("gradient", (V, [0, 1]), cr.ShapeError, r"positions \[2\] for axis 0"),
    ("gradient", (V[:1],), cr.ShapeError, "needs 2 samples or more"),
    ("tensordot", (M, V, 2), cr.ShapeError, "tensordot was given axes=2"),
    ("tensordot", (M, np.zeros(2), 1), cr.ShapeError, "sum axis 1 .* with axis 0"),
    ("tensordot", (M, M, ((0, 0), (0, 1))), cr.ShapeError, "names one axis twice"),
    ("inner", (M, np.zeros(2)), cr.ShapeError, "Their extents must be equal"),
    ("cross", (M, np.zeros(2)), cr.ShapeError, "must have extent 3"),
    ("cov", (BOX,), cr.ShapeError, "cov was given .* Give a matrix"),
]


@pytest.mark.parametrize(("name", "arguments", "error", "message"), REFUSED)
def test_what_does_not_fit_is_said(name, arguments, error, message):
    with pytest.raises(error, match=message):
        getattr(cr, name)(*arguments)


@pytest.mark.native
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_large_rotations_are_copied_in_tiles(dtype):
    x = np.arange(2 * 37 * 50).reshape(2, 37, 50).astype(dtype)
    turned = cr.compile(lambda x: [cr.rot90(x, k, (1, 2)) for k in range(4)])(x)
    for k, found in enumerate(turned):
        np.testing.assert_array_equal(found.value, np.rot90(x, k, (1, 2)))


def test_select_takes_the_first_true_condition():
    x = cr.input("x", value=SQUARE)
    found = cr.select([x > 9, x > 3, x > 8], [x * x, -x, x], x * 2)
    wanted = np.select([SQUARE > 9, SQUARE > 3], [SQUARE**2, -SQUARE], SQUARE * 2)
    np.testing.assert_array_equal(found.value, wanted)
    (gradient,) = cr.gradients(found.sum(), [x])
    slopes = np.select([SQUARE > 9, SQUARE > 3], [2 * SQUARE, -1.0], 2.0)
    np.testing.assert_array_equal(gradient.value, slopes)
    assert cr.select([V > 0], [np.ones(3, "float32")]).dtype == cr.float32
