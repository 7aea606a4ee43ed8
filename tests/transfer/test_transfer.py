"""Ways of training on a pretrained network, compared."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from chainrule.classify import LabelledTextError, LabelledTexts, read_labelled
from chainrule.cli import app
from chainrule.text import read_conll
from chainrule.transfer import STRATEGIES, Outcome, TaggingTask, TextTask, compare
from chainrule.transfer.strategies import RULE
from chainrule.transfer.subset import subset, with_changed_copies
from tiny_bert import write_bert, write_texts


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return write_bert(tmp_path_factory.mktemp("bert") / "net")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    return write_texts(folder / "train.tsv", 64, 1), write_texts(folder / "dev.tsv", 24, 2)


@pytest.fixture(scope="module")
def column_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("columns")
    sentence = "the\tO\n{}\tB-{}\nwas\tO\n\n"
    kinds = [("good", "UP"), ("bad", "DOWN"), ("fine", "UP"), ("poor", "DOWN")]
    for name in ("train", "dev"):
        text = "".join(sentence.format(*each) for each in kinds * 4)
        (folder / f"{name}.txt").write_text(text)
    return folder / "train.txt", folder / "dev.txt"


def data_of(labels):
    texts = [f"text {i} of some words" for i in range(len(labels))]
    return LabelledTexts("f", list(range(len(labels))), list(labels), texts, None)


def test_a_subset_has_every_class_and_lies_in_larger_ones():
    data = data_of(["a"] * 90 + ["b"] * 9 + ["c"])
    small, large = subset(data, 10, 0), subset(data, 40, 0)
    assert {*small.labels} == {"a", "b", "c"}
    assert large.labels.count("b") == pytest.approx(4, abs=1)
    assert {*small.texts} <= {*large.texts}
    assert subset(data, 100, 0) is data
    assert {*subset(data, 10, 1).texts} != {*small.texts}


def test_changed_copies_keep_labels_and_come_behind_the_texts():
    data = data_of(["a", "b"] * 20)
    found = with_changed_copies(data, 0)
    assert (found.labels, found.texts[:40]) == (data.labels * 2, data.texts)
    changed = [a != b for a, b in zip(found.texts[40:], data.texts, strict=True)]
    assert np.mean(changed) > 0.8
    assert all(
        {*a.split()} <= {*b.split()} for a, b in zip(found.texts[40:], data.texts, strict=True)
    )


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_trains_a_classifier(strategy, bert, files):
    task = TextTask("tiny", bert, *map(read_labelled, files), steps=4, settings={"batch_size": 8})
    assert 0 <= task.figure(STRATEGIES[strategy], 16, 0) <= 1
    assert task.tokens_per_word() == 1


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_trains_a_tagger(strategy, bert, column_files):
    task = TaggingTask("tiny", bert, *map(read_conll, column_files), steps=4, batch_size=32)
    assert 0 <= task.figure(STRATEGIES[strategy], 8, 0) <= 1


def test_a_strategy_trains_what_it_says(bert, files):
    """The trained parts are told apart by what changed."""
    task = TextTask("tiny", bert, *map(read_labelled, files))
    assert task._settings(STRATEGIES["head"], 16, 0).freeze
    assert task._settings(STRATEGIES["last"], 16, 0).last == 2
    assert task._settings(STRATEGIES["all"], 16, 0).epochs == 200


def test_labels_and_columns_are_compared_before_anything_is_trained(bert, files):
    learned, held_out = map(read_labelled, files)
    other = replace(held_out, labels=["sideways", *held_out.labels[1:]])
    with pytest.raises(LabelledTextError, match="'sideways', which the classifier does not know"):
        TextTask("tiny", bert, learned, other)
    pairs = replace(held_out, pairs=held_out.texts)
    with pytest.raises(LabelledTextError, match=r"has pairs of texts, and .* has no column 'pair'"):
        TextTask("tiny", bert, learned, pairs)


class Fixed:
    """A task whose figures are known."""

    name, measure, size = "fixed", "accuracy", 9

    def figure(self, strategy, size, seed):
        return 0.25 * (seed + 1)

    def tokens_per_word(self):
        return 1.0


def test_every_figure_is_told_when_it_is_known():
    lines = []
    compare([Fixed()], [5], seeds=2, strategies=["head"], on_training=lines.append)
    assert lines == [
        "fixed, 5 samples, head, seed 0",
        "  accuracy 25.00%",
        "fixed, 5 samples, head, seed 1",
        "  accuracy 50.00%",
    ]


def outcome(**figures):
    arrays = {name: np.array(each) for name, each in figures.items()}
    return Outcome("t", "accuracy", 10, ("small", "similar"), 1.0, arrays)


def test_the_winner_is_beyond_the_uncertainty():
    assert outcome(head=[0.9, 0.91, 0.92], all=[0.8, 0.82, 0.81]).winner == "head"
    assert outcome(head=[0.9, 0.7, 0.8], all=[0.8, 0.82, 0.7]).winner is None
    assert outcome(head=[0.9], all=[0.8]).winner is None
    assert outcome(head=[0.9], all=[0.8]).ranking == ["head", "all"]


def test_the_rule_names_strategies():
    assert {*RULE.values()} <= {*STRATEGIES}


class Constant:
    """A task whose figures are known."""

    name, measure, size = "constant", "accuracy", 30

    def tokens_per_word(self):
        return 3.0

    def figure(self, strategy, size, seed):
        return 0.5 + 0.1 * (strategy.name == "all") + 0.001 * seed


def test_a_comparison_says_who_wins_and_what_the_rule_says():
    found = compare([Constant()], [10, 100], strategies=["head", "all", "retrain"])
    assert [each.size for each in found.outcomes] == [10, 30]
    assert [each.kind for each in found.outcomes] == [
        ("small", "different"),
        ("large", "different"),
    ]
    assert [each.winner for each in found.outcomes] == ["all", "all"]
    text = str(found)
    assert "all wins, 10.00% ± 0.00% above head." in text
    assert "  retrain   50.10% ± 0.10%   accuracy  the rule of the notes\n" in text


@pytest.mark.parametrize(
    "options",
    [{"sizes": []}, {"sizes": [10, 5]}, {"sizes": [0]}, {"sizes": [1], "seeds": 0}],
)
def test_sizes_and_seeds_are_checked(options):
    with pytest.raises(ValueError, match="increasing order"):
        compare([Constant()], **options)


def test_unknown_strategies_are_named():
    with pytest.raises(ValueError, match=r"'none' was asked for\. Strategies are head"):
        compare([Constant()], [1], strategies=["none"])


def run(*arguments):
    return CliRunner().invoke(app, ["transfer", *map(str, arguments)])


def test_the_command_prints_a_table_and_writes_json(tmp_path, bert, files, column_files):
    out = tmp_path / "found.json"
    data = ["--train", files[0], "--dev", files[1], "--train", column_files[0]]
    data += ["--dev", column_files[1]]
    small = ["--sizes", "8", "--seeds", "2", "--steps", "2", "--strategies", "head,all"]
    result = run("--pretrained", bert, *data, *small, "--max-length", 16, "--json", out)
    assert result.exit_code == 0, result.output
    assert result.stdout.count("8 samples (small)") == 2
    assert len(json.loads(out.read_text())["outcomes"][0]["figures"]["all"]) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--sizes", "ten"], "Give numbers"),
        (["--strategies", "magic"], "'magic'"),
        (["--train", "b.tsv"], "one held-out file"),
        ([], "cannot be read"),
    ],
)
def test_the_command_refuses_in_a_sentence(options, words, bert):
    result = run("--pretrained", bert, "--train", "a.tsv", "--dev", "a.tsv", *options)
    assert result.exit_code != 0
    assert words in " ".join(result.output.replace("│", "").split())
