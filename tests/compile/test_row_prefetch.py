"""Rows of large tables are prefetched; results are those of eager code for any number of rows."""

import numpy as np
import pytest

import chainrule as cr

pytestmark = pytest.mark.native

LARGE, SMALL = (8200, 33), (100, 33)
IDS = {
    "one id": np.array([8199]),
    "fewer ids than are looked ahead": np.array([0, 8199, 3]),
    "a repeated id": np.repeat([5, 8000, 5], 40),
    "two axes of ids": np.arange(600).reshape(20, 30) * 13,
    "short ids": np.array([-1, 0, 7], np.int32),
}


def table_of(shape):
    return cr.parameter(np.random.default_rng(0).normal(size=shape).astype(np.float32))


def stepped(table, ids, compiled):
    """Return the loss of one step of Adam, which gathers and updates the rows."""
    optimizer = cr.optim.Adam([table], learning_rate=0.1)

    def step(ids):
        loss = (cr.take(table, ids, 0) ** 2).sum()
        optimizer.minimize(loss)
        return loss

    return (cr.compile(step) if compiled else step)(ids)


@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
def test_a_step_on_rows_of_a_large_table_is_that_of_eager_code(ids):
    ids = ids % LARGE[0]
    tables = [table_of(LARGE), table_of(LARGE)]
    losses = [stepped(table, ids, number > 0) for number, table in enumerate(tables)]
    np.testing.assert_allclose(*losses, rtol=1e-6)
    np.testing.assert_allclose(*(np.asarray(table) for table in tables), rtol=1e-6, atol=1e-6)


def test_an_id_outside_a_large_table_is_refused():
    table = table_of(LARGE)
    with pytest.raises(cr.RangeError):
        stepped(table, np.array([0, 1, 10**15]), compiled=True)


@pytest.mark.parametrize(("shape", "is_prefetched"), [(LARGE, True), (SMALL, False)])
def test_only_rows_of_large_tables_are_prefetched(shape, is_prefetched):
    table = table_of(shape)
    double = cr.compile(lambda ids: cr.take(table, ids, 0) * 2)
    double(np.arange(50))
    assert ("llvm.prefetch" in str(double.stages["lower"])) == is_prefetched
