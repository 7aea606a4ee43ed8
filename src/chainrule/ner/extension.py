"""Extension of a trained tagger by new words and entity types, to train it further."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import numpy as np

from chainrule.ner.errors import ModelError
from chainrule.ner.features import Affixes, Characters, Lexicon
from chainrule.ner.features.affixes import texts_beside
from chainrule.ner.settings import Settings
from chainrule.ner.tagger import Tagger
from chainrule.ner.units import units_of
from chainrule.text import UNKNOWN_ID, Sentence, Vocabulary, require_labelled, spans

Array = np.ndarray[Any, Any]

_UNKNOWN_ROW = 1  # of the tables of words, affixes and characters


class _Named(Protocol):
    @property
    def names(self) -> Sequence[str]: ...


_Table = TypeVar("_Table", bound=_Named)


def extended(
    tagger: Tagger,
    sentences: Sequence[Sentence],
    *,
    settings: Settings | None = None,
    compiled: bool | None = None,
) -> Tagger:
    """Return a tagger with the weights of `tagger`, and rows for what is new in `sentences`.

    settings  other settings of training; the shapes of the network must be the same
    compiled  as of `Tagger`; None takes that of `tagger`

    New words, affixes and characters begin with the vector of the unknown one, so that before
    training the scores of the tags of `tagger` are its own on any text, up to rounding; if nothing
    is new, they are equal. The tags of a new entity type have zero weights and the smallest bias of
    the tags before. Counts of words are added up. Vectors of a file, gazetteer, scheme and units
    are those of `tagger`. A pretrained network is shared, so that training changes it in both.

    Raises SentenceError if one of the sentences is not a Sentence. Raises ModelError for sentences
    of words if `tagger` is one of characters, and for settings that need other weights.
    """
    sentences = require_labelled(sentences)
    if tagger.units == "characters" and units_of(sentences) == "words":
        raise ModelError(
            "The tagger is one of characters, and the data has words of several characters. Give "
            "data with a character per row, or train a new tagger."
        )
    made = Tagger(
        tagger.settings if settings is None else settings,
        _lexicon(tagger, sentences),
        _tags(tagger.tags, sentences),
        tagger.scheme,
        tagger.units,
        tagger.compiled if compiled is None else compiled,
        tagger.net,
    )
    made.network.load_state(_grown(tagger.network.state(), made.network.state()))
    made.network.eval()
    made.vectors_file, made.encoder_files = tagger.vectors_file, tagger.encoder_files
    return made


def _lexicon(tagger: Tagger, sentences: Sequence[Sentence]) -> Lexicon:
    before = tagger.lexicon
    affixes, characters = before.affixes, before.characters
    if affixes is not None:
        beside = texts_beside if before.reads_neighbours else _twice
        texts = (pair for each in sentences for pair in zip(*beside(each.words), strict=True))
        affixes = Affixes(_names(affixes, Affixes.of_texts(texts)))
    if characters is not None:
        words = {word for each in sentences for word in each.words}
        characters = Characters(_names(characters, Characters.of_words(words)))
    vocabulary = _vocabulary(before.vocabulary, sentences)
    return replace(before, vocabulary=vocabulary, affixes=affixes, characters=characters)


def _twice(words: Sequence[str]) -> tuple[list[str], list[str]]:
    return list(words), list(words)


def _names(before: _Table, found: _Table) -> list[str]:
    """Return names, with those found behind that are new."""
    known = set(before.names)
    return [*before.names, *(name for name in found.names if name not in known)]


def _vocabulary(before: Vocabulary, sentences: Sequence[Sentence]) -> Vocabulary:
    found = Vocabulary.from_sentences(each.words for each in sentences)
    words, counts = found.words[UNKNOWN_ID + 1 :], found.counts[UNKNOWN_ID + 1 :]
    rows = before.ids(words)
    is_new = rows == UNKNOWN_ID
    added = before.counts.copy()
    np.add.at(added, rows[~is_new], counts[~is_new])
    new = tuple(word for word, fresh in zip(words, is_new.tolist(), strict=True) if fresh)
    return Vocabulary((*before.words, *new), np.concatenate([added, counts[is_new]]))


def _tags(before: Sequence[str], sentences: Sequence[Sentence]) -> list[str]:
    known = {span.type for span in spans(before)}
    found = {span.type for each in sentences for span in spans(each.tags)}
    return [*before, *(f"{prefix}-{kind}" for kind in sorted(found - known) for prefix in "BIES")]


def _grown(before: Mapping[str, Array], made: Mapping[str, Array]) -> dict[str, Array]:
    """Return the weights of a network in the shapes of a larger one."""
    wrong = [path for path, each in made.items() if not _fits(path, before.get(path), each)]
    if wrong or len(before) != len(made):
        names = ", ".join(wrong or sorted(set(before) - set(made)))
        raise ModelError(
            f"The settings need other weights than the tagger has: {names}. Change only settings "
            "of training, or train a new tagger."
        )
    return {path: _rows(path, before[path], each) for path, each in made.items()}


def _fits(path: str, old: Array | None, new: Array) -> bool:
    if old is None or old.ndim != new.ndim:
        return False
    growing = 0
    if path.startswith(("vectors.", "scores.", "decoder.")):
        growing = 2 if path == "decoder.transitions" else 1
    axes = enumerate(zip(old.shape, new.shape, strict=True))
    return all(size == now or (axis < growing and size < now) for axis, (size, now) in axes)


def _rows(path: str, old: Array, new: Array) -> Array:
    """Return an array of the shape of `new` that begins with `old`."""
    if old.shape == new.shape:
        return np.array(old)
    fill: Any = np.float32(0)
    if path.startswith("vectors."):
        fill = old[_UNKNOWN_ROW]
    elif path == "scores.bias":
        fill = old.min()
    grown = np.empty(new.shape, old.dtype)
    grown[...] = fill
    grown[tuple(slice(size) for size in old.shape)] = old
    return grown
