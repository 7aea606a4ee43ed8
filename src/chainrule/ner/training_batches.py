"""The batches of the training of a tagger: sentences of similar length, changed in every epoch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chainrule.ner.augmentation import Augmented
from chainrule.ner.batches import grouped, places_of, rounded_length
from chainrule.ner.decoders import PADDED
from chainrule.ner.encoders import margin_of
from chainrule.ner.features import Lexicon
from chainrule.ner.features.affixes import UNKNOWN_AFFIX
from chainrule.ner.form_table import FormTable, table_of
from chainrule.ner.subtoken_windows import steps_for, tokens_read, window_begins, windows_of
from chainrule.ner.subtokens import SubTokenizer, SubTokens
from chainrule.ner.tagger import Tagger
from chainrule.text import UNKNOWN_ID, Sentence
from chainrule.train.data.length_ladder import ladder

Array = np.ndarray[Any, Any]

# The settings that decide what the batches of an epoch hold.
_DECIDING = (
    "batch_size",
    "unknown_rate",
    "affix_dropout",
    "gazetteer_dropout",
    "augment",
    "seed",
)
_EXTENTS, _MULTIPLE = 8, 4  # padded lengths of sub-tokens


@dataclass(frozen=True)
class _Read:
    """Sentences as they are read in an epoch: features of their words, and their sub-tokens."""

    forms: FormTable
    subtokens: list[SubTokens] | None


class TrainingBatches:
    """The batches of every epoch, a function of its number.

    Rare words are replaced by the unknown word at random, so that its vector is trained; sentences
    are changed as `settings.augment` says.

    unpaired_inputs  the numbers of the inputs of which there may be more than sentences: windows
    """

    def __init__(self, tagger: Tagger, sentences: Sequence[Sentence]) -> None:
        self._settings, self.words = tagger.settings, sum(len(each.words) for each in sentences)
        self._margin, self._lexicon = margin_of(self._settings), tagger.lexicon
        self._splitter = tagger.splitter
        self.unpaired_inputs = () if tagger.splitter is None else (1, 2)  # ids, counts
        self._digest = digest(sentences)
        self._augmented = Augmented(sentences, self._settings.augment)
        self._as_written = self._read(self._lexicon, sentences)
        self._targets = np.append(tagger.targets(sentences), PADDED)
        self._lengths = np.array([len(each.words) for each in sentences], np.int64)
        self._firsts = np.cumsum(self._lengths) - self._lengths
        self._sizes = self._padded_sizes()
        self._extents = np.unique(self._sizes).tolist()
        self._read_at_once = self._tokens_at_once()
        counts = np.maximum(1, tagger.vocabulary.counts)
        rare = self._settings.unknown_rate / (self._settings.unknown_rate + counts)
        rare[: UNKNOWN_ID + 1] = 0
        self._rare = rare

    def settings(self) -> dict[str, Any]:
        """Return what the batches depend on, for a run that is resumed: digests and settings."""
        own = {name: getattr(self._settings, name) for name in _DECIDING}
        found = self._as_written.forms.by_form
        content = b"".join(each.tobytes() for each in found.values())
        features = f"{', '.join(found)}, {_sha256(content)}"
        further = self._subtoken_digest() | self._contextual_digest()
        return {"sentences": self._digest, "features": features, **own, **further}

    def _contextual_digest(self) -> dict[str, Any]:
        vectors = self._as_written.forms.contextual
        return {} if vectors is None else {"contextual vectors": _sha256(vectors.data)}

    def _subtoken_digest(self) -> dict[str, Any]:
        subtokens = self._as_written.subtokens
        if subtokens is None:
            return {}
        content = b"".join(each.ids.tobytes() + each.firsts.tobytes() for each in subtokens)
        return {"sub-tokens": _sha256(content), "padded lengths": self._extents}

    def __len__(self) -> int:
        """Return the number of batches of an epoch."""
        return len(self._grouped(np.arange(len(self._lengths))))

    def __call__(self, epoch: int) -> Iterator[tuple[Array, ...]]:
        """Yield the batches of an epoch: lengths, features, targets."""
        random = np.random.default_rng((self._settings.seed, 1, epoch))
        order = random.permutation(len(self._lengths))
        batches = self._grouped(order)
        read = self._copies(random)
        if read is not self._as_written and read.subtokens is not None:
            batches = self._by_length(batches, order, read.subtokens)
        for number in random.permutation(len(batches)):
            chosen, size = batches[number]
            yield self._batch(read, chosen, size, random)

    def _copies(self, random: np.random.Generator) -> _Read:
        """Return the sentences of an epoch: other copies, with other names of the gazetteer."""
        gazetteer, dropout = self._lexicon.gazetteer, self._settings.gazetteer_dropout
        if not self._settings.augment and (gazetteer is None or not dropout):
            return self._as_written
        if gazetteer is not None:
            gazetteer = gazetteer.some(1 - dropout, random)
        lexicon = replace(self._lexicon, gazetteer=gazetteer)
        return self._read(lexicon, self._augmented.copies(random))

    def _read(self, lexicon: Lexicon, sentences: Sequence[Sentence]) -> _Read:
        words = [each.words for each in sentences]
        subtokens = None if self._splitter is None else self._splitter.split(words)
        return _Read(table_of(lexicon, lexicon.flat(words)), subtokens)

    def _padded_sizes(self) -> Array:
        """Return the extent that each sentence is padded to: of its words, or its sub-tokens."""
        if self._splitter is None or self._as_written.subtokens is None:
            lengths = self._lengths.tolist()
            return np.array([rounded_length(each) if each else 0 for each in lengths], np.int64)
        tokens = tokens_read(self._as_written.subtokens, self._splitter)
        return _extents_of(tokens, self._splitter)

    def _tokens_at_once(self) -> Array:
        """Return the tokens of each sentence that a step reads, those of all windows together."""
        if self._splitter is None or self._as_written.subtokens is None:
            return self._sizes
        room = self._splitter.room
        windows = [len(window_begins(len(each.ids), room)) for each in self._as_written.subtokens]
        return self._sizes * [1 << (each - 1).bit_length() for each in windows]

    def _grouped(self, order: Array) -> list[tuple[Array, int]]:
        """Return batches, from short sentences to long ones; those of many windows come apart."""
        size, sizes, total = self._settings.batch_size, self._sizes, self._read_at_once
        whole = grouped(np.where(total > sizes, 0, sizes), size, order)
        parted = grouped(np.where(total > sizes, total, 0), size, order)
        return [*whole, *((chosen, int(sizes[chosen].max())) for chosen, _ in parted)]

    def _by_length(
        self, batches: list[tuple[Array, int]], order: Array, subtokens: list[SubTokens]
    ) -> list[tuple[Array, int]]:
        """Return batches of the same sizes, of changed sentences from short to long.

        Sentences may have other sub-tokens than when batches were planned. Batches of new shapes
        would have to be compiled; this way there are few.
        """
        lengths = np.array([len(each.ids) for each in subtokens], np.int64)[order]
        order = order[np.argsort(lengths, kind="stable")][np.count_nonzero(lengths == 0) :]
        ends = np.cumsum([len(chosen) for chosen, _ in batches])
        parts = np.split(order, ends[:-1])
        return [(part, size) for part, (_, size) in zip(parts, batches, strict=True)]

    def _batch(
        self, read: _Read, sentences: Array, size: int, random: np.random.Generator
    ) -> tuple[Array, ...]:
        lengths, firsts = self._lengths[sentences], self._firsts[sentences]
        steps, own = size, tuple[Array, ...]()
        if self._splitter is not None and read.subtokens is not None:
            subtokens = [read.subtokens[i] for i in sentences]
            steps, own = self._encoder_inputs(subtokens, self._splitter, size)
        features = read.forms.features(places_of(lengths, firsts, steps, self._margin))
        self._drop(features, random)
        targets = self._targets[places_of(lengths, firsts, steps)]
        return (lengths, *own, *features.values(), targets)

    def _encoder_inputs(
        self, subtokens: list[SubTokens], splitter: SubTokenizer, size: int
    ) -> tuple[int, tuple[Array, ...]]:
        """Return the words per sentence of a batch, and what the encoder reads.

        size  the extent that was planned
        """
        longest = int(tokens_read(subtokens, splitter).max())
        needed = max(size, longest)
        extent = next((each for each in self._extents if each >= needed), splitter.longest)
        steps = steps_for(extent, max(len(each.firsts) for each in subtokens), splitter)
        return steps, windows_of(subtokens, splitter, extent, steps).arrays()

    def _drop(self, features: dict[str, Array], random: np.random.Generator) -> None:
        """Replace some words and affixes by unknown ones."""
        words = features["words"]
        features["words"] = np.where(
            random.random(words.shape) < self._rare[words], UNKNOWN_ID, words
        )
        if "affixes" in features and self._settings.affix_dropout:
            affixes = features["affixes"]
            dropped = random.random(affixes.shape) < self._settings.affix_dropout
            features["affixes"] = np.where(dropped & (affixes > 0), UNKNOWN_AFFIX, affixes)


def _extents_of(tokens: Array, splitter: SubTokenizer) -> Array:
    """Return the padded extent of each sentence, few different ones; 0 for empty sentences."""
    found = np.zeros_like(tokens)
    full = tokens > 0
    extents = ladder(tokens[full], _EXTENTS, _MULTIPLE, splitter.longest)
    found[full] = extents[np.searchsorted(extents, tokens[full])]
    return found


def digest(sentences: Sequence[Sentence]) -> str:
    """Return the number of sentences and a digest of their words and tags, as text."""
    content = repr([(each.words, each.tags) for each in sentences])
    return f"{len(sentences)} sentences, {_sha256(content.encode('utf-8', 'surrogatepass'))}"


def _sha256(content: bytes | memoryview) -> str:
    return f"sha256 {hashlib.sha256(content).hexdigest()[:12]}"
