"""The commands with odd options and functions: sentences instead of tracebacks."""

import os

import pytest
from typer.testing import CliRunner

from chainrule import ChainruleError, ner
from chainrule.cli import app, ner_training
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
    tagger = ner.Tagger.for_corpus(sentences, Settings(hidden=5))
    run = ner_training.TaggerTraining(tagger, sentences, sentences, tmp_path / "m")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(ner_training, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run._keep(ner.Epoch(1, 1.0, 1.0, 100.0, 100.0, 100.0))
    assert run.history == []


def test_ctrl_c_after_the_first_model_is_saved_keeps_it(tmp_path, monkeypatch, capsys):
    sentences = [Sentence(("Ada", "ran"), ("B-PER", "O"))] * 3
    tagger = ner.Tagger.for_corpus(sentences, Settings(hidden=5))
    run = ner_training.TaggerTraining(tagger, sentences, sentences, tmp_path / "m")

    def interrupted(*given):
        ner.save(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(ner_training, "save", interrupted)
    run.train()
    assert [each.number for each in run.history] == [1]
    assert "best epoch 1" in capsys.readouterr().out


def test_ctrl_c_before_the_first_model_is_saved_says_so(tmp_path, monkeypatch):
    sentences = [Sentence(("Ada", "ran"), ("B-PER", "O"))] * 3
    tagger = ner.Tagger.for_corpus(sentences, Settings(hidden=5))
    run = ner_training.TaggerTraining(tagger, sentences, sentences, tmp_path / "m")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(ner_training, "save", interrupted)
    with pytest.raises(ChainruleError, match="nothing was written"):
        run.train()


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
def test_check_errors_are_readable(functions, target, options, reason):
    result = run("check", target.format(functions), *options)
    assert result.exit_code == 2, result.output
    assert reason in " ".join(result.stderr.split())


@pytest.fixture
def model(tmp_path, corpus):
    tagger = ner.Tagger.for_corpus([Sentence(("Ada", "ran"), ("B-PER", "O"))], Settings(hidden=3))
    ner.save(tagger, tmp_path / "model")
    return tmp_path / "model"


def as_pipe(path):
    path.unlink(missing_ok=True)
    os.mkfifo(path)


TROUBLE = {
    "weights that are a pipe": lambda model, data: as_pipe(model / "model.safetensors"),
    "a configuration that is a pipe": lambda model, data: as_pipe(model / "config.json"),
    "data that is a pipe": lambda model, data: as_pipe(data),
    "data that is a folder": lambda model, data: (data.unlink(), data.mkdir()),
    "data of zeros": lambda model, data: data.write_bytes(bytes(1000)),
    "data that is no text": lambda model, data: data.write_bytes(b"\xff\xfe"),
    "data larger than memory": lambda model, data: os.truncate(data, 1 << 43),
    "a configuration larger than memory": lambda model, data: os.truncate(
        model / "config.json", 1 << 43
    ),
}


@pytest.mark.skipif(os.name != "posix", reason="pipes are those of POSIX systems")
@pytest.mark.parametrize("spoil", TROUBLE.values(), ids=TROUBLE)
def test_files_in_trouble_raise_errors(model, corpus, spoil):
    spoil(model, corpus)
    result = run("ner", "evaluate", "--model", model, "--data", corpus)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("error: ")


@pytest.mark.parametrize("option", ["--hidden", "--word-size", "--capital-size"])
def test_settings_beyond_the_memory_are_refused_at_once(corpus, option):
    result = run("ner", "train", "--train", corpus, "--out", corpus.parent / "m", option, 10**13)
    assert result.exit_code == 2, result.output
    assert "bytes of weights, more than this machine has" in result.stderr
    assert not (corpus.parent / "m").exists()
