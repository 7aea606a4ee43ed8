"""The estimators beside scikit-learn's own, on its bundled data: scores and seconds of training.

python -m benchmarks.estimators
"""

from __future__ import annotations

import statistics
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from sklearn import datasets
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import KFold, StratifiedKFold, cross_validate
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule.sklearn import NeuralClassifier, NeuralRegressor


@dataclass(frozen=True)
class Task:
    """A bundled dataset, and the two estimators that learn it."""

    name: str
    load: Callable[..., Any]
    ours: type
    theirs: type


TASKS = (
    Task("digits", datasets.load_digits, NeuralClassifier, MLPClassifier),
    Task("iris", datasets.load_iris, NeuralClassifier, MLPClassifier),
    Task("wine", datasets.load_wine, NeuralClassifier, MLPClassifier),
    Task("diabetes", datasets.load_diabetes, NeuralRegressor, MLPRegressor),
)


@dataclass(frozen=True)
class Result:
    """Accuracy or R2 on the held-out folds, and the median seconds of a fit."""

    scores: list[float]
    seconds: float

    def __str__(self) -> str:
        return f"{statistics.mean(self.scores):.3f} ± {statistics.pstdev(self.scores):.3f}"


def results(task: Task, repeats: int) -> tuple[Result, Result]:
    """Return what both estimators reach in five folds, taken in turns."""
    x, y = task.load(return_X_y=True)
    found: tuple[list[Any], list[Any]] = ([], [])
    for seed in range(repeats):
        folds = StratifiedKFold if task.ours is NeuralClassifier else KFold
        split = folds(5, shuffle=True, random_state=seed)
        for kept, estimator in zip(found, (task.ours, task.theirs), strict=True):
            model = make_pipeline(StandardScaler(), estimator(random_state=seed))
            kept.append(cross_validate(model, x, y, cv=split))
    ours, theirs = (_result(each) for each in found)
    return ours, theirs


def _result(found: list[dict[str, np.ndarray[Any, Any]]]) -> Result:
    scores = [float(each) for one in found for each in one["test_score"]]
    return Result(scores, float(np.median([each for one in found for each in one["fit_time"]])))


def rows(repeats: int) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table."""
    for task in TASKS:
        ours, theirs = results(task, repeats)
        ratio = theirs.seconds / ours.seconds
        times = (f"{1000 * each.seconds:.0f} ms" for each in (ours, theirs))
        yield (task.name, str(ours), str(theirs), *times, f"{ratio:.1f}")


def main(repeats: Annotated[int, typer.Option(min=1, help="Times five folds.")] = 3) -> None:
    """Print scores and times of both."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    table = Table(title="accuracy or R², five folds, standardised samples; median time of a fit")
    for name in ("data", "chainrule", "scikit-learn", "chainrule", "scikit-learn", "ratio"):
        table.add_column(name, justify="left" if name == "data" else "right")
    for row in rows(repeats):
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
