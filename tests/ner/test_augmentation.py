"""Augmentation: other cases and other mentions, with the tags that fit."""

import numpy as np
import pytest

from chainrule.ner import Settings, Tagger
from chainrule.ner.augmentation import CASES, CaseChange, MentionExchange, in_case, with_case
from chainrule.ner.training import TrainingBatches
from chainrule.text import Sentence

WORDS = ("Ada", "saw", "New", "York")
TRAIN = [
    Sentence(WORDS, ("B-PER", "O", "B-LOC", "I-LOC")),
    Sentence(("Bo", "left", "Los", "Angeles"), ("B-PER", "O", "B-LOC", "I-LOC")),
    Sentence(("It", "rained"), ("O", "O")),
] * 20


def test_words_in_three_cases():
    assert [in_case("iPhone", case) for case in CASES] == ["IPHONE", "Iphone", "iphone"]
    assert with_case(TRAIN[:1], "upper")[0].words == ("ADA", "SAW", "NEW", "YORK")


def test_sentences_are_changed_as_a_whole():
    change = CaseChange(WORDS)
    numbers = np.tile(np.array([1, 2, 3, 4, 0]), (300, 1))
    found = change(numbers, np.random.default_rng(0))
    words = {tuple(["", *change.forms][each] for each in row) for row in found}
    cases = [WORDS, *(tuple(in_case(word, case) for word in WORDS) for case in CASES)]
    assert words == {(*each, "") for each in cases}
    assert 0.55 < (found == numbers).all(1).mean() < 0.85


def test_mentions_are_exchanged_within_type_and_length():
    numbers = np.arange(sum(len(each.words) for each in TRAIN))
    found = MentionExchange(TRAIN)(numbers, np.random.default_rng(0))
    tags = np.array([tag for each in TRAIN for tag in each.tags])
    changed = found != numbers
    assert changed.any()
    assert (tags[found] == tags).all()
    assert not changed[tags == "O"].any()
    towns = np.flatnonzero(tags == "B-LOC")
    np.testing.assert_array_equal(found[towns + 1], found[towns] + 1)


@pytest.mark.parametrize("augment", [("case",), ("mentions",), ("case", "mentions")])
def test_batches_are_changed_in_every_epoch_and_targets_are_not(augment):
    settings = Settings(augment=augment, unknown_rate=0.0, batch_size=10_000)
    tagger = Tagger.for_corpus(TRAIN, settings)
    batches = TrainingBatches(tagger, TRAIN)
    first, again, second = (next(iter(batches(epoch))) for epoch in (1, 1, 2))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    plain = TrainingBatches(Tagger.for_corpus(TRAIN, Settings(batch_size=10_000)), TRAIN)
    assert (
        np.bincount(first[-1].ravel() + 1).tolist()
        == np.bincount(next(iter(plain(1)))[-1].ravel() + 1).tolist()
    )
    assert any((a != b).any() for a, b in zip(first[1:-1], second[1:-1], strict=True))
