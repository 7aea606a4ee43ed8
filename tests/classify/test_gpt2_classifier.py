"""Classifiers of texts on GPT-2: trained, saved, read again; what it cannot do is a sentence."""

import json

import pytest
from typer.testing import CliRunner

from chainrule.cli import app
from tiny_gpt2 import write_gpt2

pytest.importorskip("tokenizers", reason="tokenizers is not installed")


def run(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory):
    still = {"embd_pdrop": 0.0, "attn_pdrop": 0.0, "resid_pdrop": 0.0}
    return write_gpt2(tmp_path_factory.mktemp("gpt2") / "net", n_embd=32, **still)


def train(gpt2, texts, out, *options):
    given = ("--train", texts[0], "--dev", texts[1], "--pretrained", gpt2, "--out", out)
    rates = ("--learning-rate", "0.005", "--batch-size", "8")
    return run("classify", "train", *given, *rates, *options)


def test_a_classifier_learns_and_is_read_again(gpt2, texts, tmp_path):
    result = train(gpt2, texts, tmp_path / "out", "--epochs", "20")
    assert result.exit_code == 0, result.output
    given = ("--model", tmp_path / "out", "--data", texts[0], "--json")
    found = json.loads(run("classify", "evaluate", *given).output)
    assert found["accuracy"] > 0.8
    said = run("classify", "predict", "--model", tmp_path / "out", "a great film").output
    assert said.split()[0] in ("up", "down")
    explained = run("classify", "explain", "--model", tmp_path / "out", "a great film")
    assert explained.exit_code != 0
    assert "is a Gpt2Network" in " ".join(explained.output.split())


def test_the_last_norm_is_trained_with_the_last_layers(gpt2, texts, tmp_path):
    from chainrule.classify import Settings
    from chainrule.classify.classifier import Classifier
    from chainrule.classify.trained_parts import choose_parts

    classifier = Classifier.for_labels(gpt2, ["up", "down"], Settings(last=1))
    choose_parts(classifier.network, classifier.settings)
    trained = {name for name, each in classifier.net.named_parameters().items() if each.trainable}
    assert {name.split(".")[1] for name in trained} == {"layers", "norm", "score"}
    assert not any("layers.0" in name for name in trained)


def test_it_is_no_encoder_of_a_tagger(gpt2, tmp_path):
    (tmp_path / "train.txt").write_text("good O\nfilm O\n\n")
    given = ("--train", tmp_path / "train.txt", "--dev", tmp_path / "train.txt")
    result = run("ner", "train", *given, "--encoder", gpt2, "--out", tmp_path / "out")
    assert result.exit_code != 0
    assert "a Gpt2Network, gives words no vectors" in " ".join(result.output.split())
