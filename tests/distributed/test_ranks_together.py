"""What ranks share, what rank 0 does alone, and how errors end all."""

import json
import subprocess
import sys

import pytest

from launching import TESTS, environment, launched, needs_mpi, script


@needs_mpi
def test_rank_0_alone_calls_callbacks_and_all_end_alike(tmp_path):
    texts = {}
    for count in (1, 3):
        folder = tmp_path / str(count)
        folder.mkdir()
        output = script(count, "callbacks", folder)
        assert output.count("epoch   1 ") == 1
        texts[count] = json.loads(output[output.rindex('["') :])
        assert (folder / "noted.txt").read_text().count("\n") == 3
    assert texts[1] == texts[3]
    assert texts[1][1] == "enough"
    for name in ("noted.txt", "best.safetensors"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "3" / name).read_bytes()


@needs_mpi
def test_ranks_that_differ_are_refused_with_the_difference():
    found = script(2, "all_differences")
    assert found.count("The processes of this run differ: ") == 3
    assert "training.seed is 0 on rank 0 and 3 on rank 1" in found
    assert "training.content is [float32[40, 3] sha256" in found
    assert "the form of model/0.bias is float32[2] on rank 0 and float64[2] on rank 1" in found


@needs_mpi
@pytest.mark.native
def test_ranks_start_alike_and_raise_the_same_errors():
    found = script(2, "unseeded+broken_callback+not_finite")
    assert "Repeated on the reference evaluator, step" in found


@needs_mpi
@pytest.mark.parametrize("rank", ["1", "all"])
def test_an_error_ends_all_with_one_message(rank):
    found = launched(3, TESTS / "distributed_scripts.py", "failing", rank, timeout=60)
    output = found.stdout + found.stderr
    assert found.returncode != 0
    assert output.count("ValueError: the loss is broken") == 1
    assert ("Rank 1 of 3:" in output) == (rank == "1")


def test_a_launcher_without_mpi4py_is_told_what_to_install(tmp_path):
    (tmp_path / "mpi4py.py").write_text("raise ImportError('hidden by a test')")
    program = "import chainrule as cr; cr.distributed.communicator()"
    variables = environment(OMPI_COMM_WORLD_SIZE="2")
    variables["PYTHONPATH"] = f"{tmp_path}:{variables['PYTHONPATH']}"
    found = subprocess.run(
        [sys.executable, "-c", program], env=variables, capture_output=True, text=True
    )
    assert found.returncode == 1
    assert "mpi4py cannot be imported by" in found.stderr
    assert "pip install 'chainrule[mpi]'" in found.stderr
    assert sys.executable in found.stderr


@needs_mpi
def test_the_launcher_of_another_mpi_is_named():
    program = "import chainrule as cr; cr.distributed.communicator()"
    found = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(PMI_SIZE="3"),
        capture_output=True,
        text=True,
    )
    assert found.returncode == 1
    assert "The launcher started 3 processes, but mpi4py sees 1" in found.stderr


def test_a_plain_process_does_not_import_mpi4py():
    program = (
        "import sys; from training_runs import data, fit; fit(data(), progress=False); "
        "assert 'mpi4py' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], env=environment(), check=True)
