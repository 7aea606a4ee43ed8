"""One training on several processes, and the ranks that are killed in it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_RANK = re.compile(r"rank (\d+) is (\d+)")
_DONE = re.compile(r"done (\d+) (\S+) (\w+)")
_LIMIT = 240.0
_TRAINING = Path(__file__).with_name("training.py")


@dataclass
class Outcome:
    """What became of a training.

    results  the loss and the digest of the weights, by the rank at the start
    seconds  from the moment when all ranks run to the first result
    code     the exit code of mpiexec
    text     all that was printed
    """

    results: dict[int, tuple[float, str]] = field(default_factory=dict)
    seconds: float = 0.0
    code: int = 0
    text: str = ""


def run_training(
    ranks: int,
    arguments: Sequence[str],
    kills: Sequence[tuple[float, int]] = (),
    *,
    survives: bool = True,
    script: Path = _TRAINING,
) -> Outcome:
    """Run a training, and kill ranks in it.

    kills     pairs of seconds after the start of all ranks, and the rank that is killed then
    survives  whether mpiexec lets the others go on
    """
    outcome, places = Outcome(), dict[int, int]()
    with subprocess.Popen(
        _command(ranks, survives, [str(script), *arguments]),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=_environment(),
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            outcome.text += line
            if found := _RANK.search(line):
                places[int(found[1])] = int(found[2])
                if len(places) == ranks:
                    began = time.monotonic()
                    _kill(places, kills)
            for rank, loss, digest in _DONE.findall(line):
                outcome.seconds = outcome.seconds or time.monotonic() - began
                outcome.results[int(rank)] = float(loss), digest
    outcome.code = running.returncode
    return outcome


def _kill(places: dict[int, int], kills: Sequence[tuple[float, int]]) -> None:
    """Kill ranks, each at its time; those that have ended before are left."""
    began = time.monotonic()
    for seconds, rank in sorted(kills):
        time.sleep(max(0.0, began + seconds - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            os.kill(places[rank], signal.SIGKILL)


def _command(ranks: int, survives: bool, command: Sequence[str]) -> list[str]:
    mpiexec = str(Path(sys.executable).with_name("mpiexec"))
    surviving = ["--with-ft", "ulfm"] if survives else []
    options = ["--oversubscribe", "-n", str(ranks)]
    return ["timeout", str(_LIMIT), mpiexec, *surviving, *options, sys.executable, *command]


def _environment() -> dict[str, str]:
    allowed = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return os.environ | allowed
