"""Texts whose words are numbers are those of `tokenize`, in any order and in small tables."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.text import SentenceError, numbered_text, tokenize
from chainrule.text.numbered_text import NumberingTokenizer, numbered

CHUNKS = [
    *["word", "Word", "J.", "I.", "Mr.", "Inc.", "U.S.", "z.", "B.", "No.", "Jan.", "5", "3."],
    *["...", ".", "!", "?", "Yahoo!", "»", "«", '"', "'", ")", "(", "(a)", "twice).", "end."],
    *[
        'End."',
        "'No!'",
        "Ok?)",
        "。終わり。",
        "彼は。」",
        "and",
        "etc.",
        "e.g.",
        "don't",
        "1,234.5",
    ],
    *["\U0001d4b3", "e\u0301.", "May", "am", "3", "Oktober", "-DOCSTART-", "#comment", "The"],
]
SEPARATORS = [" ", "  ", "\n", "\r\n", "\n\n", "\u2028", "\x1c", "\v", "\t", "\u00a0"]
TEXTS = st.lists(st.tuples(st.sampled_from(CHUNKS), st.sampled_from(SEPARATORS)), max_size=40)


@settings(deadline=None, max_examples=300)
@given(st.lists(TEXTS | st.text(), max_size=3))
def test_numbered_texts_are_the_sentences_of_tokenize(texts):
    tokenizer = NumberingTokenizer()
    for each in texts:
        text = each if isinstance(each, str) else "".join(map("".join, each))
        found = tokenizer(text)
        assert found.sentences() == tokenize(text)
        assert found.words.dtype == found.lengths.dtype == np.int64


@settings(deadline=None, max_examples=200)
@given(TEXTS)
def test_wrapped_texts_are_the_sentences_of_tokenize_too(parts):
    text = "".join(map("".join, parts))
    sentences = tokenize(text, lines=False)
    assert NumberingTokenizer(lines=False)(text).sentences() == sentences
    paragraphs = [[]]
    for line in text.splitlines():
        paragraphs[-1].append(line) if line.split() else paragraphs.append([])
    joined = [" ".join(each) for each in paragraphs]
    assert sentences == [words for each in joined for words in tokenize(each)]


def test_a_line_end_in_wrapped_text_is_a_blank():
    wrapped = "He met Mr.\nAda Byron. She\nran.\n \nThen it\nrained"
    assert tokenize(wrapped, lines=False) == [
        *[["He", "met", "Mr.", "Ada", "Byron", "."], ["She", "ran", "."], ["Then", "it", "rained"]],
    ]
    assert len(tokenize(wrapped)) == 6


def test_words_keep_their_numbers_from_text_to_text():
    tokenizer = NumberingTokenizer()
    first, second = tokenizer("Ada ran. J. Doe ran."), tokenizer("ran Ada new")
    assert first.known is second.known
    assert second.words.tolist()[:2] == first.words.tolist()[1::-1]
    assert first.sentences() == [["Ada", "ran", "."], ["J.", "Doe", "ran", "."]]


def test_a_table_of_too_many_chunks_is_begun_again(monkeypatch):
    monkeypatch.setattr(numbered_text, "_MOST_CHARACTERS", 10)
    tokenizer = NumberingTokenizer()
    texts = [f"Ada met J. Doe{number}. It was over." for number in range(5)]
    found = [tokenizer(each) for each in texts]
    assert [each.sentences() for each in found] == [tokenize(each) for each in texts]
    assert len({id(each.known) for each in found}) == 5


@pytest.mark.parametrize("words", [1, 4, 5, 100])
def test_parts_are_whole_sentences_in_order(words):
    sentences = [["a", "b", "c"], [], ["d"], ["a"] * 9, ["e", "a"], []]
    text = numbered(sentences)
    parts = [*text.parts(words)]
    assert [each for part in parts for each in part.sentences()] == text.sentences() == sentences
    assert all(len(part.words) < words + 9 for part in parts)
    assert [part.sentences() for part in numbered([]).parts(words)] == [[]]


def test_bytes_are_refused():
    with pytest.raises(SentenceError, match="Give a str"):
        NumberingTokenizer()(b"Ada")
