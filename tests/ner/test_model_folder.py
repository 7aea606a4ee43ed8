"""Saving under interruption and in odd places, and models damaged in odd ways."""

import json
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.ner import ModelError, Settings, Tagger, load, save
from chainrule.ner.model_store import require_writable
from chainrule.storage import atomic_folder
from chainrule.text import Sentence

TRAIN = [Sentence(("Ada", "ran"), ("B-PER", "O"))] * 3


@pytest.fixture(scope="module")
def tagger():
    return Tagger.for_corpus(TRAIN, Settings(window=1, word_size=2, hidden=2))


def test_ctrl_c_between_two_renames_leaves_the_earlier_model(tagger, tmp_path, monkeypatch):
    save(tagger, tmp_path / "model", [{"epoch": 1}])
    rename, calls = Path.rename, []

    def interrupted(self, target):
        renamed = rename(self, target)
        calls.append(target)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return renamed

    monkeypatch.setattr(atomic_folder, "exchanged", lambda *_: False)
    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(tagger, tmp_path / "model", [{"epoch": 2}])
    monkeypatch.undo()
    assert json.loads((tmp_path / "model" / "history.json").read_text()) == [{"epoch": 1}]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    load(tmp_path / "model")


@pytest.mark.parametrize("out", [".", "..", "sub/.."])
def test_the_current_folder_is_refused_at_once(out, tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub" if out == ".." else tmp_path)
    with pytest.raises(ModelError, match="Name a new folder"):
        require_writable(Path(out))


def test_an_empty_current_folder_is_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match="is in use and cannot be replaced"):
        require_writable(Path("."))


def test_a_folder_below_a_file_is_refused_at_once(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ModelError, match="file is a file"):
        require_writable(tmp_path / "file" / "model")


def test_a_link_to_a_folder_stays_a_link(tagger, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "disk", target_is_directory=True)
    save(tagger, tmp_path / "link")
    save(tagger, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    load(tmp_path / "disk")


@pytest.mark.parametrize(
    "changed",
    [
        {"tags": [0, 1, 2, 3, 4]},
        {"tags": ["O", "X-PER", "I-PER", "E-PER", "S-PER"]},
        {"scheme": "IOB3"},
        {"counts": [0, 10**40, 1, 1]},
    ],
)
def test_a_configuration_with_nonsense_is_refused_when_it_is_read(tagger, tmp_path, changed):
    save(tagger, tmp_path / "model")
    path = tmp_path / "model" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    with pytest.raises(ModelError, match="does not hold a usable tagger"):
        load(tmp_path / "model")


def test_a_configuration_nested_too_deeply_is_refused(tagger, tmp_path):
    save(tagger, tmp_path / "model")
    (tmp_path / "model" / "config.json").write_text("[" * 100_000)
    with pytest.raises(ModelError, match="is damaged"):
        load(tmp_path / "model")


def test_weights_that_are_not_finite_are_named(tagger, tmp_path):
    save(tagger, tmp_path / "model")
    back = load(tmp_path / "model")
    back.network.scores.bias.assign(np.full(5, np.nan, np.float32))
    with pytest.raises(cr.ChainruleError, match="Train again with a smaller learning rate"):
        back.tag([["Ada"]])


def test_the_model_of_another_program_is_not_replaced(tagger, tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / "model.safetensors").write_text("precious")
    with pytest.raises(ModelError, match="holds other files and would be replaced"):
        save(tagger, tmp_path)
    assert (tmp_path / "model.safetensors").read_text() == "precious"


def test_notes_beside_an_earlier_model_are_not_lost(tagger, tmp_path):
    save(tagger, tmp_path / "model")
    (tmp_path / "model" / "notes.txt").write_text("precious")
    with pytest.raises(ModelError, match="holds other files and would be replaced"):
        save(tagger, tmp_path / "model")
    assert (tmp_path / "model" / "notes.txt").read_text() == "precious"
