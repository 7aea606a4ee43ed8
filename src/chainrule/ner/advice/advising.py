"""Measuring a corpus, applying the rules of the lectures, and trying the modes of vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chainrule import ChainruleError
from chainrule.ner.advice.advice import Advice
from chainrule.ner.advice.corpus_figures import CorpusFigures, corpus_figures
from chainrule.ner.advice.coverage import coverage, held_out, similarity
from chainrule.ner.advice.recommendation import recommendation
from chainrule.ner.advice.rules import rules
from chainrule.ner.advice.trainings import OnBatch, OnTraining, brief_epochs, tried
from chainrule.ner.settings import Settings, recommended
from chainrule.text import Sentence, require_labelled
from chainrule.text.vectors import WordVectors

_SHARE = 10  # one of so many sentences is held out
_EXAMPLES = 12


def advise(
    train: Sequence[Sentence],
    dev: Sequence[Sentence] | None = None,
    *,
    vectors: WordVectors | None = None,
    raw_words: int | None = None,
    seeds: int = 0,
    epochs: int | None = None,
    settings: Settings | None = None,
    compiled: bool = True,
    on_training: OnTraining = lambda mode, seed: None,
    on_batch: OnBatch = lambda words: None,
) -> Advice:
    """Say what to do with word vectors for a labelled set: freeze, fine-tune, or train new ones.

    train        the labelled set, whose sizes are compared with the numbers of the rules
    dev          held-out sentences; None takes the last tenth of `train`, a run of sentences,
                 because the sentences of one document share their words
    vectors      the word vectors in question
    raw_words    the number of words of raw text that there is
    seeds        trainings of each mode of the vectors; 0 tries none
    epochs       of every training; None for about 1,500 steps, 3 epochs or more
    settings     of the taggers; None for `recommended("window", ...)`
    compiled     False trains on the reference evaluator
    on_training  a function that is called with mode and seed before every training
    on_batch     a function that is called with the number of words after every batch

    Ctrl-C ends the trainings; what all modes were trained with by then is compared. Raises
    SentenceError for anything but labelled sentences, ChainruleError for sentences without words,
    for negative numbers, for epochs without seeds, and for trainings without vectors or
    without held-out sentences.
    """
    if seeds == 0 and epochs is not None:
        raise ChainruleError(
            f"Trainings of {epochs} epochs were requested, and seeds=0 trains nothing. Give the "
            "number of trainings of each mode, such as seeds=3, or leave out epochs."
        )
    found = measured(train, dev, vectors, raw_words)
    if seeds == 0:
        return found
    chosen = trial_settings(found.corpus, settings, epochs)
    return with_trial(found, train, dev, vectors, chosen, seeds, compiled, on_training, on_batch)


def measured(
    train: Sequence[Sentence],
    dev: Sequence[Sentence] | None,
    vectors: WordVectors | None,
    raw_words: int | None,
) -> Advice:
    """Return the advice without trainings; arguments and errors are those of `advise`."""
    labelled = require_labelled(train)
    _require_words(labelled, raw_words)
    learned, kept = divided(labelled, dev)
    corpus = corpus_figures(labelled)
    found_rules = rules(corpus, raw_words)
    found_coverage = None if vectors is None else coverage(labelled, vectors, _EXAMPLES)
    unseen = held_out(learned, kept, vectors) if kept else None
    return Advice(
        corpus=corpus,
        coverage=found_coverage,
        similarity=None if vectors is None else similarity(labelled, vectors),
        held_out=unseen,
        split=dev is None and unseen is not None,
        rules=found_rules,
        trial=None,
        recommendation=recommendation(corpus.units, found_rules, found_coverage, unseen, None),
    )


def trial_settings(
    corpus: CorpusFigures, settings: Settings | None = None, epochs: int | None = None
) -> Settings:
    """Return the settings of the trainings of a trial, which all have the same epochs."""
    if epochs is not None and epochs < 1:
        raise ChainruleError(f"{epochs} epochs were requested. Give at least one.")
    chosen = settings or recommended("window", True, corpus.units)
    count = epochs or brief_epochs(corpus.tokens, chosen)
    return chosen.model_copy(update={"epochs": count, "patience": count})


def with_trial(
    found: Advice,
    train: Sequence[Sentence],
    dev: Sequence[Sentence] | None,
    vectors: WordVectors | None,
    settings: Settings,
    seeds: int,
    compiled: bool,
    on_training: OnTraining,
    on_batch: OnBatch,
) -> Advice:
    """Return an advice with a trial; arguments and errors are those of `advise`."""
    learned, kept = divided(train, dev)
    given = require_trial(found, vectors, kept, seeds)
    trial = tried(learned, kept, given, settings, seeds, compiled, on_training, on_batch)
    chosen = recommendation(found.corpus.units, found.rules, found.coverage, found.held_out, trial)
    return replace(found, trial=trial, recommendation=chosen)


def divided(
    train: Sequence[Sentence], dev: Sequence[Sentence] | None
) -> tuple[Sequence[Sentence], Sequence[Sentence]]:
    """Return training and held-out sentences: without `dev`, the last tenth is held out.

    Nothing is held out of fewer than 10 sentences.
    """
    labelled = require_labelled(train)
    if dev is not None:
        return labelled, require_labelled(dev)
    end = len(labelled) - len(labelled) // _SHARE
    return labelled[:end], labelled[end:]


def require_trial(
    found: Advice, vectors: WordVectors | None, kept: Sequence[Sentence], seeds: int
) -> WordVectors:
    """Return the vectors of a trial; raise ChainruleError if there can be none."""
    if vectors is None:
        raise ChainruleError(
            "Trainings with frozen and fine-tuned vectors were requested, but no vectors were "
            "given. Give --vectors FILE."
        )
    if seeds < 1:
        raise ChainruleError(f"{seeds} trainings of each mode were requested. Give at least 1.")
    if not any(each.words for each in kept):
        why = (
            f"the number of words in the {len(kept)} held-out sentences is 0"
            if kept
            else f"{found.corpus.sentences} sentences are too few to hold a tenth out"
            if found.corpus.sentences < _SHARE
            else "no held-out sentences were given"
        )
        raise ChainruleError(
            f"Trainings were requested, but there are no held-out words: {why}. Give --dev FILE "
            "with sentences."
        )
    if not found.corpus.entities:
        raise ChainruleError(
            "Trainings were requested, but the labelled set holds no entity, only the tag O. Check "
            "that the last column holds the tags."
        )
    return vectors


def _require_words(sentences: Sequence[Sentence], raw_words: int | None) -> None:
    if not any(each.words for each in sentences):
        raise ChainruleError(
            f"The labelled set holds no word in {len(sentences)} sentences. Give sentences with "
            "words and their tags."
        )
    if raw_words is not None and raw_words < 0:
        raise ChainruleError(f"{raw_words} words of raw text were given. Give 0 or more.")
