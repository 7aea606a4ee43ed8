"""`chainrule ner errors`: text, JSON and page; from a model or from two files."""

import json

import pytest
from typer.testing import CliRunner

from chainrule.cli import app
from chainrule.ner import Settings, Tagger, error_analysis, load, save
from chainrule.ner.data import write_labelled
from chainrule.text import read_conll

GOLD = "Ada\tB-PER\nLovelace\tI-PER\nvisited\tO\nTurin\tB-LOC\n\nIt\tO\nrained\tO\n"
GUESS = "Ada\tB-PER\nLovelace\tO\nvisited\tO\nTurin\tB-PER\n\nIt\tO\nrained\tB-LOC\n"


def run(*arguments):
    return CliRunner().invoke(app, ["ner", "errors", *(str(each) for each in arguments)])


@pytest.fixture
def files(tmp_path):
    gold, guess = tmp_path / "gold.conll", tmp_path / "guess.conll"
    gold.write_text(GOLD, encoding="utf-8")
    guess.write_text(GUESS, encoding="utf-8")
    return ["--gold", gold, "--predicted", guess]


def test_two_files_are_compared_as_text(files) -> None:
    result = run(*files)
    assert result.exit_code == 0, result.output
    assert "2 gold entities, 3 predicted, 0 correct" in result.output
    assert "[PER Ada Lovelace] visited Turin" in result.output


def test_any_format_is_read(files, tmp_path) -> None:
    _, gold, *predicted = files
    converted = tmp_path / "gold.jsonl"
    write_labelled(converted, read_conll(gold))
    assert run("--gold", converted, *predicted).output == run(*files).output


def test_json_counts_the_kinds(files) -> None:
    found = json.loads(run(*files, "--format", "json", "--train", files[1]).output)
    counts = {name: each["count"] for name, each in found["kinds"].items()}
    expected = {"boundary": 1, "wrong type": 1, "spurious": 1}
    assert {name: count for name, count in counts.items() if count} == expected
    assert [each["kind"] for each in found["examples"]] == ["wrong type", "boundary", "spurious"]
    assert [each["value"] for each in found["groups"]["mention in training"]] == [
        "seen",
        "seen with another type",
        "not seen",
    ]


def test_a_page_is_written(files, tmp_path) -> None:
    result = run(*files, "--format", "html", "--out", tmp_path / "page.html")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "Ada Lovelace" in page


def test_a_text_can_be_a_file(files, tmp_path) -> None:
    run(*files, "--out", tmp_path / "errors.txt", "--examples", 0)
    text = (tmp_path / "errors.txt").read_text(encoding="utf-8")
    assert "Kinds of errors" in text
    assert "Ada" not in text


def test_a_model_is_analysed_as_it_is_evaluated(files, tmp_path) -> None:
    sentences = read_conll(files[1])
    settings = Settings(encoder="window", hidden=8, word_size=8)
    save(Tagger.for_corpus(sentences, settings, compiled=False), tmp_path / "model")
    tagger = load(tmp_path / "model")
    result = run("--model", tmp_path / "model", "--data", files[1], "--format", "json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert found["score"] == tagger.evaluate(sentences).overall.as_dict()
    assert found["missing"] == [*error_analysis(sentences, tagger).missing]
    assert "words in the vocabulary" in found["groups"]


def test_bad_input_is_a_sentence(files, tmp_path) -> None:
    other = tmp_path / "other.conll"
    other.write_text(GUESS.replace("Turin", "Oslo"), encoding="utf-8")
    short = tmp_path / "short.conll"
    short.write_text("Ada\tO\n", encoding="utf-8")
    cases = [
        ([], "Give --model and --data, or --gold and --predicted"),
        (["--gold", other], "Give --model and --data"),
        ([*files, "--data", other], "Give --model and --data"),
        ([*files[:2], "--predicted", other], "Sentence 1 has other words"),
        ([*files[:2], "--predicted", short], "has 2 sentences"),
        ([*files[:2], "--predicted", tmp_path / "none"], "there is no such file"),
    ]
    for options, reason in cases:
        result = run(*options, "--format", "html", "--out", tmp_path / "page.html")
        assert result.exit_code == 2, options
        assert reason in " ".join(result.stderr.split())
        assert not (tmp_path / "page.html").exists()
