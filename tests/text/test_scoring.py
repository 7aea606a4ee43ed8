"""Entity scores agree with the official scorer, digit for digit."""

import json
from itertools import groupby
from pathlib import Path

import pytest

from chainrule.text import TagError, TypeScore, encode, score, spans

OFFICIAL = [
    "imraviagrawal-20171101_122528",
    "imraviagrawal-20171101_123455",
    "lzw-all-in-20181208_113504",
    "sarthak96agarwal-20181110_231000",
]


def columns_of(path: Path) -> tuple[list[list[str]], list[list[str]]]:
    """Return gold and predicted tags per sentence of a file in the format conlleval reads."""
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    sentences = [list(group) for has_words, group in groupby(rows, key=bool) if has_words]
    gold = [[row[-2] for row in sentence] for sentence in sentences]
    return gold, [[row[-1] for row in sentence] for sentence in sentences]


@pytest.mark.parametrize("name", OFFICIAL)
def test_the_report_is_that_of_the_official_scorer(shared_data: Path, name: str) -> None:
    gold, predicted = columns_of(shared_data / "conlleval" / f"{name}.conlleval_in")
    official = (shared_data / "conlleval" / f"{name}.conlleval_out").read_text(encoding="utf-8")
    result = score(gold, predicted)
    assert result.table() + "\n" == official
    assert str(result) == result.table()


def test_the_scheme_of_the_tags_changes_accuracy_and_nothing_else(shared_data: Path) -> None:
    gold, predicted = columns_of(shared_data / "conlleval" / f"{OFFICIAL[0]}.conlleval_in")
    recoded = [encode(spans(tags), len(tags), "IOBES") for tags in predicted]
    result, expected = score(gold, recoded), score(gold, predicted)
    assert (result.overall, result.types) == (expected.overall, expected.types)
    assert result.accuracy < expected.accuracy


def test_an_entity_counts_only_as_a_whole() -> None:
    gold = [["B-PER", "I-PER", "O", "B-LOC"]]
    predicted = [["B-PER", "O", "O", "B-LOC"]]
    result = score(gold, predicted)
    assert result.overall == TypeScore(correct=1, found=2, gold=2)
    assert result.types == {"LOC": TypeScore(1, 1, 1), "PER": TypeScore(0, 1, 1)}
    assert (result.tokens, result.correct_tokens, result.accuracy) == (4, 3, 75.0)
    assert result.types["LOC"].f1 == 100.0
    assert result.types["PER"].f1 == 0.0


def test_an_entity_does_not_reach_into_the_next_sentence() -> None:
    assert score([["I-PER"], ["I-PER"]], [["I-PER"], ["I-PER"]]).overall.gold == 2


def test_a_type_of_one_side_only_has_a_row() -> None:
    result = score([["B-LOC", "O"]], [["O", "B-PER"]])
    assert result.table().splitlines()[2:] == [
        "              LOC: precision:   0.00%; recall:   0.00%; FB1:   0.00  0",
        "              PER: precision:   0.00%; recall:   0.00%; FB1:   0.00  1",
    ]


def test_nothing_to_score_is_zero_and_not_an_error() -> None:
    empty = "processed 0 tokens with 0 phrases; found: 0 phrases; correct: 0."
    assert str(score([], [])) == empty
    assert str(score([[]], [[]])) == empty
    assert score([], []).accuracy == 0.0
    assert score([["O"]], [["O"]]).overall.f1 == 0.0


def test_the_macro_average_is_over_the_types_of_the_gold_tags() -> None:
    gold = [["B-PER", "O", "B-LOC", "O"], ["B-PER", "O"]]
    found = score(gold, [["B-PER", "B-X", "O", "O"], ["O", "O"]])
    assert found.macro_f1 == pytest.approx((200 / 3 + 0) / 2)
    assert score([["O"]], [["O"]]).macro_f1 == 0


def test_a_score_can_be_written_as_json() -> None:
    result = score([["B-PER", "O"]], [["B-PER", "B-LOC"]])
    assert json.loads(json.dumps(result.as_dict())) == {
        "tokens": 2,
        "accuracy": 50.0,
        "overall": {
            "precision": 50.0,
            "recall": 100.0,
            "f1": pytest.approx(200 / 3),
            "correct": 1,
            "found": 2,
            "gold": 1,
        },
        "macro_f1": 100.0,
        "types": {
            "LOC": dict.fromkeys(("precision", "recall", "f1", "correct"), 0)
            | {"found": 1, "gold": 0},
            "PER": dict.fromkeys(("precision", "recall", "f1"), 100)
            | dict.fromkeys(("correct", "found", "gold"), 1),
        },
    }


def test_sequences_that_do_not_match_are_named() -> None:
    with pytest.raises(ValueError, match="found 2 gold and 1 predicted sequences; give one"):
        score([["O"], ["O"]], [["O"]])
    with pytest.raises(ValueError, match=r"sentence 1 \(counted from 0\) has 2 gold and 1 predic"):
        score([["O"], ["O", "O"]], [["O"], ["O"]])
    with pytest.raises(TagError, match="found 'PER'"):
        score([["O"]], [["PER"]])


def test_scores_of_parts_add_up_to_that_of_the_whole() -> None:
    gold = [["B-PER", "I-PER", "O"], ["B-LOC", "O", "B-LOC"], ["O", "B-ORG"], []]
    predicted = [["B-PER", "I-PER", "O"], ["B-LOC", "O", "B-PER"], ["O", "O"], []]
    parts = [score([right], [guess]) for right, guess in zip(gold, predicted, strict=True)]
    whole = score(gold, predicted)
    assert parts[0] + parts[1] + parts[2] + parts[3] == whole
    assert str(parts[0] + parts[1] + parts[2] + parts[3]) == str(whole)
