"""The tagger takes sentences of words and says what else it was given; its tables are made once."""

import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.ner import Settings, Tagger, TypesWarning, train
from chainrule.ner.tag_names import names_of
from chainrule.text import Sentence, SentenceError, score, spans

SMALL = Settings(window=1, word_size=4, capital_size=2, hidden=8, epochs=1, batch_size=8)
WORDS = ("Ada", "Lovelace", "visited", "London")
TAGS = {
    "IOB1": ("I-PER", "I-PER", "O", "I-LOC"),
    "IOB2": ("B-PER", "I-PER", "O", "B-LOC"),
    "IOBES": ("B-PER", "E-PER", "O", "S-LOC"),
    "BMES": ("B-PER", "E-PER", "O", "S-LOC"),
    "BILOU": ("B-PER", "L-PER", "O", "U-LOC"),
    "lower case": ("b-PER", "i-PER", "o", "b-LOC"),
}
SENTENCE = Sentence(WORDS, TAGS["IOB2"])


@pytest.fixture(scope="module")
def tagger():
    return Tagger.for_corpus([SENTENCE] * 3, SMALL)


NO_SENTENCES = {
    "a text": "Paris is",
    "a text among sentences": ["Paris is"],
    "a text after a sentence": [["Paris"], "is"],
    "bytes": [b"Paris is"],
    "None": None,
    "None among sentences": [None],
    "None among words": [["Paris", None]],
    "a number": 3,
    "a number among words": [["Paris", 3]],
    "bytes among words": [[b"Paris"]],
    "nested too deep": [[["Paris"]]],
    "not nested": ["Paris", "is"],
    "numbers in an array": np.ones((2, 2)),
    "words in a flat array": np.array(["Paris", "is"]),
    "a dict": [{"words": ["Paris"]}],
    "labelled sentences": [SENTENCE],
}


@pytest.mark.parametrize("kind", NO_SENTENCES)
def test_what_is_no_sentence_of_words_is_refused(tagger, kind):
    with pytest.raises(SentenceError, match=r"\. (Give|It would be read character by character)"):
        tagger.tag(NO_SENTENCES[kind])


@pytest.mark.parametrize("kind", [each for each in NO_SENTENCES if each != "labelled sentences"])
@pytest.mark.parametrize("method", ["evaluate", "tag_like", "targets"])
def test_what_is_no_labelled_sentence_is_refused(tagger, method, kind):
    with pytest.raises(SentenceError):
        getattr(tagger, method)(NO_SENTENCES[kind])


def test_training_refuses_what_is_no_labelled_sentence(tagger):
    for given in ([WORDS], ["Paris is"], None):
        with pytest.raises(SentenceError):
            Tagger.for_corpus(given, SMALL)
        with pytest.raises(SentenceError):
            train(tagger, given, [SENTENCE])


@pytest.mark.parametrize("text", [b"Paris", None, ["Paris"], 3])
def test_only_text_is_split(tagger, text):
    with pytest.raises(SentenceError, match="The text to split is"):
        tagger.split(text)


def test_sentences_of_any_sequence_are_tagged_alike(tagger):
    words, expected = [list(WORDS), ["Turin"], []], None
    for given in (
        words,
        [tuple(each) for each in words],
        [np.array(each, str) for each in words],
        (iter(each) for each in words),
        np.array([list(WORDS)] * 3),
    ):
        found = tagger.tag(given)
        expected = expected or found
        assert [len(each) for each in found] in ([4, 1, 0], [4, 4, 4])
        assert found[0] == expected[0]


def test_a_generator_of_labelled_sentences_is_read_once_and_whole():
    made = Tagger.for_corpus((each for each in [SENTENCE] * 3), SMALL)
    assert len(made.vocabulary) == 6
    assert made.scheme == "IOB2"
    assert made.evaluate(iter([SENTENCE] * 2)).tokens == 8
    assert len(made.tag_like(iter([SENTENCE] * 2))) == 2


def calls_of(function, *arguments):
    """Count the calls of Python functions that one call makes."""
    count = 0

    def profile(frame, event, argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(profile)
    try:
        function(*arguments)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.native
@pytest.mark.parametrize("scheme", ["IOB1", "IOB2", "IOBES"])
def test_a_sentence_costs_few_calls_whatever_the_tags(scheme):
    types = [f"T{i}" for i in range(12)]
    corpus = [Sentence(tuple(types), tuple(f"B-{each}" for each in types))]
    made = Tagger.for_corpus(corpus, SMALL)
    made.scheme = scheme
    made.tag([WORDS])
    made.tag([WORDS])
    assert calls_of(made.tag, [WORDS]) < 500


def test_tables_of_tags_are_made_once_and_follow_the_scheme(tagger):
    tables = names_of(tagger.tags, tagger.scheme)
    tagger.tag([WORDS])
    assert names_of(tagger.tags, tagger.scheme) is tables
    other = Tagger.for_corpus([Sentence(("a", "b"), ("S-X", "S-X"))] * 9, SMALL)
    found = other.tag([["a", "b"]] * 4)
    other.scheme = "IOB2"
    again = other.tag([["a", "b"]] * 4)
    assert [spans(each) for each in found] == [spans(each) for each in again]
    assert not {tag[0] for tags in again for tag in tags} & {"E", "S"}
    with pytest.raises(ValueError, match="read-only"):
        tables.written[0, 0] = "O"


@pytest.mark.parametrize("form", TAGS)
def test_data_in_every_scheme_teaches_and_scores_the_same(form, tmp_path):
    corpus = [Sentence(WORDS, TAGS[form])] * 4
    made = Tagger.for_corpus(corpus, SMALL)
    found = train(made, corpus, corpus)
    reference = [SENTENCE] * 4
    twin = Tagger.for_corpus(reference, SMALL)
    expected = train(twin, reference, reference)
    assert found["loss"] == expected["loss"]
    assert str(made.evaluate(corpus)) == str(twin.evaluate(reference))


def test_scores_are_those_of_tags_in_iob2(tagger):
    corpus = [Sentence(WORDS, TAGS["BILOU"])] * 2
    predicted = [tagger.tag([WORDS])[0]] * 2
    assert tagger.scheme == "IOB2"
    assert tagger.evaluate(corpus) == score([TAGS["IOB2"]] * 2, predicted)


def test_data_of_other_types_is_named_with_those_of_the_model(tagger):
    other = [Sentence(("Ada", "Turin"), ("B-person", "B-place"))]
    message = "the model knows LOC, PER, the data has person, place. Rename the types"
    with pytest.warns(TypesWarning, match=message) as caught:
        assert tagger.evaluate(other).overall.f1 == 0
    assert caught[0].filename == __file__
    with pytest.warns(TypesWarning, match="the data has per"):
        tagger.evaluate([Sentence(("Ada",), ("b-per",))])


def test_data_that_shares_a_type_or_has_none_is_no_cause_to_warn(tagger):
    tagger.evaluate([Sentence(("Ada", "Turin"), ("B-PER", "B-place"))])
    tagger.evaluate([Sentence(("It", "rained"), ("O", "O"))])
    tagger.evaluate([])


def test_the_error_is_one_of_the_projects(tagger):
    with pytest.raises(cr.ChainruleError, match=r"split it with chainrule\.text\.tokenize"):
        tagger.tag(["Paris is"])
