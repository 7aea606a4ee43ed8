"""Images, reductions, shapes and rows against PyTorch and NumPy: values and gradients."""

import numpy as np
import pytest

import chainrule as cr
from against_torch import compare

torch = pytest.importorskip("torch")
functional = torch.nn.functional


@pytest.fixture
def random():
    return np.random.default_rng(25)


# -- images ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [{}, {"stride": 2}, {"padding": 1}, {"dilation": 2, "padding": 2}, {"stride": (2, 1)}],
)
def test_convolve(options, random):
    images, kernels = random.normal(size=(2, 3, 6, 5)), random.normal(size=(4, 3, 3, 2))
    compare(
        lambda x, w: cr.convolve(x, w, **options),
        lambda x, w: functional.conv2d(x, w, **options),
        images,
        kernels,
    )


def test_convolve_works_in_one_dimension_and_three(random):
    sequence, kernels = random.normal(size=(2, 3, 7)), random.normal(size=(4, 3, 3))
    compare(cr.convolve, functional.conv1d, sequence, kernels)
    volume, kernels = random.normal(size=(1, 2, 3, 4, 3)), random.normal(size=(2, 2, 2, 2, 2))
    compare(cr.convolve, functional.conv3d, volume, kernels)


def test_convolve_says_which_operands_do_not_fit():
    with pytest.raises(cr.ShapeError, match=r"images \[2, 3, 6, 5\] and kernels \[4, 2, 3, 3\]"):
        cr.convolve(np.zeros((2, 3, 6, 5)), np.zeros((4, 2, 3, 3)))
    with pytest.raises(cr.ShapeError, match=r"windows of size \(3, 3\).*\(2, 2\).*Pad it"):
        cr.convolve(np.zeros((1, 1, 2, 2)), np.zeros((1, 1, 3, 3)))


@pytest.mark.parametrize("options", [{}, {"stride": 1}, {"padding": 1}, {"stride": (2, 1)}])
def test_pooling(options, random):
    images = random.normal(size=(2, 3, 5, 6))
    compare(
        lambda x: cr.max_pool(x, (2, 3), **options),
        lambda x: functional.max_pool2d(x, (2, 3), **options),
        images,
    )
    compare(
        lambda x: cr.average_pool(x, (2, 3), **options),
        lambda x: functional.avg_pool2d(x, (2, 3), **options),
        images,
    )


def test_padding_never_wins_a_maximum():
    np.testing.assert_array_equal(
        cr.max_pool(np.full((1, 1, 2), -5.0), (2,), padding=1).value, [[[-5.0, -5.0]]]
    )


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_padding_never_wins_a_maximum_of_integers_which_stay_integers(dtype):
    images = np.arange(-20, -4, dtype=dtype).reshape(1, 1, 4, 4)
    pooled = cr.max_pool(images, 2, padding=1)
    assert pooled.dtype == dtype
    wanted = functional.max_pool2d(torch.tensor(images * 1.0), 2, padding=1).numpy()
    np.testing.assert_array_equal(pooled.value, wanted)
    compiled = cr.compile(lambda x: cr.max_pool(x, 2, padding=1))(images)
    np.testing.assert_array_equal(compiled.value, wanted)


def test_one_number_is_the_size_of_a_window_on_all_axes_of_an_image(random):
    images = random.normal(size=(2, 3, 5, 6))
    for pool in (cr.max_pool, cr.average_pool):
        np.testing.assert_array_equal(pool(images, 2).value, pool(images, (2, 2)).value)


def test_of_equal_elements_the_first_receives_the_gradient_of_a_maximum():
    """PyTorch's amax shares the gradient; its max_pool gives it to the first, as we do."""
    compare(
        lambda x: cr.max_pool(x, (2, 2)),
        lambda x: functional.max_pool2d(x, 2),
        np.ones((1, 1, 4, 4)),
    )
    x = cr.input("x", value=np.array([[2.0, 1.0, 2.0], [0.0, 0.0, 0.0]]))
    np.testing.assert_array_equal(
        cr.gradients(cr.max(x, axis=1).sum(), [x])[0].value, [[1, 0, 0], [1, 0, 0]]
    )
    np.testing.assert_array_equal(cr.gradients(cr.min(x), [x])[0].value, [[0, 0, 0], [1, 0, 0]])


@pytest.mark.parametrize(
    "options", [{"size": (3,), "stride": (1, 1)}, {"size": ()}, {"size": (0,)}, {"size": (1, 1, 1)}]
)
def test_windows_refuses_arguments_that_do_not_fit(options):
    with pytest.raises(cr.ShapeError, match="Give one positive integer per window axis"):
        cr.windows(np.zeros((3, 3)), **options)


# -- reductions --------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_mean_and_spread(axis, keepdims, random):
    x = random.normal(size=(2, 3, 4))
    options = {"keepdims": keepdims}
    compare(lambda x: cr.mean(x, axis, **options), lambda x: torch.mean(x, axis, **options), x)
    for correction in (0, 1):
        for ours, theirs in ((cr.var, torch.var), (cr.std, torch.std)):
            compare(
                lambda x, f=ours, c=correction: f(x, axis, c, **options),
                lambda x, f=theirs, c=correction: f(x, axis, correction=c, **options),
                x,
            )


def test_the_gradient_of_std_is_zero_where_all_elements_are_equal():
    compare(lambda x: cr.std(x, 1), lambda x: torch.std(x, 1, correction=0), np.ones((2, 3)))


@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
def test_prod_has_exact_gradients_beside_zeros(axis, random):
    x = random.normal(size=(3, 5))
    x[1, 2] = x[2, 2] = x[0, 0] = 0.0

    def theirs(x):
        if isinstance(axis, int):
            return torch.prod(x, axis)
        return torch.prod(x.reshape(-1))

    compare(lambda x: cr.prod(x, axis), theirs, x)


def test_prod_keeps_its_axes_on_request_and_is_one_where_nothing_is_there():
    assert cr.prod(np.ones((2, 3)), axis=1, keepdims=True).shape == (2, 1)
    assert cr.prod(np.ones((2, 3)), axis=()).shape == (2, 3)
    np.testing.assert_array_equal(cr.prod(np.zeros((2, 0)), axis=1).value, [1.0, 1.0])


@pytest.mark.parametrize("dtype", ["bool", "int32", "int64"])
def test_sum_prod_and_running_totals_of_integers_are_int64(dtype):
    x = np.ones(3, dtype)
    assert cr.sum(x).dtype == cr.int64
    assert cr.prod(x).dtype == cr.int64
    if dtype != "bool":
        assert cr.cumulative_sum(x).dtype == cr.int64


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_cumulative_sum(axis, random):
    x = random.normal(size=(3, 4))
    compare(lambda x: cr.cumulative_sum(x, axis), lambda x: torch.cumsum(x, axis), x)
    from_end = cr.cumulative_sum(x, axis, reverse=True).value
    np.testing.assert_allclose(from_end, np.flip(np.cumsum(np.flip(x, axis), axis), axis))


@pytest.mark.parametrize("axis", [None, 0, 1, (0, 2), (2, 0)])
def test_extremes_over_axes(axis, random):
    x = random.normal(size=(2, 3, 4))
    over = (0, 1, 2) if axis is None else axis
    compare(lambda x: cr.max(x, axis), lambda x: torch.amax(x, over), x)
    compare(lambda x: cr.min(x, axis), lambda x: torch.amin(x, over), x)


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "float64", "bool"])
def test_positions_of_extremes_are_numpys(dtype):
    x = np.array([[1, 0, 1], [0, 0, 1]]).astype(dtype)
    for axis in (None, 0, 1):
        np.testing.assert_array_equal(cr.argmax(x, axis).value, np.argmax(x, axis))
        np.testing.assert_array_equal(cr.argmin(x, axis).value, np.argmin(x, axis))
    assert cr.argmax(x, 1, keepdims=True).shape == (2, 1)


def test_the_smallest_integer_of_all_is_found():
    assert cr.argmin(np.array([5, np.iinfo(np.int64).min, 0])).item() == 1


def test_positions_of_nan_are_numpys():
    x = np.array([1.0, np.nan, np.nan])
    assert cr.argmax(x).item() == cr.argmin(x).item() == 1
    assert np.isnan(cr.max(x).item())
    assert np.isnan(cr.min(x).item())


def test_the_maximum_of_nothing_is_an_error():
    with pytest.raises(cr.ShapeError, match=r"\(0, 3\) was requested over axes .*no elements"):
        cr.max(np.zeros((0, 3)), axis=0)
    with pytest.raises(cr.ShapeError, match="no elements"):
        cr.argmax(np.zeros(0))


def test_questions_answered_by_bools():
    x = np.array([[1.0, 0.0, np.nan], [np.inf, -np.inf, 2.0]])
    for axis in (None, 0, 1):
        np.testing.assert_array_equal(cr.all(x, axis).value, np.all(x, axis))
        np.testing.assert_array_equal(cr.any(x, axis).value, np.any(x, axis))
    for ours, theirs in ((cr.isnan, np.isnan), (cr.isinf, np.isinf), (cr.isfinite, np.isfinite)):
        for array in (x, np.arange(3), np.array([True, False])):
            np.testing.assert_array_equal(ours(array).value, theirs(array))


# -- shapes and rows ---------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_a_new_axis(axis, random):
    x, y = random.normal(size=(2, 3)), random.normal(size=(2, 3))
    compare(lambda x, y: cr.stack([x, y], axis), lambda x, y: torch.stack([x, y], axis), x, y)
    compare(lambda x: cr.expand_dims(x, axis), lambda x: torch.unsqueeze(x, axis), x)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_concat_and_flip(axis, random):
    x, y = random.normal(size=(2, 3)), random.normal(size=(2, 3))
    compare(lambda x, y: cr.concat([x, y], axis), lambda x, y: torch.cat([x, y], axis), x, y)
    compare(lambda x: cr.flip(x, axis), lambda x: torch.flip(x, (axis,)), x)


def test_moving_elements(random):
    x = random.normal(size=(2, 3))
    compare(cr.flip, lambda x: torch.flip(x, (0, 1)), x)
    compare(lambda x: cr.pad(x, [(1, 0), (2, 3)]), lambda x: functional.pad(x, (2, 3, 1, 0)), x)
    compare(lambda x: cr.permute_dims(x, (1, 0)), lambda x: torch.permute(x, (1, 0)), x)
    compare(lambda x: cr.broadcast_to(x, (4, 2, 3)), lambda x: x.expand(4, 2, 3), x)
    compare(lambda x: cr.reshape(x, (3, -1)), lambda x: x.reshape(3, 2), x)
    compare(lambda x: cr.squeeze(x.reshape(2, 1, 3, 1), (1, -1)), lambda x: x, x)
    compare(lambda x: x.T, lambda x: x.T, x)
    compare(lambda x: x.reshape(1, 2, 3).mT, lambda x: x.reshape(1, 2, 3).mT, x)


def test_products(random):
    a, b = random.normal(size=4), random.normal(size=4)
    compare(cr.outer, torch.outer, a, b)
    compare(cr.vecdot, torch.linalg.vecdot, a, b)
    matrices = random.normal(size=(3, 4)), random.normal(size=(3, 4))
    compare(lambda a, b: cr.vecdot(a, b, axis=0), lambda a, b: (a * b).sum(0), *matrices)


@pytest.mark.parametrize(("a", "b"), [((2, 1), (2, 3)), ((3,), (1,)), ((), (3,))])
def test_vecdot_does_not_broadcast_the_axis_that_is_summed(a, b):
    with pytest.raises(cr.ShapeError, match=r"extents along axis -1 are .* must be equal"):
        cr.vecdot(np.ones(a), np.ones(b))


def test_gathering(random):
    x, ids = random.normal(size=(4, 3)), np.array([[0, 3], [3, 3]])
    compare(lambda x: cr.take(x, ids), lambda x: x[torch.tensor(ids)], x)
    compare(lambda x: cr.take(x, ids[0] % 3, axis=1), lambda x: x[:, torch.tensor(ids[0] % 3)], x)
    along = np.array([[0, 2], [1, 1], [2, 2], [0, 1]])
    compare(
        lambda x: cr.take_along_axis(x, along),
        lambda x: torch.take_along_dim(x, torch.tensor(along), 1),
        x,
    )


def test_scattering_mirrors_gathering(random):
    ids = np.array([2, 0, 2, 2])
    compare(
        lambda x: cr.add_rows(x, ids, 5),
        lambda x: torch.zeros(5, 3, dtype=x.dtype).index_add(0, torch.tensor(ids), x),
        random.normal(size=(4, 3)),
    )
    along = np.array([[0, 2, 2], [1, 1, 3]])
    compare(
        lambda x: cr.add_along_axis(x, along, 4),
        lambda x: torch.zeros(2, 4, dtype=x.dtype).scatter_add(1, torch.tensor(along), x),
        random.normal(size=(2, 3)),
    )


def test_add_rows_counts_its_axis_from_the_end(random):
    rows = random.normal(size=(2, 4))
    ids = np.array([0, 1, 1, 2])
    last, second = cr.add_rows(rows, ids, 3, axis=-1), cr.add_rows(rows, ids, 3, axis=1)
    np.testing.assert_array_equal(last.value, second.value)


def test_one_hot():
    vectors = cr.one_hot([[0, 2], [1, 1]], 3)
    assert vectors.dtype == cr.float32
    np.testing.assert_array_equal(vectors.value, [[[1, 0, 0], [0, 0, 1]], [[0, 1, 0], [0, 1, 0]]])
    assert cr.one_hot(np.array(1, np.int32), 2, "int64").dtype == cr.int64


def test_first_occurrence():
    np.testing.assert_array_equal(cr.first_occurrence([7, 3, 7, 7, 3]).value, [0, 1, 0, 0, 1])


@pytest.mark.parametrize(
    ("index", "value"),
    [
        (1, 9.0),
        ((0, slice(None, None, 2)), [8.0, 9.0]),
        (np.array([True, False]), 9.0),
        (np.array([0, 0]), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        (..., 9),
        (cr.asarray([1]), [[7.0, 8.0, 9.0]]),
    ],
    ids=["row", "slice", "mask", "twice", "all", "tensor"],
)
def test_put_leaves_what_assignment_would_leave(index, value):
    wanted = np.arange(6.0).reshape(2, 3)
    x = cr.input("x", value=wanted)
    wanted[index.value if isinstance(index, cr.Tensor) else index] = value
    np.testing.assert_array_equal(cr.put(x, index, value).value, wanted)
    np.testing.assert_array_equal(x.value, np.arange(6.0).reshape(2, 3))


def test_put_sends_gradient_to_the_kept_elements_and_to_the_new_ones(random):
    def theirs(x, value):
        y = x.clone()
        y[1, ::2] = value
        return y

    x, value = random.normal(size=(2, 3)), random.normal(size=2)
    compare(lambda x, value: cr.put(x, (1, slice(None, None, 2)), value), theirs, x, value)


def test_where_and_powers(random):
    mask = random.random((2, 3)) < 0.5
    x, y = random.uniform(0.5, 2, (2, 3)), random.uniform(0.5, 2, 3)
    compare(
        lambda x, y: cr.where(mask, x, y), lambda x, y: torch.where(torch.tensor(mask), x, y), x, y
    )
    compare(lambda x, y: x**y, torch.pow, x, y)
    compare(lambda x, y: x % y, torch.remainder, x, y)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3])
def test_powers_at_zero_have_derivatives_of_every_order(exponent):
    derivative = cr.grad(lambda x: x**exponent)
    for order in range(1, 5):
        wanted = float(np.prod(range(1, exponent + 1))) if order == exponent else 0.0
        assert derivative(0.0).item() == wanted
        derivative = cr.grad(derivative)


@pytest.mark.parametrize(
    ("at", "wanted"),
    [((0.0, 2.0), [[2.0, 0.0], [0.0, 0.0]]), ((3.0, 0.0), [[0.0, 1 / 3], [1 / 3, np.log(3) ** 2]])],
)
def test_second_derivatives_of_a_power_by_base_and_exponent(at, wanted):
    """PyTorch gives NaN or 0 for some of these; the formulas have finite limits."""
    found = cr.hessian(lambda v: v[0] ** v[1])(np.array(at))
    np.testing.assert_allclose(found.value, wanted, atol=1e-15)


def test_where_may_choose_a_huge_number_in_float32_without_a_warning():
    chosen = cr.where(np.array([True, False]), np.ones(2, np.float32), -1e300)
    assert chosen.dtype == cr.float32
    np.testing.assert_array_equal(chosen.value, [1.0, -np.inf])
