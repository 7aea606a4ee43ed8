"""Taggers whose encoder is a pretrained network: training, tagging, and what is saved."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
from pretrained_corpus import CORPUS, PIECES, write_net
from typer.testing import CliRunner

import chainrule as cr
from chainrule.cli import app
from chainrule.ner import ModelError, Settings, Tagger, load, recommended, save, train
from chainrule.ner.encoder_folder import open_encoder
from chainrule.ner.optimizers import choose_parts, optimizer_of
from chainrule.ner.training_batches import TrainingBatches
from chainrule.pretrained import load as load_net
from chainrule.text import Sentence, write_conll
from chainrule.text.vectors import WordVectors

pytest.importorskip("tokenizers")
ALONE = {
    "encoder": "pretrained",
    "word_size": 0,
    "capital_size": 0,
    "affix_size": 0,
    "characters": "none",
}
QUICK = Settings(
    **ALONE, epochs=40, patience=40, batch_size=24, learning_rate=0.02, encoder_rate=0.005
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_net(tmp_path_factory.mktemp("net") / "bert")


@pytest.fixture(scope="module")
def trained(folder):
    tagger = made(folder, QUICK)
    train(tagger, CORPUS, CORPUS)
    return tagger


def made(folder, settings, compiled=True, **options):
    net = open_encoder(folder, settings)
    return Tagger.for_corpus(CORPUS, settings, compiled=compiled, net=net, **options)


def words_of(sentences):
    return [each.words for each in sentences]


def joined(arrays):
    return np.concatenate([each.ravel() for each in arrays])


@pytest.mark.native
def test_training_changes_the_network_until_the_corpus_is_known(trained, folder):
    assert trained.evaluate(CORPUS).overall.f1 == 100
    assert not any(each.training for each in trained.network.modules())
    first = load_net(folder).body.state()
    after = trained.net.body.state()
    assert all((after[name] != first[name]).any() for name in after if "key" not in name)


def test_a_score_is_that_of_the_first_sub_tokens_hidden_state(folder):
    tagger = made(folder, Settings(**ALONE), compiled=False)
    words = ("Carla", "greets", "Turinville")
    batch = tagger.net.tokenize([list(words)])
    hidden = tagger.net(batch).hidden.read()[0]
    firsts = [list(batch.words[0]).index(number) for number in range(len(words))]
    weight, bias = (
        each.read() for each in (tagger.network.scores.weight, tagger.network.scores.bias)
    )
    logits = hidden[firsts] @ weight.T + bias
    found = tagger._scorer.scores(tagger.lexicon.flat([words]))
    np.testing.assert_allclose(found, logits, rtol=1e-4, atol=1e-5)


@pytest.mark.native
def test_native_code_and_the_reference_give_the_same_scores_in_any_company(folder):
    settings = Settings(**{**ALONE, "capital_size": 3, "affix_size": 2}, max_length=8)
    native, reference = (made(folder, settings, compiled=each) for each in (True, False))
    sentences = [*words_of(CORPUS), (), ("Ada",) * 30]
    together = native.probabilities(sentences)
    alone = [native.probabilities([each])[0] for each in sentences]
    plain = reference.probabilities(sentences)
    assert [len(each) for each in together] == [len(each) for each in sentences]
    for one, two, three in zip(together, alone, plain, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)
        np.testing.assert_allclose(one, three, atol=1e-5)


def test_a_long_sentence_is_read_in_windows(folder):
    tagger = made(folder, Settings(**ALONE), compiled=False)
    longest = tagger.net.body.settings.longest
    words = ("Carla", "saw", "Turinville", ".") * longest
    (tags,) = tagger.tag([words])
    assert len(tags) == len(words)
    data = [Sentence(words, ("O",) * len(words)), *CORPUS]
    batches = TrainingBatches(tagger, data)
    rows = list(batches(1))
    assert sum(int((batch[-1] >= 0).sum()) for batch in rows) == batches.words
    assert all(batch[1].shape[1] <= longest for batch in rows)


def test_changed_sentences_bring_few_new_shapes(folder):
    settings = Settings(**ALONE, augment=("mentions", "case"), batch_size=48)
    names = ("Ada", "Carla", "Carl", "Turinville", "Rome", "Adavilles")
    random = np.random.default_rng(0)
    data = [
        Sentence(
            tuple(random.choice(names, size)),
            tuple(random.choice(["B-PER", "B-LOC"], size)),
        )
        for size in random.integers(1, 9, 200)
    ]
    tagger = Tagger.for_corpus(data, settings, compiled=False, net=open_encoder(folder, settings))
    batches = TrainingBatches(tagger, data)
    epochs = [list(batches(number)) for number in range(1, 5)]
    assert {len(each) for each in epochs} == {len(batches)}
    assert all(sum(len(batch[0]) for batch in each) == len(data) for each in epochs)
    planned = {size for _, size in batches._grouped(np.arange(len(data)))}
    shapes = {batch[1].shape for each in epochs for batch in each}
    assert len(shapes) <= 3 * len(planned)
    assert any(
        (one[1] != two[1]).any()
        for one, two in zip(*epochs[:2], strict=False)
        if one[1].shape == two[1].shape
    )


def test_features_are_joined_beside_the_network(folder):
    vectors = WordVectors(["ada", "turin"], np.ones((2, 5), np.float32))
    settings = Settings(**{**ALONE, "word_size": 5, "capital_size": 2, "affix_size": 3})
    tagger = made(folder, settings, compiled=False, vectors=vectors)
    width = tagger.net.body.settings.width
    assert tagger.network.scores.weight.shape[1] == width + 5 + 2 + 6 * 3
    before = tagger.probabilities([["Ada"]])[0]
    tagger.network.vectors.capitals.weight.assign(tagger.network.vectors.capitals.weight.read() + 1)
    assert (tagger.probabilities([["Ada"]])[0] != before).any()


@pytest.mark.parametrize("decoder", ["softmax", "crf"])
def test_a_saved_tagger_is_complete(folder, tmp_path, decoder):
    settings = Settings(**{**ALONE, "capital_size": 2}, decoder=decoder, max_length=9)
    copied = shutil.copytree(folder, tmp_path / "net")
    tagger = made(copied, settings)
    save(tagger, tmp_path / "model")
    shutil.rmtree(copied)
    found = load(tmp_path / "model")
    sentences = words_of(CORPUS)
    assert found.tag(sentences) == tagger.tag(sentences)
    assert found.columns(sentences) == tagger.columns(sentences)
    for one, two in zip(
        found.probabilities(sentences), tagger.probabilities(sentences), strict=True
    ):
        assert (one == two).all()
    net = load_net(tmp_path / "model" / "encoder")
    assert (
        net(net.tokenize(["Ada"])).hidden.read()
        == tagger.net(tagger.net.tokenize(["Ada"])).hidden.read()
    ).all()
    save(found, tmp_path / "model")
    assert load(tmp_path / "model").settings == settings


def test_weights_are_stored_once(folder, tmp_path):
    save(made(folder, Settings(**ALONE)), tmp_path / "model")
    arrays, _ = cr.storage.read_arrays(tmp_path / "model" / "model.safetensors")
    assert not [name for name in arrays if name.startswith("encoder")]


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "vocab.txt"])
def test_a_changed_or_missing_file_of_the_network_is_refused(folder, tmp_path, name):
    save(made(folder, Settings(**ALONE)), tmp_path / "model")
    path = tmp_path / "model" / "encoder" / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ModelError, match=f"'{name}' was changed, is damaged or belongs to another"):
        load(tmp_path / "model")
    path.unlink()
    with pytest.raises(ModelError, match=f"'{name}' is missing"):
        load(tmp_path / "model")


def test_freezing_keeps_the_weights_of_the_network(folder):
    tagger = made(folder, QUICK.model_copy(update={"freeze_encoder": True, "epochs": 2}))
    before = tagger.net.body.state()
    scores = tagger.network.scores.weight.read().copy()
    train(tagger, CORPUS, CORPUS)
    assert all((before[name] == each).all() for name, each in tagger.net.body.state().items())
    assert (tagger.network.scores.weight.read() != scores).any()


def test_the_last_layers_alone_are_trained(folder):
    tagger = made(folder, QUICK.model_copy(update={"last": 1, "epochs": 2}))
    before = tagger.net.body.state()
    train(tagger, CORPUS, CORPUS)
    changed = {
        name for name, each in tagger.net.body.state().items() if (before[name] != each).any()
    }
    assert changed
    assert all(name.startswith("layers.1.") for name in changed)


def test_the_network_has_a_rate_of_its_own(folder):
    settings = QUICK.model_copy(update={"learning_rate": 0.01, "encoder_rate": 0.001, "warm_up": 0})
    tagger = made(folder, settings, compiled=False)
    network = tagger.network
    choose_parts(network, settings)
    optimizer = optimizer_of(network, settings, 100)
    before = network.state()
    *inputs, targets = next(iter(TrainingBatches(tagger, CORPUS)(1)))
    optimizer.minimize(network.decoder.loss(network(*inputs), targets))
    moves = {name: np.abs(each - before[name]).max() for name, each in network.state().items()}
    inner = [
        move for name, move in moves.items() if name.startswith("encoder.") and "key" not in name
    ]
    # the first step of Adam moves a value by its rate, whatever its gradient is
    np.testing.assert_allclose(max(inner), 0.001, rtol=0.1)
    np.testing.assert_allclose(moves["scores.weight"], 0.01, rtol=0.1)


class Failing(cr.train.Callback):
    """Ends a run in the middle of an epoch, as a killed process would."""

    def after_step(self, run):
        if run.step == 7:
            raise RuntimeError("killed")


@pytest.mark.native
@pytest.mark.parametrize("options", [{}, {"last": 1}, {"augment": ("mentions", "case")}])
def test_a_stopped_run_continues_bit_for_bit(folder, tmp_path, options):
    settings = QUICK.model_copy(
        update={"epochs": 4, "hidden_dropout": 0.1, "capital_size": 2, **options}
    )
    whole, stopped = made(folder, settings), made(folder, settings)
    train(whole, CORPUS, CORPUS)
    checkpoint = cr.train.Checkpoint(tmp_path, every_steps=3)
    with pytest.raises(RuntimeError, match="killed"):
        train(stopped, CORPUS, CORPUS, callbacks=[Failing()], checkpoint=checkpoint)
    resumed = made(folder, settings)
    train(resumed, CORPUS, CORPUS, callbacks=[cr.train.Callback()], checkpoint=checkpoint)
    ours, theirs = resumed.network.state(), whole.network.state()
    assert [name for name in theirs if not np.array_equal(ours[name], theirs[name])] == []


def test_a_run_does_not_continue_with_the_sub_tokens_of_another_network(folder, tmp_path):
    train(made(folder, QUICK.model_copy(update={"epochs": 1})), CORPUS, CORPUS, checkpoint=tmp_path)
    other = write_net(tmp_path / "other")
    lines = (other / "vocab.txt").read_text().split("\n")
    lines[5], lines[6] = lines[6], lines[5]
    (other / "vocab.txt").write_text("\n".join(lines))
    tagger = made(other, QUICK.model_copy(update={"epochs": 1}))
    with pytest.raises(cr.train.CheckpointError, match="sub-tokens"):
        train(tagger, CORPUS, CORPUS, checkpoint=tmp_path)


def test_importing_the_tagger_does_not_import_pretrained_networks():
    script = (
        "import sys, chainrule.ner as ner; from chainrule.ner import embedded\n"
        "ner.Tagger.for_corpus(embedded.corpus('dev'), ner.Settings(hidden=4))\n"
        "print([name for name in sys.modules if name.startswith('chainrule.pretrained')])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("[]\n", "")


def test_an_encoder_and_a_network_belong_together(folder):
    with pytest.raises(ModelError, match="encoder is 'pretrained', but no network was given"):
        Tagger.for_corpus(CORPUS, Settings(**ALONE))
    net = open_encoder(folder, Settings(**ALONE))
    with pytest.raises(ModelError, match="encoder is 'window', but a pretrained network"):
        Tagger.for_corpus(CORPUS, Settings(), net=net)


def test_recommended_settings_read_no_words_of_their_own_without_vectors():
    assert recommended("pretrained", has_vectors=False).word_size == 0
    assert recommended("pretrained", has_vectors=True).word_size > 0


def command(*arguments):
    return CliRunner().invoke(app, ["ner", *map(str, arguments)])


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "train.conll"
    write_conll(path, CORPUS, [each.tags for each in CORPUS])
    return path


def started(data, out, *options):
    return command("train", "--train", data, "--dev", data, "--out", out, *options)


def test_the_command_trains_evaluates_and_tags(folder, data, tmp_path):
    out = tmp_path / "model"
    result = started(data, out, "--encoder", folder, "--epochs", 2, "--batch-size", 24)
    assert result.exit_code == 0, result.output
    assert "epoch   2" in result.output
    evaluated = command("evaluate", "--model", out, "--data", data)
    assert evaluated.exit_code == 0
    assert "FB1" in evaluated.output
    assert command("tag", "--model", out, "Ada saw Turin.").exit_code == 0
    again = started(data, out, "--encoder", folder, "--epochs", 1, "--batch-size", 24)
    assert again.exit_code == 0, again.output


def test_what_cannot_be_an_encoder_is_named(folder, data, tmp_path):
    def refused(*options):
        result = started(data, tmp_path / "out", *options)
        assert result.exit_code == 2, result.output
        assert not (tmp_path / "out").exists()
        return " ".join(result.output.split())

    assert "neither window, cnn, bilstm nor a path" in refused("--encoder", "no/where")
    (tmp_path / "empty").mkdir()
    assert "has no config.json" in refused("--encoder", tmp_path / "empty")
    other = write_net(tmp_path / "other", model_type="t5")
    assert "t5" in refused("--encoder", other)
    mute = write_net(tmp_path / "mute")
    (mute / "vocab.txt").unlink()
    assert "has no tokenizer" in refused("--encoder", mute)
    assert "has 2 layers" in refused("--encoder", folder, "--last", "3")
    assert "positions for 24 tokens" in refused("--encoder", folder, "--max-length", "25")
    assert "exclude each other" in refused("--encoder", folder, "--last", "1", "--freeze-encoder")
    assert "for a pretrained encoder" in refused("--word-size", "0")


def test_a_tokenizer_that_makes_lower_case_is_said(folder, data, tmp_path):
    options = ("--epochs", 1, "--capital-size", 0, "--affix-size", 0)
    result = started(data, tmp_path / "one", "--encoder", folder, *options)
    assert "no feature reads capitals" in " ".join(result.output.split())
    cased = write_net(tmp_path / "cased")
    pieces = (cased / "vocab.txt").read_text().replace("ada\n", "Ada\n")
    (cased / "vocab.txt").write_text(pieces)
    result = started(data, tmp_path / "two", "--encoder", cased, "--epochs", 1)
    assert "its vocabulary has capitals" in " ".join(result.output.split())
    assert "ada" in PIECES
