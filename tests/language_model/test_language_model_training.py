"""Character language models trained on text: what they learn, resumed runs, the commands."""

import math

import numpy as np
import pytest
from typer.testing import CliRunner

import chainrule as cr
from chainrule.cli import app
from chainrule.language_model import Settings, perplexity, read_text, train_language_model
from chainrule.language_model.carried_state import CarriedState, next_character_loss
from chainrule.language_model.streams import Streams
from chainrule.pretrained import load
from chainrule.pretrained.flair import CharacterLanguageModel

TEXT = "Ann sings in May . Lee rings in June .\n" * 60
SMALL = Settings(
    hidden=12, embedding=6, batch_size=4, steps=16, epochs=2, min_count=1, learning_rate=0.02
)


def test_streams_go_on_where_they_ended_and_targets_are_the_next_characters():
    streams = Streams(np.arange(50), 3, 4)
    batches = list(streams(1))
    assert len(batches) == len(streams) == 4
    assert streams.characters == 48
    whole = np.concatenate([ids for ids, _, _ in batches], axis=1)
    np.testing.assert_array_equal(whole.ravel(), np.arange(48))
    np.testing.assert_array_equal(
        np.concatenate([targets for _, _, targets in batches], axis=1), whole + 1
    )
    assert [each.tolist() for _, each, _ in batches] == [[0.0] * 3, *[[1.0] * 3] * 3]
    with pytest.raises(cr.ChainruleError, match="fewer than a step of 3 streams of 4"):
        Streams(np.arange(12), 3, 4)


def test_the_state_is_carried_and_gradients_end_at_a_chunk():
    net = CharacterLanguageModel(
        table := cr.pretrained.flair.CharacterTable.of_text(TEXT),
        Settings(hidden=5, embedding=3, dropout=0).of_model,
        0,
    )
    ids = table.ids(TEXT[:12]).reshape(1, 12)
    whole = net.logits(net(ids.T)[0]).read()
    carried = CarriedState(net, 1)
    one = carried(ids[:, :6], np.zeros(1, np.float32))
    two = carried(ids[:, 6:], np.ones(1, np.float32))
    np.testing.assert_allclose(np.concatenate([one.read(), two.read()]), whole, atol=1e-6)
    again = carried(ids[:, :6], np.zeros(1, np.float32))
    np.testing.assert_allclose(again.read(), one.read(), atol=1e-6)
    state = [np.array(each.read()) for each in (carried.hidden, carried.memory)]
    scores = carried(ids[:, 6:], np.ones(1, np.float32))
    (found,) = cr.gradients(next_character_loss(scores, ids[:, 6:]), [net.encoder.weight])
    outputs, _ = net(ids[:, 6:].T, tuple(state))
    apart = next_character_loss(net.logits(outputs), ids[:, 6:])
    (wanted,) = cr.gradients(apart, [net.encoder.weight])
    np.testing.assert_allclose(found.read(), wanted.read(), atol=1e-6)


def test_perplexity_of_chance_is_the_number_of_characters():
    table = cr.pretrained.flair.CharacterTable.of_text(TEXT)
    net = CharacterLanguageModel(table, Settings(hidden=4).of_model, 0)
    for each in (net.decoder.weight, net.decoder.bias):
        each.assign(np.zeros(each.shape, np.float32))
    assert perplexity(net, TEXT[:40]) == pytest.approx(len(table), rel=1e-5)


@pytest.mark.native
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_a_model_learns_a_text_in_its_direction(direction):
    settings = SMALL.model_copy(update={"direction": direction, "epochs": 12})
    epochs, seen = [], []
    net, history = train_language_model(
        TEXT, settings, on_epoch=epochs.append, on_step=lambda *each: seen.append(each)
    )
    assert [each["perplexity"] for each in history.epochs] == [each.perplexity for each in epochs]
    assert epochs[-1].perplexity < 2 < epochs[0].perplexity
    assert epochs[-1].perplexity == pytest.approx(perplexity(net, TEXT[-23:]), rel=0.5)
    counts = [characters for characters, _ in seen]
    assert counts == [*range(64, 64 * len(seen) + 1, 64)]
    assert perplexity(net, TEXT) < perplexity(net, TEXT[::-1])
    assert not any(each.training for each in net.modules())


@pytest.mark.native
def test_a_stopped_run_continues_with_the_same_bits(tmp_path):
    class Stop(cr.train.Callback):
        def after_step(self, run):
            if run.step == 40:
                run.interrupt()  # as Ctrl-C does

    whole, _ = train_language_model(TEXT, SMALL)
    _, stopped = train_language_model(TEXT, SMALL, callbacks=[Stop()], checkpoint=tmp_path / "run")
    assert stopped.interrupted
    again, history = train_language_model(TEXT, SMALL, checkpoint=tmp_path / "run")
    assert len(history.epochs) == 2
    one, two = whole.state(), again.state()
    assert all(one[name].tobytes() == two[name].tobytes() for name in one)
    with pytest.raises(cr.ChainruleError, match="text"):
        train_language_model(TEXT + TEXT, SMALL, checkpoint=tmp_path / "run")


def test_text_is_read_as_the_tagger_reads_it(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("Ann (Lee) sings. It\nrains.\n", encoding="utf-8")
    assert read_text([path]) == "Ann ( Lee ) sings .\nIt rains ."
    assert read_text([path], as_written=True) == "Ann (Lee) sings. It\nrains.\n"
    assert read_text([path, path]).count("Ann") == 2
    path.write_bytes(b"abc \xff")
    with pytest.raises(cr.ChainruleError, match="not UTF-8: byte 4"):
        read_text([path])
    path.write_text(" \n")
    with pytest.raises(cr.ChainruleError, match="holds no word"):
        read_text([path])


@pytest.mark.native
def test_the_commands_train_and_evaluate(tmp_path):
    path, out = tmp_path / "text.txt", tmp_path / "model"
    path.write_text(TEXT)
    sizes = ["--hidden", "8", "--batch-size", "4", "--steps", "16", "--min-count", "1"]
    command = ["language-model", "train", "--text", str(path), "--out", str(out), *sizes]
    command += ["--direction", "backward"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "held-out perplexity" in result.output
    assert "characters/s" in result.output
    net = load(out)
    assert (net.width, net.settings.direction) == (8, "backward")
    result = CliRunner().invoke(
        app, ["language-model", "evaluate", "--model", str(out), "--text", str(path)]
    )
    assert result.exit_code == 0, result.output
    shown = float(result.output.split("perplexity ")[1].split()[0])
    assert shown == pytest.approx(perplexity(net, read_text([path])), rel=1e-3)
    assert math.isfinite(shown)
    further = ["language-model", "train", "--text", str(path), "--out", str(tmp_path / "next")]
    further += ["--init", str(out), "--batch-size", "4", "--steps", "16"]
    result = CliRunner().invoke(app, further)
    assert result.exit_code == 0, result.output
    again = load(tmp_path / "next")
    assert again.settings == net.settings
    assert perplexity(again, TEXT) < perplexity(net, TEXT)
    result = CliRunner().invoke(app, [*further, "--hidden", "9"])
    assert result.exit_code == 2
    assert "keeps what it was made with" in " ".join(result.output.split())
    (out / "other.txt").write_text("mine")
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert "other files" in " ".join(result.output.split())


def test_what_is_no_language_model_is_not_evaluated(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    wrong = CliRunner().invoke(
        app, ["language-model", "evaluate", "--model", str(path), "--text", str(path)]
    )
    assert wrong.exit_code == 2
    result = CliRunner().invoke(
        app, ["language-model", "train", "--text", str(path), "--direction", "sideways"]
    )
    assert result.exit_code == 2
    assert "direction" in result.output
