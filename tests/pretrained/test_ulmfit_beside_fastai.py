"""ULMFiT networks beside fastai itself: other seeds and sizes, and what it reads of files here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_ulmfit_recorded import assert_calls_equal
from ulmfit_networks import HEADS, WORDS, computed, made, texts, write

from chainrule.pretrained import load
from chainrule.pretrained.ulmfit import with_vocabulary

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("fastai", reason="fastai is not installed")
pytestmark = pytest.mark.filterwarnings("default")  # of other libraries


@pytest.mark.parametrize("optimizer", [False, True], ids=["alone", "with an optimizer"])
@pytest.mark.parametrize("kind", HEADS)
def test_outputs_equal_the_reference(kind: str, optimizer: bool, tmp_path: Path) -> None:
    model = made(kind, 1, emb_sz=5, n_hid=7)
    write(kind, model, tmp_path, optimizer=optimizer)
    given = texts(kind, 1)
    net = load(tmp_path, head=HEADS[kind])
    expected = {**given, **computed(kind, model, given)}
    assert_calls_equal(net, net, expected, 1 if kind == "classifier" else 2)


@pytest.mark.parametrize("kind", HEADS)
def test_the_reference_loads_what_is_saved(kind: str, tmp_path: Path) -> None:
    """No array is missing or unknown there, and its numbers are those of the network saved here."""
    write(kind, made(kind, 2), tmp_path / "theirs")
    net = load(tmp_path / "theirs", head=HEADS[kind])
    for each in net.named_parameters().values():
        each.assign((np.asarray(each.value) * 1.25).astype(each.value.dtype))
    net.save(tmp_path / "ours")
    model: Any = made(kind, 3)
    model.load_state_dict(torch.load(tmp_path / "ours" / "model.pth", weights_only=True))
    model.eval()
    model.reset()
    given = texts(kind, 3)
    expected = {**given, **computed(kind, model, given)}
    assert_calls_equal(net, net, expected, 1 if kind == "classifier" else 2)


def test_the_reference_moves_rows_to_a_new_vocabulary_as_here(tmp_path: Path) -> None:
    from fastai.text.learner import match_embeds

    model = made("language", 4)
    write("language", model, tmp_path)
    words = ["xxunk", "xxpad", "new", "word3", "the"]
    theirs = match_embeds(dict(model.state_dict()), WORDS, words)
    ours = with_vocabulary(load(tmp_path, head="language-model"), words)
    np.testing.assert_allclose(
        ours.body.table.weight.value, theirs["0.encoder.weight"].detach().numpy(), rtol=1e-6
    )
    np.testing.assert_allclose(
        ours.head.bias.value, theirs["1.decoder.bias"].detach().numpy(), rtol=1e-5
    )
