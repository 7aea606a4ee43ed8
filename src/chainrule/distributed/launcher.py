"""Launchers: whether this process was started as one of several."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping

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


def detect_lost_hosts(environment: MutableMapping[str, str] = os.environ) -> None:
    """Let Open MPI notice hosts that can no longer be reached, if it is to survive failures.

    Its launcher sees processes that end on hosts that it can reach. A host behind a cut link is
    noticed by the missing heartbeats of its processes alone, which Open MPI sends only when asked
    to. Settings of the user are kept. To be called before MPI starts.
    """
    survives = environment.get("OMPI_MCA_mpi_ft_enable", "").lower() in ("1", "true", "yes", "t")
    sizes = [environment.get(f"OMPI_COMM_WORLD_{name}SIZE") for name in ("", "LOCAL_")]
    if survives and sizes[0] != sizes[1]:
        environment.setdefault("OMPI_MCA_mpi_ft_detector", "true")
        environment.setdefault("OMPI_MCA_mpi_ft_detector_thread", "true")
