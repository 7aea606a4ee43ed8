"""Ranks that end, hang or cannot be reached: the others go on, or an error names them."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.kills.killed_training import run_training

from chainrule.distributed import OneProcess, Parallel, RanksLostError, RanksSilentError
from chainrule.distributed.errors import DistributedError, is_loss
from chainrule.distributed.launcher import detect_lost_hosts
from chainrule.distributed.patience import Patience
from chainrule.distributed.quorum import may_go_on
from launching import TESTS, environment, launched, needs_mpi

SCRIPT = TESTS / "lost_scripts.py"
pytestmark = pytest.mark.native


@pytest.fixture(autouse=True)
def found_by_processes(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The loss and the digest of the weights of a training on one process."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
        return run_training(1, [str(folder), "2"]).results[0]


@needs_mpi
@pytest.mark.parametrize(("seconds", "victim"), [(0.0, 1), (2.0, 0)])
def test_the_others_go_on_to_the_weights_of_the_undisturbed_run(
    undisturbed, tmp_path, seconds, victim
):
    found = run_training(3, [str(tmp_path), "2", "0.05"], [(seconds, victim)])
    left = {rank: undisturbed for rank in range(3) if rank != victim}
    assert found.results == left, found.text
    assert f"rank {victim} on " in found.text
    assert "2 ranks are left, and go on after step" in found.text
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 3


@needs_mpi
def test_a_run_without_survivors_resumes_on_another_number_of_ranks(undisturbed, tmp_path):
    killed = run_training(3, [str(tmp_path), "2", "0.05"], [(2.5, 2)], survives=False)
    assert killed.code != 0
    assert not killed.results
    assert "rank 2" in killed.text
    assert any((tmp_path / "run").glob("step-*"))
    found = run_training(2, [str(tmp_path), "2"])
    assert found.results == dict.fromkeys(range(2), undisturbed), found.text


@needs_mpi
@pytest.mark.parametrize("how", ["sleeps", "is stopped"])
def test_a_rank_that_hangs_is_named_within_the_time_limit(how):
    found = launched(3, SCRIPT, how, timeout=100)
    assert found.returncode != 0
    output = found.stdout + found.stderr
    assert "rank 1 did not answer, while all others wait" in output
    assert "RanksSilentError: all_reduce was not complete after 3 seconds" in output


def test_at_most_one_part_of_a_run_goes_on():
    for hosts in (["a", "a", "b", "b"], ["a", "b", "c"], ["a", "b"], ["a", "a", "b"], ["a"] * 3):
        names = sorted(set(hosts))
        for cut in range(1 << len(names)):
            side = {each for i, each in enumerate(names) if cut >> i & 1}
            parts = [
                [i for i, host in enumerate(hosts) if (host in side) == inside]
                for inside in (True, False)
            ]
            assert sum(bool(part) and may_go_on(hosts, part) for part in parts) == 1


def test_ranks_that_ended_on_a_host_that_is_reached_do_not_count():
    assert may_go_on(["a", "a", "a"], [2])
    assert may_go_on(["a", "a", "b"], [1, 2])
    assert not may_go_on(["a", "b", "c"], [2])
    assert may_go_on(["a", "b"], [0])
    assert not may_go_on(["a", "b"], [1])


def test_open_mpi_is_asked_for_heartbeats_where_there_are_several_hosts():
    surviving = {"OMPI_MCA_mpi_ft_enable": "1", "OMPI_COMM_WORLD_SIZE": "4"}
    for local, asked in (("4", False), ("2", True)):
        variables = {**surviving, "OMPI_COMM_WORLD_LOCAL_SIZE": local}
        detect_lost_hosts(variables)
        assert ("OMPI_MCA_mpi_ft_detector" in variables) == asked
    chosen = {**surviving, "OMPI_COMM_WORLD_LOCAL_SIZE": "1", "OMPI_MCA_mpi_ft_detector": "false"}
    detect_lost_hosts(chosen)
    assert chosen["OMPI_MCA_mpi_ft_detector"] == "false"
    assert "OMPI_MCA_mpi_ft_detector" not in os.environ


class Notes:
    """Notes of ranks that wait, without messages."""

    def __init__(self, *senders):
        self.sent, self.waiting = 0, set(senders)

    def send(self):
        self.sent += 1

    def senders(self):
        return self.waiting

    def clear(self):
        pass


def test_the_rank_that_does_not_wait_is_the_one_that_is_named():
    notes = Notes(3)
    with pytest.raises(RanksSilentError, match=r"ranks 1, 2 did not answer") as raised:
        Patience(0, 4, notes, 0.05).wait(lambda: False, "A message")
    assert raised.value.ranks == (1, 2)
    assert notes.sent == 1
    with pytest.raises(RanksSilentError, match="all ranks wait: a message was lost"):
        Patience(0, 2, Notes(1), 0.05).wait(lambda: False, "A message")


def test_waiting_without_a_limit_ends_when_the_message_comes():
    patience, asked = Patience(0, 2, Notes(), 0.001), iter([False] * 1200 + [True])
    with patience.unlimited():
        patience.wait(lambda: next(asked), "A message")
    assert patience.limit == 0.001


def test_a_loss_is_found_among_the_causes_of_an_error():
    error = DistributedError("a block failed")
    assert not is_loss(error)
    error.__cause__ = RanksLostError("rank 1 ended", [1])
    assert is_loss(error)


def test_a_process_alone_loses_nobody():
    alone = OneProcess()
    alone.confirm()
    assert alone.survivors() is alone
    with pytest.raises(DistributedError, match="time_limit=0 was given"):
        Parallel(time_limit=0)
