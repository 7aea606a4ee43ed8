"""Augmentation: other cases and other mentions, with the tags that fit."""

import numpy as np
import pytest

from chainrule.ner import Settings, Tagger, load, save
from chainrule.ner.augmentation import CASES, Augmented, in_case, with_case
from chainrule.ner.features.sentence_case import SENTENCE_CASES, sentence_case
from chainrule.ner.training_batches import TrainingBatches
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


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("Ada saw Bonn", "mixed"),
        ("ADA SAW BONN 2-1", "upper"),
        ("Ada Saw Bonn 1st", "title"),
        ("ada saw bonn , 1st", "lower"),
        ("iPhone", "mixed"),
    ],
)
def test_the_case_of_a_sentence(text, case):
    assert SENTENCE_CASES[sentence_case(text.split())] == case


def test_only_a_tagger_trained_with_cases_reads_the_case_of_a_sentence(tmp_path):
    for augment, differs in [((), False), (("case",), True)]:
        tagger = Tagger.for_corpus(TRAIN, Settings(augment=augment))
        save(tagger, tmp_path / "m")
        for each in (tagger, load(tmp_path / "m")):
            upper, mixed = each.lexicon.flat([["ADA"], ["ADA", "saw"]]).words[:2]
            assert (upper != mixed) is differs


def test_sentences_are_changed_as_a_whole():
    found = Augmented(TRAIN[:1] * 600, ["case"]).copies(np.random.default_rng(0))
    cases = [TRAIN[0], *(with_case(TRAIN[:1], case)[0] for case in CASES)]
    assert set(found) == set(cases)
    assert 0.8 < found.count(TRAIN[0]) / 600 < 0.9


def test_mentions_are_exchanged_within_type_and_length():
    found = Augmented(TRAIN, ["mentions"]).copies(np.random.default_rng(0))
    assert [each.tags for each in found] == [each.tags for each in TRAIN]
    people, towns = {("Ada",), ("Bo",)}, {("New", "York"), ("Los", "Angeles")}
    changed = {each.words for each in found} - {each.words for each in TRAIN}
    assert changed
    for words in changed:
        assert words[:1] in people
        assert words[1] in ("saw", "left")
        assert words[2:] in towns


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
