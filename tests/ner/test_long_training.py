"""Taggers learn from sentences of more sub-tokens than their network reads at once."""

import numpy as np
import pytest
from pretrained_corpus import CORPUS, write_net

import chainrule as cr
from chainrule.ner import Settings, Tagger, train
from chainrule.ner.encoder_folder import open_encoder
from chainrule.ner.optimizers import choose_parts
from chainrule.ner.subtoken_windows import pieces_of, windows_of
from chainrule.ner.training_batches import TrainingBatches
from chainrule.storage import read_arrays, write_arrays
from chainrule.text import Sentence

pytest.importorskip("tokenizers")
ALONE = {
    "encoder": "pretrained",
    "word_size": 0,
    "capital_size": 0,
    "affix_size": 0,
    "characters": "none",
}
STILL = {"input_dropout": 0.0, "hidden_dropout": 0.0}
NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
LONG = Sentence(sum((each.words for each in CORPUS), ()), sum((each.tags for each in CORPUS), ()))
DATA = [*CORPUS, LONG, CORPUS[1], LONG]
QUICK = Settings(
    **ALONE,
    epochs=25,
    patience=25,
    batch_size=24,
    max_length=8,
    learning_rate=0.02,
    encoder_rate=0.005,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_net(tmp_path_factory.mktemp("net") / "bert")


def made(folder, settings, compiled=True, data=DATA):
    return Tagger.for_corpus(data, settings, compiled=compiled, net=open_encoder(folder, settings))


def changed(**options):
    return QUICK.model_copy(update=options)


def has_more_windows(batch):
    return len(batch[1]) > len(batch[0])


@pytest.mark.native
@pytest.mark.parametrize(
    "options", [{}, {"decoder": "crf"}, {"augment": ("mentions", "case"), "epochs": 60}]
)
def test_long_sentences_are_learnt(folder, tmp_path, options):
    tagger = made(folder, changed(**options))
    batches = TrainingBatches(tagger, DATA)
    assert any(has_more_windows(batch) for batch in batches(1))
    epochs = []
    doctor = cr.train.Doctor(tmp_path, quiet=True)
    train(tagger, DATA, DATA, on_epoch=epochs.append, callbacks=[doctor])
    assert epochs[-1].loss < epochs[0].loss / 3
    assert tagger.evaluate([LONG]).overall.f1 > 90
    assert len((tmp_path / "doctor.jsonl").read_text().splitlines()) > 5


def gradients(tagger, batch):
    """Return the loss of a batch, and its gradients by the paths of parameters."""
    choose_parts(tagger.network, tagger.settings)
    loss = tagger.network.decoder.loss(tagger.network(*batch[:-1]), batch[-1])
    named = dict(tagger.network.named_parameters())
    found = cr.gradients(loss, list(named.values()))
    return loss.read(), {name: g.read() for name, g in zip(named, found, strict=True)}


def test_gradients_are_those_of_one_window_where_context_does_not_count(tmp_path):
    folder = write_net(tmp_path / "net", **NO_DROPOUT)
    path = folder / "model.safetensors"
    arrays, _ = read_arrays(path)
    for name in arrays:
        if "attention.output.dense" in name or "position" in name:
            arrays[name] = np.zeros_like(arrays[name])
    write_arrays(path, arrays)
    found = []
    for longest in (8, 24):
        settings = Settings(**ALONE, **STILL, max_length=longest, unknown_rate=0.0)
        short = Sentence(LONG.words[:14], LONG.tags[:14])
        tagger = made(folder, settings, compiled=False)
        (batch,) = TrainingBatches(tagger, [short])(1)
        assert has_more_windows(batch) == (longest == 8)
        found.append(gradients(tagger, batch))
    (loss, windows), (expected, whole) = found
    np.testing.assert_allclose(loss, expected, rtol=1e-6)
    compared = 0
    for name, each in whole.items():
        mine = windows[name]
        if "position" in name:
            mine, each = mine.sum(axis=0), each.sum(axis=0)
        if "attention" not in name:
            np.testing.assert_allclose(mine, each, rtol=1e-4, atol=1e-6, err_msg=name)
            compared += bool(np.abs(each).max() > 1e-4)
    assert compared > 10


def test_gradients_are_those_of_the_windows_one_by_one(tmp_path):
    folder = write_net(tmp_path / "net", **NO_DROPOUT)
    settings = Settings(**ALONE, **STILL, max_length=8, unknown_rate=0.0, decoder="softmax")
    tagger = made(folder, settings, compiled=False)
    (batch,) = TrainingBatches(tagger, [LONG])(1)
    loss, found = gradients(tagger, batch)
    (tokens,) = tagger.splitter.split([LONG.words])
    total, summed = 0.0, {name: np.zeros_like(each) for name, each in found.items()}
    pieces = pieces_of(tokens, tagger.splitter.room)
    assert len(pieces) > 3
    for piece, words in pieces:
        steps = len(words)
        own = windows_of([piece], tagger.splitter, 8, steps)
        targets = tagger.targets([LONG])[words][None]
        features = [each[:, words] for each in batch[4:-1]]
        arrays = (np.array([steps]), *own.arrays(), *features, targets)
        value, each = gradients(tagger, arrays)
        total += float(value) * steps / len(LONG.words)
        for name in summed:
            summed[name] = summed[name] + each[name] * (steps / len(LONG.words))
    np.testing.assert_allclose(loss, total, rtol=1e-5)
    for name, each in found.items():
        np.testing.assert_allclose(each, summed[name], rtol=1e-3, atol=1e-6, err_msg=name)


@pytest.mark.native
def test_a_stopped_run_continues_bit_for_bit(folder, tmp_path):
    class Stop(cr.train.Callback):
        def after_step(self, run):
            if run.step == 5:
                run.interrupt()

    settings, states = changed(epochs=2), []
    for name, stops in (("whole", False), ("parts", True)):
        where = tmp_path / name
        if stops:
            first = made(folder, settings)
            history = train(first, DATA, DATA, checkpoint=where, callbacks=[Stop()])
            assert history.interrupted
        tagger = made(folder, settings)
        train(tagger, DATA, DATA, checkpoint=where)
        states.append(tagger.network.state())
    whole, parts = states
    assert all(np.array_equal(whole[name], parts[name]) for name in whole)


@pytest.mark.native
def test_batches_of_long_sentences_may_be_accumulated(folder):
    tagger = made(folder, QUICK)
    choose_parts(tagger.network, QUICK)
    tagger.network.train()
    batches = TrainingBatches(tagger, DATA)
    history = cr.train.fit(
        tagger.network,
        cr.optim.AdamW(tagger.network, learning_rate=0.005, accumulate=2),
        tagger.network.decoder.loss,
        batches,
        epochs=12,
        progress=False,
    )
    assert history.epochs[-1]["loss"] < history.epochs[0]["loss"] / 2


def test_a_step_reads_about_as_many_tokens_as_asked(folder):
    longer = Sentence(LONG.words * 3, LONG.tags * 3)
    data = [longer, *[LONG] * 6, *CORPUS * 5]
    tagger = made(folder, changed(batch_size=128), compiled=False, data=data)
    batches = list(TrainingBatches(tagger, data)(1))
    assert sum(len(batch[0]) for batch in batches) == len(data)
    for batch in batches:
        assert batch[1].size <= 128 or len(batch[0]) == 1
    assert max(len(batch[0]) for batch in batches if has_more_windows(batch)) > 1


@pytest.mark.parametrize("decoder", ["softmax", "crf"])
def test_the_loss_of_a_batch_is_that_of_its_parts_by_their_words(folder, decoder):
    tagger = made(folder, changed(decoder=decoder, batch_size=200), compiled=False)
    network = tagger.network.eval()
    batches = TrainingBatches(tagger, DATA)

    def loss_of(batch):
        return float(network.decoder.loss(network(*batch[:-1]), batch[-1]).item())

    whole = [batch for batch in batches(1) if len(batch[0]) > 1]
    assert any(map(has_more_windows, whole))
    for batch in whole:
        count = len(batch[0])
        parts = [batches.block_of(batch, slice(i, i + 1)) for i in range(count)]
        terms = np.array([network.decoder.terms(part[-1]) for part in parts])
        assert terms.tolist() == batch[0].tolist()
        mean = np.dot([loss_of(part) for part in parts], terms) / terms.sum()
        np.testing.assert_allclose(mean, loss_of(batch), rtol=1e-5)
