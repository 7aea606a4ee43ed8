"""What is written for the official scorer is counted by its rules as it is counted here."""

from itertools import product
from pathlib import Path

import conlleval
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_scoring import OFFICIAL, columns_of

from chainrule.text import Score, Sentence, encode, read_conll, score, spans, write_conll

# How the same entities look in each form: prefixes of one, two and three words.
FORMS = {
    "IOB2": ("B", "BI", "BII"),
    "IOBES": ("S", "BE", "BIE"),
    "BMES": ("S", "BE", "BME"),
    "BMEWO": ("W", "BE", "BME"),
    "BILOU": ("U", "BL", "BIL"),
    "IOE2": ("E", "IE", "IIE"),
    "lower case": ("s", "be", "bme"),
}
# Two persons side by side, a person next to a place, one alone: (type, words), None for outside.
SENTENCE = [("PER", 2), ("PER", 1), ("PER", 3), ("LOC", 1), None, ("LOC", 2), ("LOC", 2), None]


def written(form: str, sentence=SENTENCE) -> tuple[str, ...]:
    tags: list[str] = []
    for each in sentence:
        if each is None:
            tags.append("O")
        else:
            tags += [f"{prefix}-{each[0]}" for prefix in FORMS[form][each[1] - 1]]
    return tuple(tags)


def in_iob1(tags: tuple[str, ...]) -> tuple[str, ...]:
    return encode(spans(tags), len(tags), "IOB1")


GOLD = {**{form: written(form) for form in FORMS}, "IOB1": in_iob1(written("IOB2"))}
# Each joins, cuts or shifts entities of SENTENCE that touch.
GUESSES = {
    "all": SENTENCE,
    "joined": [("PER", 3), ("PER", 3), ("LOC", 1), None, ("LOC", 2), ("LOC", 2), None],
    "cut": [("PER", 1)] * 6 + [("LOC", 1), None] + [("LOC", 1)] * 4 + [None],
    "other types": [("LOC", 2), ("PER", 1), ("LOC", 3), ("PER", 1), *[None] * 4, ("LOC", 2)],
}


def columns(path: Path) -> list[list[tuple[str, str]]]:
    """Read gold and predicted tags as the official scorer does: by lines and tabs."""
    blocks = path.read_text(encoding="utf-8").split("\n\n")
    rows = [[line.split("\t") for line in block.split("\n")] for block in blocks if block]
    return [[(row[-2], row[-1]) for row in block] for block in rows]


def assert_counts_agree(result: Score, expected: dict) -> None:
    assert {name: each.gold for name, each in result.types.items() if each.gold} == expected["gold"]
    found = {name: each.found for name, each in result.types.items() if each.found}
    assert found == expected["found"]
    correct = {name: each.correct for name, each in result.types.items() if each.correct}
    assert correct == expected["correct"]


@pytest.mark.parametrize("name", OFFICIAL)
def test_the_reference_counts_as_the_official_scorer_did(shared_data: Path, name: str) -> None:
    gold, predicted = columns_of(shared_data / "conlleval" / f"{name}.conlleval_in")
    pairs = [list(zip(*each, strict=True)) for each in zip(gold, predicted, strict=True)]
    found = conlleval.counts(pairs)
    official = (shared_data / "conlleval" / f"{name}.conlleval_out").read_text(encoding="utf-8")
    gold_count, found_count, correct = (found[k].total() for k in ("gold", "found", "correct"))
    assert f"with {gold_count} phrases; found: {found_count} phrases; correct: {correct}." in (
        official
    )


@pytest.mark.parametrize(("gold", "guess", "form"), [*product(GOLD, GUESSES, FORMS)])
def test_predictions_are_counted_alike_in_every_form(
    tmp_path: Path, gold: str, guess: str, form: str
) -> None:
    guessed = written(form, GUESSES[guess])
    sentence = Sentence(tuple("abcdefghijklmn")[: len(guessed)], GOLD[gold])
    path = tmp_path / "predicted.conll"
    write_conll(path, [sentence, sentence], [guessed, guessed])
    assert_counts_agree(score([sentence.tags] * 2, [guessed] * 2), conlleval.counts(columns(path)))
    assert (
        columns(path)
        == [list(zip(written("IOB2"), written("IOB2", GUESSES[guess]), strict=True))] * 2
    )


@pytest.mark.parametrize("form", GOLD)
def test_adjacent_entities_of_one_type_are_two_in_every_form(form: str) -> None:
    assert [(each.type, each.start, each.end) for each in spans(GOLD[form])] == [
        ("PER", 0, 2),
        ("PER", 2, 3),
        ("PER", 3, 6),
        ("LOC", 6, 7),
        ("LOC", 8, 10),
        ("LOC", 10, 12),
    ]


ANY_TAGS = st.lists(
    st.tuples(*[st.sampled_from(["O", *(f"{p}-{t}" for p in "BIESMLUWbi" for t in "XY")])] * 2),
    min_size=1,
    max_size=12,
)


@given(st.lists(ANY_TAGS, min_size=1, max_size=4))
def test_tags_of_any_kind_valid_or_not_are_counted_alike(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[list[tuple[str, str]]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.conll"
    gold, guessed = ([[row[i] for row in rows] for rows in drawn] for i in (0, 1))
    sentences = [Sentence(("w",) * len(tags), tuple(tags)) for tags in gold]
    write_conll(path, sentences, guessed)
    assert_counts_agree(score(gold, guessed), conlleval.counts(columns(path)))


@pytest.mark.parametrize("name", OFFICIAL)
def test_real_predictions_in_iobes_keep_the_official_counts(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    pairs = zip(*columns_of(shared_data / "conlleval" / f"{name}.conlleval_in"), strict=True)
    recoded = [[encode(spans(tags), len(tags), "IOBES") for tags in pair] for pair in pairs]
    sentences = [Sentence(("w",) * len(gold), gold) for gold, _ in recoded]
    write_conll(tmp_path / "p", sentences, [guess for _, guess in recoded])
    counted = conlleval.counts(columns(tmp_path / "p"))
    official = (shared_data / "conlleval" / f"{name}.conlleval_out").read_text(encoding="utf-8")
    totals = [counted[each].total() for each in ("gold", "found", "correct")]
    assert "with {} phrases; found: {} phrases; correct: {}.".format(*totals) in official
    back = read_conll(tmp_path / "p")
    assert [spans(each.tags) for each in back] == [spans(guess) for _, guess in recoded]
