"""Training of word vectors beside gensim, on one text: words per second, agreement with others.

python -m benchmarks.word_vectors TEXT --reference GLOVE
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer
from gensim.models import Word2Vec
from rich.console import Console
from rich.table import Table

from chainrule.text.vectors import WordVectors, read_vectors
from chainrule.text.vectors.nearest import nearest_rows, unit
from chainrule.word2vec import Corpus, Settings, train_vectors

Model = Literal["skip-gram", "cbow"]

_COMPARED, _NEIGHBOURS = 2000, 10
_SIZE, _WINDOW, _NEGATIVE, _MIN_COUNT, _SUBSAMPLE = 100, 5, 5, 5, 1e-3


@dataclass
class Result:
    """What runs took, without reading the text, and the vectors of the last one.

    speeds  words per second
    costs   microseconds of processor time per word, of all threads
    """

    speeds: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    vectors: WordVectors | None = None

    def record(self, words: int, began: tuple[float, float]) -> None:
        """Record a run over some words that ends now; `began` is `_now()` at its start."""
        ended = _now()
        self.speeds.append(words / (ended[0] - began[0]))
        self.costs.append(1e6 * (ended[1] - began[1]) / words)

    def __str__(self) -> str:
        return f"{statistics.median(self.speeds):,.0f}"


def _now() -> tuple[float, float]:
    """Return the time, and the processor time of this process, in seconds."""
    return time.perf_counter(), time.process_time()


def ours(text: Path, model: Model, epochs: int, result: Result) -> None:
    """Train with chainrule."""
    began: list[tuple[tuple[float, float], int]] = []

    def start(corpus: Corpus) -> None:
        began.append((_now(), corpus.total))

    settings = Settings(
        model=model,
        epochs=epochs,
        tokens="blanks",
        size=_SIZE,
        window=_WINDOW,
        negative=_NEGATIVE,
        min_count=_MIN_COUNT,
        subsample=_SUBSAMPLE,
        lower=False,
        zero_digits=False,
    )
    with tempfile.TemporaryDirectory() as folder:
        found = train_vectors([text], Path(folder) / "vectors", settings, on_corpus=start)
        ((first, words),) = began
        result.record(words * epochs, first)
        result.vectors = WordVectors(list(found.words), np.array(found.table))


def theirs(text: Path, model: Model, epochs: int, result: Result) -> None:
    """Train with gensim, on two threads and with the same settings."""
    settings: dict[str, Any] = {
        "vector_size": _SIZE,
        "window": _WINDOW,
        "negative": _NEGATIVE,
        "min_count": _MIN_COUNT,
        "sample": _SUBSAMPLE,
    }
    passages = [each.split() for each in text.read_text(encoding="utf-8").split("\n\n")]
    found = Word2Vec(sg=model == "skip-gram", workers=2, **settings)
    found.build_vocab(passages)
    first = _now()
    found.train(passages, total_examples=found.corpus_count, epochs=epochs)
    result.record(found.corpus_total_words * epochs, first)
    result.vectors = WordVectors(found.wv.index_to_key, found.wv.vectors)


def agreement(vectors: WordVectors | None, reference: WordVectors) -> tuple[float, float]:
    """Return how far the frequent words that both know have the cosines of a reference.

    The first number is the mean share of the ten nearest neighbours that are those of the
    reference, the second the rank correlation of the cosines of all pairs of words.
    """
    assert vectors is not None
    known = [word for word in vectors.words.words[: 2 * _COMPARED] if word in reference.words.rows]
    words = [word for word in known if word.isalpha()][:_COMPARED]
    tables = [
        unit(each.table[[each.words.rows[word] for word in words]]) for each in (vectors, reference)
    ]
    first, second = map(_neighbours, tables)
    shares = [len({*a} & {*b}) / _NEIGHBOURS for a, b in zip(first, second, strict=True)]
    ranks = [_ranks((table @ table.T)[np.triu_indices(len(words), 1)]) for table in tables]
    return float(np.mean(shares)), float(np.corrcoef(ranks)[0, 1])


def _neighbours(table: Any) -> Any:
    return nearest_rows(table, table, _NEIGHBOURS, np.arange(len(table))[:, None])[0].tolist()


def _ranks(numbers: Any) -> Any:
    return np.argsort(np.argsort(numbers, kind="stable"), kind="stable")


def main(
    text: Annotated[Path, typer.Argument(help="A text in UTF-8.")],
    reference: Annotated[
        Path | None, typer.Option(help="Vectors whose neighbours the results should have.")
    ] = None,
    rounds: Annotated[int, typer.Option(help="Runs of each, taken in turns.")] = 3,
    epochs: Annotated[int, typer.Option(help="Passes over the text in a run.")] = 1,
    model: Annotated[
        list[str] | None, typer.Option(help="skip-gram or cbow; both without it.")
    ] = None,
) -> None:
    """Train in turns, and print medians and ratios: chainrule first, then gensim."""
    heads = "model", "words/s", "ratio", "processor us/word", "ratio", "neighbours", "cosines"
    table = Table(*heads, box=None)
    known = None if reference is None else read_vectors(reference)
    models: tuple[Model, ...] = ("skip-gram", "cbow")
    for name in (each for each in models if each in (model or models)):
        found = {run: Result() for run in (ours, theirs)}
        for _ in range(rounds):
            for run, result in found.items():
                run(text, name, epochs, result)
        mine, other = found.values()
        agreed = [
            ("-", "-") if known is None else [f"{n:.3f}" for n in agreement(each.vectors, known)]
            for each in (mine, other)
        ]
        costs = [f"{statistics.median(each.costs):.2f}" for each in (mine, other)]
        table.add_row(
            name,
            f"{mine} / {other}",
            _ratio(mine.speeds, other.speeds),
            " / ".join(costs),
            _ratio(other.costs, mine.costs),
            *(" / ".join(pair) for pair in zip(*agreed, strict=True)),
        )
    console = Console()
    console.print(table)
    console.print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def _ratio(first: list[float], second: list[float]) -> str:
    """Return the median of the ratios of runs that were made in turn."""
    return f"{statistics.median(a / b for a, b in zip(first, second, strict=True)):.2f}"


if __name__ == "__main__":
    typer.run(main)
