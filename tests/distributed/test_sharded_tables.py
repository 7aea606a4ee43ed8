"""Tables spread over ranks: the same bits for any number of them, one file, little memory."""

import numpy as np
import pytest

import chainrule as cr
import sharded_scripts as scripts
from chainrule.distributed import DistributedError, OneProcess, ShardedTable
from chainrule.ops import add_rows
from chainrule.storage import StorageError, read_arrays
from launching import TESTS, launched, needs_mpi

SCRIPT = TESTS / "sharded_scripts.py"


def run(count, *arguments):
    """Run a function of the scripts in several processes, and return the last line printed."""
    found = launched(count, SCRIPT, *arguments)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout.split()[-1]


@pytest.fixture(scope="module")
def plain():
    """The digest of a plain table after the training of the scripts."""
    first = 0.1 * np.random.default_rng((3, 0)).standard_normal((scripts.COUNT, scripts.SIZE))
    layer = cr.nn.Embedding.from_vectors(first)
    optimizer = scripts.optimizer([layer.weight])

    @cr.compile
    def update(ids, gradients):
        optimizer.apply([add_rows(gradients, ids, scripts.COUNT)])

    for ids, targets in scripts.batches():
        update(ids, scripts.gradients(layer(ids).value, targets))
    return scripts.digest([layer.weight.value])


@pytest.mark.native
def test_one_rank_has_the_bits_of_a_plain_table(plain):
    table = ShardedTable(scripts.COUNT, scripts.SIZE, scripts.optimizer, seed=3)
    scripts.train(table, OneProcess())
    assert scripts.digest(table.blocks()) == plain


@needs_mpi
@pytest.mark.native
def test_three_ranks_have_the_same_bits_and_write_the_same_file(plain, tmp_path):
    assert run(3, "trained", tmp_path / "three") == plain
    table = ShardedTable(scripts.COUNT, scripts.SIZE, scripts.optimizer, seed=3)
    scripts.train(table, OneProcess())
    table.save(tmp_path / "one")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "three").read_bytes()
    arrays, _ = read_arrays(tmp_path / "three")
    assert scripts.digest([arrays["table"]]) == plain
    assert arrays["optimizer.steps"] == scripts.STEPS


@needs_mpi
@pytest.mark.native
def test_a_file_of_two_ranks_continues_on_three(plain, tmp_path):
    found = launched(2, SCRIPT, "resumed", tmp_path / "half", "first")
    assert found.returncode == 0, found.stderr
    assert run(3, "resumed", tmp_path / "half", "then") == plain


@needs_mpi
@pytest.mark.native
def test_a_table_that_fits_no_rank_trains_on_three():
    rows, megabytes = 1_500_000, 800  # the table and its state have 1152 megabytes
    assert "too large" in launched(1, SCRIPT, "limited", rows, megabytes).stdout
    assert run(3, "limited", rows, megabytes) == "trained"


def test_what_does_not_fit_is_refused(tmp_path):
    table = ShardedTable(5, 2, scripts.optimizer)
    with pytest.raises(cr.RangeError, match="it has 5: ids run from 0 to 4"):
        table.rows([0, 5])
    with pytest.raises(cr.ShapeError, match="Give one row of 2 elements for each id"):
        table.update([0, 1], np.zeros((2, 3)))
    with pytest.raises(DistributedError, match="A table of 0 rows was to be spread over 1 ranks"):
        ShardedTable(0, 2, scripts.optimizer)
    table.save(tmp_path / "table")
    with pytest.raises(StorageError, match=r"it holds table float32\[5, 2\]"):
        ShardedTable(6, 2, scripts.optimizer).load(tmp_path / "table")


def test_rows_of_equal_ids_are_added(tmp_path):
    table = ShardedTable(4, 2, lambda parameters: cr.optim.SGD(parameters, 1.0))
    before = table.rows(range(4))
    table.update([[1, 1], [3, 1]], np.ones((2, 2, 2), "float32"))
    change = before - table.rows(range(4))
    assert np.allclose(change, [[0, 0], [3, 3], [0, 0], [1, 1]], atol=1e-6)
