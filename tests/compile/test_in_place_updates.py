"""Parameter updates: in place where that is safe; all of them, or none if an id is out of range.

The twin of a compiled step is the same step on equal parameters, run eagerly.
"""

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.fuse.fusion import fuse
from chainrule.compile.lower.aliases import Aliases
from chainrule.compile.lower.in_place_updates import order_updates
from chainrule.compile.rewrite.rules import rewrite
from chainrule.compile.trace import trace
from chainrule.graph import AddRows, Replace, ReplaceRows, apply_together
from optimizers import LAZY


def rows(parameter, ids, new):
    """Return the update of rows at ids that differ from each other."""
    return ReplaceRows(parameter, ids, new, cr.greater_equal(ids, 0))


def row_sum(x):
    return x.sum(-1, keepdims=True)


def at(p, ids):
    return cr.take(p, ids, 0)


# Each case: the updates of p and q (4 x 4), made of x (4 x 4) and ids (4), and which are in place.
CASES = {
    "of itself": (lambda p, q, x, ids: [Replace(p, p - x)], "p"),
    "of two parameters": (lambda p, q, x, ids: [Replace(p, p * x), Replace(q, p @ x)], "p"),
    "of no parameter": (lambda p, q, x, ids: [Replace(p, cr.exp(x))], "p"),
    "crosswise": (
        lambda p, q, x, ids: (lambda t: [Replace(p, t * q), Replace(q, t * p)])(cr.exp(x)),
        "pq",
    ),
    "after the whole row was read": (lambda p, q, x, ids: [Replace(p, p / row_sum(p * x))], "p"),
    "before the row is read again": (
        lambda p, q, x, ids: (lambda t: [Replace(p, t * 2.0), Replace(q, q * row_sum(t) - p)])(
            p * x
        ),
        "",
    ),
    "of its transpose": (lambda p, q, x, ids: [Replace(p, p.T * x)], "p"),
    "of its columns' sums": (lambda p, q, x, ids: [Replace(p, p - p.sum(0))], "p"),
    "of its first row": (lambda p, q, x, ids: [Replace(p, p[0] * x)], ""),
    "of its rows backwards": (lambda p, q, x, ids: [Replace(p, p[::-1] * x)], "p"),
    "of its rows by ids": (lambda p, q, x, ids: [Replace(p, at(p, ids) * x)], ""),
    "of a pick of every row": (
        lambda p, q, x, ids: [
            Replace(p, x * cr.take_along_axis(p, ids.reshape(4, 1), 1)),
        ],
        "p",
    ),
    "exchanged": (lambda p, q, x, ids: [Replace(p, q), Replace(q, p)], ""),
    "one from the other": (lambda p, q, x, ids: [Replace(p, q), Replace(q, q * x)], "q"),
    "both the same": (lambda p, q, x, ids: (lambda t: [Replace(p, t), Replace(q, t)])(p + x), ""),
    "itself": (lambda p, q, x, ids: [Replace(p, p)], ""),
    "rows": (lambda p, q, x, ids: [rows(p, ids, at(p, ids) * x)], "p"),
    "rows of two tables": (
        lambda p, q, x, ids: [
            rows(p, ids, at(q, ids) * x),
            rows(q, ids, at(p, ids) * x),
        ],
        "q",
    ),
    "rows crosswise in one pass": (
        lambda p, q, x, ids: (lambda t: [rows(p, ids, t * 2), rows(q, ids, t - at(p, ids))])(
            at(p, ids) + at(q, ids) * x
        ),
        "pq",
    ),
    "rows from others": (lambda p, q, x, ids: [rows(p, ids, at(p, 3 - ids) * x)], ""),
    "rows by the new rows' norm": (
        lambda p, q, x, ids: (
            lambda m: [rows(q, ids, m), rows(p, ids, at(p, ids) - m / row_sum(m * m))]
        )(at(q, ids) * 0.9 + x),
        "",
    ),
    "rows read again in a later phase": (
        lambda p, q, x, ids: (
            lambda a: [rows(q, ids, a * x), rows(p, ids, (at(p, ids) - a) * row_sum(a * x))]
        )(at(q, ids)),
        "",
    ),
    "rows by a pick of a row that is written": (
        lambda p, q, x, ids: (
            lambda a: [
                rows(q, ids, a * x),
                rows(p, ids, at(p, ids) + a * cr.take_along_axis(a, ids.reshape(4, 1), 1)),
            ]
        )(at(q, ids)),
        "",
    ),
    "rows that are added": (lambda p, q, x, ids: [AddRows(p, ids, x, q[0, 0])], ""),
    "rows that are added to others": (
        lambda p, q, x, ids: [AddRows(p, ids, at(p, 3 - ids) * x, p[0, 0]), Replace(q, q + p)],
        "q",
    ),
    "rows and the whole of another": (
        lambda p, q, x, ids: [rows(p, ids, at(p, ids) * x), Replace(q, p + x)],
        "q",
    ),
}


@pytest.fixture
def operands():
    random = np.random.default_rng(0)
    return random.uniform(0.5, 1.5, (4, 4)), np.array([2, 0, 3, 1])


def parameters():
    random = np.random.default_rng(1)
    return [cr.parameter(random.uniform(0.5, 1.5, (4, 4)), name) for name in "pq"]


def step_of(case, p, q):
    def step(x, ids):
        apply_together(case(p, q, x, ids))
        return x.sum()

    return step


@pytest.mark.parametrize(("case", "in_place"), CASES.values(), ids=CASES)
def test_new_values_are_those_of_the_old_ones_whether_in_place_or_copied(case, in_place, operands):
    eager, native = parameters(), parameters()
    steps = step_of(case, *eager), cr.compile(step_of(case, *native))
    held = [each.value for each in native]
    before = [each.copy() for each in held]
    for x in (operands[0], operands[0] + 1.0, operands[0] * 0.5):
        for step in steps:
            step(cr.asarray(x), cr.asarray(operands[1]))
        for mine, theirs in zip(native, eager, strict=True):
            np.testing.assert_allclose(mine.value, theirs.value, rtol=1e-12)
    np.testing.assert_array_equal(held, before)


@pytest.mark.parametrize(("case", "in_place"), CASES.values(), ids=CASES)
def test_what_is_written_in_place(case, in_place, operands):
    signature = tuple((each.shape, each.dtype) for each in operands)
    traced, _ = rewrite(trace(step_of(case, *parameters()), signature, ["x", "ids"]))
    steps = fuse(traced)
    order = order_updates(traced, steps, Aliases(steps))
    found = [each.name for fused in order.in_place for each in fused.in_place.values()]
    assert "".join(sorted(found)) == in_place


# -- ids outside -----------------------------------------------------------------------------------

WORDS, LABELS = 9, 3


def network():
    random = np.random.default_rng(2)
    return cr.nn.Sequential(
        cr.nn.Embedding(WORDS, 4, random=random, dtype="float64"),
        cr.nn.Dropout(0.2, random=random),
        cr.nn.Flatten(),
        cr.nn.Linear(8, LABELS, random=random, dtype="float64"),
    )


def training(make):
    """Return a compiled step, and what gives a copy of all that it may change."""
    model = network()
    optimizer = make(model)
    states = [state for slots in optimizer.state.values() for state in slots.values()]
    counted = [*states, optimizer.steps]

    @cr.compile
    def step(ids, labels):
        loss = cr.nn.cross_entropy(model(ids), labels)
        optimizer.minimize(loss)
        return loss

    def held():
        values = [*model.state().values(), *(each.value for each in counted)]
        return [each.tobytes() for each in values]

    return step, held


IDS, ANSWERS = np.array([[1, 2], [2, 2], [0, 8]]), np.array([0, 2, 1])
OUTSIDE = {
    "a word too large": (np.array([[1, 2], [2, 2], [0, WORDS]]), ANSWERS),
    "a negative word": (np.array([[-1, 2], [2, 2], [0, 3]]), ANSWERS),
    "a word far outside": (np.array([[1, 2], [2, -(2**62)], [0, 3]]), ANSWERS),
    "a label too large": (IDS, np.array([0, LABELS, 1])),
    "a negative label": (IDS, np.array([0, 2, -1])),
    "both": (IDS + WORDS, ANSWERS - LABELS),
}


@pytest.mark.parametrize("rows", ["touched", "dense", "caught_up"])
@pytest.mark.parametrize("make", [each.ours for each in LAZY.values()], ids=LAZY)
def test_ids_outside_leave_everything_as_it_was(make, rows):
    try:
        step, held = training(lambda model: make(model, rows=rows))
    except cr.ChainruleError as refusal:
        pytest.skip(str(refusal))
    for _ in range(2):
        before = held()
        for ids, labels in OUTSIDE.values():
            with pytest.raises(cr.RangeError, match=r"the id|the label"):
                step(ids, labels)
            assert held() == before
        assert np.isfinite(step(IDS, ANSWERS).item())
        assert held() != before
