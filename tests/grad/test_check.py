"""The gradient check finds what is wrong, names it, and is not fooled by kinks."""

import dataclasses

import numpy as np
import pytest

import chainrule as cr
from numerical import drawn

DIFFERENTIABLE = [each for each in cr.PRIMITIVES.values() if each.differentiable]


def scaled(primitive: cr.Primitive, factor: float) -> cr.Primitive:
    """Return the primitive with every downstream gradient multiplied by `factor`."""
    if callable(primitive.vjp):
        rule = primitive.vjp

        def wrong(*args, **attributes):
            answers = rule(*args, **attributes)
            return tuple(None if each is None else each * factor for each in answers)

        return dataclasses.replace(primitive, vjp=wrong)

    def wrap(rule):
        def wrong_rule(*args, **attributes):
            share = rule(*args, **attributes)
            return None if share is None else share * factor

        return wrong_rule

    rules = tuple(None if rule is None else wrap(rule) for rule in primitive.vjp)
    return dataclasses.replace(primitive, vjp=rules)


def operands(example: cr.Example) -> list[cr.Tensor]:
    random = np.random.default_rng(3)
    arrays = [drawn(each, random) for each in example.operands]
    named = [cr.input(f"x{i}", value=array) for i, array in enumerate(arrays)]
    return [each if each.dtype.kind == "f" else cr.asarray(each.value) for each in named]


def used_example(primitive: cr.Primitive) -> cr.Example:
    """Return the primitive's first example whose gradient is not empty."""
    return next(
        each
        for each in primitive.examples
        if all(0 not in operand.shape for operand in each.operands)
        and any(operand.dtype == "float64" for operand in each.operands)
    )


@pytest.mark.parametrize(
    "primitive", [each for each in DIFFERENTIABLE if each.name != "gate"], ids=lambda p: p.name
)
@pytest.mark.parametrize("factor", [1.0, 1.001], ids=["right", "planted 0.1 % error"])
def test_a_planted_error_of_a_thousandth_is_found_and_its_gate_named(primitive, factor):
    example = used_example(primitive)
    planted = cr.apply(scaled(primitive, factor), *operands(example), **example.attributes)
    report = cr.check_gradients(lambda: cr.sin(planted).sum())
    assert report.ok == (factor == 1.0), str(report)
    if factor != 1.0:
        assert primitive.name in str(report)
        assert report.wrong_gates[0].subject.primitive.name == primitive.name
        assert not report


def test_a_planted_error_in_a_gate_of_the_users_own_is_found():
    @cr.gate
    def cube(x):
        return x * x * x

    @cube.backward
    def _(upstream, output, x):
        return upstream * (3.003 * x * x)

    report = cr.check_gradients(lambda x: cube(x).sum(), [1.0, 2.0])
    assert not report.ok
    assert "cube" in str(report.wrong_gates[0])
    assert "1.001 times the measurement" in str(report)


def test_the_report_names_the_line_of_the_wrong_gate():
    wrong = scaled(cr.PRIMITIVES["multiply"], 1.001)
    report = cr.check_gradients(lambda x: cr.apply(wrong, x, x).sum(), [1.0, 2.0])
    assert "test_check.py" in str(report)
    assert "made by: report = cr.check_gradients(" in str(report)


@pytest.mark.parametrize(
    ("function", "point", "gate"),
    [
        (lambda x: cr.relu(x).sum(), [0.0, 1.0, -1.0], "maximum"),
        (lambda x: cr.maximum(x[0], x[1]), [2.0, 2.0], "maximum"),
        (lambda x: cr.max(x), [1.0, 1.0, 0.0], "max"),
        (lambda x: cr.abs(x).sum(), [0.0, 3.0], "abs"),
        (lambda x: cr.leaky_relu(x).sum(), [0.0], "where"),
    ],
)
def test_kinks_are_reported_as_kinks_and_not_as_errors(function, point, gate):
    report = cr.check_gradients(function, point)
    assert report.ok
    assert report.kinks
    assert report.kinks[0].kink.primitive.name in (gate, "greater")
    assert "kink" in str(report)


def test_away_from_kinks_none_is_reported():
    report = cr.check_gradients(lambda x: cr.relu(x).sum(), [0.5, 1.0, -1.0])
    assert report.ok
    assert not report.kinks


def test_a_float32_model_is_checked_in_float64_and_left_as_it_is():
    model = cr.nn.Sequential(
        cr.nn.Embedding(50, 4, random=0),
        cr.nn.Flatten(),
        cr.nn.Linear(12, 8, random=1),
        cr.relu,
        cr.nn.Linear(8, 3, random=2),
    )
    before = model.state()
    ids, labels = np.arange(12).reshape(4, 3), np.array([0, 1, 2, 0])
    report = cr.check_gradients(lambda x: cr.nn.cross_entropy(model(x), labels), ids)
    assert report.ok, str(report)
    assert [each.name for each in report.inputs] == list(model.named_parameters())
    assert max(each.error for each in report.inputs) < 1e-6
    for name, value in model.state().items():
        np.testing.assert_array_equal(value, before[name])
        assert value.dtype == np.float32


def test_a_model_with_scores_is_checked_under_random_weights():
    model = cr.nn.Sequential(cr.nn.Linear(3, 4, random=0), cr.tanh)
    report = cr.check_gradients(model, np.ones((2, 3)))
    assert report.ok
    assert [each.name for each in report.inputs] == ["x", "0.weight", "0.bias"]


def test_dropout_is_checked_with_the_mask_that_was_drawn():
    layer = cr.nn.Dropout(0.5, random=0)
    assert cr.check_gradients(layer, np.ones((5, 5))).ok


def test_big_inputs_are_sampled():
    report = cr.check_gradients(lambda x: (x * x).sum(), np.ones((100, 100)), samples=7)
    assert len(report.inputs[0].findings) == 7 + 2
    assert "a random direction" in {each.where for each in report.inputs[0].findings}


def test_arguments_may_be_nested_and_integers_are_passed_on():
    def loss(weights, ids):
        return cr.take(weights["table"], ids).sum() + weights["bias"][0] ** 2

    report = cr.check_gradients(loss, {"table": np.ones((4, 2)), "bias": [3.0]}, np.array([1, 1]))
    assert report.ok
    assert len(report.inputs) == 2


def test_a_function_that_is_not_finite_is_refused_with_the_gate():
    with pytest.raises(cr.GradientError, match=r"log .*test_check.py.* is the first gate"):
        cr.check_gradients(lambda x: cr.log(x).sum(), [0.0, 1.0])


def test_a_function_without_anything_to_check_is_refused():
    with pytest.raises(cr.GradientError, match="no floating-point input or parameter"):
        cr.check_gradients(lambda ids: cr.asarray([1.0, 2.0])[ids].sum(), np.array([0]))


def test_a_result_that_is_no_tensor_is_refused():
    with pytest.raises(cr.GradientError, match="of type float instead of one tensor"):
        cr.check_gradients(lambda x: float(x), 1.0)


def test_a_model_in_training_is_left_as_it_was():
    model = cr.nn.Sequential(
        cr.nn.Linear(4, 3, random=0), cr.nn.BatchNorm(3), cr.nn.Dropout(0.5, random=0)
    )
    x = np.random.default_rng(0).normal(size=(6, 4))
    before, draws = model.state(), [each.draws for each in model.named_streams().values()]
    assert cr.check_gradients(model, x).ok
    assert [each.draws for each in model.named_streams().values()] == draws == [0]
    for name, value in model.state().items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize(
    "function",
    [
        lambda x: cr.logaddexp(x, 2 * x),
        lambda x: cr.logaddexp(x, x),
        lambda x: cr.maximum(x, x),
        lambda x: cr.hypot(x, cr.exp(x)),
        lambda x: cr.where(x < 0, x, x),
        lambda x: x * x,
        cr.nn.MultiHeadAttention(4, 2, random=0),
    ],
    ids=["made of another", "twice", "ties", "hypot", "where", "product", "attention"],
)
def test_gates_whose_inputs_share_nodes_are_right(function):
    x = np.random.default_rng(0).normal(size=(1, 3, 4))
    report = cr.check_gradients(function, x)
    assert report.ok, report


def test_a_wrong_gate_is_found_although_its_inputs_share_nodes():
    @cr.gate
    def times(x, z):
        return x * z

    @times.backward
    def times_backward(upstream, output, x, z):
        return upstream * z, upstream * x * 1.01

    report = cr.check_gradients(lambda x: times(x, 2 * x), np.array([0.5, -1.0]))
    assert not report.ok
    assert "times" in str(report)
