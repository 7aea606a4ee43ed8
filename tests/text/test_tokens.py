"""Plain text falls into sentences of words as in the CoNLL corpora, and nothing of it is lost."""

import unicodedata
from itertools import accumulate

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from chainrule.text import SentenceError, graphemes, tokenize


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


def test_korean_is_split_at_spaces_and_marks() -> None:
    assert tokenize("서울은 '대한민국'의 수도이다. 그는 갔다.") == [
        ["서울은", "'", "대한민국", "'", "의", "수도이다", "."],
        ["그는", "갔다", "."],
    ]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\t\r\n "])
def test_text_without_words_has_no_sentences(text: str) -> None:
    assert tokenize(text) == []


@given(st.text() | st.text("aB1.,!?'\"-n't s(\n@#한 ", max_size=60))
def test_the_words_joined_are_the_text_without_spaces(text: str) -> None:
    sentences = tokenize(text)
    assert all(sentences)
    assert "".join(word for words in sentences for word in words) == "".join(text.split())


def test_a_long_line_takes_time_in_proportion_to_its_length() -> None:
    assert len(tokenize("Nothing ends here. " * 20_000)) == 20_000
    assert len(tokenize("a" * 100_000 + "." * 100_000)[0]) == 2
    assert len(tokenize("🇩🇪" * 100_000)[0]) == len(graphemes("🇩🇪" * 100_000)) == 100_000
    assert len(tokenize("a\u00ad" * 100_000)[0]) == 1
    assert len(tokenize("x. y. " * 50_000)[0]) == 100_001


# Words that are cut at blanks only, in scripts with marks, joiners and sequences.
WHOLE_WORDS = {
    "composed": "José Zoë naïve Ångström Đặng",
    "Hindi": "नमस्ते हिन्दी क्षत्रिय की",
    "Bengali and Tamil": "বাংলা কে தமிழ் நாடு",
    "Arabic with vowels": "مُحَمَّدٌ يَكْتُبُ الدَّرْسَ",
    "Hebrew with points": "שָׁלוֹם עוֹלָם",
    "Hebrew with gershayim": 'צה״ל צה"ל ג׳ירפה',
    "Thai": "ที่นี่ ประเทศไทย น้ำ",
    "Persian with a non-joiner": "می\u200cخواهم",
    "soft hyphen and word joiner": "co\u00adoperate a\u2060b",
    "emoji": "👨\u200d👩\u200d👧 👍🏽 ❤\ufe0f\u200d🔥 🇩🇪 1\ufe0f\u20e3 #\ufe0f\u20e3",
    "a flag of a region": "🏴\U000e0067\U000e0062\U000e007f",
    "apostrophes and dots": "l’été об'єкт l·l O’Brien",
    "Vietnamese": "Việt Nam",
    "Hangul": "서울은 수도",
}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("name", WHOLE_WORDS)
def test_a_word_keeps_its_marks(name: str, form: str) -> None:
    words = unicodedata.normalize(form, WHOLE_WORDS[name]).split(" ")
    assert tokenize(" ".join(words)) == [words]
    assert tokenize(", ".join(words)) == [[each for word in words for each in (word, ",")][:-1]]


def test_flags_and_emoji_side_by_side_are_words_of_their_own() -> None:
    assert tokenize("🇩🇪🇫🇷👨\u200d👩\u200d👧👍🏽!") == [
        ["🇩🇪", "🇫🇷", "👨\u200d👩\u200d👧", "👍🏽", "!"]
    ]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_rules_of_english_hold_beside_marks(form: str) -> None:
    text = unicodedata.normalize(
        form, "José's café isn't, é.g. S.A. Zoë’s 3,14 №5 (ñ) @josé #ñandú"
    )
    words = "José 's café is n't , é.g. S.A. Zoë ’s 3,14 № 5 ( ñ ) @josé #ñandú"
    assert tokenize(text) == [unicodedata.normalize(form, words).split(" ")]


ODD = st.text(
    "aB1.,!?'\"-n't s(@#한·_"
    "\u0301\u0e31\u0e33\u093e\u094d\u05b8\u064b\u200d\u200c\u00ad\u2060\ufe0f\u20e3\u0600\u200f"
    "👨👍🏽🇩🇪❤ℹคक하\u1112\u1161。！」\n",
    max_size=30,
)


@given(ODD)
def test_grapheme_clusters_are_those_of_unicode(text: str) -> None:
    assert graphemes(text) == regex.findall(r"\X", text)


@given(ODD)
def test_no_grapheme_is_cut(text: str) -> None:
    for chunk in text.split():
        ends = {*accumulate(map(len, graphemes(chunk)))}
        words = [word for sentence in tokenize(chunk) for word in sentence]
        assert {*accumulate(map(len, words))} <= ends
    assert "".join(word for words in tokenize(text) for word in words) == "".join(text.split())


def test_scripts_without_spaces_are_not_split() -> None:
    assert tokenize("北京大学在北京。東京タワー、ประเทศไทยสวย") == [
        ["北京大学在北京", "。"],
        ["東京タワー", "、", "ประเทศไทยสวย"],
    ]


@pytest.mark.parametrize(
    ("text", "clusters"),
    [
        ("", []),
        ("abc", ["a", "b", "c"]),
        ("a\r\nb", ["a", "\r\n", "b"]),
        ("e\u0301e", ["e\u0301", "e"]),
        ("\u1112\u1161\u11ab한", ["\u1112\u1161\u11ab", "한"]),
        ("🇩🇪🇫🇷👍🏽", ["🇩🇪", "🇫🇷", "👍🏽"]),
    ],
)
def test_grapheme_clusters(text: str, clusters: list[str]) -> None:
    assert graphemes(text) == clusters


@pytest.mark.parametrize("text", [b"Paris", None, ["Paris"], 3])
def test_only_text_can_be_split(text: object) -> None:
    with pytest.raises(SentenceError, match=r"The text to split is .* Give a str: decode bytes"):
        tokenize(text)  # type: ignore[arg-type]
