"""Launchers: whether this process was started as one of several."""

from __future__ import annotations

import os
from collections.abc import Mapping

_SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE")


def launched_size(environment: Mapping[str, str] = os.environ) -> int | None:
    """Return the number of processes that a launcher started; None in a plain process.

    Launchers of MPI say so in the environment: OMPI_COMM_WORLD_SIZE (Open MPI), PMI_SIZE (MPICH,
    Intel MPI), PMIX_RANK, and Slurm's variables where a job step has more than one task.
    """
    sizes = [environment[name] for name in _SIZES if environment.get(name, "").isdigit()]
    if sizes:
        return int(sizes[0])
    tasks = environment.get("SLURM_STEP_NUM_TASKS", "")
    if tasks.isdigit() and int(tasks) > 1 and "SLURM_PROCID" in environment:
        return int(tasks)
    return 1 if "PMIX_RANK" in environment else None


def launched_rank(environment: Mapping[str, str] = os.environ) -> int:
    """Return the rank that the launcher gave to this process; 0 if it gave none."""
    names = ("OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID")
    found = [environment[name] for name in names if environment.get(name, "").isdigit()]
    return int(found[0]) if found else 0
