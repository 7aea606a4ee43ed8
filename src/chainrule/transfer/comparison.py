"""The comparison of ways of training: every task, size, strategy and seed is trained once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.train.seed_figures import ranking, spread
from chainrule.transfer.strategies import RULE, STRATEGIES, Strategy
from chainrule.transfer.task import Task

DIFFERENT = 2.0  # tokens per word from which a text counts as different from what was pretrained on
OnTraining = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Outcome:
    """The figures of one task with one number of samples.

    task, measure    their names
    size             samples
    kind             "small" or "large", "similar" or "different"
    tokens_per_word  tokens into which the network's tokenizer divides a word, on average
    figures          by strategy: one per seed, float64 (seeds,)
    """

    task: str
    measure: str
    size: int
    kind: tuple[str, str]
    tokens_per_word: float
    figures: dict[str, Array]

    @property
    def ranking(self) -> list[str]:
        """The strategies, the one with the best mean first."""
        return ranking(self.figures)

    @property
    def winner(self) -> str | None:
        """The best strategy; None if the second is within the uncertainty of their difference.

        That is twice the standard error of the differences seed by seed.
        """
        first, *others = self.ranking
        if not others:
            return first
        margin, uncertainty = self.margin(first, others[0])
        return first if margin > uncertainty else None

    def margin(self, first: str, second: str) -> tuple[float, float]:
        """Return the mean difference of two strategies, and twice its standard error."""
        return margin(self.figures[first], self.figures[second])

    @property
    def rule(self) -> str:
        """What the rule of the notes says for this size and similarity."""
        return RULE[self.kind]


@dataclass(frozen=True)
class Comparison:
    """The outcomes of a comparison, in the order in which they were asked for."""

    outcomes: tuple[Outcome, ...]

    def __str__(self) -> str:
        return "\n\n".join(map(_text, self.outcomes))

    def data(self) -> dict[str, Any]:
        """Return all figures as lists and dicts, for JSON."""
        return {"outcomes": [_data(each) for each in self.outcomes]}


def compare(
    tasks: Iterable[Task],
    sizes: Sequence[int],
    *,
    seeds: int = 3,
    strategies: Sequence[str] = tuple(STRATEGIES),
    on_training: OnTraining | None = None,
) -> Comparison:
    """Train every task with every number of samples and strategy; return all figures.

    sizes        numbers of samples in increasing order; the first is called small, the others large
    seeds        trainings with another subset, head and order each
    strategies   names out of `STRATEGIES`
    on_training  is called with a line before every training, and with its figure after it

    Raises ValueError for unknown strategies, and for numbers that are not positive.
    """
    _require(sizes, seeds, strategies)
    chosen = [STRATEGIES[each] for each in strategies]
    return Comparison(
        tuple(
            _outcome(task, place, size, chosen, seeds, on_training)
            for task in tasks
            for place, size in enumerate(_fitting(sizes, task.size))
        )
    )


def margin(first: Array, second: Array) -> tuple[float, float]:
    """Return the mean difference of figures of the same seeds, and twice its standard error."""
    differences = first - second
    if len(differences) < 2:
        return float(differences.mean()), float("inf")
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    return float(differences.mean()), 2 * float(error)


def _fitting(sizes: Sequence[int], available: int) -> Iterator[int]:
    """Yield the sizes, none above what is available, and none twice."""
    yield from dict.fromkeys(min(each, available) for each in sizes)


def _outcome(
    task: Task,
    place: int,
    size: int,
    strategies: Sequence[Strategy],
    seeds: int,
    on_training: OnTraining | None,
) -> Outcome:
    figures: dict[str, list[float]] = {each.name: [] for each in strategies}
    for seed, strategy in product(range(seeds), strategies):
        if on_training is not None:
            on_training(f"{task.name}, {size:,} samples, {strategy.name}, seed {seed}")
        figure = task.figure(strategy, size, seed)
        figures[strategy.name].append(figure)
        if on_training is not None:
            on_training(f"  {task.measure} {figure:.2%}")
    tokens = task.tokens_per_word()
    kind = (
        "small" if place == 0 else "large",
        "different" if tokens >= DIFFERENT else "similar",
    )
    arrays = {name: np.array(each) for name, each in figures.items()}
    return Outcome(task.name, task.measure, size, kind, tokens, arrays)


def _require(sizes: Sequence[int], seeds: int, strategies: Sequence[str]) -> None:
    if unknown := [each for each in strategies if each not in STRATEGIES]:
        raise ValueError(
            f"The strategy {unknown[0]!r} was asked for. Strategies are {', '.join(STRATEGIES)}."
        )
    if not strategies or not sizes or seeds < 1 or min(sizes) < 1 or sorted(sizes) != [*sizes]:
        raise ValueError(
            f"A comparison of sizes {[*sizes]}, {seeds} seeds and strategies {[*strategies]} was "
            "asked for. Give one of each at least, and positive sizes in increasing order."
        )


def _text(outcome: Outcome) -> str:
    size, similarity = outcome.kind
    tokens = f"{outcome.tokens_per_word:.2f} tokens per word"
    lines = [f"{outcome.task}: {outcome.size:,} samples ({size}), {tokens} ({similarity})"]
    for name in outcome.ranking:
        found = spread(outcome.figures[name], ".2%", 7)
        mark = "  the rule of the notes" if name == outcome.rule else ""
        lines.append(f"  {name:<8} {found:<17} {outcome.measure}{mark}")
    return "\n".join([*lines, f"  {_verdict(outcome)}"])


def _verdict(outcome: Outcome) -> str:
    first, *others = outcome.ranking
    if not others:
        return f"{first} alone was trained."
    margin, uncertainty = outcome.margin(first, others[0])
    within = f"{margin:.2%} ± {uncertainty:.2%}" if np.isfinite(uncertainty) else f"{margin:.2%}"
    if outcome.winner is None:
        return f"No clear winner: {first} is {within} above {others[0]}."
    return f"{first} wins, {within} above {others[0]}."


def _data(outcome: Outcome) -> dict[str, Any]:
    return {
        "task": outcome.task,
        "measure": outcome.measure,
        "samples": outcome.size,
        "size": outcome.kind[0],
        "similarity": outcome.kind[1],
        "tokens_per_word": outcome.tokens_per_word,
        "figures": {name: each.tolist() for name, each in outcome.figures.items()},
        "winner": outcome.winner,
        "rule": outcome.rule,
    }
