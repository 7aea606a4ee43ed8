"""Products and maxima that read windows in place agree with the separate gates."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.fuse.fusion import ReferenceGate, fuse
from chainrule.compile.native import blas
from chainrule.compile.rewrite.rules import rewrite
from chainrule.compile.step_costs import flops
from chainrule.compile.trace import trace
from chainrule.graph import topological_order

pytestmark = pytest.mark.native

PRODUCTS = {"windows in a product", "product by windows", "product added up"}
MAXIMA = {"extreme of windows", "gradient to winners"}


def traced(function, *arrays):
    signature = tuple((each.shape, each.dtype) for each in arrays)
    return trace(function, signature, [f"x{i}" for i in range(len(arrays))])


def fired(function, *arrays):
    return {each.rule for each in rewrite(traced(function, *arrays))[1]}


def steps_of(function, *arrays):
    return fuse(rewrite(traced(function, *arrays))[0])


def assert_native_is_reference(function, *arrays):
    wanted = function(*(cr.input(f"x{i}", value=each) for i, each in enumerate(arrays)))
    found = cr.compile(function)(*arrays)
    close = 1e-12 if arrays[0].dtype == np.float64 else 2e-5
    for native, reference in zip(found, wanted, strict=True):
        assert (native.shape, native.dtype) == (reference.shape, reference.dtype)
        largest = np.abs(np.nan_to_num(reference.value, posinf=0, neginf=0)).max(initial=1)
        np.testing.assert_allclose(native.value, reference.value, close, close * largest / 10)
    assert not [each for each in steps_of(function, *arrays) if isinstance(each, ReferenceGate)]


def assert_rules_keep_the_meaning(function, *arrays):
    """Run the reference evaluator on the rewritten graph, in which the new gates stand."""
    before = traced(function, *arrays)
    after = rewrite(before)[0]
    values = [
        cr.graph.evaluate(each.outputs, dict(zip(each.inputs, arrays, strict=True)))
        for each in (before, after)
    ]
    for old, new in zip(before.outputs, after.outputs, strict=True):
        close = 1e-12 if old.dtype == np.float64 else 1e-4
        np.testing.assert_allclose(values[1][new], values[0][old], rtol=close, atol=close)


def with_gradients(function):
    def differentiated(*xs):
        y = function(*xs)
        upstream = np.linspace(-1, 1, y.size, dtype=y.dtype).reshape(y.shape)
        return (y, *cr.gradients(y, xs, upstream))

    return differentiated


CONVOLUTIONS = [
    ((2, 3, 6, 5), (4, 3, 3, 2), {}),
    ((2, 3, 6, 5), (4, 3, 3, 2), {"stride": 2}),
    ((2, 3, 7, 6), (4, 3, 3, 2), {"stride": (2, 3), "padding": 1}),
    ((1, 2, 7, 7), (3, 2, 3, 3), {"dilation": 2, "padding": 2}),
    ((2, 3, 4, 4), (5, 3, 1, 1), {}),
    ((3, 2, 9), (4, 2, 3), {"padding": 1}),
    ((1, 2, 3, 4, 3), (2, 2, 2, 2, 2), {}),
    ((16, 8, 20, 20), (8, 8, 3, 3), {"padding": 1}),
    ((15, 8, 20, 20), (8, 8, 3, 3), {"padding": 1}),
    ((2, 1, 5, 70), (2, 1, 3, 3), {}),
    ((2, 4, 14, 14), (49, 4, 3, 3), {"padding": 1}),
    ((1, 33, 4, 5), (9, 33, 3, 3), {"padding": 1}),
    ((1, 3, 21, 33), (20, 3, 7, 7), {"stride": 2, "padding": 3}),
    ((2, 4, 9, 9), (3, 4, 2, 2), {"stride": 3, "dilation": 2}),
    ((2, 4, 9, 9), (3, 4, 1, 1), {"stride": 2, "padding": 1}),
    ((1, 2, 2, 9), (3, 2, 1, 1), {"stride": 10, "padding": 3}),
    ((1, 4, 11, 50), (17, 4, 3, 3), {"stride": (2, 1), "dilation": (1, 3)}),
    ((1, 2, 1, 1), (1, 2, 1, 1), {}),
    ((1, 3, 17), (17, 3, 5), {"stride": 3, "dilation": 3, "padding": [(4, 7)]}),
    ((2, 3, 4, 9, 7), (5, 3, 2, 3, 3), {"padding": 1, "stride": (1, 2, 1)}),
]


@pytest.mark.parametrize(("images", "kernels", "options"), CONVOLUTIONS, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_convolution_and_its_gradients_are_those_of_the_reference(
    images, kernels, options, dtype
):
    random = np.random.default_rng(0)
    arrays = [random.normal(size=shape).astype(dtype) for shape in (images, kernels)]
    function = with_gradients(lambda x, w: cr.convolve(x, w, **options))
    assert fired(function, *arrays) >= PRODUCTS
    in_parts = images[0] in (4, 16)
    assert ("product summed by windows" in fired(function, *arrays)) == in_parts
    assert_native_is_reference(function, *arrays)
    assert_rules_keep_the_meaning(function, *arrays)


GROUPED = [
    ((2, 4, 6, 5), (6, 2, 3, 2), {"groups": 2}),
    ((1, 4, 6, 5), (4, 2, 3, 2), {"groups": 2}),
    ((3, 3, 5, 5), (6, 1, 3, 3), {"groups": 3, "padding": 1}),
    ((2, 6, 9), (3, 2, 3), {"groups": 3, "stride": 2, "dilation": 2, "padding": 2}),
    ((16, 8, 20, 20), (8, 4, 3, 3), {"groups": 2, "padding": 1}),
    ((15, 9, 20, 20), (9, 3, 3, 3), {"groups": 3}),
    ((2, 32, 8, 8), (32, 1, 3, 3), {"groups": 32, "padding": 1}),
    ((2, 24, 7, 7), (34, 12, 3, 3), {"groups": 2, "padding": 1, "stride": 2}),
]


@pytest.mark.parametrize(("images", "kernels", "options"), GROUPED, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_convolution_in_groups_reads_its_windows_in_place_too(images, kernels, options, dtype):
    random = np.random.default_rng(0)
    arrays = [random.normal(size=shape).astype(dtype) for shape in (images, kernels)]
    function = with_gradients(lambda x, w: cr.convolve(x, w, **options))
    assert fired(function, *arrays) >= {
        "windows in a product",
        "product by grouped windows",
        "product added up",
    }
    assert "windows[" not in str(steps_of(function, *arrays))
    assert_native_is_reference(function, *arrays)
    assert_rules_keep_the_meaning(function, *arrays)


@pytest.mark.parametrize(("images", "kernels", "options"), [*CONVOLUTIONS, *GROUPED], ids=str)
def test_a_cpu_without_avx_512_computes_convolutions_too(monkeypatch, images, kernels, options):
    monkeypatch.setattr(blas, "has_avx512", lambda: False)
    random = np.random.default_rng(0)
    x, w = (random.normal(size=shape).astype("float32") for shape in (images, kernels))
    assert_native_is_reference(with_gradients(lambda x, w: cr.convolve(x, w, **options)), x, w)


@pytest.mark.parametrize("kernels", [2, 40])
@pytest.mark.parametrize("place", [(0, 0), (3, 6), (5, 6)])
def test_a_number_that_is_not_finite_is_in_the_windows_that_hold_it_alone(kernels, place):
    random = np.random.default_rng(0)
    x, w = random.normal(size=(1, 2, 6, 7)), random.normal(size=(kernels, 2, 3, 3))
    x[0, 0, *place] = np.inf
    assert_native_is_reference(with_gradients(lambda x, w: cr.convolve(x, w)), x, w)


def test_padding_is_part_of_a_convolution_and_its_gradients_and_not_copied():
    x, w = np.ones((2, 3, 8, 8), "float32"), np.ones((4, 3, 3, 3), "float32")
    function = with_gradients(lambda x, w: cr.convolve(x, w, padding=1))
    gates = topological_order(rewrite(traced(function, x, w))[0].outputs)
    names = {each.primitive.name for each in gates if each.primitive}
    assert not names & {"pad", "slice"}


def test_the_second_derivative_of_a_convolution_is_that_of_the_reference():
    random = np.random.default_rng(0)
    x, w = random.normal(size=(2, 2, 5, 4)), random.normal(size=(3, 2, 2, 2))

    def function(x, w):
        first = cr.gradients((cr.convolve(x, w) ** 3).sum(), [x, w])
        return tuple(cr.gradients(sum((each * each).sum() for each in first), [x, w]))

    assert_native_is_reference(function, x, w)


POOLS = [
    ((2, 3, 4, 6), (2, 2), {}),
    ((2, 3, 5, 7), (2, 2), {}),
    ((2, 3, 5, 7), (3, 2), {"stride": 1}),
    ((2, 3, 6, 7), (3, 3), {"stride": 2, "padding": 1}),
    ((2, 3, 9), (4,), {}),
    ((1, 2, 4, 4, 6), (2, 2, 2), {}),
    ((5, 6), (2, 3), {}),
    ((8, 16, 40, 40), (2, 2), {}),
    ((8, 16, 40, 40), (2, 2), {"stride": 1}),
    ((1, 1, 9, 9), (9, 9), {}),
]


@pytest.mark.parametrize(("images", "size", "options"), POOLS, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_maximum_of_windows_and_its_gradient_are_those_of_the_reference(
    images, size, options, dtype
):
    x = np.random.default_rng(0).integers(-2, 3, images).astype(dtype)
    function = with_gradients(lambda x: cr.max_pool(x, size, **options))
    assert (fired(function, x) >= MAXIMA) == (np.prod(size) <= 16)
    assert_native_is_reference(function, x)
    assert_rules_keep_the_meaning(function, x)


@pytest.mark.parametrize("stride", [1, 2])
def test_infinities_and_nan_in_windows_win_as_in_numpy_and_the_first_gets_the_gradient(stride):
    random = np.random.default_rng(0)
    x = random.choice([0.0, -0.0, 1.0, np.inf, -np.inf, np.nan], (3, 9, 10))
    function = with_gradients(lambda x: cr.max_pool(x, (2, 3), stride))
    assert_native_is_reference(function, x)


def test_a_minimum_over_windows_is_read_in_place_too():
    x = np.random.default_rng(0).normal(size=(2, 6, 4))

    def smallest(x):
        return cr.min(cr.windows(x, (2, 2), 1, (3, 2)), axis=(1, 2))

    function = with_gradients(smallest)
    assert fired(function, x) >= MAXIMA
    assert_native_is_reference(function, x)


def test_other_reductions_of_windows_stay_as_they_are():
    x = np.random.default_rng(0).normal(size=(2, 6, 4))
    places = with_gradients(lambda x: cr.max(cr.windows(x, (3, 2)), axis=(3, 4)))
    assert not fired(places, x) & MAXIMA
    assert_native_is_reference(places, x)
    batched = with_gradients(lambda x: cr.windows(x, (2, 2)).reshape(2, 5, 12) @ np.ones((12, 2)))
    assert not fired(batched, x) & PRODUCTS
    assert_native_is_reference(batched, x)


def test_elements_that_go_elsewhere_than_to_winners_are_added_up_as_they_are():
    fold = {"extents": (4,), "size": (2,), "stride": (2,), "dilation": (1,)}

    def routed(x, g, axis, kind="float64"):
        flat = cr.windows(x, (2,), 2).astype(kind)
        winner = cr.argmax(flat, axis=axis, keepdims=True)
        put = cr.add_along_axis(g, winner, 2, 2 if axis == 2 else 1)
        return (cr.apply(cr.PRIMITIVES["add_windows"], put, **fold),)

    x = np.random.default_rng(0).integers(-9, 9, (3, 4)).astype("float64")
    for function, shape in [
        (lambda x, g: routed(x, g, 2), (3, 2, 1)),
        (lambda x, g: routed(x, g, 1, "int64"), (3, 1, 2)),
    ]:
        g = np.random.default_rng(1).normal(size=shape)
        assert "gradient to winners" not in fired(function, x, g)
        assert_native_is_reference(function, x, g)


def test_of_a_net_without_images_nothing_is_computed():
    function = with_gradients(lambda x, w: cr.max_pool(cr.convolve(x, w), (2, 2)))
    x, w = np.zeros((0, 2, 5, 5)), np.ones((3, 2, 2, 2))
    y, of_x, of_w = cr.compile(function)(x, w)
    assert (y.shape, of_x.shape) == ((0, 3, 2, 2), (0, 2, 5, 5))
    np.testing.assert_array_equal(of_w.value, np.zeros_like(w))


def test_windows_of_many_images_never_reach_memory_and_their_arithmetic_is_counted():
    x, w = np.zeros((8, 3, 10, 10), "float32"), np.zeros((4, 3, 3, 3), "float32")
    steps = steps_of(lambda x, w: (cr.convolve(x, w),), x, w)
    assert sum(map(flops, steps)) == 2 * 8 * 4 * 64 * 27
    step = cr.compile(lambda x, w: cr.convolve(x, w))
    step(x, w)
    assert "windows_product" in str(step.stages["rewrite"])
    assert "3x3 windows" in str(step.stages["rewrite"])
