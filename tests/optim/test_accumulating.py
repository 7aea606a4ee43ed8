"""Accumulated gradients: the numbers of one big batch, for whole parameters and for rows."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import as_tensor, tracing
from optimizers import EVERY

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(4, 3, 2, 4)), RANDOM.normal(size=(4, 3, 2, 3))
IDS = RANDOM.integers(0, 6, (4, 3, 5))

every_optimizer = pytest.mark.parametrize("make", [each.ours for each in EVERY.values()], ids=EVERY)
eager_and_compiled = pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])


def stepping(optimizer, loss_of, compiled):
    def step(*args):
        loss = loss_of(*args)
        optimizer.minimize(loss)
        return loss

    return cr.compile(step) if compiled else step


@every_optimizer
@eager_and_compiled
def test_three_parts_move_parameters_as_their_mean_loss_does(make, compiled):
    start = np.random.default_rng(1).normal(size=(4, 3))
    weights = [cr.parameter(start, "w") for _ in range(2)]
    by_parts = make([weights[0]], accumulate=3)
    at_once = make([weights[1]])
    losses = [lambda x, y, w=w: (cr.tanh(x @ w) - y).sum() ** 2 / 6 for w in weights]
    step = stepping(by_parts, losses[0], compiled)
    for x, y in zip(X, Y, strict=True):
        parts = list(zip(x, y, strict=True))
        for number, part in enumerate(parts):
            before = weights[0].value
            step(*part)
            assert np.array_equal(before, weights[0].value) == (number < 2)
        at_once.minimize(sum(losses[1](*part) for part in parts) * (1 / 3))
    np.testing.assert_allclose(weights[0].value, weights[1].value, rtol=1e-9)
    assert by_parts.steps.item() == at_once.steps.item() == 4


@every_optimizer
@eager_and_compiled
def test_a_flush_moves_parameters_as_the_mean_loss_of_the_parts_that_there_were(make, compiled):
    start = np.random.default_rng(1).normal(size=(4, 3))
    weights = [cr.parameter(start, "w") for _ in range(2)]
    by_parts, at_once = make([weights[0]], accumulate=3), make([weights[1]])
    losses = [lambda x, y, w=w: (cr.tanh(x @ w) - y).sum() ** 2 / 6 for w in weights]
    step = stepping(by_parts, losses[0], compiled)
    for count, x, y in zip([3, 2, 1, 3], X, Y, strict=True):
        parts = list(zip(x, y, strict=True))[:count]
        for part in parts:
            step(*part)
        assert by_parts.flush() == (count < 3)
        at_once.minimize(sum(losses[1](*part) for part in parts) * (1 / count))
    np.testing.assert_allclose(weights[0].value, weights[1].value, rtol=1e-9)
    assert by_parts.steps.item() == at_once.steps.item() == 4


@every_optimizer
@pytest.mark.parametrize("rows", ["touched", "dense"])
def test_a_flush_moves_the_rows_of_the_parts_that_there_were(make, rows):
    start = np.random.default_rng(1).normal(size=(8, 2))
    tables = [cr.parameter(start, "words", table=True) for _ in range(2)]
    by_parts, at_once = make([tables[0]], rows=rows, accumulate=3), make([tables[1]], rows=rows)
    losses = [lambda ids, t=t: (cr.tanh(cr.take(t, ids)) ** 2).sum() for t in tables]
    for first, second, _ in IDS:
        by_parts.minimize(losses[0](first))
        by_parts.minimize(losses[0](second))
        by_parts.flush()
        at_once.minimize(losses[1](np.array([first, second])) * (1 / 2))
    np.testing.assert_allclose(tables[0].value, tables[1].value, rtol=1e-9)


def test_a_flush_of_nothing_changes_nothing():
    x = cr.parameter(1.0, "x")
    for accumulate in (1, 2):
        optimizer = cr.optim.SGD([x], 0.1, momentum=0.9, accumulate=accumulate)
        for _ in range(accumulate):
            optimizer.minimize(x * x)
        before = x.item()
        assert not optimizer.flush()
        assert (x.item(), optimizer.steps.item()) == (before, 1)


def test_a_flush_in_a_compiled_function_is_refused():
    optimizer = cr.optim.SGD([cr.parameter(1.0, "x")], accumulate=2)
    with (
        tracing(),
        pytest.raises(cr.ChainruleError, match=r"flush.* Call it between"),
    ):
        optimizer.flush()


@eager_and_compiled
@pytest.mark.parametrize(("accumulate", "wanted"), [(1, [1, 1, 1, 1]), (3, [0, 0, 1, 0])])
def test_minimize_says_whether_it_made_a_step(accumulate, wanted, compiled):
    x = cr.parameter(1.0, "x")
    optimizer = cr.optim.SGD([x], accumulate=accumulate)

    def step():
        return as_tensor(optimizer.minimize(x * x))

    step = cr.compile(step) if compiled else step
    assert [step().item() for _ in range(4)] == wanted


@every_optimizer
@eager_and_compiled
@pytest.mark.parametrize("rows", ["touched", "dense"])
def test_rows_of_all_parts_move_as_those_of_one_batch(make, rows, compiled):
    start = np.random.default_rng(1).normal(size=(8, 2))
    tables = [cr.parameter(start, "words", table=True) for _ in range(2)]
    by_parts, at_once = make([tables[0]], rows=rows, accumulate=3), make([tables[1]], rows=rows)
    losses = [lambda ids, t=t: (cr.tanh(cr.take(t, ids)) ** 2).sum() for t in tables]
    step = stepping(by_parts, losses[0], compiled)
    for batch in IDS:
        for ids in batch:
            step(ids)
        at_once.minimize(losses[1](batch) * (1 / 3))
    np.testing.assert_allclose(tables[0].value, tables[1].value, rtol=1e-9)
    if rows == "touched":
        np.testing.assert_array_equal(tables[0].value[6:], start[6:])


def test_a_parameter_that_no_part_depends_on_does_not_change():
    x, y = cr.parameter(1.0, "x"), cr.parameter(1.0, "y")
    optimizer = cr.optim.AdamW([x, y], 0.1, accumulate=2)
    for _ in range(2):
        optimizer.minimize(x * x)
    assert (x.item() < 1.0, y.item()) == (True, 1.0)
    optimizer.minimize(x * x)
    optimizer.minimize(y * y)
    assert y.item() < 1.0


def test_clipping_bounds_the_mean_and_schedules_count_steps():
    x = cr.parameter([3.0, 4.0], "x")
    rates = cr.optim.schedules.StepDecay(1.0, every=1, factor=0.5)
    optimizer = cr.optim.SGD([x], rates, accumulate=2, clip=cr.optim.ClipByNorm(1.0))
    found = []
    for sign in (10.0, 10.0, 1.0, -1.0):
        optimizer.minimize((x * sign * np.array([0.6, 0.8])).sum())
        found.append((x.value.tolist(), optimizer.learning_rate))
    np.testing.assert_allclose(found[1][0], [2.4, 3.2], rtol=1e-6)
    np.testing.assert_allclose(found[3][0], found[1][0], rtol=1e-12)
    assert [rate for _, rate in found] == [1.0, 0.5, 0.5, 0.25]


def test_what_was_accumulated_is_part_of_the_state():
    optimizer = cr.optim.SGD([cr.parameter([1.0, 2.0], "x")], accumulate=4)
    assert list(optimizer.named_state()) == [
        "steps",
        "learning_rate",
        "x.accumulated",
        "x.touched",
        "accumulated_calls",
    ]


@pytest.mark.parametrize("every", [0, -1, 2.5, None])
def test_an_invalid_number_of_parts_is_refused(every):
    with pytest.raises(ValueError, match=f"accumulate={every}. Give an integer of 1 or more"):
        cr.optim.SGD([cr.parameter(1.0, "x")], accumulate=every)


def test_accumulating_late_rows_is_refused():
    with pytest.raises(
        cr.ChainruleError, match=r"does not support accumulation\. Choose rows='touched'"
    ):
        cr.optim.Adam([cr.parameter(np.ones((2, 2)), "x")], accumulate=2, rows="caught_up")


def test_accumulating_rows_of_what_is_no_table_is_refused():
    plain = cr.parameter(np.ones((3, 2)), "plain")
    optimizer = cr.optim.Adam([plain], accumulate=2)
    with pytest.raises(
        cr.ChainruleError, match=r"looked-up rows of the parameter 'plain' .* not marked as a table"
    ):
        optimizer.minimize(cr.take(plain, [0]).sum())
