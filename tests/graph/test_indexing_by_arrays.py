"""x[...] with arrays of ids and masks against NumPy: values, gradients, compiled, the errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import chainrule as cr
from numerical import central

SHAPE = (3, 4, 2)
ROWS, COLUMNS = np.array([2, 0, 2]), np.array([-1, 1, 0])
MASK = np.array([True, False, True])
FORMS = {
    "rows": (ROWS,),
    "negative": (np.array([-1, 0, -3, -1]),),
    "one id": (np.array(-2),),
    "matrix of ids": (np.array([[0, 1], [2, -1]]),),
    "list": ([0, -1],),
    "nested list": ([[0, 1], [2, 2]],),
    "range": (range(2),),
    "no ids": ([],),
    "int32": (ROWS.astype(np.int32),),
    "uint8": (ROWS.astype(np.uint8),),
    "numpy integer": (np.int16(1), slice(None), np.uint8(0)),
    "columns": (slice(None), COLUMNS),
    "last axis": (..., np.array([1, 1, 0])),
    "row and ids": (1, COLUMNS),
    "ids and a number": (ROWS, 1),
    "ids, all, a number": (ROWS, slice(None), 0),
    "new axis": (None, ROWS),
    "new axis after": (ROWS, None),
    "new axis between": (ROWS, None, COLUMNS),
    "empty ellipsis between": (ROWS, COLUMNS, ..., np.array([0, 1, 1])),
    "pairs": (ROWS, COLUMNS),
    "grid": (np.array([[0], [2]]), COLUMNS),
    "apart": (ROWS, slice(None), np.array([1, 0, 1])),
    "behind a slice": (slice(1, None), COLUMNS, np.array([1, 0, 1])),
    "all axes": (ROWS, COLUMNS, np.array([1, 0, 1])),
    "cut as well": (ROWS, slice(None, None, -2), slice(1, 2)),
    "a number apart": (0, slice(None), np.array([1, 0])),
    "mask": (MASK,),
    "list of bools": ([True, False, True],),
    "mask of two axes": (np.arange(12).reshape(3, 4) % 3 == 0,),
    "mask of all": (np.arange(24).reshape(SHAPE) % 5 == 0,),
    "mask inside": (slice(None), np.array([False, True, True, False])),
    "mask of nothing": (np.zeros(3, bool),),
    "mask and a number": (MASK, 1),
    "mask and ids": (MASK, np.array([0, -1])),
    "ids and mask": (1, np.array([True, False, True, False]), np.array([0, 1])),
}


def key_of(form):
    return FORMS[form] if len(FORMS[form]) > 1 else FORMS[form][0]


def is_array(key):
    return isinstance(key, np.ndarray) and key.dtype.kind == "i"


def scattered(key, shape, upstream):
    sums = np.zeros(shape)
    np.add.at(sums, key, upstream)
    return sums


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize("form", FORMS)
def test_value_and_gradients_are_numpys(form, compiled):
    key = key_of(form)
    array = np.cos(np.arange(24.0)).reshape(SHAPE)
    wanted = array[key]
    weights = np.sin(np.arange(1.0, wanted.size + 1)).reshape(wanted.shape)

    def loss(x):
        return (x[key] ** 3 * weights).sum()

    def both(x):
        return x[key], cr.grad(loss)(x), cr.grad(lambda x: (cr.grad(loss)(x) * array).sum())(x)

    part, gradient, second = (cr.compile(both) if compiled else both)(cr.asarray(array))
    np.testing.assert_array_equal(part.read(), wanted)
    slope = scattered(key, SHAPE, 3 * wanted**2 * weights)
    np.testing.assert_allclose(gradient.read(), slope, rtol=1e-12)
    curvature = scattered(key, SHAPE, 6 * wanted * weights * wanted)
    np.testing.assert_allclose(second.read(), curvature, rtol=1e-12)


@pytest.mark.parametrize("form", [name for name, key in FORMS.items() if any(map(is_array, key))])
def test_ids_that_are_inputs_of_a_compiled_function(form):
    """The ids come in at run time, so that their signs and ranges are looked at there."""
    key = FORMS[form]
    array = np.cos(np.arange(24.0)).reshape(SHAPE)
    ids = [each for each in key if is_array(each)]

    def part(x, *ids):
        given = iter(ids)
        return x[tuple(next(given) if is_array(each) else each for each in key)]

    @cr.compile
    def both(x, *ids):
        return part(x, *ids), cr.grad(lambda x: (part(x, *ids) ** 2).sum())(x)

    value, gradient = both(array, *ids)
    np.testing.assert_array_equal(value.read(), array[key])
    np.testing.assert_allclose(gradient.read(), scattered(key, SHAPE, 2 * array[key]), rtol=1e-12)


@st.composite
def shapes_and_keys(draw):
    shape = draw(array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4))
    block = draw(array_shapes(min_dims=1, max_dims=2, min_side=1, max_side=3))
    keys, axis = [], 0
    while axis < len(shape):
        size = shape[axis]
        kind = draw(st.sampled_from(["ids", "ids", "mask", "slice", "number", "none", "rest"]))
        if kind == "none":
            keys.append(None)
            continue
        if kind == "rest" and Ellipsis not in [each for each in keys if each is Ellipsis]:
            keys.append(...)
            axis += draw(st.integers(0, len(shape) - axis))
            continue
        if kind == "ids":
            part = tuple(draw(st.sampled_from([1, each])) for each in block)
            flat = draw(st.lists(st.integers(-size, size - 1), min_size=9, max_size=9))
            keys.append(np.resize(np.array(flat), part))
        elif kind == "mask":
            keys.append(np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size))))
        elif kind == "number":
            keys.append(draw(st.integers(-size, size - 1)))
        else:
            keys.append(draw(st.slices(size)))
        axis += 1
    return shape, tuple(keys)


@settings(max_examples=500, deadline=None)
@given(shapes_and_keys())
def test_mixed_indices_are_numpys(drawn):
    shape, key = drawn
    array = np.cos(np.arange(float(np.prod(shape)))).reshape(shape)
    x = cr.input("x", value=array)
    try:
        wanted = array[key]
    except IndexError:
        with pytest.raises((cr.ShapeError, cr.RangeError)):
            x[key]
        return
    part = x[key]
    np.testing.assert_array_equal(part.value, wanted)
    assert part.shape == wanted.shape
    weights = np.sin(np.arange(1.0, part.size + 1)).reshape(part.shape)
    (gradient,) = cr.gradients(part, [x], weights)
    np.testing.assert_allclose(gradient.value, scattered(key, shape, weights), atol=1e-12)


def test_gradient_is_that_of_central_differences():
    key = (np.array([[0], [2]]), slice(None), [1, -1, 1])
    array = np.cos(np.arange(24.0)).reshape(SHAPE)
    gradient = cr.grad(lambda x: cr.sin(x[key]).sum())(array)
    measured = central(lambda a: np.sin(a[key]).sum(), array)
    np.testing.assert_allclose(gradient.value, measured, atol=1e-8)


@pytest.mark.parametrize("mode", [lambda f: f, cr.compile], ids=["eager", "compiled"])
def test_numbers_that_are_tensors(mode):
    array = np.arange(12.0).reshape(3, 4)
    picked = mode(lambda a, i, j: (a[i, j], a[:, j], a[i], a[i, 1:], a[..., j], a[None, i]))
    for i, j in ((0, 0), (2, -1), (-3, 3)):
        found = picked(cr.asarray(array), cr.input("i", value=i), cr.input("j", value=j))
        wanted = (array[i, j], array[:, j], array[i], array[i, 1:], array[..., j], array[None, i])
        for each, value in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(each.read(), value)
            assert each.shape == np.shape(value)


def test_a_loop_reads_a_table_at_its_counter():
    table = np.arange(20.0).reshape(5, 4)

    def cell(total, i):
        return total + table_of[i, 1] * table_of[i, -1], table_of[i]

    table_of = cr.asarray(table)
    for run in (cr.scan, cr.compile(lambda s, i: cr.scan(cell, s, i))):
        args = (cell, 0.0, np.arange(5)) if run is cr.scan else (np.float64(0), np.arange(5))
        total, rows = run(*args)
        assert total.item() == (table[:, 1] * table[:, 3]).sum()
        np.testing.assert_array_equal(rows.read(), table)


@pytest.mark.parametrize("key", [(np.array([0, 3]),), (0, np.array([1, -5])), ([1], [9])])
def test_ids_outside_are_named_with_their_tensor(key):
    x = cr.input("x", value=np.zeros((3, 4)))
    axis = len(key) - 1
    told = rf"is outside axis {axis} of 'x', which has size {x.shape[axis]}\. Choose from -"
    with pytest.raises(cr.RangeError, match=told):
        x[key]


@pytest.mark.parametrize(
    ("rows", "columns", "told"),
    [
        ([0, 3], [0, 0], r"The id 3 at position \(1,\) is outside axis 0 of 'x', which has size 3"),
        ([0, 1], [7, 0], r"The id 7 at position \(0,\) is outside axis 1 of 'x', which has size 4"),
        ([0, -4], [0, 0], r"The id -4 at position \(1,\) is outside axis 0"),
    ],
)
def test_ids_outside_in_compiled_functions(rows, columns, told):
    """7 of a row of 4 would be a place of the next row."""
    x = cr.parameter(np.arange(12.0).reshape(3, 4), "x")
    picked = cr.compile(lambda rows, columns: x[rows, columns])
    with pytest.raises(cr.RangeError, match=told):
        picked(np.array(rows), np.array(columns))
    assert picked(np.array([2]), np.array([-1])).item() == 11


def test_a_number_outside_names_the_tensor():
    with pytest.raises(cr.RangeError, match=r"The tensor is 'x' with shape \(3,\)"):
        cr.input("x", (3,))[3]


def test_a_mask_without_a_value_asks_for_where():
    told = r"mask greater .*cr.where\(mask, x, 0\)"
    x = cr.input("x", (3,))
    with pytest.raises(cr.UnboundInputError, match=told):
        x[x > 0]
    with pytest.raises(cr.UnboundInputError, match=told):
        cr.scan(lambda s, x: (s + x[x > 0].sum(), None), 0.0, np.ones((2, 3)))
    x = cr.parameter([-1.0, 2.0, 3.0], "x")
    np.testing.assert_array_equal(x[x > 0].value, [2, 3])


@pytest.mark.native
def test_a_mask_in_a_compiled_function_asks_for_where():
    with pytest.raises(cr.UnboundInputError, match=r"cr.where\(mask, x, 0\)"):
        cr.compile(lambda x: x[x > 0])(np.arange(3.0))


def test_ids_of_a_graph_that_is_run_again():
    """They may be others then, and are looked at again."""
    ids, columns = cr.input("ids", value=[0, 2]), cr.input("columns", value=[1, 3])
    x = cr.input("x", value=np.arange(12.0).reshape(3, 4))
    rows, pairs = cr.Graph(x[ids].sum(0)), cr.Graph(x[ids, columns])
    np.testing.assert_array_equal(rows.forward(ids=[1, 1]), [8, 10, 12, 14])
    np.testing.assert_array_equal(pairs.forward(ids=[-1, 1], columns=[0, -1]), [8, 7])
    with pytest.raises(cr.RangeError, match="the id 3"):
        rows.forward(ids=[0, 3])
    with pytest.raises(cr.RangeError, match=r"The id 4 at .* axis 1 of 'x'"):
        pairs.forward(ids=[0, 0], columns=[0, 4])


def test_a_mask_of_another_count_is_refused_when_a_graph_is_run_again():
    x = cr.input("x", value=[-1.0, 2.0, 3.0])
    graph = cr.Graph(x[x > 0].sum())
    assert graph.forward(x=[4.0, -1.0, 5.0]) == 9
    with pytest.raises(cr.RangeError, match="2 true elements and run with one that has 1"):
        graph.forward(x=[4.0, -1.0, -5.0])


@pytest.mark.parametrize(
    ("key", "kind", "told"),
    [
        (np.zeros(3), cr.DTypeError, "array of dtype float64. Ids are integers, masks are bools"),
        (np.zeros(4, bool), cr.ShapeError, r"mask of shape \(4,\) from axis 0 on"),
        ((0, np.zeros(3, bool)), cr.ShapeError, "from axis 1 on"),
        (np.zeros((3, 4, 1), bool), cr.ShapeError, "3 indices were given for a tensor with 2 axes"),
        (([0, 1], [0, 1, 2]), cr.ShapeError, r"shapes \(2,\), \(3,\), which do not broadcast"),
        ([[0], [1, 2]], cr.ShapeError, "list whose items differ in shape"),
        ([cr.asarray(0), cr.asarray(1)], cr.DTypeError, r"cr.stack\(\[...\]\)"),
        (cr.asarray(True), cr.ShapeError, "mask"),
        ((0, 0, [1]), cr.ShapeError, "3 indices were given"),
    ],
)
def test_arrays_that_mean_nothing(key, kind, told):
    with pytest.raises(kind, match=told):
        cr.input("x", value=np.zeros((3, 4)))[key]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64"])
def test_short_integers_reach_the_end_of_long_axes(dtype):
    x = np.arange(1000.0)
    ids = np.array([1, 100, 7] if dtype.startswith("u") else [-1, -100, 7], dtype)
    np.testing.assert_array_equal(cr.asarray(x)[ids].value, x[ids])
    np.testing.assert_array_equal(cr.asarray(x)[ids, None].value, x[ids, None])
    with pytest.raises(cr.DTypeError, match="uint64 is not supported"):
        cr.asarray(x)[ids.astype("uint64")]


def test_ids_of_an_empty_axis():
    x = cr.asarray(np.zeros((0, 2)))
    assert x[np.zeros((3, 0), int)].shape == (3, 0, 2)
    with pytest.raises(cr.RangeError, match=r"axis 0 of .*, which has no elements"):
        x[[0]]


@pytest.mark.parametrize("key", [(), (slice(None),), (...,), (None,)], ids=str)
def test_rows_of_a_table_stay_rows(key):
    """The gradient costs what the batch costs, whatever stands beside the ids."""
    table = cr.parameter(np.ones((5, 3)), "table", table=True)
    ids = np.array([0, -1, 0])
    (gradient,) = cr.gradients((table[(ids, *key)] ** 2).sum(), [table])
    assert gradient.kind == "add_rows"
    np.testing.assert_array_equal(gradient.value[:, 0], [4, 0, 0, 0, 2])
