"""GPT-2 beside the reference library: other weights, options and files, and files that it reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from comparing import assert_equal
from gpt2_reference import BEAMS, CASES, HEADS, LENGTH, PROMPTS, batch, computed, made
from test_gpt2 import assert_outputs_equal, gradients

from chainrule.pretrained import load

torch = pytest.importorskip("torch", reason="torch is not installed")
transformers = pytest.importorskip("transformers", reason="transformers is not installed")


@pytest.mark.parametrize("case", CASES)
def test_outputs_and_gradients_equal_the_library(case: str, tmp_path: Path) -> None:
    model, given = made(case, seed=1, layer_norm_epsilon=1e-3), batch(1)
    model.save_pretrained(tmp_path)
    expected = {**given, **computed(model, given)}
    net = load(tmp_path, head=HEADS[CASES[case][0]])
    assert_outputs_equal(net, expected)
    assert_equal(gradients(net, expected), expected["gradients"], case)


@pytest.mark.native
@pytest.mark.parametrize("seed", [1, 2])
def test_continued_texts_equal_those_of_the_library(seed: int, tmp_path: Path) -> None:
    model, given = made("language", seed=seed), batch(seed)
    model.save_pretrained(tmp_path)
    expected, net = computed(model, given), load(tmp_path)
    prompts = [given["ids"][0, :end] for end in PROMPTS]
    wanted = [expected[f"greedy.{end}"].tolist() for end in PROMPTS]
    assert [each.tolist() for each in net.generate(prompts, LENGTH)] == wanted
    for beams, power in BEAMS:
        found = net.generate(prompts, LENGTH, beams=beams, length_penalty=power)
        wanted = [expected[f"beams.{beams}.{power}.{end}"].tolist() for end in PROMPTS]
        assert [each.tolist() for each in found] == wanted


@pytest.mark.parametrize("prefix", [True, False])
def test_pickled_weights_are_read_with_and_without_prefix(prefix: bool, tmp_path: Path) -> None:
    model, given = made("language"), batch()
    model.config.save_pretrained(tmp_path)
    whole = model if prefix else model.transformer
    torch.save(whole.state_dict(), tmp_path / "pytorch_model.bin")
    net = load(tmp_path, head="language-model")
    assert_outputs_equal(net, {**given, **computed(model, given)})


@pytest.mark.parametrize("case", ["body", "language", "classification"])
def test_the_library_loads_what_is_saved(case: str, tmp_path: Path) -> None:
    made(case, seed=2).save_pretrained(tmp_path / "theirs")
    net = load(tmp_path / "theirs", head=HEADS[CASES[case][0]])
    for each in net.named_parameters().values():
        each.assign(np.asarray(each.value) * 1.25)
    net.save(tmp_path / "ours")
    kind = getattr(transformers, CASES[case][0])
    model, report = kind.from_pretrained(tmp_path / "ours", output_loading_info=True)
    assert not report["unexpected_keys"]
    assert not report["mismatched_keys"]
    assert not report["missing_keys"]
    given = batch()
    assert_outputs_equal(net, {**given, **computed(model.eval(), given)})


def test_the_square_matrix_of_attention_is_transposed(tmp_path: Path) -> None:
    """Its shape does not tell."""
    model = made("language")
    model.save_pretrained(tmp_path)
    found = load(tmp_path).body.layers[0].attention.out.weight.value
    stored = model.transformer.h[0].attn.c_proj.weight.detach().numpy()
    assert np.array_equal(found, stored.T)
    assert not np.array_equal(found, stored)
