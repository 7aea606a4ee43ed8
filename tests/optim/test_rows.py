"""Rows of tables: duplicates are summed, and `dense`, `touched`, `caught_up` are what they say."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.graph import Replace, ReplaceRows, tracing
from optimizers import EVERY, LAZY, NOT_LAZY


def table_of(cases, *semantics):
    """Return the pairs of an optimizer and what it can do to rows, as parameters of a test."""
    pairs = {
        f"{name}, {rows}": (case.ours, rows)
        for name, case in cases.items()
        for rows in semantics
        if rows != "caught_up" or name not in NOT_LAZY
    }
    return pytest.mark.parametrize(("make", "rows"), pairs.values(), ids=pairs)


every_optimizer = pytest.mark.parametrize("make", [each.ours for each in EVERY.values()], ids=EVERY)
every_late = pytest.mark.parametrize("make", [each.ours for each in LAZY.values()], ids=LAZY)
every_semantics = table_of(EVERY, "touched", "caught_up", "dense")
lazy = table_of(EVERY, "touched", "caught_up")

START = np.random.default_rng(0).normal(size=(5, 3))
WEIGHTS = np.random.default_rng(1).normal(size=3)


def table_like(start, dtype="float64"):
    return cr.parameter(np.asarray(start, dtype), "words", table=True)


def loss_of(vectors):
    """A loss whose gradient depends on the vectors: what is read matters."""
    return (cr.tanh(vectors * WEIGHTS.astype(vectors.dtype)) ** 2).sum()


def one_hot_loss(table, ids):
    """The same loss without a lookup: its gradient is dense."""
    return loss_of(cr.one_hot(np.ravel(ids), len(table), table.dtype) @ table)


def trained(make, rows, batches, dtype="float64"):
    """Return the table, the optimizer, and the losses on the way."""
    table = table_like(START, dtype)
    optimizer = make([table], rows=rows)
    losses = []
    for ids in batches:
        loss = loss_of(cr.take(table, np.array(ids, np.int64)))
        losses.append(loss.item())
        optimizer.minimize(loss)
    return table, optimizer, losses


def assert_same_state(ours, wanted, tables, rtol):
    """Compare all slots of two optimizers of one table each."""
    for slot, held in wanted.state[tables[1]].items():
        found = ours.state[tables[0]][slot].value
        np.testing.assert_allclose(found, held.value, rtol=rtol, atol=1e-14)


@every_semantics
def test_a_word_that_occurs_twice_counts_once_with_the_sum_of_its_gradients(make, rows):
    table, whole = table_like(START), table_like(START)
    by_rows, as_a_whole = make([table], rows=rows), make([whole])
    ids = np.array([[4, 1], [4, 2], [4, 4]])
    by_rows.minimize(loss_of(cr.take(table, ids)))
    as_a_whole.minimize(one_hot_loss(whole, ids))
    seen = [1, 2, 4]
    np.testing.assert_allclose(table.value[seen], whole.value[seen], rtol=1e-12)


@every_optimizer
def test_dense_moves_all_rows_as_the_gradient_of_a_whole_parameter_does(make):
    batches = [[4, 1, 4], [0], [1, 1], [2, 0], [0], [0]]
    table, optimizer, _ = trained(make, "dense", batches)
    whole = table_like(START)
    reference = make([whole])
    for ids in batches:
        reference.minimize(one_hot_loss(whole, ids))
    np.testing.assert_allclose(table.value, whole.value, rtol=1e-12)
    assert_same_state(optimizer, reference, (table, whole), 1e-12)


@every_optimizer
def test_touched_leaves_the_other_rows_and_their_state(make):
    table, optimizer, _ = trained(make, "touched", [[4, 1, 4], [2]])
    before = {slot: each.value.copy() for slot, each in optimizer.state[table].items()}
    value = table.value.copy()
    for _ in range(3):
        optimizer.minimize(loss_of(table[[1, 0]]))
    rest = [2, 3, 4]
    np.testing.assert_array_equal(table.value[rest], value[rest])
    for slot, each in optimizer.state[table].items():
        np.testing.assert_array_equal(each.value[rest], before[slot][rest])


batches_of_ids = st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=4), max_size=12)


@every_late
@settings(max_examples=15, deadline=None)
@given(batches=batches_of_ids)
def test_caught_up_is_dense_to_rounding_at_every_lookup_and_in_the_end(make, batches):
    table, lately, losses = trained(make, "caught_up", batches)
    whole, at_once, wanted = trained(make, "dense", batches)
    np.testing.assert_allclose(losses, wanted, rtol=1e-10)
    lately.catch_up()
    np.testing.assert_allclose(table.stored, whole.value, rtol=1e-10)
    assert_same_state(lately, at_once, (table, whole), 1e-10)


@every_late
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-11), ("float32", 2e-4)])
def test_caught_up_is_dense_for_rows_that_rested_for_long(make, dtype, tolerance):
    batches = [[0, 1, 2], [1], [0, 3], *([[4]] * 40), [2, 3], *([[1]] * 10)]
    table, optimizer, losses = trained(make, "caught_up", batches, dtype)
    whole, _, wanted = trained(make, "dense", batches, dtype)
    np.testing.assert_allclose(losses, wanted, rtol=tolerance)
    optimizer.catch_up()
    np.testing.assert_allclose(table.value, whole.value, rtol=tolerance)


@lazy
def test_a_step_records_updates_of_rows_alone(make, rows):
    table = cr.nn.Embedding(50, 4, random=0)
    optimizer = make(table, rows=rows)
    with tracing() as trace:
        optimizer.minimize((table(np.array([3, 3, 7])) ** 2).sum())
    whole = [each.parameter for each in trace.updates if isinstance(each, Replace)]
    by_rows = {each.parameter: each for each in trace.updates if isinstance(each, ReplaceRows)}
    assert whole == [optimizer.steps]
    assert set(by_rows) == {table.weight, *optimizer.state[table.weight].values()}
    assert all(each.rows.shape[0] == 3 for each in by_rows.values())


@lazy
def test_an_update_costs_the_rows_of_the_batch_and_not_the_vocabulary(make, rows):
    table = cr.parameter(np.ones((1_000_000, 2), np.float32), "words", table=True)
    optimizer = make([table], rows=rows)
    for first in (0, 32):
        optimizer.minimize((table[np.arange(first, first + 64)] ** 2).sum())
    tracemalloc.start()
    optimizer.minimize((table[np.arange(64)] ** 2).sum())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 400_000


@every_semantics
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_compiled_step_does_what_an_eager_one_does(make, rows, dtype):
    batches = np.array([[[4, 1], [4, 2]], [[0, 0], [1, 3]], [[2, 2], [2, 2]], [[4, 0], [1, 0]]])
    eager, optimizer, losses = trained(make, rows, batches, dtype)
    table = table_like(START, dtype)
    compiled = make([table], rows=rows)

    def step(ids):
        loss = loss_of(cr.take(table, ids))
        compiled.minimize(loss)
        return loss

    native = cr.compile(step)
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    found = [native(ids).item() for ids in batches]
    np.testing.assert_allclose(found, losses, rtol=tolerance)
    np.testing.assert_allclose(table.value, eager.value, rtol=tolerance)
    assert compiled.steps.item() == optimizer.steps.item() == 4


@pytest.mark.parametrize("count", [50, 8000], ids=["a small table", "a large table"])
@pytest.mark.parametrize("lookups", [1, 3])
def test_added_rows_of_equal_ids_are_added_one_after_the_other(count, lookups):
    random = np.random.default_rng(0)
    first = random.standard_normal((count, 40)).astype(np.float32)
    ids = np.where(random.random(4000) < 0.5, 3, random.integers(0, count, 4000))
    x = random.standard_normal((4000, 40)).astype(np.float32)
    parts = [*zip(np.array_split(ids, lookups), np.array_split(x, lookups), strict=True)]
    found = []
    for mode in (cr.compile, lambda function: function):
        table = cr.parameter(first, table=True)
        optimizer = cr.optim.SGD([table], 0.3, rows="added")

        def step(table=table, optimizer=optimizer):
            optimizer.minimize(sum((table[ids] * x).sum() for ids, x in reversed(parts)))

        mode(step)()
        found.append(table.value)
    wanted = first.copy()
    np.add.at(wanted, ids, np.float32(-0.3) * x)
    assert all(np.array_equal(each, wanted) for each in found)


@pytest.mark.parametrize(
    "options",
    [
        {"momentum": 0.9},
        {"weight_decay": 0.1},
        {"l1": 0.1},
        {"accumulate": 2},
        {"clip": cr.optim.ClipByNorm(1)},
        {"groups": {"table": {"learning_rate_factor": 0.5}}},
    ],
    ids=lambda options: next(iter(options)),
)
def test_rows_are_added_only_where_an_update_is_the_gradient_times_the_rate(options):
    table = cr.parameter(np.ones((3, 2), np.float32), "table", table=True)
    with pytest.raises(ValueError, match="rows='added'"):
        cr.optim.SGD([table, cr.parameter(1.0)], 0.1, rows="added", **options)


def test_sums_over_equal_ids_stay_accurate_unless_rows_are_added():
    table = cr.parameter(np.ones((2, 1), np.float32), table=True)
    optimizer = cr.optim.SGD([table], 1e-6)
    cr.compile(lambda ids: optimizer.minimize(table[ids].sum()))(np.zeros(1_000_000, np.int64))
    np.testing.assert_allclose(table.value, [[0.0], [1.0]], atol=1e-6)


def test_sparse_adam_has_the_numbers_of_torch_over_100_steps():
    torch = pytest.importorskip("torch")
    table = table_like(START)
    theirs = torch.nn.Embedding(5, 3, sparse=True, dtype=torch.float64)
    theirs.weight.data = torch.tensor(START)
    ours = cr.optim.SparseAdam([table], 0.05, epsilon=1e-3)
    reference = torch.optim.SparseAdam(theirs.parameters(), lr=0.05, eps=1e-3)
    random = np.random.default_rng(2)
    for _ in range(100):
        ids = random.integers(0, 5, 3)
        ours.minimize(loss_of(cr.take(table, ids)))
        reference.zero_grad()
        vectors = theirs(torch.tensor(ids)) * torch.tensor(WEIGHTS)
        (torch.tanh(vectors) ** 2).sum().backward()
        reference.step()
    np.testing.assert_allclose(table.value, theirs.weight.detach().numpy(), rtol=1e-9)


def test_sparse_adam_moves_whole_parameters_by_the_same_formula():
    table, whole = table_like(START), table_like(START)
    by_rows, as_a_whole = cr.optim.SparseAdam([table]), cr.optim.SparseAdam([whole])
    for _ in range(3):
        by_rows.minimize(loss_of(cr.take(table, np.arange(5))))
        as_a_whole.minimize(loss_of(whole))
    np.testing.assert_allclose(table.value, whole.value, rtol=1e-12)


@pytest.mark.parametrize("make", [each.ours for each in NOT_LAZY.values()], ids=NOT_LAZY)
def test_what_cannot_be_caught_up_exactly_is_refused(make):
    with pytest.raises(cr.ChainruleError, match="hoose rows='touched' or rows='dense'"):
        make([table_like(START)], rows="caught_up")


def test_semantics_are_chosen_by_name():
    with pytest.raises(ValueError, match=r"rows='lazy'. Give one of 'touched', 'caught_up', 'den"):
        cr.optim.SGD([table_like(START)], rows="lazy")
