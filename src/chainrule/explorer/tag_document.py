"""The document of one tag of a tagger: the graph of its score, and what words contribute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.explorer.errors import ExplorerError
from chainrule.ner import Tagger
from chainrule.ner.explaining.parts import WordContribution, by_word
from chainrule.ner.explaining.routes import routes_through
from chainrule.ner.explaining.sentence_rows import SentenceRows, score_of_rows, sentence_rows
from chainrule.train.evaluation import in_mode

_INPUTS = {
    "word": "words",
    "given vector": "given",
    "capitals": "capitals",
    "prefix": "affixes",
    "suffix": "affixes",
    "character": "characters",
    "gazetteer": "gazetteer",
    "contextual vector": "contextual",
    "sub-token": "subtokens",
}
"""The input of the graph that has the rows of a feature."""


@dataclass(frozen=True, eq=False)
class TagGraph:
    """The graph of the score of one tag, run forward and backward, and the report on it.

    The inputs of the graph are the rows of the tables that the network reads.
    """

    graph: cr.Graph
    report: Mapping[str, Any]
    title: str


def tag_graph(
    tagger: Tagger, words: Sequence[str], position: int, tag: str | None = None
) -> TagGraph:
    """Return the graph of the score of a tag for one word of a sentence.

    tag  one of `Tagger.tags`; None for the predicted one

    A contribution is gradient times input, summed over a row of a table: it is exact where the
    score is linear in the row. Raises ExplorerError for a word or a tag that there is not.
    """
    _require_word(words, position)
    (probabilities,) = tagger.probabilities([words])
    chosen = _tag_number(tagger, words, position, tag)
    with in_mode(tagger.network, False):
        read = sentence_rows(tagger, words, position, position)
        graph = _score_graph(tagger, words, read, position, chosen)
        gradients = graph.backward()
    values = {
        name: np.asarray(gradients[name], np.float64) * rows
        for name, rows in read.rows.items()
        if gradients.get(name) is not None
    }
    values |= {name: np.zeros(each.shape) for name, each in read.rows.items() if name not in values}
    report = {
        "words": list(words),
        "position": position,
        "tag": tagger.tags[chosen],
        "scores": _scores(tagger, probabilities[position]),
        "contributions": [
            _word(each, _numbers(graph)) for each in by_word(tagger, words, read, values, values)
        ],
        "tags": list(tagger.tags),
    }
    return TagGraph(graph, report, f"Score of {tagger.tags[chosen]} for {words[position]!r}")


def _score_graph(
    tagger: Tagger, words: Sequence[str], read: SentenceRows, position: int, tag: int
) -> cr.Graph:
    weights = np.zeros((len(words), len(tagger.tags)), np.float32)
    weights[position, tag] = 1
    rows = {name: cr.input(name, value=each) for name, each in read.rows.items()}
    return cr.Graph(score_of_rows(tagger, read, weights)(rows))


def _scores(tagger: Tagger, probabilities: Any) -> list[dict[str, Any]]:
    """Return all tags with their probabilities, the likeliest first."""
    order = np.argsort(-probabilities, kind="stable").tolist()
    return [{"tag": tagger.tags[i], "probability": float(probabilities[i])} for i in order]


def _numbers(graph: cr.Graph) -> dict[str, int]:
    """Return the numbers of the inputs in the document."""
    record = graph.record()
    return {record.names[node]: number for number, node in enumerate(record.order)}


def _word(found: WordContribution, numbers: Mapping[str, int]) -> dict[str, Any]:
    return {
        "word": found.word or "(padding)",
        "position": -1 if found.place is None else found.place,
        "total": found.value,
        "rows": [
            {
                "table": each.feature,
                "row": each.name,
                "contribution": each.value,
                "node": numbers.get(_INPUTS[each.feature], -1),
            }
            for each in found.parts
        ],
    }


def _require_word(words: Sequence[str], position: int) -> None:
    if not words:
        raise ExplorerError("A tag was to be explored, but the text has no words. Give a text.")
    if not 0 <= position < len(words):
        raise ExplorerError(
            f"The word number {position} was asked for, and the last word of the sentence has the "
            f"number {len(words) - 1}. Give one from 0 on."
        )


def _tag_number(tagger: Tagger, words: Sequence[str], position: int, tag: str | None) -> int:
    """Return the number of a tag; None is that of the best sequence of tags."""
    if tag is None:
        best = routes_through(*tagger.sequence_scores(words), position, tagger.tags)[0]
        return tagger.tags.index(best.tag)
    if tag not in tagger.tags:
        raise ExplorerError(
            f"The tag {tag[:40]!r} was asked for. The tagger has {', '.join(tagger.tags)}."
        )
    return tagger.tags.index(tag)
