"""Words get ids by how often they are seen; case and digits make no new words, but a feature."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.text import (
    CAPITALS,
    PADDING,
    PADDING_ID,
    UNKNOWN,
    UNKNOWN_ID,
    Vocabulary,
    capital_ids,
    normalise,
)

SENTENCES = [["The", "cat", "saw", "the", "dog"], ["the", "cat", "of", "1996"]]


def test_words_stand_by_falling_count_then_by_alphabet() -> None:
    vocabulary = Vocabulary.from_sentences(SENTENCES)
    assert vocabulary.words == (PADDING, UNKNOWN, "the", "cat", "0000", "dog", "of", "saw")
    assert vocabulary.counts.tolist() == [0, 0, 3, 2, 1, 1, 1, 1]
    assert vocabulary.counts.dtype == np.int64
    assert len(vocabulary) == 8
    assert repr(vocabulary) == "Vocabulary(8 words)"


def test_rare_words_are_counted_as_unknown() -> None:
    vocabulary = Vocabulary.from_sentences(SENTENCES, min_count=2)
    assert vocabulary.words == (PADDING, UNKNOWN, "the", "cat")
    assert vocabulary.counts.tolist() == [0, 4, 3, 2]


def test_words_are_looked_up_in_their_normal_form() -> None:
    vocabulary = Vocabulary.from_sentences(SENTENCES)
    ids = vocabulary.ids(["THE", "Cat", "2003", "20", "zebra"])
    assert ids.tolist() == [2, 3, 4, UNKNOWN_ID, UNKNOWN_ID]
    assert ids.dtype == np.int64
    assert vocabulary.ids([]).shape == (0,)
    assert vocabulary.ids([]).dtype == np.int64


def test_a_text_that_spells_a_marker_is_no_padding() -> None:
    assert Vocabulary.from_sentences([["cat"]]).ids([PADDING, UNKNOWN]).tolist() == [1, 1]
    seen = Vocabulary.from_sentences([[PADDING, "cat", "cat"]])
    assert seen.words == (PADDING, UNKNOWN, "cat", PADDING)
    assert seen.ids([PADDING]).tolist() == [3]
    assert PADDING_ID == 0


@given(st.lists(st.lists(st.text())), st.integers(1, 3))
def test_a_saved_vocabulary_gives_the_same_ids(sentences: list[list[str]], least: int) -> None:
    vocabulary = Vocabulary.from_sentences(sentences, min_count=least)
    again = Vocabulary(vocabulary.words, vocabulary.counts)
    words = [word for words in sentences for word in words]
    assert again.ids(words).tolist() == vocabulary.ids(words).tolist()
    assert vocabulary.counts.sum() == len(words)
    assert (np.diff(vocabulary.counts[2:]) <= 0).all()


def test_a_vocabulary_cannot_be_changed_from_outside() -> None:
    counts = np.array([0, 0, 5])
    vocabulary = Vocabulary((PADDING, UNKNOWN, "cat"), counts)
    counts[2] = 9
    assert vocabulary.counts[2] == 5
    with pytest.raises(ValueError, match="read-only"):
        vocabulary.counts[2] = 9


@given(st.text())
def test_normal_forms_are_stable(word: str) -> None:
    assert normalise(normalise(word)) == normalise(word)


def test_normal_forms_are_stable_for_every_character_with_a_mark() -> None:
    for code in range(0x30000):
        for word in (chr(code), f"{chr(code)}\u0301", f"{chr(code)}\u0345"):
            assert normalise(normalise(word)) == normalise(word)


@given(st.text() | st.text("éÅİßΣςKΩáё한\u1112\u1161\u0301\u0307\u0323\u0345nN1"))
def test_a_word_is_looked_up_whether_composed_or_not(word: str) -> None:
    forms = [unicodedata.normalize(form, word) for form in ("NFC", "NFD")]
    assert normalise(forms[0]) == normalise(forms[1]) == normalise(word)
    assert capital_ids(forms).tolist() == capital_ids([word] * 2).tolist()
    vocabulary = Vocabulary.from_sentences([[word]])
    assert vocabulary.ids(forms).tolist() == [2, 2]


def test_words_of_an_older_model_need_not_be_composed() -> None:
    words = (PADDING, UNKNOWN, "jose\u0301", "cat", "jos\xe9", "\uf900")
    vocabulary = Vocabulary(words, np.array([0, 0, 3, 2, 1, 1]))
    assert vocabulary.words == words
    assert vocabulary.ids(["Jos\xe9", "JOSE\u0301", "cat", "\u8c48"]).tolist() == [2, 2, 3, 5]


def test_digits_become_zeros_and_letters_lower_case() -> None:
    assert normalise("1996-08-30") == "0000-00-00"
    assert normalise("B2B") == "b0b"


@pytest.mark.parametrize(
    ("words", "counts", "message"),
    [
        (("cat",), [1], r"begins with '<padding>' and '<unknown>'; found \['cat'\]"),
        ((PADDING, UNKNOWN, "cat", "cat"), [0] * 4, "'cat' at index 3 is repeated; list it once"),
        ((PADDING, UNKNOWN, "Cat"), [0] * 3, "'Cat' at index 2 would never be found.*as 'cat'"),
        ((PADDING, UNKNOWN), [0] * 3, r"of 2 words needs as many counts.*found .*shape \(3,\)"),
        ((PADDING, UNKNOWN), [0, -1], "none negative; found .* minimum -1"),
    ],
)
def test_words_and_counts_that_do_not_fit(
    words: tuple[str, ...], counts: list[int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Vocabulary(words, np.array(counts))


def test_min_count_is_at_least_one() -> None:
    with pytest.raises(ValueError, match=r"at least 1; found 0\. Give 1 to keep every word"):
        Vocabulary.from_sentences(SENTENCES, min_count=0)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lower", "word o'clock all-rounder"),
        ("initial", "Paris A J. @Paul Jean-luc"),
        ("upper", "EU U.S. NATO"),
        ("mixed", "iPhone McDonald O'Brien"),
        ("digit", "1996 B2B 1,234.5"),
        ("other", ", -- 한국 東京"),
    ],
)
def test_capitalisation_classes(name: str, words: str) -> None:
    assert {CAPITALS[index] for index in capital_ids(words.split())} == {name}


@given(st.lists(st.text()))
def test_every_word_has_a_class_and_none_is_padding(words: list[str]) -> None:
    ids = capital_ids(words)
    assert ids.shape == (len(words),)
    assert ids.dtype == np.int64
    assert ((ids > 0) & (ids < len(CAPITALS))).all()
    assert CAPITALS[0] == "padding"
