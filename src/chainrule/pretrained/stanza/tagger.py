"""The tagger of named entities: vectors of words and letters, LSTM in both directions, CRF."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from chainrule.graph import Tensor, TensorLike, as_tensor, parameter
from chainrule.nn import Embedding, Linear, Module, compile
from chainrule.ops import concat, take
from chainrule.pretrained.body.unset import unset
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.stanza.batch import Sentences, StanzaBatch, batch_of
from chainrule.pretrained.stanza.crf import crf_loss
from chainrule.pretrained.stanza.initial_state import TrainedStateLSTM
from chainrule.pretrained.stanza.language_model import CharacterLanguageModel
from chainrule.pretrained.stanza.settings import StanzaSettings
from chainrule.pretrained.stanza.span_repair import repaired
from chainrule.pretrained.stanza.tagging import best_numbers
from chainrule.pretrained.stanza.vocabulary import RESERVED
from chainrule.pretrained.stanza.word_letters import WordLetters
from chainrule.text.sentence import require_sentences
from chainrule.text.tags import Span, spans


class StanzaOutput(NamedTuple):
    """What the tagger computes of a batch.

    inputs  (batch, words, features): what its LSTM reads
    hidden  (batch, words, 2 · hidden): the outputs of the LSTM
    scores  (batch, words, K): the scores of the tags of the column that is asked for
    columns the scores of each column
    """

    inputs: Tensor
    hidden: Tensor
    scores: Tensor
    columns: tuple[Tensor, ...]


class StanzaTagger(Module):
    """Stanza's tagger: `net.tag(sentences)`, `net.entities(sentences)`; made by `load`.

    settings       sizes and vocabularies
    forward_model, backward_model  the character language models, or None

    There is no dropout. Qi et al.: Stanza (2020), section 2.
    """

    def __init__(self, settings: StanzaSettings) -> None:
        self.settings = settings
        words, added, hidden = settings.words, settings.added, settings.hidden
        width = settings.word_width
        self.words = Embedding(words.count, width, initial=unset) if words else None
        self.added = Embedding(added.count, width, initial=unset) if added else None
        models = [CharacterLanguageModel(each) for each in settings.models or ()]
        self.forward_model = models[0] if models else None
        self.backward_model = models[1] if models else None
        self.spelled = WordLetters(settings.own_letters) if settings.own_letters else None
        extent = settings.inputs
        self.transform = Linear(extent, extent, initial=unset) if settings.transforms else None
        self.run = TrainedStateLSTM(extent, hidden, settings.layers, 2)
        counts = [len(each) for each in settings.tags]
        above = [0, *counts[:-1]] if settings.connected else [0] * len(counts)
        self.scores = [
            Linear(2 * hidden + more, count, initial=unset)
            for more, count in zip(above, counts, strict=True)
        ]
        self.transitions = [parameter(np.zeros((n, n), np.float32)) for n in counts]

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags in the order of scores; the first four are reserved."""
        return self.settings.tags[self.settings.column]

    def batch(self, sentences: Sentences) -> StanzaBatch:
        """Return sentences, as lists of words, as numbers.

        Raises PretrainedError for sentences without words, and for words without letters.
        """
        given = require_sentences(sentences)
        _require_letters(given)
        for number, each in enumerate(given):
            if not each:
                raise PretrainedError(
                    f"Sentence {number} (counted from 0) has no word. Leave it out."
                )
        return batch_of(given, self.settings, (0, 0))

    def forward(self, batch: Any) -> StanzaOutput:  # type: ignore[override]
        """Return the scores of tags; `batch` is what `batch` returns."""
        given = StanzaBatch(*batch)
        x = concat(self._parts_of_words(given), -1)
        x = x if self.transform is None else self.transform(x)
        found: Any = self.run(x, as_tensor(given.lengths))
        hidden: Tensor = found[0]
        columns: list[Tensor] = []
        for layer in self.scores:
            above = [columns[-1]] if columns and self.settings.connected else []
            columns.append(layer(concat([hidden, *above], -1) if above else hidden))
        return StanzaOutput(x, hidden, columns[self.settings.column], tuple(columns))

    def loss(self, batch: Any, tags: TensorLike) -> Tensor:
        """Return the loss of the CRF, for fine-tuning.

        tags  integers (batch, words), positions in `tags` of the network
        """
        given, transitions = StanzaBatch(*batch), self.transitions[self.settings.column]
        found: Any = self(given)
        return crf_loss(found.scores, tags, given.lengths, transitions)

    def tag(self, sentences: Sentences) -> list[list[str]]:
        """Return the tags of each sentence, a list of words, as Stanza gives them.

        The tags of the best path of the CRF, with reserved ones replaced and borders of entities
        repaired. Sentences are computed in compiled batches of similar length.
        """
        given = require_sentences(sentences)
        _require_letters(given)
        names = self.tags
        numbers = best_numbers(given, self.settings, self._scores, self._table())
        return [repaired([names[max(RESERVED, int(n))] for n in each]) for each in numbers]

    def entities(self, sentences: Sentences) -> list[tuple[Span, ...]]:
        """Return the entities of each sentence, with the places of their words.

        Raises TagError if the tags are of no scheme that `chainrule.text.spans` reads.
        """
        return [spans(each) for each in self.tag(sentences)]

    @compile
    def _scores(self, batch: Any) -> Tensor:
        found: Any = self.forward(batch)
        scores: Tensor = found.scores
        return scores

    def _table(self) -> Any:
        return self.transitions[self.settings.column].read()

    def _parts_of_words(self, given: StanzaBatch) -> list[Tensor]:
        """Return the parts of the vectors of words, each (batch, words, features)."""
        found: list[Tensor] = []
        tables = ((self.words, given.words), (self.added, given.added))
        vectors = [table(ids) for table, ids in tables if table is not None and ids is not None]
        if vectors:
            found.append(vectors[0] + vectors[1] if len(vectors) > 1 else vectors[0])
        for model, text, places in (
            (self.forward_model, given.ahead, given.ahead_at),
            (self.backward_model, given.back, given.back_at),
        ):
            if model is not None and places is not None:
                found.append(_at(model.outputs(text), as_tensor(places)))
        if self.spelled is not None and given.spelled_at is not None:
            rows = self.spelled(given.spelled, given.spelling)
            found.append(take(rows, given.spelled_at))
        return found


def _require_letters(sentences: Sentences) -> None:
    """Raise PretrainedError for a word without letters."""
    for number, each in enumerate(sentences):
        if not all(each):
            raise PretrainedError(
                f"Sentence {number} (counted from 0) has a word without letters. Leave it out."
            )


def _at(outputs: Tensor, places: Tensor) -> Tensor:
    """Return the outputs (batch, words, hidden) at places of each row."""
    batch, steps, hidden = outputs.shape
    starts = np.arange(batch, dtype=np.int64)[:, None] * steps
    return take(outputs.reshape(batch * steps, hidden), places.astype("int64") + starts)
