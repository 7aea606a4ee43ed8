"""Training of word vectors beside gensim, on one text: words per second, agreement of neighbours.

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


@dataclass
class Result:
    """Words per second of each run, without reading the text, and the vectors of the last one."""

    speeds: list[float] = field(default_factory=list)
    vectors: WordVectors | None = None

    def __str__(self) -> str:
        return f"{statistics.median(self.speeds):,.0f}"


def ours(text: Path, model: Model, epochs: int, result: Result) -> None:
    """Train with chainrule."""
    began: list[tuple[float, int]] = []

    def start(corpus: Corpus) -> None:
        began.append((time.perf_counter(), corpus.total))

    settings = Settings(model=model, epochs=epochs, tokens="blanks")
    with tempfile.TemporaryDirectory() as folder:
        found = train_vectors([text], Path(folder) / "vectors", settings, on_corpus=start)
        result.vectors = WordVectors(list(found.words), np.array(found.table))
    ((first, words),) = began
    result.speeds.append(words * epochs / (time.perf_counter() - first))


def theirs(text: Path, model: Model, epochs: int, result: Result) -> None:
    """Train with gensim, on two threads and with the same settings."""
    settings: dict[str, Any] = {"vector_size": 100, "window": 5, "negative": 5, "min_count": 5}
    passages = [each.split() for each in text.read_text(encoding="utf-8").split("\n\n")]
    found = Word2Vec(sg=model == "skip-gram", workers=2, sample=1e-3, **settings)
    found.build_vocab(passages)
    first = time.perf_counter()
    found.train(passages, total_examples=found.corpus_count, epochs=epochs)
    words = found.corpus_total_words * epochs
    result.speeds.append(words / (time.perf_counter() - first))
    result.vectors = WordVectors(found.wv.index_to_key, found.wv.vectors)


def agreement(vectors: WordVectors | None, reference: WordVectors) -> float:
    """Return the share of the ten nearest neighbours that are those of other vectors.

    It is the mean over the frequent words that both know.
    """
    assert vectors is not None
    known = [word for word in vectors.words.words[: 2 * _COMPARED] if word in reference.words.rows]
    words = [word for word in known if word.isalpha()][:_COMPARED]
    first, second = (_neighbours(each, words) for each in (vectors, reference))
    pairs = zip(first, second, strict=True)
    return float(np.mean([len({*a} & {*b}) / _NEIGHBOURS for a, b in pairs]))


def _neighbours(vectors: WordVectors, words: list[str]) -> Any:
    table = unit(vectors.table[[vectors.words.rows[word] for word in words]])
    return nearest_rows(table, table, _NEIGHBOURS, np.arange(len(words))[:, None])[0].tolist()


def main(
    text: Annotated[Path, typer.Argument(help="A text in UTF-8.")],
    reference: Annotated[
        Path | None, typer.Option(help="Vectors whose neighbours the results should have.")
    ] = None,
    rounds: Annotated[int, typer.Option(help="Runs of each, taken in turns.")] = 3,
    epochs: Annotated[int, typer.Option(help="Passes over the text in a run.")] = 1,
) -> None:
    """Train in turns, and print medians and their ratio."""
    table = Table("model", "chainrule words/s", "gensim words/s", "ratio", "neighbours", box=None)
    known = None if reference is None else read_vectors(reference)
    models: tuple[Model, ...] = ("skip-gram", "cbow")
    for model in models:
        found = {run: Result() for run in (ours, theirs)}
        for _ in range(rounds):
            for run, result in found.items():
                run(text, model, epochs, result)
        mine, other = found.values()
        ratios = [a / b for a, b in zip(mine.speeds, other.speeds, strict=True)]
        agreed = [
            "-" if known is None else f"{agreement(each.vectors, known):.3f}"
            for each in (mine, other)
        ]
        ratio = f"{statistics.median(ratios):.2f}"
        table.add_row(model, str(mine), str(other), ratio, " / ".join(agreed))
    console = Console()
    console.print(table)
    console.print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    typer.run(main)
