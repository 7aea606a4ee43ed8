"""The tagger learns, is saved and loaded whole, and never gives an invalid tag sequence."""

import json

import numpy as np
import pytest

import chainrule as cr
from chainrule.ner import (
    ModelError,
    Settings,
    Tagger,
    embedded,
    form_cache,
    load,
    save,
    train,
)
from chainrule.ner.brackets import bracketed
from chainrule.ner.encoders import margin_of
from chainrule.text import Sentence, spans

TINY = Settings(
    window=1,
    word_size=8,
    capital_size=3,
    hidden=16,
    epochs=12,
    batch_size=4,
    input_dropout=0.1,
    learning_rate=0.01,
)
TRAIN = [
    Sentence(("Ada", "Lovelace", "visited", "London", "."), ("B-PER", "I-PER", "O", "B-LOC", "O")),
    Sentence(("Turin", "welcomed", "Ada", "."), ("B-LOC", "O", "B-PER", "O")),
    Sentence(("It", "rained", "."), ("O", "O", "O")),
    Sentence(("London", "thanked", "Ada", "Lovelace"), ("B-LOC", "O", "B-PER", "I-PER")),
] * 4


@pytest.fixture(scope="module")
def trained():
    tagger = Tagger.for_corpus(TRAIN, TINY)
    epochs = []
    train(tagger, TRAIN, TRAIN, on_epoch=epochs.append)
    return tagger, epochs


def test_it_learns_its_training_data(trained):
    tagger, history = trained
    assert history[-1].loss < history[0].loss / 2
    assert history[-1].f1 > 90
    assert tagger.evaluate(TRAIN).overall.f1 == history[-1].f1


def test_tags_come_in_the_scheme_of_the_training_data(trained):
    tagger, _ = trained
    assert tagger.tag([["Ada", "Lovelace", "visited", "Turin"]]) == [
        ("B-PER", "I-PER", "O", "B-LOC")
    ]


def test_no_sentence_and_empty_sentences_can_be_tagged(trained):
    tagger, _ = trained
    assert tagger.tag([]) == []
    assert tagger.tag([[], ["Ada"], []])[0] == ()


def test_every_predicted_sequence_is_valid():
    tagger = Tagger.for_corpus(TRAIN, TINY)
    words = np.random.default_rng(0).choice(["Ada", "London", "x", "."], (50, 9))
    for tags in tagger.tag(words.tolist()):
        inside = [i for i, tag in enumerate(tags) if tag.startswith("I-")]
        assert all(tags[i - 1][2:] == tags[i][2:] for i in inside)


def test_the_same_seed_gives_the_same_weights_bit_for_bit(trained):
    again = Tagger.for_corpus(TRAIN, TINY)
    train(again, TRAIN, TRAIN)
    for name, value in trained[0].network.state().items():
        np.testing.assert_array_equal(value, again.network.state()[name])


def test_another_seed_gives_other_weights(trained):
    other = Tagger.for_corpus(TRAIN, TINY.model_copy(update={"seed": 1}))
    assert (other.network.state()["encoder.hidden.weight"] != 0).any()
    first = Tagger.for_corpus(TRAIN, TINY).network.state()["encoder.hidden.weight"]
    assert (other.network.state()["encoder.hidden.weight"] != first).any()


class Failing(cr.train.Callback):
    def after_step(self, run):
        if run.epoch == 4:
            raise RuntimeError("the machine was switched off")


def test_a_run_that_was_killed_continues_bit_for_bit(tmp_path):
    settings = TINY.model_copy(update={"epochs": 5, "characters": "convolution"})
    whole, killed, again = (Tagger.for_corpus(TRAIN, settings) for _ in range(3))
    train(whole, TRAIN, TRAIN)
    checkpoint = cr.train.Checkpoint(tmp_path, every_steps=3)
    with pytest.raises(RuntimeError, match="switched off"):
        train(killed, TRAIN, TRAIN, callbacks=[Failing()], checkpoint=checkpoint)
    earlier, epochs = [], []
    options = {"on_resume": earlier.extend, "on_epoch": epochs.append, "checkpoint": checkpoint}
    train(again, TRAIN, TRAIN, callbacks=[cr.train.Callback()], **options)
    assert len(earlier) >= 2
    assert [each.number for each in (*earlier, *epochs)] == [1, 2, 3, 4, 5]
    for name, value in whole.network.state().items():
        np.testing.assert_array_equal(value, again.network.state()[name])


OTHERS = {
    "words": [Sentence(("Eva", *each.words[1:]), each.tags) for each in TRAIN],
    "tags": [*TRAIN[:-1], Sentence(TRAIN[-1].words, ("B-LOC", "O", "O", "O"))],
    "order": TRAIN[::-1],
}


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stopped")
    checkpoint = cr.train.Checkpoint(folder, every_steps=3)
    tagger = Tagger.for_corpus(TRAIN, TINY)
    with pytest.raises(RuntimeError, match="switched off"):
        train(tagger, TRAIN, TRAIN, callbacks=[Failing()], checkpoint=checkpoint)
    return folder


@pytest.mark.parametrize("changed", [*OTHERS, "held-out data", "seed", "features"])
def test_a_checkpoint_of_other_data_of_equal_shapes_is_refused(stopped, changed):
    data, dev = OTHERS.get(changed, TRAIN), TRAIN[::-1] if changed == "held-out data" else TRAIN
    settings = TINY.model_copy(update={"seed": 1} if changed == "seed" else {})
    tagger = Tagger.for_corpus(TRAIN, settings)
    named = {"words": "sentences", "tags": "sentences", "order": "sentences"}
    if changed == "features":
        features = tagger.lexicon.affixes
        features._ids = dict.fromkeys(features.names, 1)
    before = tagger.network.state()
    files = {each.name: each.read_bytes() for each in stopped.iterdir()}
    with pytest.raises(cr.train.CheckpointError, match=rf"{named.get(changed, changed)} was .* is"):
        train(tagger, data, dev, callbacks=[cr.train.Callback()], checkpoint=stopped)
    assert files == {each.name: each.read_bytes() for each in stopped.iterdir()}
    for name, value in tagger.network.state().items():
        np.testing.assert_array_equal(value, before[name])


def test_training_ends_early_without_a_better_f1():
    settings = TINY.model_copy(update={"patience": 2, "learning_rate": 1e-9, "epochs": 50})
    history = train(Tagger.for_corpus(TRAIN, settings), TRAIN, TRAIN)
    assert len(history.epochs) == 3
    assert "dev_f1 was best in epoch 1" in history.stopped


@pytest.mark.parametrize("decoder", ["softmax", "crf"])
def test_the_bias_of_the_outside_tag_finds_more_or_fewer_entities(decoder):
    found = []
    for bias in (-50.0, 50.0):
        settings = TINY.model_copy(update={"outside_bias": bias, "decoder": decoder})
        tagger = Tagger.for_corpus(TRAIN, settings)
        found.append([tag for tags in tagger.tag([["Ada", "ran"]] * 2) for tag in tags])
        assert [*tagger.tag([["Ada", "ran"]])[0]] == found[-1][:2]
    assert "O" not in found[0]
    assert {*found[1]} == {"O"}


@pytest.mark.parametrize("decoder", ["softmax", "crf"])
def test_tags_have_probabilities(decoder):
    tagger = Tagger.for_corpus(TRAIN, TINY.model_copy(update={"decoder": decoder}))
    sentences = [["Ada", "saw", "Turin"], [], ["x"]]
    found = tagger.probabilities(sentences)
    assert [each.shape for each in found] == [(3, 9), (0, 9), (1, 9)]
    np.testing.assert_allclose(found[0].sum(axis=1), 1, rtol=1e-5)
    best = tagger.best(sentences[0], 3)
    assert best[0][0] == tagger.tag(sentences)[0]
    assert 1 >= best[0][1] >= best[1][1] >= best[2][1] > 0
    assert tagger.best([]) == [((), 1.0)]
    every = sum(probability for _, probability in tagger.best(["x"], 100))
    assert every == pytest.approx(1)
    with pytest.raises(cr.ChainruleError, match="0 sequences were requested"):
        tagger.best(["x"], 0)


@pytest.mark.native
@pytest.mark.parametrize("decoder", ["softmax", "crf"])
def test_a_sentence_alone_has_the_tags_that_it_has_among_others(trained, decoder):
    tagger = trained[0]
    if decoder == "softmax":
        tagger = Tagger.for_corpus(TRAIN, TINY.model_copy(update={"decoder": decoder}))
    random = np.random.default_rng(0)
    words = ["Ada", "London", "x", ".", "Turin", "It", "12"]
    sentences = [[*random.choice(words, size)] for size in (1, 2, 7, 8, 9, 17, 64, 65)]
    assert [tagger.tag([each])[0] for each in sentences] == tagger.tag(sentences)


@pytest.mark.native
def test_words_are_computed_again_when_a_weight_changes(trained):
    tagger = Tagger.for_corpus(TRAIN, TINY)
    sentence = ["Ada", "visited", "London"]
    tagger.tag([sentence])
    tagger.network.load_state(trained[0].network.state())
    assert tagger.tag([sentence]) == tagger.tag([sentence] * 2)[:1] == trained[0].tag([sentence])


def test_the_cache_of_words_begins_again_when_it_is_full(trained, monkeypatch):
    monkeypatch.setattr(form_cache, "_MOST_ROWS", 8)
    tagger = Tagger.for_corpus(TRAIN, TINY)
    tagger.network.load_state(trained[0].network.state())
    for number in range(5):
        sentence = ["Ada", f"x{number}", "London", f"y{number}"]
        assert tagger.tag([sentence, []])[0] == trained[0].tag([sentence, []])[0]
    assert len(tagger._scorer.cache._row_of) < 8


def test_a_saved_tagger_comes_back_the_same(trained, tmp_path):
    tagger, history = trained
    save(tagger, tmp_path / "model", [each.as_dict() for each in history])
    back = load(tmp_path / "model")
    assert back.settings == tagger.settings
    assert (back.tags, back.scheme, back.units) == (tagger.tags, tagger.scheme, tagger.units)
    sentences = [["Ada", "saw", "Turin"], ["unseen", "words", "42"]]
    assert back.tag(sentences) == tagger.tag(sentences)
    files = {path.name for path in (tmp_path / "model").iterdir()}
    assert files == {"model.safetensors", "config.json", "history.json"}
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_saving_replaces_an_earlier_model_but_never_other_files(trained, tmp_path):
    save(trained[0], tmp_path / "model")
    save(trained[0], tmp_path / "model")
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "chapter.txt").write_text("precious")
    with pytest.raises(ModelError, match="holds other files and would be replaced"):
        save(trained[0], other)
    assert (other / "chapter.txt").read_text() == "precious"


def test_a_file_in_the_place_of_the_folder_is_refused(trained, tmp_path):
    (tmp_path / "model").write_text("x")
    with pytest.raises(ModelError, match=r"is a file\. Name a folder"):
        save(trained[0], tmp_path / "model")


def damaged(directory, name, content):
    (directory / name).write_text(content)
    return directory


def test_damaged_models_are_refused_with_a_reason(trained, tmp_path):
    with pytest.raises(ModelError, match=r"No tagger was found in .*config\.json"):
        load(tmp_path / "nothing")
    for number, (name, content, reason) in enumerate(
        [
            ("config.json", "{", "config.json is damaged"),
            ("config.json", "{}", "not the configuration of a tagger"),
            ("model.safetensors", "x", "cannot be read"),
        ]
    ):
        save(trained[0], tmp_path / str(number))
        with pytest.raises(ModelError, match=reason):
            load(damaged(tmp_path / str(number), name, content))


def test_a_model_whose_parts_do_not_fit_is_refused(trained, tmp_path):
    save(trained[0], tmp_path / "model")
    path = tmp_path / "model" / "config.json"
    config = json.loads(path.read_text())
    config["settings"]["hidden"] = 17
    path.write_text(json.dumps(config))
    with pytest.raises(ModelError, match=r"hidden.weight has shape \(16, 339\) instead of \(17"):
        load(tmp_path / "model")
    config["settings"]["hidden"] = -1
    path.write_text(json.dumps(config))
    with pytest.raises(ModelError, match="does not hold a usable tagger"):
        load(tmp_path / "model")
    config["settings"] |= {"hidden": 16, "encoder": "tree"}
    path.write_text(json.dumps(config))
    with pytest.raises(
        ModelError, match=r"encoder is 'tree': input should be 'window', 'cnn', 'bilstm' or"
    ):
        load(tmp_path / "model")


def test_a_corpus_of_characters_gives_a_tagger_of_characters():
    corpus = [Sentence(tuple("세종은 왕"), ("B-PS", "I-PS", "O", "O", "O"))] * 3
    tagger = Tagger.for_corpus(corpus, TINY)
    assert tagger.units == "characters"
    assert tagger.split("세종 왕\n\n둘") == [list("세종 왕"), ["둘"]]


def test_characters_are_those_that_a_reader_sees():
    corpus = [
        Sentence(("\u1112\u1161\u11ab", "국", "e\u0301", " "), ("B-LC", "I-LC", "O", "O"))
    ] * 3
    tagger = Tagger.for_corpus(corpus, TINY)
    assert tagger.units == "characters"
    assert tagger.split("한국 e\u0301🇩🇪") == [["한", "국", " ", "e\u0301", "🇩🇪"]]
    assert tagger.vocabulary.ids(["한", "\xe9"]).min() > 1


def test_entities_are_shown_in_brackets():
    words, tags = ("Ada", "Lovelace", "saw", "Turin"), ("B-PER", "I-PER", "O", "B-LOC")
    assert bracketed(words, tags) == "[PER Ada Lovelace] saw [LOC Turin]"
    assert bracketed(tuple("세종은"), ("B-PS", "I-PS", "O"), "") == "[PS 세종]은"


def test_the_embedded_corpus_is_varied_and_held_out():
    train, dev = embedded.corpus("train"), embedded.corpus("dev")
    assert len(train) > 300
    assert len(dev) > 80
    assert not {each.words for each in train} & {each.words for each in dev}
    types = {span.type for each in train + dev for span in spans(each.tags)}
    assert types == {"PER", "LOC", "ORG", "MISC"}
    assert any("가" <= word[0] <= "힣" for each in dev for word in each.words)


KINDS = [
    TINY.model_copy(update={"encoder": encoder, "characters": characters})
    for encoder, characters in [
        ("window", "none"),
        ("window", "convolution"),
        ("window", "lstm"),
        ("cnn", "none"),
        ("bilstm", "none"),
    ]
]


@pytest.mark.parametrize("settings", KINDS, ids=lambda each: f"{each.encoder} {each.characters}")
@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=pytest.mark.native)])
def test_scores_of_text_are_those_of_the_network(settings, compiled):
    tagger = Tagger.for_corpus(TRAIN, settings, compiled=compiled)
    sentences = [each.words for each in TRAIN] + [["Ada", "saw", "ADA", "42"], [], ["x"]]
    network, margin = tagger.network.eval(), margin_of(settings)
    found = tagger._scorer.scores(tagger.lexicon.flat(sentences))
    whole = []
    for each in filter(None, sentences):
        features = tagger.lexicon.features(each).arrays().values()
        edges = [np.repeat(array[:1], margin, axis=0) for array in features]
        wide = [
            np.concatenate([edge, array[1:], edge])[None]
            for edge, array in zip(edges, features, strict=True)
        ]
        whole.append(network(np.array([len(each)]), *wide).read()[0])
    np.testing.assert_allclose(found, np.concatenate(whole), rtol=1e-4, atol=1e-5)


@pytest.mark.native
def test_texts_of_any_size_share_compiled_code(trained):
    tagger, _ = trained
    for count in range(1, 40):
        letters = [chr(97 + i) for i in range(count % 26)]
        tagger.tag([["Ada", "saw", str(count), "x"] * count, letters])
    for each in (tagger._scorer.native_tags, tagger._scorer.cache._compute):
        assert each.report().count("signature") <= 20


@pytest.mark.parametrize("at_once", [1, 4, 7])
def test_text_is_tagged_in_groups_of_sentences(trained, monkeypatch, at_once):
    tagger, _ = trained
    sentences = [[], *(each.words for each in TRAIN), [], ["x"], []]
    whole = tagger.tag(sentences)
    monkeypatch.setattr("chainrule.ner.tagger._TAGGED_AT_ONCE", at_once)
    assert tagger.tag(sentences) == whole
