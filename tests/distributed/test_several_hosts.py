"""Several hosts, made of network namespaces: slow links, and one that is cut in a training."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.hosts.namespaces import missing

from launching import TESTS, environment, needs_mpi

ROOT = TESTS.parent
pytestmark = [pytest.mark.native, needs_mpi]
# heartbeats are missed after some seconds instead of ten
SURVIVING = (
    "--with-ft ulfm --mca mpi_ft_detector_timeout 4 --mca mpi_ft_detector_period 1 "
    "--mca mpi_yield_when_idle 1"
)


@pytest.fixture(scope="module", autouse=True)
def namespaces():
    if reason := missing():
        pytest.skip(reason)


def on_hosts(options, *arguments):
    """Run the script of this test on three hosts; return the exit code and what was printed."""
    command = [sys.executable, "-m", "benchmarks.hosts", *options, "--", sys.executable]
    path = f"{ROOT}:{environment()['PYTHONPATH']}"
    done = subprocess.run(
        [*command, str(TESTS / "hosts_script.py"), *map(str, arguments)],
        env=environment() | {"PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=200,
    )
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The digest of the weights after a training over links of 100 Mbit/s."""
    folder = tmp_path_factory.mktemp("hosts")
    code, text = on_hosts(["--rate", "100mbit"], folder, 60)
    assert code == 0, text
    results = {each.read_text() for each in folder.glob("done-*")}
    assert len([*folder.glob("done-*")]) == 3
    assert len(results) == 1
    return results.pop()


def test_delay_and_loss_change_no_bit(undisturbed, tmp_path):
    options = ["--rate", "200mbit", "--delay", "1", "--loss", "0.002"]
    code, text = on_hosts(options, tmp_path, 60)
    assert code == 0, text
    assert {each.read_text() for each in tmp_path.glob("done-*")} == {undisturbed}


def test_a_training_survives_a_cut_link(undisturbed, tmp_path):
    cutting = ["--cut", "3", "--until", "both are done", "--mpiexec", SURVIVING]
    code, text = on_hosts(cutting, tmp_path, 60, "cut")
    assert code == 0, text
    assert "The link of host 3 is cut." in text
    assert "rank 2 on host3 ended or cannot be reached. 2 ranks are left" in text
    done = {each.name: each.read_text() for each in tmp_path.glob("done-*")}
    assert done == dict.fromkeys(("done-0", "done-1"), undisturbed)


def test_without_survivors_a_cut_link_is_an_error_that_names_the_rank(undisturbed, tmp_path):
    code, text = on_hosts(["--cut", "3", "--until", "did not answer"], tmp_path, 5, "cut")
    assert code == 0, text
    assert "rank 2 did not answer, while all others wait" in text
    code, text = on_hosts([], tmp_path, 60)
    assert code == 0, text
    assert {each.read_text() for each in tmp_path.glob("done-*")} == {undisturbed}
