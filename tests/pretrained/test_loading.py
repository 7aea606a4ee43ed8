"""Loading: choice of the head, fresh values, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from comparing import batch_of
from reference_networks import RECORDED, batch

import chainrule as cr
from chainrule.pretrained import PretrainedError, load
from chainrule.storage import read_arrays, write_arrays

Change = Callable[[dict[str, Any]], object]


def changed(folder: Path, case: str, config: Any = None, arrays: Change | None = None) -> Path:
    """Write a recorded network with a changed configuration and changed arrays."""
    stored = json.loads((RECORDED / case / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(stored | (config or {})))
    values, _ = read_arrays(RECORDED / case / "model.safetensors")
    if arrays is not None:
        arrays(values)
    write_arrays(folder / "model.safetensors", values)
    return folder


def test_a_head_of_the_file_is_loaded() -> None:
    net = load(RECORDED / "bert-tokens", head="tokens")
    assert net.source.fresh == ()
    assert net.source.labels == ("LABEL_0", "LABEL_1", "LABEL_2")


def test_a_missing_head_is_drawn_and_named() -> None:
    net = load(RECORDED / "roberta-none", head="classification", labels=["no", "yes"], random=0)
    assert net.source.labels == ("no", "yes")
    assert net.source.fresh == (
        "head.dense.weight",
        "head.dense.bias",
        "head.classifier.weight",
        "head.classifier.bias",
    )
    assert "drawn, not loaded: head.dense.weight" in str(net.source)
    assert net(batch_of(batch("roberta"))).scores.shape == (3, 2)
    again = load(RECORDED / "roberta-none", head="classification", labels=2, random=0)
    assert np.array_equal(net.head.dense.weight.value, again.head.dense.weight.value)


def test_a_missing_pooler_is_drawn_and_named() -> None:
    net = load(RECORDED / "bert-tokens", head="next-sentence")
    assert net.source.fresh[:2] == ("body.pooler.weight", "body.pooler.bias")


def test_a_classifier_of_tokens_is_none_of_texts() -> None:
    net = load(RECORDED / "bert-tokens", head="classification")
    assert "head.classifier.weight" in net.source.fresh
    assert net.source.unread == ("classifier.bias", "classifier.weight")


def test_other_labels_bring_a_fresh_head() -> None:
    names = load(RECORDED / "bert-tokens", head="tokens", labels=["a", "b", "c"])
    assert names.source.fresh == ("head.classifier.weight", "head.classifier.bias")
    assert load(RECORDED / "bert-tokens", head="tokens", labels=3).source.fresh == ()
    assert (
        load(RECORDED / "bert-tokens", head="tokens", labels=1).head.classifier.weight.shape[0] == 1
    )


def test_without_head_the_rest_is_not_used() -> None:
    net = load(RECORDED / "bert-classification")
    assert net.head is None
    assert net.source.unread == ("classifier.bias", "classifier.weight")


def test_groups_hold_every_parameter_once_from_input_to_output() -> None:
    net = load(RECORDED / "bert-classification", head="classification")
    groups = net.layer_groups()
    assert list(groups) == ["embeddings", "layers.0", "layers.1", "pooler", "head"]
    parts = [id(each) for group in groups.values() for each in group.parameters()]
    assert sorted(parts) == sorted(map(id, net.parameters()))


def test_ids_and_lengths_are_a_batch() -> None:
    net, given = load(RECORDED / "bert-none"), batch("bert")
    lengths = given["mask"].sum(1)
    expected = net(batch_of(given)).hidden.value
    assert np.array_equal(net((given["ids"], lengths, given["segments"])).hidden.value, expected)
    full = net(given["ids"]).hidden.value
    assert np.array_equal(net((given["ids"], np.full(3, 7))).hidden.value, full)


def test_dropout_is_active_in_training_only() -> None:
    net, given = load(RECORDED / "bert-none", random=0), batch_of(batch("bert"))
    first = net(given).hidden.value
    assert np.array_equal(first, net(given).hidden.value)
    net.train()
    assert not np.allclose(first, net(given).hidden.value)
    assert not np.array_equal(net(given).hidden.value, net(given).hidden.value)


def test_training_moves_all_parameters() -> None:
    net, given = load(RECORDED / "distilbert-tokens", head="tokens"), batch_of(batch("distilbert"))
    before = net.state()
    optimizer = cr.optim.AdamW(net, rate=1e-2)
    losses = []
    for _ in range(5):
        loss = cr.mean(cr.square(net(given).scores - 1))
        optimizer.minimize(loss)
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    same = [path for path, each in net.state().items() if np.array_equal(each, before[path])]
    assert same == []


def without(name: str) -> Change:
    def change(arrays: dict[str, Any]) -> None:
        del arrays[name]

    return change


def with_one(name: str, shape: tuple[int, ...], dtype: str = "float32") -> Change:
    def change(arrays: dict[str, Any]) -> None:
        arrays[name] = np.zeros(shape, dtype)

    return change


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"model_type": "t5"}, "model_type 't5'. Known families are bert, distilbert, roberta"),
        ({"position_embedding_type": "relative_key"}, "position_embedding_type 'relative_key'"),
        ({"is_decoder": True}, "is_decoder true: a decoder"),
        ({"num_hidden_layers": 3}, "a configuration for 3 layers, but arrays of 2"),
        (
            {"hidden_size": 16},
            r"table of tokens of shape \(23, 8\), but a configuration for \(23, 16\)",
        ),
        ({"hidden_size": "8"}, "hidden_size '8'; it is an integer"),
        ({"num_attention_heads": 3}, "3 heads of attention for 8 features"),
        ({"intermediate_size": 13}, r"encoder.layer.0.intermediate.dense.weight has the shape"),
        ({"hidden_act": "snake"}, "the activation 'snake'. Known are gelu"),
        ({"hidden_dropout_prob": 2}, "hidden_dropout_prob 2; it is a number from 0 to 1"),
        ({"pad_token_id": 23}, "the padding id 23, but ids are below 23"),
        ({"id2label": {"1": "a"}}, 'id2label .* it is a word for every number from "0"'),
        ({"tie_word_embeddings": False}, "tie_word_embeddings false"),
    ],
)
def test_configurations_that_do_not_fit_are_refused(
    config: dict[str, Any], message: str, tmp_path: Path
) -> None:
    folder = changed(tmp_path, "bert-tokens", config)
    with pytest.raises(PretrainedError, match=message):
        load(folder, head="tokens")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            without("bert.encoder.layer.1.output.dense.bias"),
            "layer.1.output.dense.bias .* is missing",
        ),
        (with_one("bert.strange", (2,)), "bert.strange .* is unknown"),
        (with_one("classifier.weight", (3, 9)), r"classifier.weight has the shape \[3, 9\]"),
        (with_one("classifier.bias", (3,), "int8"), "int8 numbers as 'classifier.bias'"),
        (with_one("embeddings.LayerNorm.weight", (8,)), "name one array"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arrays: Change, message: str, tmp_path: Path) -> None:
    folder = changed(tmp_path, "bert-tokens", arrays=arrays)
    with pytest.raises(PretrainedError, match=message):
        load(folder, head="tokens")


def test_weights_that_are_not_tied_are_refused(tmp_path: Path) -> None:
    arrays = with_one("cls.predictions.decoder.weight", (23, 8))
    folder = changed(tmp_path, "bert-masked-language", arrays=arrays)
    with pytest.raises(PretrainedError, match="not tied: 'cls.predictions.decoder.weight' differs"):
        load(folder, head="masked-language")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"head": "chat"}, "The head 'chat' was asked for. Heads of distilbert are classification"),
        ({"head": "next-sentence"}, "The head 'next-sentence' was asked for"),
        ({"labels": ["a"]}, "were given with no head"),
        ({"head": "masked-language", "labels": 3}, "with the head 'masked-language'"),
        ({"head": "tokens", "labels": ["a", "a"]}, "repeated names"),
        ({"head": "tokens", "labels": 0}, "Give names of labels"),
    ],
)
def test_heads_that_do_not_exist_are_refused(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(PretrainedError, match=message):
        load(RECORDED / "distilbert-none", **asked)


def test_a_folder_without_tokenizer_takes_ids(tmp_path: Path) -> None:
    net = load(RECORDED / "bert-none")
    with pytest.raises(PretrainedError, match="has no tokenizer"):
        net.tokenize(["a text"])


def test_too_many_tokens_are_a_sentence() -> None:
    net = load(RECORDED / "roberta-none")
    with pytest.raises(cr.ShapeError, match="at most 10 tokens"):
        net(np.full((1, 11), 5))
    with pytest.raises(cr.ShapeError, match=r"takes \(batch, tokens\)"):
        net(np.full(5, 5))


def test_a_tokenizer_of_more_tokens_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("tokenizers", reason="tokenizers is not installed")
    folder = changed(tmp_path, "bert-none")
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = [*special, *(f"word{i}" for i in range(30))]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    with pytest.raises(PretrainedError, match="ids up to 34, but the network has a table of 23"):
        load(folder)
    (folder / "vocab.txt").write_text("\n".join(words[:20]) + "\n")
    net = load(folder)
    assert net.tokenize(["word1 word2", "word3"]).ids.shape == (2, 4)
    with pytest.raises(PretrainedError, match="A text has 14 tokens.*Give max_length=12"):
        net.tokenize([" ".join(["word1"] * 12)])
    assert net.tokenize([" ".join(["word1"] * 12)], max_length=12).ids.shape == (1, 12)
    assert net.tokenize([["word1", "word2"]]).words.tolist() == [[-1, 0, 1, -1]]
    net.train()
    with pytest.raises(PretrainedError, match="training mode"):
        net.embed(["word1"])
