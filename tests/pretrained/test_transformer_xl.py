"""Transformer-XL computes what the reference library computes, segment by segment."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from comparing import assert_equal
from transformer_xl_reference import CASES, RECORDED, SEGMENTS

import chainrule as cr
from chainrule.pretrained import PretrainedError, fresh, load
from chainrule.pretrained.stored.named_arrays import stored_arrays
from chainrule.pretrained.transformer_xl.names import body_names, output_names
from chainrule.storage import StorageError, write_arrays

FOLDER = Path(os.environ.get("CHAINRULE_TRANSFORMER_XL", RECORDED))


def loaded(case: str):
    """Return the network of a recorded folder, and the arrays of the reference."""
    net = load(FOLDER / case, head="language-model")
    with np.load(FOLDER / case / "computed.npz") as file:
        return net, dict(file)


def segments(ids: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    return np.split(ids, SEGMENTS, axis=1)


@pytest.mark.parametrize("case", CASES)
def test_segments_with_memory_equal_the_reference(case: str) -> None:
    net, expected = loaded(case)
    memory = None
    for number, part in enumerate(segments(expected["ids"])):
        out = net(part, memory, layers=True, attentions=True)
        memory = out.memory
        assert_equal(out.scores, expected[f"scores.{number}"], "scores")
        for kind, found in (("layer", out.layers), ("attention", out.attentions)):
            for i, each in enumerate(found):
                assert_equal(each, expected[f"{kind}.{i}.{number}"], f"{kind} {i}, {number}")
    for i, each in enumerate(memory.states):
        assert_equal(each, expected[f"memory.{i}"], f"memory {i}")


@pytest.mark.parametrize("case", CASES)
def test_gradients_of_all_parameters_equal_the_reference(case: str) -> None:
    net, expected = loaded(case)
    memory = None
    for part in segments(expected["ids"]):
        out = net(part, memory)
        memory = out.memory
    parameters = net.named_parameters()
    found = cr.gradients(cr.sum(cr.cos(out.scores)), list(parameters.values()))
    named = dict(zip(parameters, map(np.asarray, found), strict=True))
    theirs = {}
    for start, table, prefix in (
        ("body.", body_names(net.body.settings), "transformer."),
        ("output.", output_names(net.body.settings), ""),
    ):
        own = {name.removeprefix(start): each for name, each in named.items()}
        theirs |= {prefix + name: each for name, each in stored_arrays(table, own).items()}
    joined = np.concatenate([theirs[name].ravel() for name in sorted(theirs)])
    assert_equal(joined, expected["gradients"], case)


@pytest.mark.parametrize("case", CASES)
def test_a_saved_network_loads_with_equal_numbers(case: str, tmp_path: Path) -> None:
    net, expected = loaded(case)
    net.save(tmp_path / "saved")
    again, part = load(tmp_path / "saved", head="language-model"), segments(expected["ids"])[0]
    assert_equal(again(part).scores, expected["scores.0"], case)


@pytest.mark.parametrize("case", CASES)
def test_probabilities_sum_to_1_and_targets_are_picked(case: str) -> None:
    net, expected = loaded(case)
    out = net(expected["ids"])
    scores = np.asarray(out.scores)
    assert np.allclose(np.exp(scores).sum(axis=-1), 1, atol=1e-5)
    targets = np.random.default_rng(0).integers(0, 20, expected["ids"].shape)
    picked = np.take_along_axis(scores, targets[:, :, None], axis=-1)[:, :, 0]
    assert_equal(net.target_scores(out.hidden, targets), picked, case)


@pytest.mark.native
@pytest.mark.parametrize("case", ["clusters", "shared-biases"])
def test_the_perplexity_of_a_long_text_is_that_of_its_segments(case: str) -> None:
    """One compiled version reads all segments, the last one padded."""
    net, _ = loaded(case)
    ids = np.random.default_rng(0).integers(0, 20, 31)
    memory, total = None, 0.0
    for start in range(0, 30, 4):
        part = ids[start : min(start + 4, 30)]
        out = net(part[None], memory)
        memory = out.memory
        picked = np.asarray(out.scores)[0, np.arange(len(part)), ids[start + 1 :][: len(part)]]
        total -= picked.sum()
    assert net.perplexity(ids, segment=4) == pytest.approx(np.exp(total / 30), rel=1e-5)
    assert net._segment_loss.report().count("signature") == 1
    assert not net.training


def changed(tmp_path: Path, case: str = "clusters", remove: str = "", **config: Any) -> Path:
    """Return a folder with another configuration, and without arrays whose name has a part."""
    from safetensors.numpy import load_file

    folder = tmp_path / "changed"
    folder.mkdir(exist_ok=True)
    given = json.loads((RECORDED / case / "config.json").read_text()) | config
    (folder / "config.json").write_text(json.dumps(given))
    stored = load_file(RECORDED / case / "model.safetensors")
    kept = {name: each for name, each in stored.items() if not remove or remove not in name}
    write_arrays(folder / "model.safetensors", kept, {"format": "pt"})
    return folder


@pytest.mark.parametrize("same_length", [True, False])
def test_a_memory_that_starts_empty_reads_only_what_was_there(same_length, tmp_path: Path) -> None:
    """As in the authors' code: as long as nothing is forgotten, segments equal the whole text."""
    folder = changed(tmp_path, memory_start="empty", mem_len=12, same_length=same_length)
    net = load(folder, head="language-model")
    ids = np.random.default_rng(0).integers(0, 20, (2, 12))
    whole = np.asarray(net(ids).scores)
    memory, parts = None, []
    for part in segments(ids):
        out = net(part, memory)
        memory = out.memory
        parts.append(np.asarray(out.scores))
    assert np.allclose(np.concatenate(parts, axis=1), whole, atol=1e-5)
    zeros = load(changed(tmp_path, mem_len=12, same_length=same_length), head="language-model")
    assert not np.allclose(np.asarray(zeros(ids).scores), whole, atol=1e-3)


def test_clusters_in_reversed_order_are_read_from_the_other_end(tmp_path: Path) -> None:
    net, expected = loaded("clusters")
    turned = load(changed(tmp_path, cluster_order="reversed"), head="language-model")
    weight, bias = turned.output.cluster_weight, turned.output.cluster_bias
    weight.assign(weight.value[::-1])
    bias.assign(bias.value[::-1])
    part = segments(expected["ids"])[0]
    assert np.allclose(turned(part).scores.value, net(part).scores.value, atol=1e-6)


def test_a_network_without_memory_reads_its_segment_alone(tmp_path: Path) -> None:
    net = load(changed(tmp_path, mem_len=0, same_length=False), head="language-model")
    ids = np.random.default_rng(0).integers(0, 20, (1, 8))
    alone = net(ids[:, 4:]).scores.value
    after = net(ids[:, 4:], net(ids[:, :4]).memory).scores.value
    assert np.array_equal(alone, after)


def test_a_body_without_output_has_no_probabilities(tmp_path: Path) -> None:
    folder = changed(tmp_path, remove="crit.")
    with pytest.raises(PretrainedError, match="no arrays of an output layer"):
        load(folder, head="language-model")
    net, (whole, expected) = load(folder), loaded("clusters")
    part = segments(expected["ids"])[0]
    assert np.array_equal(net(part).hidden.value, whole(part).hidden.value)
    assert net(part).scores is None
    with pytest.raises(PretrainedError, match="no output layer"):
        net.perplexity([1, 2, 3])


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"cutoffs": [12, 6]}, "cutoffs"),
        ({"cutoffs": [6, 30]}, "cutoffs"),
        ({"cutoffs": "6"}, "cutoffs"),
        ({"div_val": 9}, "div_val"),
        ({"div_val": 0}, "div_val"),
        ({"d_model": 7}, "d_model"),
        ({"tie_projs": [True]}, "tie_projs"),
        ({"attn_type": 2}, "attn_type"),
        ({"adaptive": False}, "adaptive"),
        ({"tie_word_embeddings": False}, "tie_word_embeddings"),
        ({"memory_start": "full"}, "memory_start"),
        ({"n_layer": 3}, "is missing"),
        ({"n_layer": 1}, "is unknown"),
        ({"untie_r": False}, "r_w_bias"),
    ],
)
def test_folders_that_do_not_fit_are_refused(config: dict[str, Any], said: str, tmp_path) -> None:
    with pytest.raises(PretrainedError, match=said):
        load(changed(tmp_path, **config), head="language-model")


@pytest.mark.parametrize("seed", range(4))
def test_damaged_folders_are_refused_in_sentences(seed: int, tmp_path: Path) -> None:
    """Bytes of the configuration and of the weights' header are changed at random."""
    random, said = np.random.default_rng(seed), []
    for number in range(25):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name in ("config.json", "model.safetensors"):
            content = bytearray((RECORDED / "clusters" / name).read_bytes())
            for at in random.integers(0, min(len(content), 1500), random.integers(0, 4)):
                content[at] = random.integers(32, 127)
            (folder / name).write_bytes(content)
        try:
            load(folder, head="language-model")
        except (PretrainedError, StorageError) as error:
            said.append(str(error))
    assert said
    assert all(each.rstrip().endswith(".") or "\n" in each for each in said)


def test_texts_and_heads_that_it_cannot_have_are_refused() -> None:
    net, _ = loaded("clusters")
    with pytest.raises(PretrainedError, match="at least two"):
        net.perplexity([1])
    with pytest.raises(PretrainedError, match="segment=0"):
        net.perplexity([1, 2], segment=0)
    with pytest.raises(cr.ShapeError, match="segment of each text"):
        net(np.array([1, 2]))
    with pytest.raises(PretrainedError, match="no weights are drawn"):
        fresh(RECORDED / "clusters")
    with pytest.raises(PretrainedError, match="'classification' was asked for"):
        load(RECORDED / "clusters", head="classification")
    assert set(net.layer_groups()) == {"embeddings", "layers.0", "layers.1", "output"}
