"""The check that all ranks of a run train the same thing: versions, settings, data, parameters."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from chainrule.compile.native import llvm, requirements
from chainrule.distributed import Parallel
from chainrule.distributed.communicator import Communicator
from chainrule.distributed.errors import DistributedError
from chainrule.train.state.tracked_parameters import TrackedParameters

_SHOWN = 5
_LENGTH = 120


def parallel_settings(parallel: Parallel, between: Communicator) -> dict[str, str]:
    """Return the settings that decide the bits of a run; none for batches that are not divided."""
    blocks = parallel.blocks_for(between)
    if not parallel.fixed:
        return {"parallel.summation": parallel.summation}
    return {} if blocks == 1 else {"parallel.blocks": str(blocks)}


def require_agreement(
    communicator: Communicator,
    settings: Mapping[str, str],
    parameters: TrackedParameters,
    fixed: bool,
) -> None:
    """Raise DistributedError, on all ranks, if a rank has other versions, settings or parameters.

    settings    the settings of the run by name, digests of its data among them
    parameters  of which names, shapes and dtypes are compared, not values
    fixed       whether all ranks must compute the same bits, and so have the same kind of CPU
    """
    own = {**_versions(), **settings, **_forms(parameters), **(_cpu() if fixed else {})}
    text = "\n".join(f"{name}={own[name]}" for name in sorted(own))
    digests = communicator.gather_objects(hashlib.sha256(text.encode()).hexdigest())
    if len(set(digests)) == 1:
        return
    every = communicator.gather_objects(own)
    phrases = []
    for rank, other in enumerate(every):
        names = sorted({*every[0], *other})
        differ = [each for each in names if every[0].get(each) != other.get(each)]
        phrases += [
            f"{each} is {_short(every[0].get(each))} on rank 0 and {_short(other.get(each))} on "
            f"rank {rank}"
            for each in differ
        ]
    more = f"; and {len(phrases) - _SHOWN} more" if len(phrases) > _SHOWN else ""
    raise DistributedError(
        f"The processes of this run differ: {'; '.join(phrases[:_SHOWN])}{more}. Start all with "
        "the same program, versions, data and settings; seed what draws random data."
    )


def _versions() -> dict[str, str]:
    """Return what decides the bits of a step on this machine."""
    return {
        "the version of Python": platform.python_version(),
        "the version of NumPy": np.__version__,
        "the version of chainrule": _version("chainrule"),
        "the version of llvmlite": _version("llvmlite"),
        "the kind of machine": platform.machine(),
        "the package that compiling misses": str(requirements.missing()),
    }


def _cpu() -> dict[str, str]:
    """Return the CPU that native code is made for."""
    if requirements.missing() is not None:
        return {}
    name, features = llvm.host_cpu()
    return {"the CPU": name, "the instructions of the CPU": features}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _forms(parameters: TrackedParameters) -> dict[str, str]:
    return {
        f"the form of {path}": f"{each.dtype}{list(each.shape)}"
        for path, each in parameters.items()
    }


def _short(text: str | None) -> str:
    if text is None:
        return "missing"
    return text if len(text) <= _LENGTH else f"{text[:_LENGTH]}..."
