"""Every entity is in one outcome; counts are those of the scorer; groups are what they say."""

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.ner import Settings, Tagger, error_analysis, score
from chainrule.ner.analysis import ERROR_KINDS
from chainrule.text import Sentence, Span, encode, read_conll, spans, write_conll
from chainrule.text.vectors import WordVectors

OFFICIAL = ("imraviagrawal-20171101_122528", "lzw-all-in-20181208_113504")


def analysed(gold: str, predicted: str, words: str = "", train=None):
    tags = gold.split()
    given_words = words.split() or [f"w{i}" for i in range(len(tags))]
    sentence = Sentence(tuple(given_words), tuple(tags))
    return error_analysis([sentence], [predicted.split()], train)


def kinds_of(analysis) -> list[str]:
    return [each.kind for each in analysis.outcomes]


CASES = {
    "correct": ("B-X I-X", "B-X I-X", ["correct"]),
    "wrong type": ("B-X I-X", "B-Y I-Y", ["wrong type"]),
    "boundary": ("B-X I-X O", "B-X I-X I-X", ["boundary"]),
    "both": ("B-X I-X O", "B-Y I-Y I-Y", ["both"]),
    "missed": ("B-X O", "O O", ["missed"]),
    "spurious": ("O O", "O B-X", ["spurious"]),
    "beside each other": ("B-X O", "O B-X", ["missed", "spurious"]),
    "one over two, the longer overlap is the pair": (
        "B-X B-X I-X",
        "B-X I-X I-X",
        ["missed", "boundary"],
    ),
    "two over one of equal overlap: the same type is the pair": (
        "B-X I-X",
        "B-Y B-X",
        ["spurious", "boundary"],
    ),
    "equal overlap and type: the left one is the pair": (
        "B-X I-X",
        "B-X B-X",
        ["boundary", "spurious"],
    ),
    "the overlap comes before the type": (
        "B-X I-X I-X O",
        "B-Y I-Y B-X I-X",
        ["both", "spurious"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_kinds_are_told_by_words_and_types(name: str) -> None:
    gold, predicted, kinds = CASES[name]
    assert kinds_of(analysed(gold, predicted)) == kinds


TAGS = st.sampled_from(["O", *(f"{p}-{t}" for p in "BI" for t in "XYZ")])
CORPUS = st.lists(st.lists(st.tuples(TAGS, TAGS), min_size=1, max_size=10), max_size=4)


@given(CORPUS)
def test_every_entity_is_in_one_outcome_and_counts_are_those_of_the_scorer(drawn) -> None:
    gold = [tuple(row[0] for row in rows) for rows in drawn]
    predicted = [tuple(row[1] for row in rows) for rows in drawn]
    sentences = [Sentence(("w",) * len(tags), tags) for tags in gold]
    found = error_analysis(sentences, predicted, sentences)
    for name, side in (("gold", gold), ("predicted", predicted)):
        entities = Counter((i, span) for i, tags in enumerate(side) for span in spans(tags))
        outcomes = ((each.sentence, getattr(each, name)) for each in found.outcomes)
        assert Counter(each for each in outcomes if each[1] is not None) == entities
    expected, counts = score(gold, predicted), found.counts
    assert found.score == expected.overall
    paired = sum(counts[each] for each in ("correct", "wrong type", "boundary", "both"))
    assert paired + counts["missed"] == expected.overall.gold
    assert paired + counts["spurious"] == expected.overall.found
    assert {each.value: each.score for each in found.groups["type"]} == expected.types
    for groups in found.groups.values():
        total = sum((each.score for each in groups), start=cr.ner.TypeScore(0, 0, 0))
        assert total == expected.overall
        assert sum(each.errors for each in groups) == sum(counts[each] for each in ERROR_KINDS)
    assert sum(map(sum, found.confusion.counts)) == len(found.outcomes)
    for kind in ERROR_KINDS:
        assert found.repaired(kind).f1 >= found.score.f1 - 1e-9
    json.dumps(found.as_dict())


@given(CORPUS)
def test_no_pair_is_left_that_shares_words(drawn) -> None:
    sentences = [Sentence(("w",) * len(rows), tuple(r[0] for r in rows)) for rows in drawn]
    found = error_analysis(sentences, [[r[1] for r in rows] for rows in drawn])
    for a in found.outcomes:
        for b in found.outcomes:
            if (a.kind, b.kind) == ("missed", "spurious") and a.sentence == b.sentence:
                assert a.entity.end <= b.entity.start or b.entity.end <= a.entity.start


@pytest.mark.parametrize("name", OFFICIAL)
def test_totals_of_real_predictions_are_those_of_the_official_scorer(shared_data, name) -> None:
    text = (shared_data / "conlleval" / f"{name}.conlleval_in").read_text(encoding="utf-8")
    blocks = [block.splitlines() for block in text.split("\n\n") if block.strip()]
    rows = [[line.split() for line in block if line.strip()] for block in blocks]
    sentences = [Sentence(tuple(r[0] for r in s), tuple(r[-2] for r in s)) for s in rows]
    found = error_analysis(sentences, [[r[-1] for r in s] for s in rows])
    official = (shared_data / "conlleval" / f"{name}.conlleval_out").read_text(encoding="utf-8")
    counts = found.score
    assert (
        f"with {counts.gold} phrases; found: {counts.found} phrases; correct: {counts.correct}."
        in official
    )
    assert f"FB1: {counts.f1:6.2f}" in official.splitlines()[1]


def test_a_repaired_kind_is_scored_as_repaired_tags_are() -> None:
    gold = "B-X O B-Y O B-Z I-Z O O O B-X I-X"
    predicted = "B-X O B-X O B-Z O O B-Y O B-Y O"
    found = analysed(gold, predicted)
    assert Counter(kinds_of(found)) == Counter(
        ["correct", "wrong type", "boundary", "spurious", "both"]
    )
    repaired = {
        "wrong type": "B-X O B-Y O B-Z O O B-Y O B-Y O",
        "boundary": "B-X O B-X O B-Z I-Z O B-Y O B-Y O",
        "spurious": "B-X O B-X O B-Z O O O O B-Y O",
        "both": "B-X O B-X O B-Z O O B-Y O B-X I-X",
    }
    for kind, tags in repaired.items():
        assert found.repaired(kind) == score([gold.split()], [tags.split()]).overall
    missing = analysed("B-X O B-Y", "B-X O O")
    assert (
        missing.repaired("missed")
        == score([["B-X", "O", "B-Y"]] * 1, [["B-X", "O", "B-Y"]]).overall
    )


GROUPS = [
    ("capitals", "paris", "lower"),
    ("capitals", "Paris", "Title"),
    ("capitals", "New York", "Title"),
    ("capitals", "EU", "UPPER"),
    ("capitals", "U.S. 7", "UPPER"),
    ("capitals", "iPhone", "mixed"),
    ("capitals", "Bank of England", "mixed"),
    ("capitals", "서울 1996", "no case"),
    ("words in the mention", "a", "1"),
    ("words in the mention", "a b c d", "4"),
    ("words in the mention", "a b c d e f", "5+"),
    ("mention in training", "Ada Lovelace", "seen"),
    ("mention in training", "Turin", "seen with another type"),
    ("mention in training", "Ada", "not seen"),
    ("words in the vocabulary", "Turin", "all known"),
    ("words in the vocabulary", "Turin Oslo", "some unknown"),
    ("words in the vocabulary", "Oslo", "all unknown"),
]
TRAIN = [Sentence(("Ada", "Lovelace", "in", "Turin"), ("B-X", "I-X", "O", "B-Y"))]


@pytest.mark.parametrize(("grouping", "mention", "value"), GROUPS)
def test_mentions_are_grouped_by_their_words(grouping: str, mention: str, value: str) -> None:
    size = len(mention.split())
    tags = encode([Span("X", 0, size)], size, "IOB2")
    found = analysed(" ".join(tags), " ".join("O" * size), mention, TRAIN)
    assert [each.value for each in found.groups[grouping]] == [value]


PLACES = [
    ("B-X", "whole sentence", "1-5"),
    ("B-X O O O O O", "begin", "6-10"),
    ("O " * 20 + "B-X", "end", "21-40"),
    ("O " * 20 + "B-X" + " O" * 20, "inside", "41+"),
]


@pytest.mark.parametrize(("tags", "position", "length"), PLACES)
def test_places_in_sentences(tags: str, position: str, length: str) -> None:
    found = analysed(tags, tags)
    assert [each.value for each in found.groups["position"]] == [position]
    assert [each.value for each in found.groups["words in the sentence"]] == [length]


def test_what_cannot_be_computed_is_said() -> None:
    found = analysed("B-X", "O")
    assert "mention in training" not in found.groups
    assert any("training data" in each for each in found.missing)
    assert "without the training data" in " ".join(str(found).split())
    assert analysed("B-X", "O", train=TRAIN).missing == ()


def test_types_that_are_confused() -> None:
    found = analysed("B-X O B-Y B-X", "B-Y O B-Y O")
    assert found.confusion.types == ("X", "Y")
    assert found.confusion.counts == ((0, 1, 1), (0, 1, 0), (0, 0, 0))
    assert found.confusion.confused() == [("X", "Y", 1), ("X", "none", 1)]


def test_a_text_of_many_types_lists_the_most_frequent_confusions() -> None:
    gold = " ".join(f"B-TYPE_{i}" for i in range(30))
    text = str(analysed(gold, " ".join(["B-TYPE_0"] * 30)))
    assert "Most frequent confusions" in text
    assert max(map(len, text.splitlines())) <= 80


def test_examples_are_spread_and_counted() -> None:
    found = analysed("B-X " * 10, "O " * 10)
    assert [each.entity.start for each in found.examples("missed", 2)] == [0, 5]
    assert len(found.examples("missed")) == 10
    assert found.examples("missed", 0) == []
    with pytest.raises(cr.ChainruleError, match="at least 0"):
        found.examples("missed", -1)


def test_the_page_escapes_words_and_types_and_needs_no_other_file() -> None:
    bad = "<script>alert(1)</script>"
    sentence = Sentence((bad, "\x1b[31m", '"&'), (f"B-{bad}", "O", "O"))
    found = error_analysis([sentence], [["O", "O", "B-X"]])
    page = found.html()
    assert bad not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "http" not in page
    assert "src=" not in page
    assert "\x1b" not in str(found)


BAD = [
    ([["O"]] * 2, "2 predicted sequences"),
    ([["O", "O", "O"]], "2 words, but 3 predicted"),
    ([["O", "Q"]], "Q"),
]


@pytest.mark.parametrize(("predicted", "reason"), BAD)
def test_other_sentences_are_refused(predicted, reason) -> None:
    with pytest.raises(cr.ChainruleError, match=reason):
        error_analysis([Sentence(("a", "b"), ("O", "O"))], predicted)


def test_columns_that_were_written_give_the_same_analysis(tmp_path) -> None:
    sentence = Sentence(("Ada", "in", "Turin"), ("B-X", "O", "B-Y"))
    write_conll(tmp_path / "p", [Sentence(sentence.words, ("S-X", "O", "O"))])
    (guess,) = read_conll(tmp_path / "p")
    assert kinds_of(error_analysis([sentence], [guess.tags])) == ["correct", "missed"]


def test_a_tagger_with_vectors_groups_by_words_with_a_vector() -> None:
    vectors = WordVectors(["turin", "Ada"], np.eye(2, dtype=np.float32))
    settings = Settings(encoder="window", hidden=8, word_size=2)
    tagger = Tagger.for_corpus(TRAIN, settings, vectors, compiled=False)
    sentence = Sentence(("Turin", "and", "Oslo"), ("B-X", "O", "B-X"))
    found = error_analysis([sentence], tagger)
    assert [each.value for each in found.groups["words with a vector"]][:1] == ["all known"]
    gold = {each.value: each.score.gold for each in found.groups["words with a vector"]}
    assert (gold["all known"], gold["all unknown"]) == (1, 1)
    assert found.score == tagger.evaluate([sentence]).overall
