"""The three stages learn, are a function of seeds, and go on after a stop."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small_corpus import TOPICS, texts, write_labelled

import chainrule as cr
from chainrule.classify import read_labelled
from chainrule.pretrained.ulmfit import classifier, language_model, vocabulary
from chainrule.pretrained.ulmfit.word_tokenizer import document
from chainrule.ulmfit import (
    ClassifierSettings,
    LanguageSettings,
    UlmfitError,
    fine_tune,
    learning_curve,
    pretrain,
    train_classifier,
    train_language_model,
)
from chainrule.ulmfit.language_training import discriminative
from chainrule.ulmfit.next_words import NextWordLoss, NextWords
from chainrule.ulmfit.unfreezing import described

pytestmark = pytest.mark.native
RAW = [document(text) for _, text in texts(240, seed=9)]
SETTINGS = LanguageSettings(
    epochs=10, batch_size=8, steps=12, learning_rate=2e-2, dropout=0.1, activation=0.1, seed=1
)
SIZES = {"width": 12, "hidden": (16,), "least": 1}


class Stop(cr.train.Callback):
    """Ends a run after so many steps of all phases, as a kill would: by an error."""

    def __init__(self, steps):
        self.left = steps

    def after_step(self, run):
        self.left -= 1
        if not self.left:
            raise RuntimeError("stopped here")


@pytest.fixture(scope="module")
def language():
    return pretrain(RAW, SETTINGS, **SIZES)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labelled")
    return [
        read_labelled(write_labelled(folder / f"{name}.tsv", count, seed))
        for name, count, seed in (("train", 40, 1), ("dev", 30, 2))
    ]


def loss_of(net, found):
    """Return the mean loss of the next words of documents, each read from a state of zero."""
    total = words = 0.0
    for each in found:
        ids = np.array([net.tokenizer.numbers(each)])
        scores = net(ids[:, :-1]).scores
        total += float(cr.nn.cross_entropy(scores, ids[:, 1:]).item()) * (len(each) - 1)
        words += len(each) - 1
    return total / words


def test_a_language_model_learns_its_language(language):
    assert not language.training
    assert language.carried is None
    held_out = [document(text) for _, text in texts(20, seed=7)]
    fresh = language_model(language.tokenizer.words, 12, (16,), random=1)
    assert math.exp(loss_of(fresh, held_out)) > 15
    assert math.exp(loss_of(language, held_out)) < 4


def test_a_run_that_was_stopped_ends_with_the_same_weights(tmp_path):
    def trained(**options):
        net = language_model(vocabulary(RAW, 100, 1), 6, (8,), random=0)
        ids = [np.array(net.tokenizer.numbers(each)) for each in RAW[:60]]
        settings = SETTINGS.model_copy(update={"epochs": 2, "dropout": 0.5})
        history = train_language_model(net, ids, settings, validate=ids[:20], **options)
        return net, history

    whole, history = trained()
    assert [*history.epochs[0]].count("validation_loss") == 1
    folder = cr.train.Checkpoint(tmp_path, every_steps=1)
    with pytest.raises(RuntimeError, match="stopped here"):
        trained(checkpoint=folder, callbacks=[Stop(6)])
    resumed, _ = trained(checkpoint=folder)
    for path, each in whole.state().items():
        np.testing.assert_array_equal(each, resumed.state()[path], err_msg=path)


def test_validation_loss_has_no_regularisation_and_no_dropout():
    net = language_model(vocabulary(RAW, 100, 1), 6, (8,), random=0)
    net.reset(2)
    model, loss = NextWords(net), NextWordLoss(2.0, 1.0)
    ids, begins = np.array([[2, 9, 10, 11], [2, 12, 13, 14]]), np.array([True, True])
    plain = cr.nn.cross_entropy(model.eval()(ids, begins), ids).item()
    assert loss(model(ids, begins), ids).item() == pytest.approx(plain)
    scores, dropped, hidden = model.train()(ids, begins)
    wanted = cr.nn.cross_entropy(scores, ids).item()
    wanted += 2 * (dropped.value**2).mean() + (np.diff(hidden.value, axis=1) ** 2).mean()
    assert loss((scores, dropped, hidden), ids).item() == pytest.approx(wanted, rel=1e-5)


def test_rates_fall_from_layer_to_layer_and_word_vectors_have_that_of_the_head(language):
    found = discriminative(language, 2.0)
    assert len(found) == len(language.parameters())
    named = language.named_parameters()

    def options(path):
        return found[str(named[path].name)]

    factors = {path: options(path)["learning_rate_factor"] for path in named}
    assert factors["body.words.layer.weight"] == factors["head.bias"] == 1
    assert factors["body.layers.1.layer.weight_hh_l0"] == 1
    assert factors["body.layers.0.layer.weight_hh_l0"] == 0.5
    assert options("head.bias")["weight_decay"] == 0
    assert "weight_decay" not in options("body.layers.0.layer.weight_hh_l0")


def test_fine_tuning_begins_with_the_weights_and_takes_new_words(language):
    settings = SETTINGS.model_copy(update={"epochs": 2, "rate_divisor": 2.6})
    more = [text.replace("soup", "stew") for _, text in texts(60, seed=3)]
    tuned = fine_tune(language, more, settings, validate=more[:20], least=1)
    assert "stew" in tuned.tokenizer.words
    assert "soup" not in tuned.tokenizer.words
    held_out = [document(text.replace("soup", "stew")) for _, text in texts(20, seed=7)]
    assert math.exp(loss_of(tuned, held_out)) < 4
    assert "stew" not in language.tokenizer.words


def test_gradual_unfreezing_trains_more_in_every_phase(language, labelled):
    learned, dev = labelled
    settings = ClassifierSettings(epochs=4, batch_size=8, learning_rate=0.02, dropout=0.0, seed=3)
    changes, lines, figures = [], [], []

    def after_phase(classifier):
        state = classifier.net.state()
        before = changes[-1][0] if changes else fresh.state()
        moved = {path for path in state if not np.array_equal(state[path], before[path])}
        changes.append((state, {path.partition(".layer.")[0] for path in moved}))
        figures.append(classifier.evaluate(dev)["accuracy"])

    fresh = classifier(language, ["food", "sport"], settings.seed)
    made, _ = train_classifier(
        language, learned, settings, on_phase=lines.append, after_phase=after_phase
    )
    head, last, every = [parts for _, parts in changes]
    assert not any(each.startswith("body") for each in head)
    assert {each for each in last if each.startswith("body")} == {"body.layers.1"}
    assert {"body.words", "body.layers.0", "body.layers.1"} <= every
    assert [each.partition(": ")[2] for each in lines] == [
        "the head",
        "the head and the last layer",
        "everything",
    ]
    assert figures[-1] == made.evaluate(dev)["accuracy"] > 0.95
    assert not made.net.training
    assert not any(each.frozen for each in made.net.named_parameters().values())
    at_once = settings.model_copy(update={"gradual": False}).phases(2)
    assert [described(each) for each in at_once] == ["everything"]


def test_running_statistics_are_those_of_the_texts(language, labelled):
    """In inference, what reaches the first normalisation is standardised over the texts."""
    learned, _ = labelled
    made, _ = train_classifier(language, learned, ClassifierSettings(epochs=1, batch_size=16))
    net, norm = made.net, made.net.head.norms[0]
    rows = [net.text_vectors(net.tokenize([each])).value[0] for each in learned.texts]
    np.testing.assert_allclose(norm.running_mean.value, np.mean(rows, axis=0), atol=1e-5)
    variance = np.var(rows, axis=0, ddof=1)
    np.testing.assert_allclose(norm.running_var.value, variance, rtol=1e-3, atol=1e-7)


def test_a_stopped_classifier_continues_in_its_phase(language, labelled, tmp_path):
    learned, _ = labelled
    settings = ClassifierSettings(epochs=2, batch_size=8, seed=3, extents=1)

    def trained(**options):
        return train_classifier(language, learned, settings, **options)[0].net.state()

    whole = trained()
    with pytest.raises(RuntimeError, match="stopped here"):
        trained(checkpoint=tmp_path, callbacks=lambda classifier: [Stop(7)])
    assert {each.name for each in tmp_path.iterdir()} == {"phase-1", "phase-2"}
    resumed = trained(checkpoint=tmp_path)
    for path, each in whole.items():
        np.testing.assert_array_equal(each, resumed[path], err_msg=path)


def test_a_curve_has_a_figure_for_every_size_and_seed(language, labelled, tmp_path):
    learned, dev = labelled
    settings = ClassifierSettings(
        epochs=4, batch_size=8, learning_rate=0.02, dropout=0.0, extents=1
    )
    lines = []
    curve = learning_curve(
        language, learned, dev, [4, 99], settings, steps=4, seeds=2, on_training=lines.append
    )
    assert curve.sizes == (4, 40)
    assert {name: each.shape for name, each in curve.accuracies.items()} == {
        "pretrained": (2, 2),
        "from scratch": (2, 2),
    }
    assert curve.accuracies["pretrained"][1].mean() > 0.9
    assert "40" in str(curve)
    assert curve.data()["held_out"] == 30
    assert "4 texts, seed 1, from scratch" in lines
    pytest.importorskip("matplotlib")
    figure = curve.plot(tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert [each.get_label() for each in figure.axes[0].lines] == ["pretrained", "from scratch"]
    with pytest.raises(UlmfitError, match=r"Name it \.png"):
        curve.plot(tmp_path / "curve.txt")
    with pytest.raises(UlmfitError, match=f"at least {len(TOPICS)} texts"):
        learning_curve(language, learned, dev, [1], settings)
