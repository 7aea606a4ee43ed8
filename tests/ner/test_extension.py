"""A tagger is trained further with what it knows, and with what is new in other data."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from pretrained_corpus import CORPUS, write_net
from typer.testing import CliRunner

from chainrule.cli import app
from chainrule.ner import (
    ModelError,
    Settings,
    Tagger,
    embedded,
    extended,
    load,
    open_encoder,
    recommended,
    save,
    train,
)
from chainrule.ner.data import write_labelled
from chainrule.text import Sentence
from chainrule.text.vectors import WordVectors

SMALL = {"hidden": 24, "word_size": 16, "character_size": 8, "epochs": 3, "unknown_rate": 0.0}
NEW = [
    Sentence(("Volvo", "of", "Grace", "zyx-mobil"), ("B-CAR", "O", "B-PER", "O")),
    Sentence(("The", "zyxvolvo", "stops"), ("O", "B-CAR", "O")),
    Sentence(("A", "zyxfiat", "\u0416\u0416\u0416"), ("O", "B-CAR", "O")),
]
TEXTS = [["Marie", "Curie", "zyx-mobil", "visited", "the", "Volvo", "\u0416"], ["London"]]
NETWORKS = [
    {"decoder": "crf"},
    {"decoder": "softmax", "characters": "none"},
    {"encoder": "bilstm", "affix_size": 0, "characters": "lstm"},
]


def trained(**chosen: object) -> Tagger:
    data = embedded.corpus("train")[:60]
    tagger = Tagger.for_corpus(data, Settings(**{**SMALL, **chosen}), compiled=False)
    train(tagger, data, data)
    return tagger


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return trained()


@pytest.mark.parametrize("chosen", NETWORKS, ids=str)
def test_before_training_the_scores_are_those_of_the_tagger(chosen: dict[str, object]) -> None:
    before = trained(**{**chosen, "epochs": 1})
    made = extended(before, NEW)
    assert made.tags == (*before.tags, "B-CAR", "I-CAR", "E-CAR", "S-CAR")
    assert made.scheme == before.scheme
    assert len(made.vocabulary) > len(before.vocabulary)
    count = len(before.tags)
    own, new = (each._scores(each.lexicon.flat(TEXTS)) for each in (before, made))
    np.testing.assert_allclose(new[:, :count], own, rtol=1e-5, atol=1e-6)
    new_tags = new[:, count:]
    np.testing.assert_array_equal(new_tags, np.broadcast_to(new_tags[0, 0], new_tags.shape))


def test_where_nothing_is_new_the_tagger_is_reproduced_exactly(tagger: Tagger) -> None:
    made = extended(tagger, embedded.corpus("train")[:60])
    words = [each.words for each in embedded.corpus("dev")[:20]]
    assert made.tag(words) == tagger.tag(words)
    for own, new in zip(tagger.probabilities(words), made.probabilities(words), strict=True):
        np.testing.assert_array_equal(own, new)


def test_without_new_types_the_tags_are_the_same(tagger: Tagger) -> None:
    data = embedded.corpus("dev")[:20]
    made = extended(tagger, data)
    assert len(made.vocabulary) > len(tagger.vocabulary)
    words = [each.words for each in data]
    assert made.tag(words) == tagger.tag(words)
    for own, new in zip(tagger.probabilities(words), made.probabilities(words), strict=True):
        np.testing.assert_allclose(own, new, rtol=1e-4, atol=1e-6)


def test_tables_keep_their_rows_and_counts_are_added(tagger: Tagger) -> None:
    made = extended(tagger, NEW)
    before, after = tagger.vocabulary, made.vocabulary
    assert after.words[: len(before)] == before.words
    assert {"volvo", "zyxfiat"} <= set(after.words) - set(before.words)
    the = before.words.index("the")
    assert after.counts[the] == before.counts[the] + 1
    for name in ("affixes", "characters"):
        own, new = (getattr(each.lexicon, name).names for each in (tagger, made))
        assert new[: len(own)] == own
        assert len(new) > len(own), name


def test_new_types_are_learned_and_the_tagger_before_is_unchanged(
    tagger: Tagger, tmp_path: Path
) -> None:
    before = tagger.network.state()
    settings = tagger.settings.model_copy(
        update={"epochs": 30, "patience": 30, "learning_rate": 0.02, "input_dropout": 0.0}
    )
    made = extended(tagger, NEW, settings=settings)
    train(made, NEW, NEW)
    assert made.evaluate(NEW).overall.f1 == 100.0
    for path, value in tagger.network.state().items():
        np.testing.assert_array_equal(value, before[path])
    save(made, tmp_path / "model")
    words = [each.words for each in NEW]
    assert load(tmp_path / "model").tag(words) == made.tag(words)


def test_settings_of_another_network_are_refused(tagger: Tagger) -> None:
    for change in ({"hidden": 25}, {"word_size": 17}, {"decoder": "softmax"}, {"affix_size": 13}):
        with pytest.raises(ModelError, match="need other weights"):
            extended(tagger, NEW, settings=tagger.settings.model_copy(update=change))


def test_a_tagger_of_characters_refuses_words() -> None:
    data = [Sentence(tuple("\uc11c\uc6b8 \uc740"), ("B-LC", "I-LC", "O", "O"))]
    made = Tagger.for_corpus(data, Settings(**SMALL), compiled=False)
    with pytest.raises(ModelError, match="one of characters"):
        extended(made, NEW)
    assert len(extended(made, data).vocabulary) == len(made.vocabulary)


def test_new_words_have_the_vectors_of_the_file() -> None:
    vectors = WordVectors(["volvo", "london"], np.eye(2, 16, dtype=np.float32))
    data = embedded.corpus("train")[:20]
    before = Tagger.for_corpus(data, Settings(**SMALL), vectors, compiled=False)
    made = extended(before, NEW)
    given = made.lexicon.features(["Volvo"]).given
    assert given is not None
    np.testing.assert_array_equal(given[1], vectors.table[0])
    own, new = (each._scores(each.lexicon.flat([["Volvo", "zyxfiat"]])) for each in (before, made))
    np.testing.assert_allclose(new[:, : len(before.tags)], own, rtol=1e-5, atol=1e-6)


def test_a_pretrained_encoder_is_continued(tmp_path: Path) -> None:
    pytest.importorskip("tokenizers")
    settings = recommended("pretrained", has_vectors=False).model_copy(update={"epochs": 1})
    net = open_encoder(write_net(tmp_path / "bert"), settings)
    before = Tagger.for_corpus(CORPUS, settings, compiled=False, net=net)
    save(before, tmp_path / "model")
    own = before._scores(before.lexicon.flat(TEXTS))
    new = (made := extended(load(tmp_path / "model"), NEW))._scores(made.lexicon.flat(TEXTS))
    np.testing.assert_allclose(new[:, : len(before.tags)], own, rtol=1e-4, atol=1e-5)
    code, output = run(tmp_path, "--last", "1", "--epochs", "1", "--out", str(tmp_path / "o"))
    assert code == 0, output
    assert load(tmp_path / "o").settings.last == 1
    code, output = run(tmp_path, "--encoder", "window")
    assert code != 0
    assert "--encoder is 'window'" in output


@pytest.fixture(scope="module")
def folder(tagger: Tagger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("init")
    save(tagger, place / "model")
    return place


def run(folder: Path, *options: str) -> tuple[int, str]:
    write_labelled(folder / "new.jsonl", NEW)
    given = ["--init", str(folder / "model"), "--train", str(folder / "new.jsonl")]
    given += ["--dev", str(folder / "new.jsonl"), "--no-compile", *options]
    result = CliRunner().invoke(app, ["ner", "train", *given])
    return result.exit_code, " ".join(result.output.split())


def test_the_command_continues_and_resumes(folder: Path, tmp_path: Path) -> None:
    options = ["--out", str(tmp_path / "out"), "--checkpoint", str(tmp_path / "checkpoint")]
    assert run(folder, *options, "--epochs", "2", "--hidden", "24")[0] == 0
    made = load(tmp_path / "out")
    assert "S-CAR" in made.tags
    assert "S-PER" in made.tags
    assert made.settings.word_size == 16
    code, output = run(folder, *options, "--epochs", "2")
    assert code == 0, output
    assert "continuing after epoch 2" in output
    shutil.copytree(folder / "model", tmp_path / "model")
    other = load(tmp_path / "model")
    weight = other.network.parameters()[0]
    weight.assign(weight.read() + 1)
    save(other, tmp_path / "model")
    code, output = run(tmp_path, *options, "--epochs", "2")
    assert code != 0
    assert "initial tagger" in output


REFUSED = {
    "--hidden is 30, but the tagger of --init was made with 24": ["--hidden", "30"],
    "--decoder is 'softmax'": ["--decoder", "softmax"],
    "--augment is": ["--augment", "case"],
    "--units is 'characters', but the tagger": ["--units", "characters"],
    "and --gazetteer were both given": ["--gazetteer", "names.txt"],
    "and --vectors were both given": ["--vectors", "glove.txt"],
}


@pytest.mark.parametrize("reason", REFUSED)
def test_options_that_contradict_the_tagger_are_refused(
    folder: Path, tmp_path: Path, reason: str
) -> None:
    code, output = run(folder, "--out", str(tmp_path / "out"), *REFUSED[reason])
    assert code != 0
    assert reason in output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", [["--checkpoint", "c"], ["--seeds", "2"]])
def test_a_tagger_that_is_begun_from_again_is_not_replaced(
    folder: Path, tmp_path: Path, option: list[str]
) -> None:
    given = [*option[:1], str(tmp_path / "c") if option[1] == "c" else option[1]]
    before = (folder / "model" / "config.json").read_bytes()
    code, output = run(folder, "--out", str(folder / "model"), *given)
    assert code != 0
    assert "Name another folder for --out" in output
    assert (folder / "model" / "config.json").read_bytes() == before
    assert not (tmp_path / "c").exists()


def test_init_needs_data(folder: Path) -> None:
    result = CliRunner().invoke(app, ["ner", "train", "--init", str(folder / "model")])
    assert result.exit_code != 0
    assert "Give --train" in result.output
