"""ULMFiT networks compute what fastai computed, from its files, and write files that it reads."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from comparing import assert_equal
from ulmfit_networks import CLASSES, HEADS, RECORDED, WORDS

import chainrule as cr
from chainrule.pretrained import Batch, PretrainedError, load
from chainrule.pretrained.ulmfit import (
    Dropouts,
    classifier,
    language_model,
    vocabulary,
    with_vocabulary,
)
from chainrule.pretrained.ulmfit.saving import arrays_of
from chainrule.pretrained.ulmfit.word_tokenizer import WordTokenizer
from chainrule.storage import StorageError

LANGUAGE = RECORDED / "language"
TIED = {"0.encoder_dp.emb.weight", "1.decoder.weight", "encoder_dp.emb.weight"}


def loaded(kind: str, **options: Any):
    """Return the network of a recorded folder, and the arrays of the reference."""
    net = load(RECORDED / kind, head=HEADS[kind], random=0, **options)
    with np.load(RECORDED / f"{kind}.npz") as file:
        return net, dict(file)


def result_of(net: Any, out: Any) -> Any:
    return out.hidden if net.head is None else out.scores


def assert_calls_equal(net: Any, call: Any, expected: dict[str, Any], calls: int) -> None:
    """Compare the outputs of all layers and the result, of calls that carry their state."""
    if calls > 1:
        net.reset(len(expected["ids"]))
    for number in range(calls):
        ids = expected["ids"][:, ::-1] if number else expected["ids"]
        out = call(Batch(ids, expected["mask"]), layers=True)
        assert_equal(result_of(net, out), expected[f"result.{number}"], f"result {number}")
        assert len(out.layers) == 4
        for i, each in enumerate(out.layers[1:]):
            name = f"layer.{number}.{i}"
            assert_equal(each, expected[name], name)


@pytest.mark.parametrize("kind", HEADS)
def test_outputs_of_all_layers_equal_the_reference(kind: str) -> None:
    net, expected = loaded(kind)
    assert net.source.fresh == ()
    assert net.source.unread == ()
    assert_calls_equal(net, net, expected, 1 if kind == "classifier" else 2)


@pytest.mark.native
@pytest.mark.parametrize("kind", HEADS)
def test_compiled_outputs_and_their_state_equal_the_reference(kind: str) -> None:
    net, expected = loaded(kind)
    assert_calls_equal(net, cr.compile(net), expected, 1 if kind == "classifier" else 2)


@pytest.mark.parametrize("kind", HEADS)
def test_gradients_of_all_parameters_equal_the_reference(kind: str) -> None:
    """The gradient ends at the state that is carried from the first call."""
    net, expected = loaded(kind)
    ids = expected["ids"]
    if kind != "classifier":
        net.reset(len(ids))
        net(ids)
        ids = ids[:, ::-1]
    out = net(Batch(ids, expected["mask"]))
    parameters = [each for each in net.named_parameters().values() if each.trainable]
    found = cr.gradients(cr.sum(cr.cos(result_of(net, out))), parameters)
    for each, gradient in zip(parameters, found, strict=True):
        each.assign(gradient.read())
    named = arrays_of(net.body, net.head)
    theirs = {name.removeprefix("gradient."): each for name, each in expected.items()}
    compared = {name for name in theirs if name in named and name not in TIED}
    assert len(compared) == sum(each.trainable for each in parameters)
    for name in compared:
        assert_equal(named[name], theirs[name], name)


@pytest.mark.parametrize("kind", HEADS)
def test_a_saved_network_loads_with_equal_numbers(kind: str, tmp_path: Path) -> None:
    net, _ = loaded(kind)
    net.save(tmp_path / "saved")
    again = load(tmp_path / "saved", head=HEADS[kind])
    assert again.source.fresh == ()
    assert again.tokenizer.words == tuple(WORDS)
    for path, each in net.state().items():
        assert np.array_equal(each, again.state()[path]), path
    again.save(tmp_path / "saved")


def test_what_is_written_opens_in_torch_with_weights_only(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    net, _ = loaded("language")
    net.save(tmp_path / "saved")
    written = torch.load(tmp_path / "saved" / "model.pth", weights_only=True)
    named = arrays_of(net.body, net.head)
    assert {name: each.numpy().tolist() for name, each in written.items()} == {
        name: each.tolist() for name, each in named.items()
    }
    table, again = written["0.encoder.weight"], written["1.decoder.weight"]
    assert table.data_ptr() == again.data_ptr()


def test_heads_that_a_file_does_not_hold_are_fresh() -> None:
    made = load(LANGUAGE, head="classification", labels=["a", "b"], random=0)
    assert made.source.labels == ("a", "b")
    assert all(each.startswith("head.") for each in made.source.fresh)
    assert made.source.unread == ("1.decoder.bias",)
    assert made(made.tokenize(["word1 of the word2", "of"])).scores.shape == (2, 2)
    language = load(RECORDED / "encoder", head="language-model")
    assert language.source.fresh == ("head.bias",)
    body = load(RECORDED / "classifier")
    assert "1.layers.0.2.weight" in body.source.unread
    assert load(RECORDED / "classifier", head="classification").source.labels == (
        *(f"LABEL_{i}" for i in range(CLASSES)),
    )
    other = load(RECORDED / "classifier", head="classification", labels=5)
    assert other(np.array([[2, 3]])).scores.shape == (1, 5)


def test_a_new_vocabulary_keeps_rows_by_word_and_gives_others_the_mean() -> None:
    net, _ = loaded("language")
    table, bias = net.body.table.weight.value, net.head.bias.value
    new = with_vocabulary(net, ["the", "new", "word3"])
    rows = new.body.table.weight.value
    np.testing.assert_array_equal(rows[[0, 2]], table[[13, 6]])
    np.testing.assert_allclose(rows[1], table.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(new.head.bias.value, [bias[13], bias.mean(), bias[6]], rtol=1e-6)
    ids, old = new(np.array([[0, 2]])).hidden.value, net(np.array([[13, 6]])).hidden.value
    np.testing.assert_array_equal(ids, old)
    with pytest.raises(PretrainedError, match="no head of a language model"):
        with_vocabulary(load(LANGUAGE), ["the"])


def test_the_state_is_carried_until_reset_and_can_begin_by_sequence() -> None:
    net, expected = loaded("language")
    ids = expected["ids"][:2]
    first = net(ids).scores.value
    np.testing.assert_array_equal(net(ids).scores.value, first)
    net.reset(2)
    np.testing.assert_array_equal(net(ids).scores.value, first)
    second = net(ids).scores.value
    assert np.abs(second - first).max() > 1e-3
    mixed = net(ids, begins=np.array([True, False])).scores.value
    np.testing.assert_array_equal(mixed[0], first[0])
    assert np.abs(mixed[1] - second[1]).max() > 1e-4
    net.reset(2)
    np.testing.assert_array_equal(net(ids).scores.value, first)
    with pytest.raises(PretrainedError, match=r"Call net\.reset\(3\)"):
        net(expected["ids"])
    net.reset()
    with pytest.raises(PretrainedError, match="no state is carried"):
        net(ids, begins=np.array([True, False]))


def test_every_dropout_acts_in_training_alone() -> None:
    net = language_model(WORDS, 6, (10,), random=0)
    ids = np.array([[2, 3, 4, 5]])
    still = net(ids).hidden.value
    none = dict.fromkeys(("words", "input", "hidden", "output", "weight"), 0.0)
    net.train()
    net.set_dropouts(Dropouts(**none))
    np.testing.assert_array_equal(net(ids).hidden.value, still)
    for name in none:
        net.set_dropouts(Dropouts(**{**none, name: 0.5}))
        scores = [net(ids).scores.value for _ in range(2)]
        assert not np.array_equal(*scores), name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"head": "tokens"}, "Heads of ULMFiT are language-model, classification"),
        ({"head": "classification"}, "without labels"),
        ({"labels": 2}, "which has no labels"),
        ({"head": "classification", "labels": ["a", "a"]}, "Give different names"),
    ],
)
def test_heads_that_are_not_possible_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(PretrainedError, match=message):
        load(LANGUAGE, **arguments)


class Hostile:
    """Pickles to a call of a function."""

    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("executed",)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (WORDS[:-1], "has 14 words, but a table of 15 vectors"),
        ({"a": 1}, "holds no list of words"),
        ([*WORDS[:-1], 3], "holds no list of words"),
        ([*WORDS[:-1], Hostile()], r"asks for (builtins|__builtin__).print, which is not among"),
    ],
    ids=["too few", "a dict", "a number", "a program"],
)
def test_files_of_words_that_do_not_fit_are_refused(
    words: Any, message: str, tmp_path: Path, capsys: Any
) -> None:
    shutil.copytree(LANGUAGE, tmp_path / "net")
    (tmp_path / "net" / "itos.pkl").write_bytes(pickle.dumps(words, protocol=2))
    with pytest.raises(PretrainedError, match=message):
        load(tmp_path / "net")
    assert "executed" not in capsys.readouterr().out


def test_a_folder_with_other_files_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StorageError, match="holds other files"):
        loaded("language")[0].save(tmp_path)


def test_texts_become_marked_words_with_their_places() -> None:
    net = language_model(
        [*vocabulary([["of", "the", "paris", "usa", "!", "3", "very"]], 30, 1)], 4, ()
    )
    found = net.tokenize(["Of  Paris, the USA!!!", "very very very"])
    tokens = [
        net.tokenizer.tokens(row[there]) for row, there in zip(found.ids, found.mask, strict=True)
    ]
    assert tokens[0] == [
        *("xxbos", "xxmaj", "of", "xxmaj", "paris", "xxunk", "the", "xxup", "usa"),
        *("xxrep", "3", "!"),
    ]
    assert tokens[1] == ["xxbos", "xxwrep", "3", "very"]
    text = "Of  Paris, the USA!!!"
    places = [text[a:b] for a, b in found.spans[0]]
    assert places[:6] == ["", "Of", "Of", "Paris", "Paris", ","]
    assert found.words[0].tolist()[:6] == [-1, 0, 0, 1, 1, 2]
    assert net.tokenizer.decode(found.ids[1][found.mask[1]]) == "3 very"
    pair = net.tokenize(["of"], ["the"], 6)
    assert net.tokenizer.tokens(pair.ids[0]) == ["xxbos", "xxfld", "xxunk", "of", "xxfld", "xxunk"]


def test_words_of_old_files_have_their_ids() -> None:
    old = WordTokenizer(("_unk_", "_pad_", "the"))
    assert (old.unknown_id, old.pad_id) == (0, 1)
    assert old.special_ids == {"unk": 0, "pad": 1}
    assert WordTokenizer(("the", "xxpad", "xxunk")).unknown_id == 2


def test_a_classifier_takes_a_batch_of_one_text_in_training() -> None:
    net = classifier(language_model(WORDS, 6, (), random=0), ["a", "b"], 0).train()
    assert np.isfinite(net(np.array([[2, 3, 4]])).scores.value).all()
