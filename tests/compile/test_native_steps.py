"""Compiled functions give the results of the reference evaluator, or an error."""

import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import Replace, apply_together
from numerical import attributes, drawn

pytestmark = pytest.mark.native

CASES = [
    pytest.param(primitive, example, id=f"{primitive.name}-{i}")
    for primitive in cr.PRIMITIVES.values()
    for i, example in enumerate(primitive.examples)
    if primitive.name != "gate"
]


@pytest.mark.parametrize(("primitive", "example"), CASES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_primitive_and_its_gradient_are_those_of_the_reference(primitive, example, dtype):
    random = np.random.default_rng(0)
    arrays = [
        drawn(each, random, dtype if each.dtype == "float64" else None) for each in example.operands
    ]
    called_with = attributes(example, dtype)

    def function(*xs):
        y = cr.apply(primitive, *xs, **called_with)
        moving = [x for x in xs if x.dtype.kind == "f"]
        if not (primitive.differentiable and y.dtype.kind == "f" and moving):
            return y
        upstream = np.linspace(0.5, 1.5, y.size, dtype=y.dtype).reshape(y.shape)
        found = cr.gradients(y, moving, upstream)
        return (y, *(each for each in found if each is not None))

    wanted = function(*(cr.input(f"x{i}", value=each) for i, each in enumerate(arrays)))
    found = cr.compile(function)(*arrays)
    found, wanted = (each if isinstance(each, tuple) else (each,) for each in (found, wanted))
    tolerance = 1e-13 if dtype == "float64" else 2e-6
    for native, reference in zip(found, wanted, strict=True):
        assert (native.shape, native.dtype) == (reference.shape, reference.dtype)
        np.testing.assert_allclose(native.value, reference.value, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    "function",
    [
        *(cr.exp, cr.log, cr.tanh, cr.sqrt, cr.floor, cr.sigmoid, cr.softplus, cr.relu, cr.abs),
        *(lambda x: cr.maximum(x, 0.5), lambda x: cr.minimum(0.5, x), lambda x: x / 0.0),
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_special_values_are_those_of_numpy(function, dtype):
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e-40, 88.8, -104.0, 1e30, -1e30], dtype)
    found, wanted = cr.compile(function)(x).value, function(cr.asarray(x)).value
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-37)
    signs = np.where(np.isnan(wanted), False, np.signbit(wanted) != np.signbit(found))
    assert not signs.any()


def model(dtype="float64", seed=0):
    random = np.random.default_rng(seed)
    return cr.nn.Sequential(
        cr.nn.Embedding(40, 6, dtype=dtype, random=random),
        cr.nn.Flatten(),
        cr.nn.Dropout(0.3, random=random),
        cr.nn.Linear(18, 16, dtype=dtype, random=random),
        cr.relu,
        cr.nn.Linear(16, 5, dtype=dtype, random=random),
    )


def step_of(network, optimizer):
    def step(ids, labels):
        loss = cr.nn.cross_entropy(network(ids), labels)
        optimizer.minimize(loss)
        return loss

    return step


def batch(random, size):
    return random.integers(0, 40, (size, 3)), random.integers(0, 5, size)


OPTIMIZERS = {
    "sgd": lambda m: cr.optim.SGD(m, 0.1),
    "momentum": lambda m: cr.optim.SGD(m, 0.05, momentum=0.9),
    "nesterov": lambda m: cr.optim.SGD(m, 0.05, momentum=0.9, nesterov=True),
    "adam": lambda m: cr.optim.Adam(m, 0.01),
}


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_a_compiled_training_step_is_the_eager_one_dropout_and_word_rows_included(make):
    eager_model, native_model = model(), model()
    eager = step_of(eager_model, make(eager_model))
    native = cr.compile(step_of(native_model, make(native_model)))
    random = np.random.default_rng(1)
    for size in (8, 8, 5, 8, 1, 5):
        ids, labels = batch(random, size)
        np.testing.assert_allclose(native(ids, labels).item(), eager(ids, labels).item())
    for name, value in eager_model.state().items():
        np.testing.assert_allclose(native_model.state()[name], value, rtol=1e-10, atol=1e-13)


def test_a_compiled_run_is_reproducible_bit_for_bit():
    states = []
    for _ in range(2):
        network = model("float32")
        step = cr.compile(step_of(network, cr.optim.Adam(network)))
        random = np.random.default_rng(2)
        for _ in range(10):
            step(*batch(random, 16))
        states.append(network.state())
    for name, value in states[0].items():
        np.testing.assert_array_equal(value, states[1][name])


def test_an_id_outside_the_table_is_an_error_and_changes_nothing():
    network = model()
    optimizer = cr.optim.Adam(network)
    step = cr.compile(step_of(network, optimizer))
    ids, labels = batch(np.random.default_rng(0), 4)
    step(ids, labels)
    before, steps = network.state(), optimizer.steps.item()
    bad = ids.copy()
    bad[2, 1] = 40
    with pytest.raises(cr.RangeError, match=r"the id 40 at position \(2, 1\).*from 0 to 39"):
        step(bad, labels)
    with pytest.raises(cr.RangeError, match=r"the id -1 at position \(3, 0\)"):
        step(ids, np.array([0, 1, 2, -1]))
    for name, value in network.state().items():
        np.testing.assert_array_equal(value, before[name])
    assert optimizer.steps.item() == steps
    assert np.isfinite(step(ids, labels).item())


def test_a_value_read_before_a_step_is_a_snapshot():
    network = model()
    step = cr.compile(step_of(network, cr.optim.Adam(network)))
    values = [each.value for each in network.parameters()]
    copies = [each.copy() for each in values]
    for _ in range(3):
        step(*batch(np.random.default_rng(0), 4))
    for value, copy in zip(values, copies, strict=True):
        np.testing.assert_array_equal(value, copy)


def test_results_of_earlier_calls_stay():
    double = cr.compile(lambda x: x * 2.0)
    first = double(np.ones(3))
    double(np.zeros(3))
    np.testing.assert_array_equal(first.value, 2 * np.ones(3))


def test_parameters_are_read_at_every_call():
    w = cr.parameter([1.0, 2.0], "w")
    scaled = cr.compile(lambda x: w * x)
    np.testing.assert_array_equal(scaled(np.ones(2)).value, [1.0, 2.0])
    w.assign([3.0, 4.0])
    np.testing.assert_array_equal(scaled(np.ones(2)).value, [3.0, 4.0])


def test_the_learning_rate_can_change_between_calls():
    x = cr.parameter([1.0], "x")
    optimizer = cr.optim.SGD([x], 0.5)

    @cr.compile
    def step():
        loss = x.sum()
        optimizer.minimize(loss)
        return loss

    step()
    optimizer.learning_rate = 0.25
    step()
    assert x.value[0] == 0.25
    assert step.report().count("signature") == 1


def test_gradients_of_functions_compose_inside():
    slope = cr.compile(lambda x: cr.grad(cr.grad(lambda v: (v**3).sum()))(x[0]))
    assert slope(np.array([2.0])).item() == 12.0


def test_a_compiled_function_may_be_called_by_another_or_differentiated():
    inner = cr.compile(lambda x: cr.tanh(x) * 2.0)
    outer = cr.compile(lambda x: inner(x) + 1.0)
    np.testing.assert_allclose(outer(np.ones(2)).value, np.tanh(1) * 2 + np.ones(2))


def test_another_batch_size_compiles_nothing():
    network = model()
    step = cr.compile(step_of(network, cr.optim.Adam(network)))
    random = np.random.default_rng(0)
    step(*batch(random, 8))
    step(*batch(random, 9))
    second = step.report().split("signature")[-1]
    assert "kernels and drivers: 0 compiled" in second
    assert "0 from disk" in second
    assert "argument ids: shape (9, 3) instead of (8, 3)" in second


def test_the_report_says_what_was_fused_and_what_is_not_native():
    step = cr.compile(lambda x: (cr.cumulative_sum(cr.exp(x) + cr.tanh(x)).sum(), cr.log(x[:0])))
    assert step.report() == "not called yet"
    step(np.ones((2, 3)))
    report = step.report()
    assert re.search(r"signature \(float64\[2, 3\]\): compiled in \d+ ms", report)
    assert "4 gates fused" in report
    assert "on the reference evaluator: log" in report


def test_what_returns_no_tensor_is_refused():
    with pytest.raises(cr.GradientError, match="returned a value of type ndarray"):
        cr.compile(lambda x: np.ones(2))(np.ones(2))
    with pytest.raises(cr.GradientError, match=r"type object\. .* is a setting of the function"):
        cr.compile(lambda x: x)(object())

    @cr.compile
    def half(x):
        return x * float(x.sum())

    with pytest.raises(cr.UnboundInputError, match="while the compiled function half was traced"):
        half(np.ones(2))


def test_an_empty_batch_changes_no_word_vector():
    network = model()
    optimizer = cr.optim.Adam(network)

    @cr.compile
    def step(ids):
        loss = network(ids).sum()
        optimizer.minimize(loss)
        return loss

    before = network.state()["0.weight"]
    assert step(np.zeros((0, 3), np.int64)).item() == 0.0
    np.testing.assert_array_equal(network.state()["0.weight"], before)


def test_products_over_nothing_are_zero():
    product = cr.compile(lambda a, b: a @ b)
    np.testing.assert_array_equal(product(np.ones((2, 0)), np.ones((0, 3))).value, np.zeros((2, 3)))


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_first_occurrences_are_found_among_many_ids(dtype):
    random = np.random.default_rng(0)
    native = cr.compile(cr.first_occurrence)
    for size, high in ((1, 1), (7, 3), (1000, 50), (1000, 10**9), (1024, 1)):
        ids = (random.integers(0, high, size) - high // 2).astype(dtype)
        np.testing.assert_array_equal(native(ids).value, cr.first_occurrence(ids).value)


@pytest.mark.parametrize("function", [cr.max, cr.min, cr.argmax, cr.argmin])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_extremes_of_rows_and_where_they_stand_are_numpys(function, dtype):
    nan, inf = np.nan, np.inf
    x = np.array(
        [[1, 3, 3, 2], [nan, 1, nan, 2], [2, nan, 9, nan], [-inf, -inf, inf, inf], [0, -0.0, 0, 0]],
        dtype,
    )
    found = cr.compile(lambda v: function(v, axis=-1))(x)
    np.testing.assert_array_equal(found.value, function(cr.asarray(x), axis=-1).value)


def test_parameters_that_take_one_new_value_do_not_share_their_storage():
    a, b = cr.parameter(np.zeros(3), "a"), cr.parameter(np.ones(3), "b")

    @cr.compile
    def step(x):
        new = cr.exp(x) + a
        apply_together([Replace(a, new), Replace(b, new)])
        return new.sum()

    for _ in range(2):
        step(np.zeros(3))
    np.testing.assert_array_equal(a.value, [2.0, 2.0, 2.0])
    np.testing.assert_array_equal(b.value, [2.0, 2.0, 2.0])


def test_a_parameter_set_by_a_kernel_of_its_own_can_still_change_by_rows():
    table = cr.parameter(np.ones((3, 2)), "table")

    @cr.compile
    def step(x):
        new = cr.cumulative_sum(table + x)
        apply_together([Replace(table, new)])
        return new.sum()

    step(np.zeros((3, 2)))
    cr.optim.SGD([table], 1.0).minimize(cr.take(table, [0]).sum())
    np.testing.assert_array_equal(table.value, [[0, 0], [2, 2], [3, 3]])


@pytest.mark.parametrize("axis", [0, 1, 2, (0, 1), (0, 2), (1, 2), (0, 1, 2)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sums_of_big_tensors_are_those_of_the_reference_along_any_axes(axis, dtype):
    x = np.random.default_rng(0).normal(size=(33, 65, 130)).astype(dtype)

    def function(x):
        return (cr.exp(x) * 2).sum(axis)

    tolerance = 1e-4 if dtype == "float32" else 1e-12
    assert np.allclose(cr.compile(function)(x).value, function(x).value, rtol=tolerance)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: cr.take(x, [1]) + x,
        lambda x: cr.take(x[:, 0], [2]) * 2.0,
        lambda x: cr.take(cr.tanh(x), [0, 3, 3]),
        lambda x: cr.take(cr.tanh(x) * 2.0, [0, 3, 3, 1]).sum(-1),
        lambda x: cr.take(np.ones(1), [0, 0, 0, 0]) * x[0],
        lambda x: cr.take_along_axis(x[:1], [[2]]) + cr.exp(x[:1]),
        lambda x: cr.add_along_axis(x[:1, :1], [[2]], 4) * x,
        lambda x: cr.take_along_axis(cr.take(x, [2, 0]), [[1], [3]]),
        lambda x: (
            cr.softmax(cr.take(x, [2, 0])) * cr.take_along_axis(cr.take(x, [2, 0]), [[1], [3]])
        ),
    ],
    ids=range(9),
)
def test_rows_by_ids_of_any_number_from_tables_of_any_size(function):
    x = np.random.default_rng(0).normal(size=(4, 4))
    np.testing.assert_allclose(cr.compile(function)(x).value, function(cr.asarray(x)).value)


def test_neither_of_two_chains_that_feed_each_other_waits_for_the_other():
    def slopes(x, y):
        a, b = cr.exp(cr.tanh(x)), cr.sqrt(y * y + 0.5)
        product = cr.outer(a.reshape(-1), b.reshape(-1))
        return (product, *cr.gradients(product.sum(), [x, y]))

    x, y = np.random.default_rng(0).normal(size=(2, 3, 4))
    wanted = slopes(*(cr.input(name, value=each) for name, each in (("x", x), ("y", y))))
    for found, reference in zip(cr.compile(slopes)(x, y), wanted, strict=True):
        np.testing.assert_allclose(found.value, reference.value)


def test_a_view_of_a_parameter_that_is_a_result_is_read_before_the_update():
    w = cr.parameter(np.arange(6.0).reshape(2, 3), "w")

    @cr.compile
    def step(x):
        total = cr.cumulative_sum(w) + x
        turned, flat = w.T, w.reshape(-1)
        apply_together([Replace(w, w * 2.0 + x)])
        return total, turned, flat

    for _ in range(2):
        before = w.value
        total, first, second = (each.value for each in step(1.0))
        np.testing.assert_array_equal(total, np.cumsum(before, 0) + 1.0)
        np.testing.assert_array_equal(first, before.T)
        np.testing.assert_array_equal(second, before.reshape(-1))
