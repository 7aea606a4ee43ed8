"""Plain text falls into sentences of words as in the CoNLL corpora, and nothing of it is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.text import tokenize


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Museums in Paris are amazing.", "Museums in Paris are amazing ."),
        ('"Yes," he said (twice).', '" Yes , " he said ( twice ) .'),
        ("John's dog and the dogs' owner", "John 's dog and the dogs ' owner"),
        ("I don't, WON'T and can't", "I do n't , WO N'T and ca n't"),
        ("we'll see what they've, I'm", "we 'll see what they 've , I 'm"),
        ("O'Brien, an all-rounder of S&P", "O'Brien , an all-rounder of S&P"),
        ("U.S.-led talks at 10:30 a.m. with Mr. Lee", "U.S.-led talks at 10:30 a.m. with Mr. Lee"),
        ("on 1996-08-30: $1,234.50, 6-3, 5%", "on 1996-08-30 : $ 1,234.50 , 6-3 , 5 %"),
        ("well... yes -- no", "well ... yes -- no"),
        ("@paul https://t.co/a1?b=c. #NLP!", "@paul https://t.co/a1?b=c . #NLP !"),
        ("it\N{RIGHT SINGLE QUOTATION MARK}s", "it \N{RIGHT SINGLE QUOTATION MARK}s"),
    ],
)
def test_english_words(text: str, words: str) -> None:
    assert tokenize(text) == [words.split(" ")]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One came. Two went? Three! Four", ["One came .", "Two went ?", "Three !", "Four"]),
        ("One\nTwo\n\nThree", ["One", "Two", "Three"]),
        ('He said: "Go." Then he left.', ['He said : " Go . "', "Then he left ."]),
        ('It ended. "Why?" I asked.', ["It ended .", '" Why ? "', "I asked ."]),
        (
            "Mr. J. Doe of the U.S. Army vs. St. Louis",
            ["Mr. J. Doe of the U.S. Army vs. St. Louis"],
        ),
        ("it was 3.5 pct. of sales", ["it was 3.5 pct . of sales"]),
        ("So do I. Then go.", ["So do I .", "Then go ."]),
    ],
)
def test_where_sentences_end(text: str, sentences: list[str]) -> None:
    assert [" ".join(words) for words in tokenize(text)] == sentences


def test_korean_is_cut_at_blanks_and_marks() -> None:
    assert tokenize("서울은 '대한민국'의 수도이다. 그는 갔다.") == [
        ["서울은", "'", "대한민국", "'", "의", "수도이다", "."],
        ["그는", "갔다", "."],
    ]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\t\r\n "])
def test_text_without_words_has_no_sentences(text: str) -> None:
    assert tokenize(text) == []


@given(st.text() | st.text("aB1.,!?'\"-n't s(\n@#한 ", max_size=60))
def test_the_words_joined_are_the_text_without_blanks(text: str) -> None:
    sentences = tokenize(text)
    assert all(sentences)
    assert "".join(word for words in sentences for word in words) == "".join(text.split())


def test_a_long_line_takes_time_in_proportion_to_its_length() -> None:
    assert len(tokenize("Nothing ends here. " * 20_000)) == 20_000
    assert len(tokenize("a" * 100_000 + "." * 100_000)[0]) == 2
