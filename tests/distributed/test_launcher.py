"""Which environments mean that a launcher started the process."""

import pytest

from chainrule.distributed.launcher import launched_rank, launched_size


@pytest.mark.parametrize(
    ("variables", "size"),
    [
        ({}, None),
        ({"OMPI_COMM_WORLD_SIZE": "4"}, 4),
        ({"PMI_SIZE": "3", "PMI_RANK": "1"}, 3),
        ({"PMIX_RANK": "0"}, 1),
        ({"SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "2"}, 8),
        ({"SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0"}, None),
        ({"SLURM_NTASKS": "8"}, None),
        ({"OMPI_COMM_WORLD_SIZE": "many"}, None),
    ],
)
def test_the_size_is_read_from_the_environment(variables, size):
    assert launched_size(variables) == size


def test_the_rank_is_read_from_the_environment():
    assert launched_rank({"SLURM_PROCID": "2"}) == 2
    assert launched_rank({"OMPI_COMM_WORLD_RANK": "1", "SLURM_PROCID": "2"}) == 1
    assert launched_rank({}) == 0
