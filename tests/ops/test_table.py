"""The table of primitives is the table of tests: a new declaration brings its own."""

from types import SimpleNamespace

import numpy as np
import pytest

import chainrule as cr
from chainrule.grad import tangents
from chainrule.graph import PROMOTION
from numerical import KINDS, attributes, central, drawn, inputs

TABLE = [each for each in cr.PRIMITIVES.values() if each.family != "gate"]


def cases(*primitives):
    return [
        pytest.param(primitive, example, id=f"{primitive.name}-{i}")
        for primitive in primitives
        for i, example in enumerate(primitive.examples)
    ]


def is_float(x):
    return np.dtype(x.dtype).kind == "f"


def differentiable(primitive, example):
    """Say whether the declaration lets gradient pass in this example."""
    operands = [cr.input("x", each.shape, each.dtype) for each in example.operands]
    output = cr.apply(primitive, *operands, **example.attributes)
    return is_float(output) and len(moving(primitive, operands)) > 0


def moving(primitive, xs):
    """Return the positions of the operands that a gradient can be asked of."""
    return [i for i, each in enumerate(xs) if is_float(each) and primitive.takes_gradient(i)]


def accepted(primitive):
    if primitive.family == "scan":
        return ["float32", "float64"]
    kinds = {**KINDS, "float": KINDS["any"]}
    return [each.name for each in PROMOTION if each.kind in kinds[primitive.accepts]]


EVERY = cases(*TABLE)
SMOOTH = [each for each in EVERY if differentiable(*each.values)]
ELEMENTWISE = [each for each in TABLE if each.family == "elementwise" and each.name != "astype"]


@pytest.fixture
def random():
    return np.random.default_rng(20)


def test_the_table_is_under_the_names_of_its_primitives():
    assert all(name == primitive.name for name, primitive in cr.PRIMITIVES.items())


@pytest.mark.parametrize(("primitive", "example"), EVERY)
def test_value_is_numpys_with_the_promised_shape_and_dtype(primitive, example, random):
    arrays = [drawn(each, random) for each in example.operands]
    before = [each.copy() for each in arrays]
    xs = inputs(arrays)
    output = cr.apply(primitive, *xs, **example.attributes)
    wanted = np.asarray(primitive.numpy(*arrays, **example.attributes))
    assert (output.shape, output.dtype) == primitive.infer(*xs, **example.attributes)
    assert (output.shape, output.dtype) == (output.value.shape, output.value.dtype)
    np.testing.assert_array_equal(output.value, wanted)
    for array, old, x in zip(arrays, before, xs, strict=True):
        np.testing.assert_array_equal(array, old)
        np.testing.assert_array_equal(x.value, old)


@pytest.mark.parametrize(("primitive", "example"), EVERY)
def test_every_value_is_read_only(primitive, example, random):
    xs = inputs([drawn(each, random) for each in example.operands])
    output = cr.apply(primitive, *xs, **example.attributes)
    assert not any(each.value.flags.writeable for each in (output, *xs))


@pytest.mark.parametrize(("primitive", "example"), EVERY)
def test_constants_give_the_values_of_inputs(primitive, example, random):
    arrays = [drawn(each, random) for each in example.operands]
    constant = cr.apply(primitive, *arrays, **example.attributes)
    tracked = cr.apply(primitive, *inputs(arrays), **example.attributes)
    assert (constant.shape, constant.dtype) == (tracked.shape, tracked.dtype)
    assert not constant.tracked
    np.testing.assert_array_equal(constant.value, tracked.value)


@pytest.mark.parametrize(("primitive", "example"), EVERY)
def test_a_gate_without_values_has_the_same_shape_and_dtype(primitive, example, random):
    unbound = [cr.input("x", each.shape, each.dtype) for each in example.operands]
    symbolic = cr.apply(primitive, *unbound, **example.attributes)
    arrays = [drawn(each, random) for each in example.operands]
    eager = cr.apply(primitive, *inputs(arrays), **example.attributes)
    assert symbolic.value is None
    assert (symbolic.shape, symbolic.dtype) == (eager.shape, eager.dtype)


@pytest.mark.parametrize(("primitive", "example"), EVERY)
def test_the_promised_dtype_is_delivered_for_every_accepted_dtype(primitive, example, random):
    for dtype in accepted(primitive):
        arrays = [
            drawn(each, random, dtype if each.dtype == "float64" else None)
            for each in example.operands
        ]
        output = cr.apply(primitive, *arrays, **attributes(example, dtype))
        assert output.value.dtype == output.dtype
        asks_for_dtype = any(isinstance(each, np.dtype) for each in example.attributes.values())
        if dtype == "float32" and not asks_for_dtype:
            assert output.dtype != cr.float64


@pytest.mark.parametrize(("primitive", "example"), SMOOTH)
def test_first_derivative_is_that_of_central_differences(primitive, example, random):
    xs = inputs([drawn(each, random) for each in example.operands])
    output = cr.apply(primitive, *xs, **example.attributes)
    upstream = random.normal(size=output.shape)
    for i in moving(primitive, xs):

        def weighted(moved, i=i):
            operands = [*xs[:i], cr.asarray(moved), *xs[i + 1 :]]
            return np.sum(upstream * cr.apply(primitive, *operands, **example.attributes).value)

        (gradient,) = cr.gradients(output, [xs[i]], upstream)
        assert (gradient.shape, gradient.dtype) == (xs[i].shape, xs[i].dtype)
        measured = central(weighted, xs[i].value)
        np.testing.assert_allclose(gradient.value, measured, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("primitive", "example"), SMOOTH)
def test_second_derivative_is_that_of_central_differences(primitive, example, random):
    arrays = [drawn(each, random) for each in example.operands]
    positions = moving(primitive, arrays)
    shape = cr.apply(primitive, *arrays, **example.attributes).shape
    arrays.append(random.normal(size=shape))
    weights = [random.normal(size=arrays[i].shape) for i in positions]

    def projected(xs):
        """The projection of the vjp, as a function of the operands and the upstream gradient."""
        output = cr.apply(primitive, *xs[:-1], **example.attributes)
        found = cr.gradients(output, [xs[i] for i in positions], xs[-1])
        return sum((w * g).sum() for w, g in zip(weights, found, strict=True))

    xs = inputs(arrays)
    wrt = [xs[i] for i in (*positions, -1)]
    found = cr.gradients(projected(xs), wrt)
    for i, gradient in zip((*positions, len(xs) - 1), found, strict=True):

        def moved_projection(moved, i=i):
            return projected([*xs[:i], cr.input("moved", value=moved), *xs[i + 1 :]]).item()

        measured = central(moved_projection, xs[i].value)
        given = np.zeros(xs[i].shape) if gradient is None else gradient.value
        np.testing.assert_allclose(given, measured, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("primitive", "example"), SMOOTH)
def test_forward_mode_is_the_transpose_of_reverse_mode(primitive, example, random):
    xs = inputs([drawn(each, random) for each in example.operands])
    output = cr.apply(primitive, *xs, **example.attributes)
    positions = moving(primitive, xs)
    for chosen in (positions, *([i] for i in positions)):
        ts = {xs[i]: cr.asarray(random.normal(size=xs[i].shape)) for i in chosen}
        upstream = random.normal(size=output.shape)
        (pushed,) = tangents([output], ts)
        pulled = cr.gradients(output, list(ts), upstream)
        assert (pushed.shape, pushed.dtype) == (output.shape, output.dtype)
        left = np.sum(upstream * pushed.value)
        right = sum(np.sum(g.value * t.value) for g, t in zip(pulled, ts.values(), strict=True))
        np.testing.assert_allclose(left, right, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("primitive", "example"), SMOOTH)
def test_gradients_of_float32_are_float32(primitive, example, random):
    single = [each.dtype if each.dtype != "float64" else "float32" for each in example.operands]
    arrays = [drawn(each, random, to) for each, to in zip(example.operands, single, strict=True)]
    xs = inputs(arrays)
    output = cr.apply(primitive, *xs, **attributes(example, "float32"))
    wrt = [xs[i] for i in moving(primitive, xs)]
    found = cr.gradients(output, wrt, np.ones(output.shape))
    assert [each.dtype for each in found] == [each.dtype for each in wrt]
    assert all(each.value.dtype == each.dtype for each in found)
    assert all(not each.value.flags.writeable for each in found)


@pytest.mark.parametrize(("primitive", "example"), [e for e in EVERY if e not in SMOOTH])
def test_no_gradient_passes_where_none_is_declared(primitive, example, random):
    xs = inputs([drawn(each, random) for each in example.operands])
    wrt = [each for each in xs if is_float(each)]
    output = cr.apply(primitive, *xs, **example.attributes)
    if wrt and is_float(output):
        assert cr.gradients(output.sum(), wrt) == [None] * len(wrt)
    assert tangents([output], {each: each for each in wrt}) == [None]


SPECIAL = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.0, -1.0, 1e300, -3.5])


def special_operands(primitive, dtype):
    """Return every pair (triple) of special numbers, or every bool or small integer."""
    kinds = [each.dtype for each in primitive.examples[0].operands]
    with np.errstate(over="ignore"):
        floats = SPECIAL.astype(dtype)
    values = {"float64": floats, "bool": np.array([True, False]), "int64": np.arange(4)}
    grids = np.meshgrid(*(np.arange(len(values[kind])) for kind in kinds), indexing="ij")
    return [values[kind][grid] for kind, grid in zip(kinds, grids, strict=True)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("primitive", ELEMENTWISE, ids=lambda each: each.name)
def test_nan_infinity_and_minus_zero_are_numpys_without_a_warning(primitive, dtype):
    same_name = {"round": np.rint, "identity": np.positive, "stop_gradient": np.positive}
    same_name["floor_divide"] = primitive.numpy  # which differs from NumPy at infinity
    numpy = same_name.get(primitive.name) or getattr(np, primitive.name, primitive.numpy)
    arrays = special_operands(primitive, dtype)
    with np.errstate(all="ignore"):
        wanted = numpy(*arrays)
    found = cr.apply(primitive, *inputs(arrays)).value
    np.testing.assert_array_equal(found, wanted)
    if is_float(found):
        numbers = ~np.isnan(wanted)
        np.testing.assert_array_equal(np.signbit(found)[numbers], np.signbit(wanted)[numbers])


@pytest.mark.parametrize("primitive", ELEMENTWISE, ids=lambda each: each.name)
def test_gradients_at_nan_and_infinity_are_computed_without_a_warning(primitive):
    xs = inputs(special_operands(primitive, "float64"))
    output = cr.apply(primitive, *xs)
    if is_float(output):
        for gradient in cr.gradients(output.sum(), [each for each in xs if is_float(each)]):
            assert gradient is None or gradient.value.shape == output.shape


@pytest.mark.parametrize(("primitive", "example"), EVERY)
def test_the_declaration_can_be_written_said_and_asked_for_its_branch(primitive, example, random):
    arrays = [drawn(each, random) for each in example.operands]
    xs = inputs(arrays)
    names = tuple("abcd"[: len(xs)])
    notation = primitive.notation
    if callable(notation):
        notation = notation(*xs, **example.attributes)
    assert isinstance(notation.template.format(*names), str)
    assert primitive.jacobian in ("diagonal", "routing", "block", "dense", "none")
    value = cr.apply(primitive, *xs, **example.attributes).value
    view = SimpleNamespace(
        names=names, arguments=arrays, value=value, attributes=example.attributes
    )
    sentence = primitive.says(view) if callable(primitive.says) else primitive.says
    assert len(sentence) > 10
    if primitive.branch is not None:
        assert isinstance(np.asarray(primitive.branch(*arrays, **example.attributes)), np.ndarray)


@pytest.mark.parametrize(("primitive", "example"), SMOOTH)
def test_examples_stay_on_one_smooth_piece(primitive, example, random):
    """A step of the check must not cross a kink: the branch is the same on both sides."""
    arrays = [drawn(each, random) for each in example.operands]
    if primitive.branch is not None:
        shifted = [each + 1e-6 if is_float(each) else each for each in arrays]
        here = primitive.branch(*arrays, **example.attributes)
        there = primitive.branch(*shifted, **example.attributes)
        np.testing.assert_array_equal(here, there)


def test_the_primitive_of_own_backwards_does_what_its_backward_says(random):
    primitive = cr.PRIMITIVES["gate"]
    (example,) = primitive.examples
    xs = inputs([drawn(each, random) for each in example.operands])
    tripled = {**example.attributes, "backward": lambda g, y, x: g * 3.0}
    output = cr.apply(primitive, *xs, **tripled)
    np.testing.assert_array_equal(output.value, xs[0].value)
    around, inside = cr.gradients(output.sum(), [xs[1], xs[0]])
    np.testing.assert_array_equal(around.value, np.full(3, 3.0))
    assert inside is None
    (pushed,) = tangents([output], {xs[1]: cr.asarray(np.array([1.0, 2.0, 0.0]))})
    np.testing.assert_array_equal(pushed.value, [3.0, 6.0, 0.0])
    assert "own backward" in primitive.says(SimpleNamespace(attributes=tripled))
    assert primitive.notation(*xs, **tripled).template == "{}"


@pytest.mark.parametrize("primitive", ELEMENTWISE, ids=lambda each: each.name)
def test_an_elementwise_gate_counts_its_operands(primitive):
    with pytest.raises(TypeError, match=f"{primitive.name} takes . operands but was given 4"):
        primitive(1, 2, 3, 4)
