"""A tagger called on a text: entities with exact places and exact probabilities."""

from dataclasses import fields
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.ner import Entity, ModelError, Settings, Tagger, train
from chainrule.ner.span_probabilities import span_probabilities
from chainrule.text import Sentence, SentenceError, spans, tokenize, transitions
from chainrule.text.word_places import word_places

CORPUS = [
    Sentence(("Ada", "Lovelace", "visited", "Turin", "."), ("B-PER", "I-PER", "O", "B-LOC", "O")),
    Sentence(("Turin", "greets", "Ada", "."), ("B-LOC", "O", "B-PER", "O")),
    Sentence(("It", "rained", "."), ("O", "O", "O")),
] * 4
TINY = {"window": 1, "word_size": 8, "hidden": 16, "unknown_rate": 0.0, "patience": 80}


@pytest.fixture(scope="module")
def tagger():
    made = Tagger.for_corpus(CORPUS, Settings(epochs=80, **TINY), compiled=False)
    train(made, CORPUS, CORPUS)
    return made


@pytest.fixture(scope="module")
def wild():
    """Taggers without training, which find entities everywhere, of words and of characters."""
    single = [Sentence(tuple("Ada ran"), ("B-PER", "I-PER", "I-PER", "O", "O", "O", "O"))]
    some = Settings(outside_bias=-5.0, affix_size=0, characters="none", **TINY)
    return [Tagger.for_corpus(each, some, compiled=False) for each in (CORPUS, single)]


def found(tagger, text, **options):
    return [(each.text, each.label, each.start) for each in tagger(text, **options)]


def test_a_text_has_entities_with_five_fields(tagger):
    names = [each.name for each in fields(Entity)]
    assert names == ["text", "label", "start", "end", "confidence"]
    entities = tagger("Ada Lovelace visited Turin.")
    assert [each.text for each in entities] == ["Ada Lovelace", "Turin"]
    assert [(each.label, each.start, each.end) for each in entities] == [
        ("PER", 0, 12),
        ("LOC", 21, 26),
    ]
    assert all(0 < each.confidence <= 1 for each in entities)
    assert tagger("") == tagger(" \n\n ") == []
    with pytest.raises(SentenceError):
        tagger(b"Ada")


@pytest.mark.parametrize(
    ("before", "between"),
    [
        ("\U0001f600 ", " "),
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7\t", "\t"),
        ("e\u0301 \u00e9 ", "  "),
        ("\ufeff\n", "\n"),
        ("\r\n\r\n", "\r\n"),
        ("\ud800 ", "\u2028"),
        ("\u200b ", "\u00a0"),
    ],
)
def test_places_count_code_points_of_the_text_as_it_is(tagger, before, between):
    text = f"{before}Ada{between}Lovelace visited Turin."
    entities = tagger(text)
    assert text[entities[-1].start : entities[-1].end] == "Turin"
    for each in entities:
        assert text[each.start : each.end] == each.text
    assert any(each.text.endswith(f"Ada{between}Lovelace") for each in entities)


PIECES = [
    *["Ada", "Turin.", " ", "\n", "\r\n", "\r", "\n\n", "\t", "\u200d", "\u0301", "\u2028"],
    *["\U0001f1e9", "\ud83d", "\ude00", "\uac00", "\u1100\u1161", "\x85", "\x1c", "\ufeff"],
]
ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.lists(
    st.sampled_from(PIECES), max_size=12
).map("".join)


@settings(deadline=None, max_examples=80)
@given(ANY_TEXT, st.booleans())
def test_places_of_any_unicode(wild, text, lines):
    for each in wild:
        sentences = each.split(text, lines)
        entities = each(text, lines)
        assert len(entities) == sum(len(spans(tags)) for tags in each.tag(sentences))
        ends = [0]
        for entity in entities:
            assert text[entity.start : entity.end] == entity.text != ""
            assert ends[-1] <= entity.start
            assert 0 <= entity.confidence <= 1
            ends.append(entity.end)


@settings(deadline=None, max_examples=80)
@given(ANY_TEXT, st.booleans())
def test_each_word_stands_at_its_place(text, lines):
    sentences = tokenize(text, lines)
    places = word_places(text, sentences)
    for words, own in zip(sentences, places, strict=True):
        assert [text[begin:end] for begin, end in own] == words


@settings(deadline=None, max_examples=80)
@given(ANY_TEXT, st.booleans())
def test_each_character_stands_at_its_place(wild, text, lines):
    from chainrule.ner.units import character_places

    sentences = wild[1].split(text, lines)
    for characters, own in zip(sentences, character_places(text, lines), strict=True):
        for character, (begin, end) in zip(characters, own, strict=True):
            assert text[begin:end] == character or (character == " " and text[begin:end].isspace())
    joined = "".join(text[b:e] for own in character_places(text, lines) for b, e in own)
    assert "".join(joined.split()) == "".join(text.split())


def test_wrapped_text_is_cut_at_line_ends_only_if_asked(tagger):
    text = "Ada\nLovelace visited\nTurin.\n\nTurin greets Ada."
    assert found(tagger, text)[0] == ("Ada\nLovelace", "PER", 0)
    assert len(tagger.split(text)) == 2
    assert len(tagger.split(text, lines=True)) == 4
    assert all("\n" not in each for each, _, _ in found(tagger, text, lines=True))


def test_a_very_long_text(tagger):
    text = "Ada Lovelace visited Turin. " * 3000
    entities = tagger(text)
    assert len(entities) == 6000
    assert entities[-1] == Entity(
        "Turin", "LOC", len(text) - 7, len(text) - 2, entities[1].confidence
    )


def test_scores_are_computed_once(tagger, monkeypatch):
    calls, real = [], tagger._scores
    monkeypatch.setattr(
        tagger, "_scores", lambda tokens: calls.append(len(tokens.lengths)) or real(tokens)
    )
    tagger("Ada Lovelace visited Turin. Turin greets Ada. " * 5)
    assert calls == [10]


def test_tags_of_answers_are_those_of_tag(tagger):
    sentences = [list(each.words) for each in CORPUS] + [[], ["Ada"] * 70]
    answers = tagger.answers(sentences)
    assert [tags for tags, _ in answers] == tagger.tag(sentences)
    assert [len(own) for _, own in answers] == [len(spans(tags)) for tags, _ in answers]
    assert tagger.entities(["Ada ran.", "", "Turin"]) == [tagger("Ada ran."), [], tagger("Turin")]


@pytest.mark.parametrize("learned", [False, True])
def test_a_probability_is_the_sum_over_all_sequences_with_the_entity(learned):
    tags = ("O", *(f"{prefix}-{kind}" for kind in ("A", "C") for prefix in "BIES"))
    random = np.random.default_rng(4)
    masks = transitions(tags)
    rules = tuple(
        np.where(mask, random.normal(size=mask.shape) * (3 if learned else 0), -np.inf)
        for mask in masks
    )
    for words in (1, 2, 4):
        scores = random.normal(size=(words, len(tags))) * 2
        total, by_span = 0.0, {}
        for sequence in product(range(len(tags)), repeat=words):
            pairs = sum(rules[0][i, j] for i, j in pairwise(sequence))
            score = pairs + rules[1][sequence[0]] + rules[2][sequence[-1]]
            weight = np.exp(score + scores[range(words), sequence].sum())
            total += weight
            if weight:
                for span in spans([tags[i] for i in sequence]):
                    key = span.start, sequence[span.start : span.end]
                    by_span[key] = by_span.get(key, 0.0) + weight
        filler = random.normal(size=(6, len(tags)))
        (own, none) = span_probabilities([scores, filler], rules, [[*by_span], []])
        assert none == []
        np.testing.assert_allclose(own, [each / total for each in by_span.values()], rtol=1e-9)
        padded = span_probabilities([scores, filler], rules, [[*by_span], [(0, (0,))]])
        np.testing.assert_allclose(padded[0], own, rtol=1e-9)


@pytest.mark.parametrize("decoder", ["crf", "softmax"])
def test_confidence_of_one_word_is_its_marginal(decoder):
    made = Tagger.for_corpus(
        CORPUS, Settings(decoder=decoder, outside_bias=-3.0, **TINY), compiled=False
    )
    if decoder == "softmax":  # only S- may stand alone, beside O
        return_all = made.best(["Ada"], 3)
        ((tags, (own,)),) = made.answers([["Ada"]])
        assert own == pytest.approx(dict(return_all)[tags], rel=1e-5)
        return
    ((tags, (own,)),) = made.answers([["Ada"]])
    assert own == pytest.approx(made.probabilities([["Ada"]])[0].max(), rel=1e-4)


def test_units_are_a_choice():
    single = [Sentence(("A", "b"), ("B-PER", "O"))]
    for units, wanted in ((None, "characters"), ("words", "words"), ("characters", "characters")):
        made = Tagger.for_corpus(single, Settings(**TINY), compiled=False, units=units)
        assert made.units == wanted
    with pytest.raises(ModelError, match="Choose words or characters"):
        Tagger.for_corpus(single, Settings(**TINY), units="bytes")
