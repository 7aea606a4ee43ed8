"""Examples of spaCy as labelled sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from chainrule.spacy.sentences import sentences_of
from chainrule.text import Sentence, encode, spans


def labelled(examples: Iterable[Any]) -> list[Sentence]:
    """Return the sentences of examples, with the tokens of the pipeline and the gold entities.

    Sentences with a token whose tag is missing, or that the gold tokens do not fit, are left out.
    """
    return [found for each in examples for found in _sentences(each)]


def _sentences(example: Any) -> Iterator[Sentence]:
    tags = example.get_aligned_ner()
    for tokens in sentences_of(_with_boundaries(example)):
        own = [tags[token.i] for token in tokens]
        if all(own) and "-" not in own:
            iobes = [_IOBES[each[0]] + each[1:] for each in own]
            written = encode(spans(iobes), len(iobes), "IOB2")
            yield Sentence(tuple(token.text for token in tokens), written)


# spaCy's letters: L ends an entity, U is one of a single token.
_IOBES = {"B": "B", "I": "I", "L": "E", "U": "S", "O": "O"}


def _with_boundaries(example: Any) -> Any:
    """Return the predicted Doc, with the sentences of the gold one where it has none."""
    predicted, gold = example.predicted, example.reference
    if predicted.has_annotation("SENT_START") or not gold.has_annotation("SENT_START"):
        return predicted
    copy = predicted.copy()
    for token, start in zip(copy, example.get_aligned_sent_starts(), strict=True):
        token.is_sent_start = bool(start)
    return copy
