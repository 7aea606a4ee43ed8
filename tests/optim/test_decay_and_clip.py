"""Decay and clipping: what they add, what they bound, and what they do to rows of tables."""

import numpy as np
import pytest

import chainrule as cr

START = np.random.default_rng(0).normal(size=(5, 3))


def test_coupled_decay_is_the_gradient_of_the_penalty():
    weight, penalised = cr.parameter(START, "w"), cr.parameter(START, "w")
    ours = cr.optim.Adam([weight], 0.1, weight_decay=0.3, l1=0.2)
    theirs = cr.optim.Adam([penalised], 0.1)
    for _ in range(5):
        ours.minimize((weight**3).sum())
        penalty = 0.15 * (penalised**2).sum() + 0.2 * cr.abs(penalised).sum()
        theirs.minimize((penalised**3).sum() + penalty)
    np.testing.assert_allclose(weight.value, penalised.value, rtol=1e-12)


def test_decoupled_decay_shrinks_by_rate_times_decay_whatever_the_gradient():
    weight = cr.parameter(START, "w")
    cr.optim.AdamW([weight], 0.1, weight_decay=0.5).minimize((weight * 0.0).sum())
    np.testing.assert_allclose(weight.value, START * (1 - 0.05), rtol=1e-12)


def test_l1_pulls_by_a_constant_and_leaves_zero_alone():
    weight = cr.parameter([2.0, -3.0, 0.0], "w")
    cr.optim.SGD([weight], 0.1, l1=0.5).minimize((weight * 0.0).sum())
    np.testing.assert_allclose(weight.value, [1.95, -2.95, 0.0], rtol=1e-12)


@pytest.mark.parametrize("make", [cr.optim.SGD, cr.optim.Adam, cr.optim.AdamW])
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize("rows", ["touched", "dense"])
def test_decay_shrinks_the_rows_of_the_batch_or_all(make, rows, compiled):
    table = cr.parameter(START, "words", table=True)
    optimizer = make([table], 0.1, weight_decay=0.5, rows=rows)

    def step(ids):
        loss = cr.take(table, ids).sum()
        optimizer.minimize(loss)
        return loss

    (cr.compile(step) if compiled else step)(np.array([4, 1, 4]))
    moved = np.any(table.value != START, axis=1)
    assert moved.tolist() == ([True] * 5 if rows == "dense" else [False, True, False, False, True])


DECAYING = {
    "coupled, and divided": (cr.optim.Adagrad, {"weight_decay": 0.1}, "AddDecayedWeights, which"),
    "with a momentum": (
        lambda p, **o: cr.optim.SGD(p, momentum=0.9, **o),
        {"weight_decay": 0.1},
        "AddDecayedWeights, which does not define its effect",
    ),
    "decoupled, beside what moves": (cr.optim.AdamW, {}, "with a weight decay beside transforms"),
    "at many rates": (
        cr.optim.SGD,
        {"weight_decay": 0.1, "learning_rate": cr.optim.schedules.Exponential(0.1, gamma=0.9)},
        "with a learning rate that follows a schedule",
    ),
    "of signs": (cr.optim.SGD, {"l1": 0.1}, "AddSignOfWeights, which does not define its effect"),
}


@pytest.mark.parametrize(("make", "options", "message"), DECAYING.values(), ids=DECAYING)
def test_decay_that_cannot_be_caught_up_exactly_is_refused(make, options, message):
    table = cr.parameter(START, "words", table=True)
    with pytest.raises(cr.ChainruleError, match=message):
        make([table], rows="caught_up", **options)
    assert table.lazy_rows is None


@pytest.mark.parametrize("options", [{"weight_decay": -0.1}, {"l1": float("inf")}])
def test_a_decay_that_is_negative_or_not_finite_is_refused(options):
    (name,) = options
    with pytest.raises(ValueError, match=f"Adam was given {name}=.* of 0 or more"):
        cr.optim.Adam([cr.parameter(1.0, "x")], **options)


# -- clipping --------------------------------------------------------------------------------------

CLIPS = [cr.optim.ClipByValue(0.1), cr.optim.ClipByNorm(0.3), cr.optim.ClipByGlobalNorm(0.3)]


@pytest.mark.parametrize("clip", CLIPS, ids=repr)
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize("rows", ["touched", "caught_up", "dense"])
def test_rows_are_clipped_as_the_whole_gradient_is(clip, rows, compiled):
    """With duplicates: the norm is that of the sums."""
    found = []
    for by_rows in (True, False):
        table = cr.parameter(START, "words", table=True)
        other = cr.parameter([0.3, -0.2, 0.5], "other")
        chosen = rows if by_rows else "dense"
        optimizer = cr.optim.SGD([table, other], 1.0, momentum=0.5, clip=clip, rows=chosen)

        def step(ids, optimizer=optimizer, table=table, other=other, by_rows=by_rows):
            one_hot = cr.one_hot(ids, 5, "float64")
            looked_up = cr.take(table, ids) if by_rows else one_hot @ table
            loss = ((looked_up - other) ** 2).sum()
            optimizer.minimize(loss)
            return loss

        step = cr.compile(step) if compiled else step
        step(np.array([4, 1, 4]))
        step(np.array([4, 1, 1]))
        found.append((table.value, other.value))
    for ours, whole in zip(*found, strict=True):
        np.testing.assert_allclose(ours, whole, rtol=1e-12)


def test_short_gradients_pass_as_they_are():
    gradients = [cr.input("g", value=[0.3, -0.4])]
    for clip in (cr.optim.ClipByNorm(1.0), cr.optim.ClipByGlobalNorm(1.0)):
        np.testing.assert_array_equal(clip(gradients)[0].value, [0.3, -0.4])


def test_the_global_norm_is_that_of_all_elements_together():
    gradients = [np.float32([3e20, 0]), np.float32([[4e20]])]
    tensors = [cr.input(f"g{i}", value=each) for i, each in enumerate(gradients)]
    assert cr.optim.global_norm(tensors).item() == pytest.approx(5e20, rel=1e-6)
    with pytest.raises(ValueError, match="norm of an empty list of gradients"):
        cr.optim.global_norm([])


def test_huge_float32_gradients_are_clipped_and_not_zeroed():
    clipped = cr.optim.ClipByGlobalNorm(1.0)([cr.input("g", value=np.float32([3e20, -4e20]))])
    assert clipped[0].dtype == cr.float32
    np.testing.assert_allclose(clipped[0].value, [0.6, -0.8], rtol=1e-5)


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["ClipByValue", "ClipByNorm", "ClipByGlobalNorm"])
def test_a_limit_that_is_not_positive_is_refused(name, limit):
    with pytest.raises(ValueError, match=f"{name} was given limit=.* Give a positive number"):
        getattr(cr.optim, name)(limit)
