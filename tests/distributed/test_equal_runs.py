"""Runs on 1, 2, 3 and 4 processes end with equal bits."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from chainrule.distributed import Parallel
from distributed_runs import RUNS, SAMPLES, run
from launching import TESTS, launched, needs_mpi, script

FEW = ["dropout", "clipped", "synchronised_norm", "table", "short_table"]
pytestmark = pytest.mark.native


@pytest.fixture(scope="module")
def alone():
    """What every run ends with in one process, which needs no launcher."""
    return {name: run(name, parallel=Parallel(blocks=12))[0] for name in RUNS}


@needs_mpi
@pytest.mark.parametrize(("count", "names"), [(1, FEW[:1]), (2, FEW), (3, RUNS), (4, FEW[:4:3])])
def test_any_number_of_processes_gives_the_same_bits_after_200_steps(alone, count, names):
    found = launched(count, TESTS / "distributed_runs.py", *names)
    assert found.returncode == 0, found.stdout + found.stderr
    every = json.loads(found.stdout.strip().splitlines()[-1])
    assert len(every) == count
    for of_rank in every:
        assert of_rank == {name: alone[name] for name in names}


def test_the_last_batch_of_901_samples_has_one(alone):
    _, history = run("clipped", 1, parallel=Parallel(blocks=12))
    assert len(history.losses) == -(-SAMPLES // 36) == 26


def test_the_number_of_blocks_changes_the_rounding_only():
    first, second = (run("clipped", 1, parallel=Parallel(blocks=each)) for each in (1, 12))
    assert first[0] != second[0]
    assert abs(first[1].losses - second[1].losses).max() < 1e-4


def test_the_reference_evaluator_draws_the_same_numbers():
    first, second = (
        run("dropout", 1, parallel=Parallel(blocks=12), compiled=each)[1] for each in (True, False)
    )
    np.testing.assert_allclose(first.losses, second.losses, rtol=1e-4)


@pytest.mark.parametrize(("name", "is_near"), [("synchronised_norm", True), ("norm", False)])
def test_synchronised_batch_normalisation_is_that_of_the_whole_batch(name, is_near):
    first, second = (run(name, 1, parallel=Parallel(blocks=each))[1] for each in (1, 12))
    assert np.allclose(first.losses, second.losses, rtol=1e-4) == is_near


def test_ranks_without_a_block_are_a_warning():
    between = SimpleNamespace(size=16, rank=0)
    with pytest.warns(UserWarning, match=r"16 processes share the 12 blocks.*4 have nothing"):
        Parallel().require_work(between)
    Parallel(blocks=16).require_work(between)
    Parallel(summation="any order").require_work(between)


@needs_mpi
def test_any_order_is_near():
    script(3, "any_order")


@needs_mpi
def test_a_run_goes_on_with_another_number_of_processes(tmp_path):
    whole = json.loads(script(2, "resumed", tmp_path / "whole", 3).splitlines()[-1])
    script(3, "resumed", tmp_path / "part", 2)
    assert json.loads(script(1, "resumed", tmp_path / "part", 3).splitlines()[-1]) == whole
