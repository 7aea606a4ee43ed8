"""What a tagger gets wrong: kinds of errors, where they are, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import chainrule as cr
from chainrule.ner.analysis.groups import grouped
from chainrule.ner.analysis.matching import Outcome, matched
from chainrule.ner.analysis.report import ErrorAnalysis
from chainrule.ner.analysis.traits import (
    Grouping,
    plain_groupings,
    seen_grouping,
    vectors_grouping,
    vocabulary_grouping,
)
from chainrule.ner.tagger import Tagger
from chainrule.ner.type_warning import warn_unless_shared
from chainrule.text import (
    Sentence,
    TypeScore,
    Vocabulary,
    require_labelled,
    require_sentences,
    spans,
)


def error_analysis(
    sentences: Sequence[Sentence],
    predicted: Tagger | Sequence[Sequence[str]],
    train: Sequence[Sentence] | None = None,
) -> ErrorAnalysis:
    """Return what a tagger gets wrong on labelled sentences.

    sentences  sentences with gold tags
    predicted  a tagger, or its tags, one sequence per sentence
    train      the sentences that it was trained on; with them, errors are also grouped by whether
               the mention is in them

    The words that a tagger knows are in its vocabulary; without a tagger, they are those of
    `train`. Raises SentenceError for sentences of another type, ChainruleError if the numbers of
    sentences or of tags differ, TagError for an invalid tag.
    """
    sentences = require_labelled(sentences)
    train = None if train is None else require_labelled(train)
    tagger = predicted if isinstance(predicted, Tagger) else None
    tags = _tags_of(sentences, predicted)
    outcomes = tuple(_outcomes(sentences, tags))
    words = tuple(each.words for each in sentences)
    groupings, missing = _groupings(tagger, train)
    return ErrorAnalysis(
        words,
        outcomes,
        TypeScore(
            sum(each.kind == "correct" for each in outcomes),
            sum(each.predicted is not None for each in outcomes),
            sum(each.gold is not None for each in outcomes),
        ),
        {each.name: grouped(each, words, outcomes) for each in groupings},
        tuple(missing),
    )


def _tags_of(
    sentences: Sequence[Sentence], predicted: Tagger | Sequence[Sequence[str]]
) -> Sequence[Sequence[str]]:
    if isinstance(predicted, Tagger):
        warn_unless_shared((span.type for span in spans(predicted.tags)), sentences)
        return predicted.tag([each.words for each in sentences])
    tags = require_sentences(predicted, "Predicted sequence")
    if len(tags) != len(sentences):
        raise cr.ChainruleError(
            f"There are {len(sentences)} sentences, but {len(tags)} predicted sequences of tags. "
            "Give one per sentence."
        )
    for number, (sentence, each) in enumerate(zip(sentences, tags, strict=True)):
        if len(each) != len(sentence.words):
            raise cr.ChainruleError(
                f"Sentence {number} (counted from 0) has {len(sentence.words)} words, but "
                f"{len(each)} predicted tags. Give one per word."
            )
    return tags


def _outcomes(sentences: Sequence[Sentence], tags: Sequence[Sequence[str]]) -> Iterator[Outcome]:
    for number, (sentence, guess) in enumerate(zip(sentences, tags, strict=True)):
        yield from matched(number, spans(sentence.tags), spans(guess))


def _groupings(
    tagger: Tagger | None, train: Sequence[Sentence] | None
) -> tuple[list[Grouping], list[str]]:
    """Return the groupings that can be computed, and sentences about the others."""
    found, missing = plain_groupings(), []
    if train is not None:
        found.append(seen_grouping(train))
    else:
        missing.append("Mentions seen in training are not known without the training data.")
    if tagger is not None:
        found.append(vocabulary_grouping(tagger.vocabulary))
        if tagger.lexicon.vectors is not None:
            found.append(vectors_grouping(tagger.lexicon.vectors))
    elif train is not None:
        words = Vocabulary.from_sentences(each.words for each in train)
        found.append(vocabulary_grouping(words))
    else:
        missing.append("Unknown words are not known without a tagger or its training data.")
    return found, missing
