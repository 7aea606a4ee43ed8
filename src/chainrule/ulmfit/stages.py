"""The first two stages: a language model of a language, then of the texts of a task."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.ulmfit import UlmfitNetwork, language_model, vocabulary, with_vocabulary
from chainrule.pretrained.ulmfit.word_tokenizer import WordTokenizer, document
from chainrule.ulmfit.language_training import train_language_model
from chainrule.ulmfit.settings import LanguageSettings

_SHARE = 0.02  # of the documents, held out


def pretrain(
    texts: Iterable[Sequence[str]],
    settings: LanguageSettings,
    *,
    width: int = 400,
    hidden: Sequence[int] = (1152, 1152),
    most_words: int = 60000,
    least: int = 3,
    **options: Any,
) -> UlmfitNetwork:
    """Return a language model that was trained on documents of marked words, from drawn weights.

    texts       what `documents` yields
    width       of the word vectors and the last layer
    hidden      the sizes of the other layers
    most_words  the largest vocabulary
    least       how often a word has to occur
    options     of `train_language_model`

    Every fiftieth document is held out for the loss after every epoch.
    """
    given = list(texts)
    words = vocabulary(given, most_words, least)
    net = language_model(words, width, hidden, settings.seed)
    learned, held_out = _divided(_numbers(net, given))
    train_language_model(net, learned, settings, validate=held_out, **options)
    return net


def fine_tune(
    net: UlmfitNetwork,
    texts: Sequence[str],
    settings: LanguageSettings,
    *,
    validate: Sequence[str] | None = None,
    most_words: int = 60000,
    least: int = 2,
    **options: Any,
) -> UlmfitNetwork:
    """Return the language model of the texts of a task, which begins with the weights of `net`.

    texts       of the task, whose labels are not needed
    validate    held-out texts, for the loss after every epoch
    most_words, least  of the vocabulary, which is that of these texts
    options     of `train_language_model`

    Words that `net` does not know begin with its mean word vector.
    """
    given = [document(each) for each in texts]
    tuned = with_vocabulary(net, vocabulary(given, most_words, least), settings.seed)
    held_out = None
    if validate is not None:
        held_out = _numbers(tuned, [document(each) for each in validate])
    train_language_model(tuned, _numbers(tuned, given), settings, validate=held_out, **options)
    return tuned


def _numbers(net: UlmfitNetwork, texts: Iterable[Sequence[str]]) -> list[Array]:
    tokenizer: WordTokenizer = net.tokenizer
    return [np.array(tokenizer.numbers(each), np.int32) for each in texts]


def _divided(texts: Sequence[Array]) -> tuple[list[Array], list[Array] | None]:
    """Return the documents to learn from, and every fiftieth; None where there are few."""
    every = round(1 / _SHARE)
    if len(texts) < 2 * every:
        return list(texts), None
    return [each for i, each in enumerate(texts) if i % every], list(texts[::every])
