"""One task: who takes part, whether the losses agree, and how long each of them takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import geometric_mean, median
from subprocess import SubprocessError

import numpy as np

from benchmarks import frameworks
from benchmarks.catalogue import Growth, Once, Task, Training
from benchmarks.frameworks import FRAMEWORKS
from benchmarks.timing import interleaved
from benchmarks.worker import Start, Worker

TOLERANCE = 2e-3


@dataclass(frozen=True)
class Settings:
    """How long to measure, how often, and who is left out.

    slow  with the frameworks that take part only if asked for
    tiny  at sizes for tests
    """

    seconds: float = 0.5
    rounds: int = 5
    without: tuple[str, ...] = ()
    slow: bool = False
    tiny: bool = False


@dataclass
class Result:
    """What was found for one task, by framework.

    absent      why a framework takes no part
    failed      what a framework failed with
    rounds      seconds per step of every round
    first       seconds of the first step, compilation included
    deviations  the largest relative distance of the losses from chainrule's
    differing   frameworks whose losses are further away than they may be
    memory      bytes, the largest resident memory of the process
    """

    task: Task
    absent: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    rounds: dict[str, list[float]] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    deviations: dict[str, float] = field(default_factory=dict)
    differing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    memory: dict[str, int] = field(default_factory=dict)

    def seconds(self, framework: str) -> float | None:
        """Return the median of the rounds."""
        return median(self.rounds[framework]) if self.rounds.get(framework) else None

    @property
    def advantage(self) -> float | None:
        """Return the time of the fastest peer over chainrule's: above 1, chainrule is faster."""
        own = self.seconds("chainrule")
        peers = [each for name in frameworks.PEERS if (each := self.seconds(name)) is not None]
        return min(peers) / own if own and peers else None


def compare(task: Task, settings: Settings) -> Result:
    """Return everything about one task; a framework that fails is reported, not hidden."""
    result = Result(task, notes=[task.remark] if task.remark else [])
    if isinstance(task, Once):
        result.rounds = _measured(task.measure, task.frameworks, settings, result)
    elif isinstance(task, Growth):
        _compare_growth(task, settings, result)
    else:
        _compare_training(task, settings, result)
    return result


def mean_ratio(results: Sequence[Result]) -> tuple[float, int] | None:
    """Return the geometric mean of the ratios of training steps, and their number."""
    trained = [e for e in results if isinstance(e.task, Training) and e.task.trains]
    ratios = [each for result in trained if (each := result.advantage) is not None]
    return (geometric_mean(ratios), len(ratios)) if ratios else None


def _measured(
    measure: Callable[[str], float],
    candidates: Sequence[str],
    settings: Settings,
    result: Result,
) -> dict[str, list[float]]:
    """Return the rounds of every framework that takes part, and note why others do not."""
    measures, first = {}, {}
    for name in candidates:
        if reason := _left_out(name, settings):
            result.absent[name] = reason
            continue
        try:
            first[name] = measure(name)
        except (RuntimeError, SubprocessError) as error:
            result.failed[name] = str(error)
        else:
            measures[name] = partial(measure, name)
    further = interleaved(measures, settings.rounds - 1)
    return {name: [first[name], *further[name]] for name in measures}


def _compare_growth(task: Growth, settings: Settings, result: Result) -> None:
    sizes = task.tiny if settings.tiny else task.sizes
    found = {
        size: _measured(partial(task.measure, size), task.frameworks, settings, result)
        for size in sizes
    }
    result.rounds = found[sizes[-1]]
    for name in result.rounds:
        medians = {size: median(each[name]) for size, each in found.items() if name in each}
        result.notes.append(f"{name}: {_growing(medians)}")


def _growing(medians: dict[int, float]) -> str:
    """Return seconds by size, and by how much each is longer than that of half the size."""
    steps = [
        f"{size:,}: {seconds:.2f} s"
        + (f" (x{seconds / medians[size // 2]:.1f})" if size // 2 in medians else "")
        for size, seconds in medians.items()
    ]
    return ", ".join(steps)


def _compare_training(task: Training, settings: Settings, result: Result) -> None:
    workers, starts = _started(task, settings, result)
    _judge(task, starts, result)
    if "chainrule" in starts and starts["chainrule"].description:
        result.notes.append(starts["chainrule"].description)
    measures = {name: partial(each.measure, settings.seconds) for name, each in workers.items()}
    result.rounds = interleaved(measures, settings.rounds)
    result.memory = {name: each.stop() for name, each in workers.items()}


def _started(
    task: Training, settings: Settings, result: Result
) -> tuple[dict[str, Worker], dict[str, Start]]:
    """Return the workers that began well, one after the other, and what they said."""
    workers, starts = {}, {}
    for name in FRAMEWORKS:
        if reason := _left_out(name, settings) or _without_model(task, name, settings):
            result.absent[name] = reason
            continue
        worker = Worker(task.name, name, settings.tiny)
        try:
            starts[name] = worker.start()
        except RuntimeError as error:
            result.failed[name] = str(error)
        else:
            workers[name] = worker
            result.first[name] = starts[name].first
    return workers, starts


def _judge(task: Training, starts: dict[str, Start], result: Result) -> None:
    """Note how far the losses of the peers are from chainrule's, and which are too far."""
    if "chainrule" not in starts:
        return
    own = np.array(starts["chainrule"].losses)
    for name in [each for each in starts if each != "chainrule"]:
        away = float((np.abs(starts[name].losses - own) / np.abs(own)).max())
        result.deviations[name] = away
        if not away <= task.tolerances.get(name, TOLERANCE):
            result.differing.append(name)


def _left_out(framework: str, settings: Settings) -> str:
    if framework in settings.without:
        return "left out"
    package = frameworks.missing(framework)
    return f"{package} is not installed" if package else ""


def _without_model(task: Training, framework: str, settings: Settings) -> str:
    if not frameworks.has_model(framework, task.module):
        return "–"
    return "slow (--slow)" if framework in task.slow and not settings.slow else ""
