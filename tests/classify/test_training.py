"""Fine-tuning: what is trained, at which rates, what is learned; the folder that is saved."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.classify import (
    Classifier,
    ClassifierError,
    LabelledTextError,
    Settings,
    class_names,
    load,
    read_labelled,
    save,
    train,
)
from chainrule.classify.trained_parts import choose_parts
from chainrule.classify.training import optimizer_of, schedule_of
from chainrule.pretrained import load as load_network
from chainrule.storage import read_arrays, write_arrays
from tiny_bert import write_texts

QUICK = {"epochs": 1, "batch_size": 16, "learning_rate": 5e-3}


def made(bert, data, **options):
    settings = Settings(**{**QUICK, **options})
    return Classifier.for_labels(bert, class_names(data), settings)


def trained(bert, texts, **options):
    learned, held_out = map(read_labelled, texts)
    classifier = made(bert, learned, **options)
    before = classifier.network.state()
    history = train(classifier, learned, held_out)
    after = classifier.network.state()
    same = {path: np.array_equal(each, after[path]) for path, each in before.items()}
    return classifier, history, {path for path, is_same in same.items() if not is_same}


def test_it_learns(bert, texts):
    classifier, history, changed = trained(
        bert, texts, epochs=20, patience=20, batch_size=8, extents=3
    )
    assert max(history["validation_accuracy"]) > 0.85
    assert history.losses[-10:].mean() < 0.5 * history.losses[:10].mean()
    assert changed == set(classifier.network.named_parameters())


def test_pairs_are_not_held_out_for_single_texts(bert, texts):
    learned, held_out = map(read_labelled, texts)
    classifier = made(bert, learned)
    for first, second in [(learned, held_out), (held_out, learned)]:
        pairs = replace(second, pairs=second.texts)
        with pytest.raises(LabelledTextError, match="has pairs of texts"):
            train(classifier, first, pairs)
        with pytest.raises(LabelledTextError, match="has pairs of texts"):
            train(classifier, pairs, first)


def test_a_frozen_network_trains_the_head_alone(bert, texts):
    _, _, changed = trained(bert, texts, freeze=True)
    assert changed == {"net.head.classifier.weight", "net.head.classifier.bias"}


def test_a_pooler_that_was_drawn_is_trained_with_the_head(bert, texts, tmp_path):
    arrays, _ = read_arrays(bert / "model.safetensors")
    shutil.copytree(bert, tmp_path / "net")
    kept = {name: each for name, each in arrays.items() if "pooler" not in name}
    write_arrays(tmp_path / "net" / "model.safetensors", kept)
    _, _, changed = trained(tmp_path / "net", texts, freeze=True)
    assert {path.split(".")[-2] for path in changed} == {"classifier", "pooler"}


def test_the_last_layer_is_trained_with_what_is_above_it(bert, texts):
    _, _, changed = trained(bert, texts, last=1)
    assert {path.split(".")[2] for path in changed if ".body." in path} == {"layers", "pooler"}
    assert not any("layers.0" in path or "embeddings" in path for path in changed)
    assert any("layers.1.attention.in_proj_weight" in path for path in changed)


def test_lora_trains_updates_and_is_merged_in_the_file(bert, texts, tmp_path):
    classifier, history, changed = trained(bert, texts, lora=2, epochs=2)
    assert changed == {"net.head.classifier.weight", "net.head.classifier.bias"}
    assert any("in_proj_lora.b" in path for path in classifier.network.state())
    before = classifier.network.state()
    save(classifier, tmp_path / "out", history.epochs)
    after = classifier.network.state()
    assert all(np.array_equal(before[path], after[path]) for path in before)
    found = load(tmp_path / "out")
    assert not any("lora" in path for path in found.network.state())
    held_out = read_labelled(texts[1])
    np.testing.assert_allclose(
        found.scores(held_out.texts), classifier.scores(held_out.texts), rtol=1e-4, atol=1e-5
    )


def test_recomputed_layers_give_the_same_losses(bert, texts):
    kept, recomputed = (trained(bert, texts, recompute=each)[1].losses for each in (False, True))
    np.testing.assert_allclose(kept, recomputed, rtol=1e-4)


def test_accumulated_batches_make_fewer_steps(bert, texts):
    classifier, history, _ = trained(bert, texts, accumulate=4, freeze=True)
    assert len(history.losses) == 6
    assert schedule_of(classifier.settings, 6).then.steps == 2


def test_rates_fall_with_depth_and_vectors_do_not_decay(bert, texts):
    classifier = made(bert, read_labelled(texts[0]), rate_divisor=2.6, weight_decay=0.1)
    choose_parts(classifier.network, classifier.settings)
    groups = optimizer_of(classifier, 6).settings["groups"]
    rates = {name: each["learning_rate_factor"] for name, each in groups.items()}
    assert rates["net.head.classifier.weight"] == rates["net.body.pooler.weight"] == 1
    assert rates["net.body.layers.1.expand.weight"] == pytest.approx(1 / 2.6)
    assert rates["net.body.layers.0.expand.weight"] == pytest.approx(1 / 2.6**2)
    assert rates["net.body.embeddings.words.weight"] == pytest.approx(1 / 2.6**3)
    assert groups["net.body.layers.1.expand.bias"]["weight_decay"] == 0
    assert "weight_decay" not in groups["net.body.layers.1.expand.weight"]


def test_the_rate_rises_and_falls_to_zero():
    schedule = schedule_of(Settings(epochs=2, learning_rate=1e-3, warm_up=0.2), 10)
    rates = [float(schedule(cr.asarray(float(step))).item()) for step in (0, 2, 4, 12, 20)]
    np.testing.assert_allclose(rates, [0, 5e-4, 1e-3, 5e-4, 0], atol=1e-9)


def test_balanced_weights_are_those_of_the_texts(bert, tmp_path):
    path = tmp_path / "uneven.tsv"
    path.write_text("label\ttext\n" + "up\tgood film\n" * 6 + "down\tbad film\n" * 2)
    data = read_labelled(path)
    losses = []
    for weights in ("none", "balanced"):
        classifier = made(bert, data, class_weights=weights, freeze=True, batch_size=8)
        losses.append(train(classifier, data, data).losses[0])
    scores = made(bert, data).scores(data.texts)
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    ids = np.array([1] * 6 + [0] * 2)
    terms = -np.log(shares[np.arange(8), ids])
    weights = np.where(ids == 1, 8 / 12, 8 / 4)
    # the frozen network has no dropout, but the head has: the losses are near, not equal
    np.testing.assert_allclose(losses, [terms.mean(), (terms * weights).sum() / 8], atol=0.05)


def test_pairs_are_classified(bert, pairs):
    classifier, history, _ = trained(bert, pairs)
    assert "validation_f1" in history
    assert classifier.tokens(["good"], ["bad film"]).inputs["segments"][0].tolist()[-1] == 1
    (found,) = classifier.predict(["good"], ["bad film"])
    assert found.label in ("other", "same")
    assert sum(found.probabilities.values()) == pytest.approx(1, abs=1e-5)


def test_numbers_are_predicted(bert, tmp_path):
    data = [
        write_texts(tmp_path / f"{seed}.tsv", 48, seed, pairs=True, regression=True)
        for seed in (1, 2)
    ]
    learned, held_out = map(read_labelled, data)
    settings = Settings(regression=True, **{**QUICK, "epochs": 2})
    classifier = Classifier.for_labels(bert, (), settings)
    history = train(classifier, learned, held_out)
    assert {"validation_pearson", "validation_spearman"} <= set(history.names)
    save(classifier, tmp_path / "out")
    (found,) = load(tmp_path / "out").predict(["good"], ["bad film"])
    assert found.label is None
    assert found.number == pytest.approx(classifier.predict(["good"], ["bad film"])[0].number)
    assert set(classifier.evaluate(held_out)) == {"pearson", "spearman", "mean_squared_error"}


def test_a_saved_classifier_predicts_the_same_and_the_hub_reads_its_labels(bert, texts, tmp_path):
    classifier, history, _ = trained(bert, texts)
    save(classifier, tmp_path / "out", history.epochs)
    found, held_out = load(tmp_path / "out"), read_labelled(texts[1])
    np.testing.assert_array_equal(found.scores(held_out.texts), classifier.scores(held_out.texts))
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["id2label"] == {"0": "down", "1": "up"}
    net = load_network(tmp_path / "out", head="classification")
    assert net.source.labels == ("down", "up")
    assert not net.source.fresh


def test_predictions_do_not_depend_on_their_neighbours(bert, texts):
    classifier = made(bert, read_labelled(texts[0]))
    some = read_labelled(texts[1]).texts[:7]
    together = classifier.scores(some)
    alone = np.concatenate([classifier.scores([each]) for each in some])
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)
    assert classifier.scores([]).shape == (0, 2)


def test_long_texts_are_cut_to_the_positions(bert, texts):
    classifier = made(bert, read_labelled(texts[0]))
    found = classifier.tokens(["good " * 100, "bad"])
    assert [len(each) for each in found.inputs["ids"]] == [24, 3]
    assert found.filled == 1
    assert classifier.scores(["good " * 100]).shape == (1, 2)


def test_settings_that_contradict_are_refused(bert, texts):
    with pytest.raises(ValueError, match="freeze and lora exclude each other"):
        Settings(freeze=True, lora=4)
    learned, held_out = map(read_labelled, texts)
    with pytest.raises(ClassifierError, match="positions for 24"):
        made(bert, learned, max_length=25)
    classifier = made(bert, learned, last=3)
    with pytest.raises(ClassifierError, match=r"--last 3 .* has 2 layers"):
        train(classifier, learned, held_out)


def test_unknown_labels_of_the_held_out_texts_are_refused_before_anything(bert, texts, tmp_path):
    path = tmp_path / "dev.tsv"
    path.write_text("label\ttext\nup\tgood\nsideways\tbad\n")
    learned = read_labelled(texts[0])
    classifier = made(bert, learned)
    with pytest.raises(LabelledTextError, match="line 3, has the label 'sideways'"):
        train(classifier, learned, read_labelled(path))


def test_folders_without_a_classifier_are_refused(bert, tmp_path):
    with pytest.raises(ClassifierError, match="holds no classifier"):
        load(bert)
    (tmp_path / "classifier.json").write_text('{"labels": 3}')
    with pytest.raises(ClassifierError, match="is damaged, at labels"):
        load(tmp_path)


def test_other_files_are_never_replaced(bert, texts, tmp_path):
    classifier = made(bert, read_labelled(texts[0]))
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ClassifierError, match="holds other files"):
        save(classifier, tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"
    save(classifier, tmp_path / "out")
    save(classifier, tmp_path / "out")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(ClassifierError, match="holds other files"):
        save(classifier, tmp_path / "out")
