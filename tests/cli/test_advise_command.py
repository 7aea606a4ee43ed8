"""`chainrule ner advise`: figures and rules, trainings, JSON, and what is wrong in sentences."""

import json

import pytest
from typer.testing import CliRunner

from chainrule.cli import app
from chainrule.ner import settings
from chainrule.ner.data import write_labelled
from chainrule.text import read_conll

SENTENCES = (
    "Ada\tB-PER\nsaw\tO\n[b]Turin[/b]\tB-LOC\n:smile:\tO\n\n",
    "Bo\tB-PER\nleft\tO\nOslo\tB-[x]\n:smile:\tO\n\n",
)
VECTORS = "saw 0.1 0.2 0.3\nada 1 0 0\nbo 0.9 0.1 0\nleft 0 0.2 0.5\noslo 0 1 0\n"


@pytest.fixture
def files(tmp_path):
    train, vectors = tmp_path / "[red]train.conll", tmp_path / "[i]vectors.txt"
    train.write_text("".join(SENTENCES) * 10)
    vectors.write_text(VECTORS)
    return train, vectors


@pytest.fixture
def small(monkeypatch):
    """Let networks be small."""
    monkeypatch.setattr(
        "chainrule.ner.advice.advising.recommended",
        lambda *given: settings.Settings(hidden=8, affix_size=0, characters="none", batch_size=8),
    )


def run(*arguments):
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["ner", "advise", *map(str, arguments)])


def fails(*arguments):
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("error: ")
    return " ".join(result.stderr.split())


def test_figures_rules_and_recommendation_are_printed(files):
    train, vectors = files
    result = run("--train", train, "--vectors", vectors)
    assert result.exit_code == 0, result.output
    said = " ".join(result.stdout.split())
    for part in (
        "80, 7 different ones",
        "PER 20, LOC 10, [x] 10",
        ":smile:, [b]Turin[/b]",
        "the last tenth of the labelled set, 2 sentences, 8 words",
        "applies: 80 labelled words are fewer than about 100,000.",
        "no raw text was given",
        "recommendation --vectors-mode freeze",
    ):
        assert part in said
    assert result.stderr == ""


def test_any_format_is_read(files, tmp_path):
    converted = tmp_path / "train.jsonl"
    write_labelled(converted, read_conll(files[0]))
    assert run("--train", converted).output == run("--train", files[0]).output


def test_words_of_raw_text_are_counted(files, tmp_path):
    raw = tmp_path / "raw.txt"
    raw.write_text("one two\nthree  four\n" * 50)
    said = run("--train", files[0], "--raw", raw, "--raw", raw).stdout
    assert "400 words of raw text are" in " ".join(said.split())


def test_trainings_are_announced_and_compared(files, small):
    train, vectors = files
    arguments = ["--train", train, "--vectors", vectors, "--try", "--epochs", 2, "--seeds", 2]
    result = run(*arguments, "--dev", train)
    assert result.exit_code == 0, result.output
    assert "6 trainings of 2 epochs; held out: 20 sentences" in result.stderr
    assert "freeze, seed 0, 1 of 6" in result.stderr
    assert "retrain, seed 1, 6 of 6, about" in result.stderr
    assert "trained for" in result.stderr
    assert "trained 2 epochs with" in result.stdout
    assert "the best" in result.stdout


def test_json_has_everything_and_nothing_else_is_printed(files, small):
    train, vectors = files
    options = ["--vectors", vectors, "--try", "--epochs", 1, "--seeds", 1, "--format", "json"]
    found = json.loads(run("--train", train, *options).stdout)
    assert found["labelled"]["entities"] == {"PER": 20, "LOC": 10, "[x]": 10}
    assert set(found["trial"]["f1"]) == {"freeze", "fine-tune", "retrain"}
    assert found["held_out_is_last_tenth"]
    assert found["rules"][0]["says"] == "applies"


def test_ctrl_c_leaves_the_advice_of_the_rules(files, small, monkeypatch):
    def stopped(*given, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("chainrule.ner.advice.trainings.train", stopped)
    result = run("--train", files[0], "--vectors", files[1], "--try")
    assert result.exit_code == 130
    assert "stopped by Ctrl-C before each mode was trained once" in result.stderr
    assert "--vectors-mode freeze" in result.stdout


def test_what_is_wrong_is_said_in_a_sentence(files, tmp_path):
    train, vectors = files
    few, plain = tmp_path / "few.conll", tmp_path / "plain.conll"
    few.write_text(SENTENCES[0])
    plain.write_text("it\tO\nran\tO\n\n" * 20)
    for arguments, says in (
        (["--train", train, "--seeds", 2], "Give --try with them."),
        (["--train", train, "--try"], "Give --vectors FILE."),
        (["--train", few, "--vectors", vectors, "--try"], "Give --dev FILE"),
        (["--train", plain, "--vectors", vectors, "--try"], "holds no entity"),
        (["--train", tmp_path / "none"], "there is no such file"),
        (["--train", train, "--raw", tmp_path / "none"], "cannot be read"),
        (["--train", train, "--vectors", train], "[red]train.conll"),
    ):
        assert says in fails(*arguments)
