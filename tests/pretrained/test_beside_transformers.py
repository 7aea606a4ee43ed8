"""Networks beside the reference library: other seeds, options, files, and files that it reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from comparing import assert_equal, assert_outputs_equal, batch_of, gradients
from reference_networks import CLASSES, HEADS, PAIRS, batch, computed, made

import chainrule as cr
from chainrule.pretrained import load
from chainrule.storage import write_arrays

pytest.importorskip("torch", reason="torch is not installed")
transformers = pytest.importorskip("transformers", reason="transformers is not installed")

CASES = [pytest.param(*pair, id="-".join(pair)) for pair in PAIRS]
ACTIVATIONS = ["gelu_new", "gelu_fast", "gelu_pytorch_tanh", "quick_gelu", "relu", "silu"]


def given_head(head: str) -> str | None:
    """Return the name of a head for `load`."""
    return None if head == "none" else head


@pytest.mark.parametrize(("family", "head"), CASES)
def test_outputs_and_gradients_equal_the_reference(family: str, head: str, tmp_path: Path) -> None:
    model = made(family, head, seed=1, layer_norm_eps=1e-3)
    model.save_pretrained(tmp_path)
    given = batch(family, seed=1)
    expected = {**given, **computed(model, given)}
    net = load(tmp_path, head=given_head(head))
    assert_outputs_equal(net, net, expected)
    assert_equal(gradients(net, batch_of(given)), expected["gradients"], "gradients")


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_equal_the_reference(activation: str, tmp_path: Path) -> None:
    model = made("bert", "masked-language", hidden_act=activation)
    model.save_pretrained(tmp_path)
    given = batch("bert")
    net = load(tmp_path, head="masked-language")
    assert_outputs_equal(net, net, {**given, **computed(model, given)})


@pytest.mark.parametrize(("family", "head"), CASES)
def test_the_reference_loads_what_is_saved(family: str, head: str, tmp_path: Path) -> None:
    """Nothing is missing or unknown there, and its numbers are those of the network saved here."""
    made(family, head, seed=2).save_pretrained(tmp_path / "theirs")
    net = load(tmp_path / "theirs", head=given_head(head))
    for each in net.named_parameters().values():
        each.assign(np.asarray(each.value) * 1.25)
    net.save(tmp_path / "ours")
    kind = getattr(transformers, CLASSES[family] + HEADS[head])
    model, report = kind.from_pretrained(tmp_path / "ours", output_loading_info=True)
    assert not report["unexpected_keys"]
    assert not report["mismatched_keys"]
    without_pooler = {each for each in report["missing_keys"] if "pooler" not in each}
    assert not without_pooler
    given = batch(family)
    assert_outputs_equal(net, net, {**given, **computed(model.eval(), given)})


@pytest.mark.parametrize("family", list(CLASSES))
def test_a_body_is_read_with_and_without_prefix(family: str, tmp_path: Path) -> None:
    made(family, "tokens").save_pretrained(tmp_path / "head")
    with_prefix = load(tmp_path / "head")
    with_prefix.save(tmp_path / "body")
    without = load(tmp_path / "body")
    given = batch_of(batch(family))
    assert np.array_equal(with_prefix(given).hidden.value, without(given).hidden.value)


@pytest.mark.parametrize("family", list(CLASSES))
def test_old_names_and_repeated_weights_are_read(family: str, tmp_path: Path) -> None:
    """The names gamma and beta, and the repeated weights of a language model."""
    model = made(family, "masked-language")
    model.save_pretrained(tmp_path)
    state = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
            "LayerNorm.bias", "LayerNorm.beta"
        ): each.numpy()
        for name, each in model.state_dict().items()
    }
    write_arrays(tmp_path / "model.safetensors", state)
    given = batch(family)
    net = load(tmp_path, head="masked-language")
    assert_outputs_equal(net, net, {**given, **computed(model, given)})


def test_pairs_for_pretraining_hold_both_heads(tmp_path: Path) -> None:
    import torch

    model = made("bert", "none")
    model = transformers.BertForPreTraining(model.config).eval()
    model.save_pretrained(tmp_path)
    given = batch("bert")
    ids, mask, segments = (torch.tensor(each).long() for each in given.values())
    with torch.no_grad():
        expected = model(ids, mask, segments)
    language = load(tmp_path, head="masked-language")(batch_of(given))
    following = load(tmp_path, head="next-sentence")(batch_of(given))
    assert_equal(language.scores, expected.prediction_logits.numpy(), "masked-language")
    assert_equal(following.scores, expected.seq_relationship_logits.numpy(), "next-sentence")


@pytest.mark.native
@pytest.mark.parametrize("family", list(CLASSES))
def test_compiled_gradients_equal_the_reference(family: str, tmp_path: Path) -> None:
    model = made(family, "tokens", seed=3)
    model.save_pretrained(tmp_path)
    given = batch(family)
    expected = computed(model, given)
    net = load(tmp_path, head="tokens")

    def visible(given: Any) -> cr.Tensor:
        scores = cr.cos(net(given).scores)
        return cr.sum(cr.where(np.asarray(batch(family)["mask"])[:, :, None], scores, 0))

    @cr.compile
    def step(given: Any) -> Any:
        return cr.gradients(visible(given), [net.body.embeddings.words.weight])

    (found,) = step(batch_of(given))
    names = sorted(name for name, _ in model.named_parameters())
    sizes = [dict(model.named_parameters())[name].numel() for name in names]
    at = names.index(f"{model.base_model_prefix}.embeddings.word_embeddings.weight")
    start = sum(sizes[:at])
    table = expected["gradients"][start : start + sizes[at]].reshape(found.shape)
    assert_equal(found, table, "gradient of the table of tokens")
