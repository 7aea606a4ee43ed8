"""ELMo as features of the tagger: trained on its vectors, kept in the model's folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from elmo_twin import write
from typer.testing import CliRunner

from chainrule.cli import app
from chainrule.ner import Tagger
from chainrule.ner import load as load_tagger
from chainrule.pretrained import load
from chainrule.pretrained.word_encoder import WordEncoder
from chainrule.text import Sentence, write_conll

pytest.importorskip("h5py", reason="h5py reads the weights of ELMo")

# The form "Rome" is a place or a person; only the words around it say which.
CORPUS = [
    Sentence(("in", "Rome", word), ("O", "S-LOC", "O")) for word in ("it", "rains", "today", "now")
] + [
    Sentence(("Mr", "Rome", word), ("O", "S-PER", "O")) for word in ("it", "rains", "today", "now")
]
WORDS = [each.words for each in CORPUS]
QUICK = [
    *("--encoder", "window", "--window", "0", "--word-size", "4", "--affix-size", "0"),
    *("--epochs", "40", "--patience", "40", "--batch-size", "4", "--learning-rate", "0.05"),
]


def trained(data: Path, model: Path, *options: object) -> Tagger:
    """Return the tagger that the command trains."""
    given = ["--train", data, "--dev", data, "--out", model, *QUICK, *options]
    found = CliRunner().invoke(app, ["ner", "train", *map(str, given)])
    assert found.exit_code == 0, found.output
    return load_tagger(model)


@pytest.mark.native
def test_a_tagger_trains_on_the_vectors_and_keeps_the_encoder(tmp_path: Path) -> None:
    encoder, data = write(tmp_path / "elmo"), tmp_path / "data.txt"
    (encoder / "scalar_mix.json").write_text('{"scores": [-20, 0, 0], "gamma": [4]}')
    write_conll(data, CORPUS)
    tagger = trained(data, tmp_path / "model", "--encoder", encoder)
    for each in encoder.iterdir():
        each.unlink()  # the model's folder has its own copy
    again = load_tagger(tmp_path / "model")
    assert again.evaluate(CORPUS).overall.f1 == 100
    assert list(map(list, again.tag(WORDS))) == [list(each.tags) for each in CORPUS]
    assert tagger.evaluate(CORPUS).overall.f1 == 100
    kept = {each.name for each in (tmp_path / "model").rglob("*") if each.is_file()}
    assert {"options.json", "weights.hdf5", "scalar_mix.json"} < kept


@pytest.mark.native
def test_without_the_vectors_the_words_do_not_say_it(tmp_path: Path) -> None:
    write_conll(tmp_path / "data.txt", CORPUS)
    tagger = trained(tmp_path / "data.txt", tmp_path / "model")
    assert tagger.evaluate(CORPUS).overall.f1 < 100


def test_it_is_an_encoder_of_words(tmp_path: Path) -> None:
    net = load(write(tmp_path / "elmo"))
    assert isinstance(net, WordEncoder)
    net.mix.gamma.assign(np.array([0.5], np.float32))
    net.save(tmp_path / "saved")
    before, after = net.word_vectors(WORDS), load(tmp_path / "saved").word_vectors(WORDS)
    for one, other in zip(before, after, strict=True):
        assert np.array_equal(one, other)
