"""Taggers with vectors of words in their sentence: training, tagging, explaining, what is saved."""

import copy
import json
import pickle

import numpy as np
import pytest
from typer.testing import CliRunner

from chainrule.cli import app
from chainrule.explorer.tag_document import tag_graph
from chainrule.ner import ModelError, Settings, Tagger, explain, extended, load, save, train
from chainrule.ner.features.contextual import ContextualVectors
from chainrule.ner.training_batches import TrainingBatches
from chainrule.ner.word_encoder_folder import open_word_encoder
from chainrule.pretrained.flair import (
    CharacterLanguageModel,
    CharacterTable,
    LanguageModelSettings,
)
from chainrule.text import Sentence, write_conll

SIZES = {"word_size": 4, "capital_size": 0, "affix_size": 0, "characters": "none", "hidden": 8}
# Whether "May" is a person depends on the words beside it.
CORPUS = [
    Sentence(("May", "sings"), ("B-PER", "O")),
    Sentence(("Ann", "sings"), ("B-PER", "O")),
    Sentence(("in", "May", "it", "rains"), ("O", "O", "O", "O")),
    Sentence(("Ann", "met", "May", "Lee"), ("B-PER", "O", "B-PER", "I-PER")),
] * 2


def encoder(forward=True, hidden=6, seed=0):
    table = CharacterTable(["<unk>", " ", "\n", *"AMaceinrstyLghomw."])
    settings = LanguageModelSettings(forward, embedding=4, hidden=hidden, decodes=False)
    net = CharacterLanguageModel(table, settings, seed).eval()
    for each in net.parameters():
        each.assign(each.read() * 3)
    return net


def made(settings=None, compiled=False, encoders=None, **options):
    encoders = [encoder(), encoder(False, 5)] if encoders is None else encoders
    settings = settings or Settings(**SIZES)
    return Tagger.for_corpus(CORPUS, settings, compiled=compiled, word_encoders=encoders, **options)


def words_of(sentences):
    return [each.words for each in sentences]


@pytest.mark.native
@pytest.mark.parametrize("name", ["window", "cnn", "bilstm"])
def test_native_code_and_the_reference_give_the_same_scores_in_any_company(name):
    settings = Settings(**SIZES, encoder=name)
    native, reference = (made(settings, compiled=each) for each in (True, False))
    sentences = [*words_of(CORPUS), (), ("May",) * 70]
    together = native.probabilities(sentences)
    for words, one, three in zip(
        sentences, together, reference.probabilities(sentences), strict=True
    ):
        np.testing.assert_allclose(one, native.probabilities([words])[0], atol=1e-5)
        np.testing.assert_allclose(one, three, atol=1e-5)
    tags = native.tag(sentences)
    assert tags == reference.tag(sentences)
    assert tags == [native.tag([each])[0] for each in sentences]
    lines = native.columns(sentences).split()
    assert lines[1::2] == [tag for each in tags for tag in each]


def test_scores_are_those_of_the_network_on_the_vectors_of_the_encoders():
    tagger = made(Settings(**SIZES, encoder="bilstm"))
    words = ["Ann", "met", "May"]
    vectors = np.concatenate(
        [encoder().word_vectors([words])[0], encoder(False, 5).word_vectors([words])[0]], axis=1
    )
    ids = tagger.vocabulary.ids(words)
    table = tagger.network.vectors.words.weight.read()
    inputs = np.concatenate([table[ids], vectors], axis=1)[None]
    hidden = tagger.network.encoder(inputs, np.array([3]))
    wanted = tagger.network.scores(hidden).read()[0]
    found = tagger._scorer.scores(tagger.lexicon.flat([words]))
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.native
def test_training_learns_what_only_the_sentence_tells():
    settings = Settings(
        **SIZES,
        encoder="window",
        decoder="softmax",
        window=0,
        epochs=60,
        patience=60,
        batch_size=12,
        learning_rate=0.02,
        input_dropout=0,
        hidden_dropout=0,
        unknown_rate=0,
    )
    with_vectors = made(settings, compiled=True, encoders=[encoder(hidden=24)])
    without = Tagger.for_corpus(CORPUS, settings)
    before = with_vectors.lexicon.contextual.encoders[0].state()
    for each in (with_vectors, without):
        train(each, CORPUS, CORPUS)
    assert with_vectors.evaluate(CORPUS).overall.f1 == 100
    assert without.evaluate(CORPUS).overall.f1 < 100
    after = with_vectors.lexicon.contextual.encoders[0].state()
    assert all(before[name].tobytes() == after[name].tobytes() for name in before)


class Counting:
    """An encoder that counts what it is asked for."""

    width = 3

    def __init__(self):
        self.asked = []

    def word_vectors(self, sentences):
        self.asked += sentences
        return [np.ones((len(each), 3), np.float32) for each in sentences]

    def save(self, folder):
        raise NotImplementedError


@pytest.mark.native
def test_vectors_are_computed_once_per_sentence_while_training_lasts():
    counting = Counting()
    tagger = made(Settings(**SIZES, epochs=3), encoders=[counting])
    dev = [Sentence(("Ann", "Lee"), ("B-PER", "I-PER")), CORPUS[0]]
    train(tagger, CORPUS, dev)
    assert sorted(counting.asked) == sorted({each.words for each in [*CORPUS, *dev]})
    tagger.tag([("Ann", "Lee")])
    assert counting.asked[-1] == ("Ann", "Lee")


def test_changed_sentences_have_their_own_vectors():
    tagger = made(Settings(**SIZES, augment=("mentions",), batch_size=1000))
    (batch,) = TrainingBatches(tagger, CORPUS)(1)
    lengths, *features, _ = batch
    named = dict(zip(tagger.network.vectors.inputs, features, strict=True))
    names = tagger.vocabulary.words
    margin = tagger.settings.window
    for row, length in enumerate(lengths):
        inside = slice(margin, margin + length)
        words = [names[i] for i in named["words"][row, inside]]
        if "<unknown>" in words or any(each not in {"ann", "may", "lee"} for each in words):
            continue
        assert named["contextual"][row, inside].any()
    assert not named["contextual"][:, 0].any()  # padding


def test_memory_that_there_is_not_is_a_sentence(monkeypatch):
    def refuse(size):
        raise MemoryError

    vectors = ContextualVectors([Counting()])
    monkeypatch.setattr("chainrule.ner.features.contextual.require_memory", refuse)
    with pytest.raises(ModelError, match=r"vectors of 3 words have 36 bytes, 3 numbers"):
        vectors.rows([("a", "b")])
    with pytest.raises(ModelError, match="of no encoder"):
        ContextualVectors([])


@pytest.mark.parametrize("name", ["window", "bilstm"])
def test_a_saved_tagger_is_complete(tmp_path, name):
    tagger = made(Settings(**SIZES, encoder=name))
    sentences = words_of(CORPUS)
    save(tagger, tmp_path / "model")
    again = load(tmp_path / "model")
    copies = [
        again,
        pickle.loads(pickle.dumps(tagger)),
        copy.deepcopy(tagger),
        extended(tagger, CORPUS),
    ]
    for each in copies:
        for one, two in zip(
            each.probabilities(sentences), tagger.probabilities(sentences), strict=True
        ):
            np.testing.assert_allclose(one, two, atol=1e-6)


def test_files_of_encoders_are_linked_when_a_tagger_is_saved_again(tmp_path):
    tagger = made()
    save(tagger, tmp_path / "model")
    file = "word_encoders/1/model.safetensors"
    first = (tmp_path / "model" / file).stat().st_ino
    save(tagger, tmp_path / "model")
    assert (tmp_path / "model" / file).stat().st_ino == first
    (tmp_path / "model" / file).write_bytes(b"other")
    save(tagger, tmp_path / "other")
    assert load(tmp_path / "other").lexicon.contextual.width == 11


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.write_bytes(path.read_bytes() + b" "), "was changed, is damaged"),
        (lambda path: path.unlink(), "is missing"),
    ],
)
def test_damaged_files_of_encoders_are_refused(tmp_path, damage, message):
    save(made(), tmp_path / "model")
    damage(tmp_path / "model" / "word_encoders" / "0" / "config.json")
    with pytest.raises(ModelError, match=message):
        load(tmp_path / "model")


@pytest.mark.parametrize("value", [None, {}, [None], [{}], [{"../x": "0"}], [{"config.json": 1}]])
def test_configurations_with_other_encoders_are_refused(tmp_path, value):
    save(made(), tmp_path / "model")
    path = tmp_path / "model" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "word_encoders": value}))
    with pytest.raises(ModelError, match=r"word_encoders must be|encoder must be"):
        load(tmp_path / "model")


def test_an_explanation_has_a_part_per_contextual_vector():
    tagger = made(Settings(**SIZES, encoder="window"), gazetteer=None)
    found = explain(tagger, "Ann met May Lee", word="May")[0]
    parts = [part for word in found.words for part in word.parts]
    assert {"word", "contextual vector"} <= {each.feature for each in parts}
    total = found.baseline_score + sum(each.value for each in found.words) + found.unexplained
    assert total == pytest.approx(found.score, abs=1e-4)
    graph = tag_graph(tagger, ["Ann", "met", "May"], 2)
    assert '"contextual vector"' in json.dumps(graph.report)


def test_both_kinds_of_encoders_are_not_given_together(tmp_path):
    from pretrained_corpus import write_net

    from chainrule.ner.encoder_folder import open_encoder

    pytest.importorskip("tokenizers")
    folder = write_net(tmp_path / "bert")
    settings = Settings(**{**SIZES, "encoder": "pretrained"})
    net = open_encoder(folder, settings)
    with pytest.raises(ModelError, match="Give one kind"):
        made(settings, encoders=[encoder()], net=net)
    with pytest.raises(ModelError, match="gives words no vectors"):
        open_word_encoder(folder)
    encoder().save(tmp_path / "forward")
    both = ["--encoder", str(folder), "--encoder", str(tmp_path / "forward")]
    result = CliRunner().invoke(app, ["ner", "train", *both, "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "exclude each other" in result.output


@pytest.mark.native
def test_the_command_trains_and_tags_with_encoders(tmp_path):
    write_conll(tmp_path / "train.conll", CORPUS)
    for name, net in (("forward", encoder()), ("backward", encoder(False))):
        net.save(tmp_path / name)
    out = tmp_path / "tagger"
    named = [
        part
        for each in ("bilstm", tmp_path / "forward", tmp_path / "backward")
        for part in ("--encoder", str(each))
    ]
    data = ["--train", str(tmp_path / "train.conll"), "--dev", str(tmp_path / "train.conll")]
    command = ["ner", "train", *data, *named, "--epochs", "2", "--hidden", "8", "--out", str(out)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    tagger = load(out)
    assert tagger.settings.encoder == "bilstm"
    assert [each.settings.direction for each in tagger.lexicon.contextual.encoders] == [
        "forward",
        "backward",
    ]
    again = [*command[:-1], str(tmp_path / "next"), "--init", str(out)]
    result = CliRunner().invoke(app, again)
    assert result.exit_code == 2
    assert "--encoder" in result.output
    kept = [
        "ner",
        "train",
        *data,
        "--init",
        str(out),
        "--epochs",
        "1",
        "--out",
        str(tmp_path / "n"),
    ]
    result = CliRunner().invoke(app, kept)
    assert result.exit_code == 0, result.output
    assert load(tmp_path / "n").lexicon.contextual.width == 12


def test_paths_that_are_neither_are_refused(tmp_path):
    result = CliRunner().invoke(app, ["ner", "train", "--encoder", str(tmp_path / "none")])
    assert result.exit_code == 2
    assert "neither window, cnn, bilstm nor a path" in " ".join(result.output.split())


def test_taggers_without_encoders_have_the_layout_that_they_had(tmp_path):
    tagger = Tagger.for_corpus(CORPUS, Settings(**SIZES), compiled=False)
    save(tagger, tmp_path / "model")
    assert not (tmp_path / "model" / "word_encoders").exists()
    assert tagger.network.vectors.inputs == ("words", "capitals")
