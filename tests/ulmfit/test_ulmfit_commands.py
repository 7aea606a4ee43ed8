"""`chainrule ulmfit` trains language models and classifiers, and draws a curve."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_corpus import write_labelled, write_raw
from typer.testing import CliRunner

from chainrule.cli import app
from chainrule.pretrained import load

pytestmark = pytest.mark.native
SMALL = ["--width", "8", "--hidden", "8", "--layers", "2", "--words", "100"]

ELMO = Path(__file__).parents[1] / "pretrained" / "references" / "elmo"


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def fails(*arguments):
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return " ".join(result.stderr.split())


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ulmfit")
    write_labelled(folder / "train.tsv", 24, 1)
    write_labelled(folder / "dev.tsv", 16, 2)
    write_raw(folder / "raw.txt", 60)
    reading = ["--batch-size", "4", "--steps", "8", "--least", "1", "--epochs", "1"]
    result = run("ulmfit", "pretrain", folder / "raw.txt", "--out", folder / "lm", *SMALL, *reading)
    assert result.exit_code == 0, result.output
    assert "60 documents" in result.output
    assert "a language model of" in result.output
    return folder


def test_help_names_the_stages():
    shown = run("ulmfit", "--help").output
    assert all(each in shown for each in ("pretrain", "train", "curve"))
    assert "ulmfit" in run("--help").output


def test_a_language_model_is_written_as_files_of_the_family(files):
    assert {each.name for each in (files / "lm").iterdir()} == {"model.pth", "vocabulary.pkl"}
    net = load(files / "lm", head="language-model")
    assert net.source.fresh == ()
    assert len(net.body.layers) == 2


def test_three_stages_give_a_classifier_that_is_evaluated_and_predicts(files):
    data = ["--train", files / "train.tsv", "--dev", files / "dev.tsv", "--out", files / "out"]
    options = ["--epochs", "1", "--batch-size", "8", "--streams", "2", "--steps", "8"]
    stages = ["--text", files / "raw.txt", "--text-epochs", "1", "--tuning-epochs", "1"]
    kept = ["--tuned", files / "tuned", "--checkpoint", files / "checkpoints"]
    given = ["ulmfit", "train", *data, *SMALL, *options, *stages, *kept]
    result = run(*given)
    assert result.exit_code == 0, result.output
    for each in ("stage 1", "stage 2", "stage 3", "phase 3 of 3: everything", "accuracy"):
        assert each in result.output
    assert load(files / "tuned", head="language-model").source.fresh == ()
    evaluated = run("classify", "evaluate", "--model", files / "out", "--data", files / "dev.tsv")
    assert evaluated.exit_code == 0, evaluated.output
    assert "accuracy" in evaluated.output
    predicted = run("classify", "predict", "--model", files / "out", "The cook bakes.")
    assert predicted.exit_code == 0, predicted.output
    again = run(*given)
    assert result.output.splitlines()[-1] == again.output.splitlines()[-1]
    assert "continuing after epoch 1" in again.output
    message = fails("classify", "explain", "--model", files / "out", "The cook bakes.")
    assert "is a UlmfitNetwork" in message


def test_a_curve_is_printed_written_and_drawn(files):
    pytest.importorskip("matplotlib")
    data = ["--train", files / "train.tsv", "--dev", files / "dev.tsv", "--sizes", "4,all"]
    options = ["--steps", "2", "--epochs", "1", "--batch-size", "8", "--tuning-epochs", "0"]
    out = ["--plot", files / "curve.png", "--json", files / "curve.json"]
    result = run("ulmfit", "curve", *data, "--pretrained", files / "lm", *options, *out)
    assert result.exit_code == 0, result.output
    assert "from scratch" in result.output
    assert json.loads((files / "curve.json").read_text())["sizes"] == [4, 24]
    assert (files / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_what_is_missing_or_wrong_is_said(files):
    data = ["--train", files / "train.tsv", "--dev", files / "dev.tsv"]
    assert "either --pretrained" in fails("ulmfit", "train", *data, "--out", files / "new")
    message = fails("ulmfit", "pretrain", files / "none.txt", "--out", files / "new")
    assert "none.txt was to be read, but there is no such file" in message
    assert message.count("Check the") == 1
    other = ["--pretrained", ELMO]
    assert "but holds none" in fails("ulmfit", "curve", *data, *other)
    assert "but holds none" in fails("ulmfit", "train", *data, *other, "--out", files / "new")
    given = ["ulmfit", "curve", *data, "--pretrained", files / "lm"]
    assert "Give numbers such as" in fails(*given, "--sizes", "4,many")
    assert "one of each class" in fails(*given, "--sizes", "1", "--tuning-epochs", "0")
    assert not (files / "new").exists()
