"""Commands that train on several processes write and print what one process does."""

import pytest

from launching import launched, needs_mpi
from tiny_bert import write_bert, write_texts

pytestmark = [needs_mpi, pytest.mark.native]
PROGRAM = ("-X", "utf8", "-c", "from chainrule.cli import app; app()")
SENTENCES = "Ada\tB-PER\nLovelace\tI-PER\nvisited\tO\nTurin\tB-LOC\n\nIt\tO\nrained\tO\n\n"
SMALL = ("--hidden", 12, "--word-size", 6, "--characters", "none", "--batch-size", 32)


def train(count, *arguments):
    found = launched(count, *PROGRAM, *arguments)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def same(first, second, names):
    return all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


def test_a_tagger_is_that_of_one_process(tmp_path):
    corpus = tmp_path / "train.conll"
    corpus.write_text(SENTENCES * 11, encoding="utf-8")
    for count in (1, 2):
        arguments = ("--train", corpus, "--out", tmp_path / str(count), "--epochs", 2, *SMALL)
        output = train(count, "ner", "train", *arguments)
        assert output.count("training on ") == output.count("held-out data:") == 1
    assert same(tmp_path / "1", tmp_path / "2", ("model.safetensors", "config.json"))


def test_a_classifier_is_that_of_one_process(tmp_path):
    pytest.importorskip("tokenizers")
    net = write_bert(tmp_path / "net")
    texts = [write_texts(tmp_path / f"{name}.tsv", 36, i) for i, name in enumerate(("a", "b"))]
    for count in (1, 2):
        out = tmp_path / str(count)
        files = ("--train", texts[0], "--dev", texts[1], "--pretrained", net, "--out", out)
        output = train(count, "classify", "train", *files, "--epochs", 1, "--batch-size", 12)
        assert output.count("training on ") == 1
    names = {each.name for each in (tmp_path / "1").iterdir() if each.suffix == ".safetensors"}
    assert names
    assert same(tmp_path / "1", tmp_path / "2", names)


def test_an_error_of_a_command_is_one_sentence(tmp_path):
    found = launched(2, *PROGRAM, "ner", "train", "--train", tmp_path / "missing.conll")
    output = found.stdout + found.stderr
    assert found.returncode != 0
    assert output.count("error: ") == 1
    assert "missing.conll" in output
