"""Taggers with word vectors of a file: three modes, words outside the training data, storage."""

import json
import os

import numpy as np
import pytest

from chainrule.ner import ModelError, Settings, Tagger, fine_tuning, load, save, train
from chainrule.text import Sentence
from chainrule.text.vectors import WordVectors

TRAIN = [
    Sentence(("Ada", "saw", "Turin"), ("B-PER", "O", "B-LOC")),
    Sentence(("Bo", "left", "Oslo", "xyzzy"), ("B-PER", "O", "B-LOC", "O")),
] * 6
PEOPLE, PLACES = ("ada", "bo", "grace", "emmy"), ("turin", "oslo", "lagos", "quito")
VECTORS = WordVectors(
    (*PEOPLE, *PLACES, "saw", "left"),
    np.array([[1, 0, 0]] * 4 + [[0, 1, 0]] * 4 + [[0, 0, 1]] * 2, np.float32),
)
SMALL = Settings(
    window=1, hidden=16, affix_size=0, epochs=25, batch_size=8, learning_rate=0.02, input_dropout=0
)


def trained(mode, **options):
    settings = SMALL.model_copy(update={"vectors_mode": mode, **options})
    tagger = Tagger.for_corpus(TRAIN, settings, VECTORS)
    train(tagger, TRAIN, TRAIN)
    return tagger


@pytest.fixture(scope="module")
def tuned():
    return trained("fine-tune")


def learned(tagger, word):
    (number,) = tagger.vocabulary.ids([word])
    return tagger.network.vectors.words.weight.read()[number]


def test_words_that_only_the_file_has_are_known_at_tagging_time(tuned):
    sentence = [["grace", "left", "lagos"], ["Emmy", "saw", "Quito"]]
    assert tuned.tag(sentence) == [("B-PER", "O", "B-LOC")] * 2
    assert tuned.settings.word_size == 3


def test_fine_tuning_begins_with_the_given_vectors():
    tagger = Tagger.for_corpus(TRAIN, SMALL, VECTORS)
    assert not learned(tagger, "ada").any()
    assert learned(tagger, "xyzzy").any()


def test_modes_change_what_they_say(tuned):
    assert learned(tuned, "Ada").any()
    frozen = trained("freeze", epochs=2)
    assert not learned(frozen, "Ada").any()
    assert learned(frozen, "xyzzy").any()
    retrained = trained("retrain", epochs=2)
    assert retrained.lexicon.vectors is None
    assert learned(retrained, "Ada").any()
    assert retrained.settings.word_size == 3


def test_a_saved_tagger_keeps_all_vectors(tuned, tmp_path):
    save(tuned, tmp_path / "model")
    assert "vectors.safetensors" in os.listdir(tmp_path / "model")
    back = load(tmp_path / "model")
    sentences = [["grace", "left", "lagos"], ["Ada", "saw", "xyzzy"]]
    assert back.tag(sentences) == tuned.tag(sentences)
    save(back, tmp_path / "model")
    assert load(tmp_path / "model").tag(sentences) == tuned.tag(sentences)


@pytest.mark.skipif(not hasattr(os, "link"), reason="the system has no links")
def test_vectors_are_written_once_in_a_run(tuned, tmp_path):
    numbers = set()
    for _ in range(3):
        save(tuned, tmp_path / "model")
        numbers.add((tmp_path / "model" / "vectors.safetensors").stat().st_ino)
    assert len(numbers) == 1
    save(load(tmp_path / "model"), tmp_path / "other")
    assert (tmp_path / "other" / "vectors.safetensors").stat().st_ino not in numbers


def test_missing_and_other_vectors_are_sentences(tuned, tmp_path):
    save(tuned, tmp_path / "model")
    path = tmp_path / "model" / "config.json"
    config = json.loads(path.read_text())
    config["vectors"] = 11
    path.write_text(json.dumps(config))
    with pytest.raises(ModelError, match=r"holds vectors of shape \(10, 3\), but .* \(11, 3\)"):
        load(tmp_path / "model")
    (tmp_path / "model" / "vectors.safetensors").unlink()
    with pytest.raises(ModelError, match=r"vectors\.safetensors cannot be read"):
        load(tmp_path / "model")


def test_fine_tuning_moves_the_words_of_the_training_data_alone(tuned):
    found = fine_tuning(tuned)
    words = {"ada", "saw", "turin", "bo", "left", "oslo"}
    assert {each.word for each in found.movement.moved} == words
    assert found.movement.moved_count == len(words)
    assert found.shared == pytest.approx(np.linalg.norm(learned(tuned, "never seen")))
    row = found.movement.words.index("ada")
    moved = found.movement.after[row] - found.movement.before[row]
    np.testing.assert_allclose(moved, learned(tuned, "Ada"), atol=1e-6)
    assert json.loads(json.dumps(found.as_dict()))["moved"] == 6
    assert "6 moved (60.0%)" in found.text()


def test_only_fine_tuning_has_a_movement():
    for mode, reason in (("freeze", "the mode is freeze"), ("retrain", "no vectors of a file")):
        settings = SMALL.model_copy(update={"vectors_mode": mode})
        with pytest.raises(ModelError, match=reason):
            fine_tuning(Tagger.for_corpus(TRAIN, settings, VECTORS))
