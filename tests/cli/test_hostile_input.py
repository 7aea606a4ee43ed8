"""The commands with odd options and functions: sentences instead of tracebacks."""

import pytest
from typer.testing import CliRunner

from chainrule import ner
from chainrule.cli import app, training
from chainrule.ner import Settings
from chainrule.text import Sentence

TRAIN = "Ada\tB-PER\nran\tO\n\n" * 12


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "train.conll"
    path.write_text(TRAIN)
    return path


@pytest.mark.parametrize("option", ["--learning-rate", "--unknown-rate"])
def test_infinite_settings_are_refused(corpus, option):
    result = run("ner", "train", "--train", corpus, "--out", corpus.parent / "m", option, "inf")
    assert result.exit_code == 2
    assert f"{option} was given inf" in result.stderr


def test_a_run_that_diverges_says_so_and_writes_nothing(corpus):
    options = ["--out", corpus.parent / "m", "--learning-rate", "1e30", "--hidden", "5"]
    result = run("ner", "train", "--train", corpus, *options)
    assert result.exit_code == 2, result.output
    assert "Train again with a smaller learning rate" in result.stderr
    assert not (corpus.parent / "m").exists()


def test_ctrl_c_while_a_better_model_is_saved_keeps_the_one_before(tmp_path, monkeypatch):
    sentences = [Sentence(("Ada", "ran"), ("B-PER", "O"))] * 3
    run = training.Run(sentences, sentences, Settings(hidden=5), tmp_path / "m")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "save", interrupted)
    score = run.tagger.evaluate(sentences)
    with pytest.raises(KeyboardInterrupt):
        run._keep(ner.Epoch(1, 1.0, 1.0, score))
    assert run.history == []


FUNCTIONS = """
import chainrule as cr

def own_mistake():
    return 1 + "a"

def product(x):
    return (x["a"] * x["b"]).sum()
"""


@pytest.fixture
def functions(tmp_path):
    path = tmp_path / "hostile_functions.py"
    path.write_text(FUNCTIONS)
    return path


def test_a_type_error_of_the_function_keeps_its_traceback(functions):
    assert isinstance(run("check", f"{functions}:own_mistake").exception, TypeError)


def test_arguments_may_be_objects(functions):
    result = run("check", f"{functions}:product", "--args", '[{"a": [1.0], "b": [2.0]}]')
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("target", "options", "reason"),
    [
        ("{}:product", ["--args", "[1.0, 2.0]"], "could not be called with 2 arguments"),
        (".relative:f", [], "begins with a dot"),
        ("{}:product", ["--args", "[[[1.0], [1.0, 2.0]]]"], "cannot become a tensor"),
        ("{}:product", ["--seed", "-1"], "--seed"),
        ("{}:product", ["--tolerance", "-1"], "--tolerance"),
    ],
)
def test_check_refuses_in_sentences(functions, target, options, reason):
    result = run("check", target.format(functions), *options)
    assert result.exit_code == 2, result.output
    assert reason in " ".join(result.stderr.split())
