"""Comparison of a pretrained network with what a reference computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.pretrained import Batch, PretrainedNetwork
from chainrule.pretrained.stored.name_table import rows
from chainrule.pretrained.stored.stored_values import apart

Arrays = Mapping[str, np.ndarray[Any, Any]]


def batch_of(given: Arrays) -> Batch:
    """Return the batch of a reference's arrays."""
    return Batch(given["ids"], given["mask"], given["segments"])


def assert_equal(found: Any, expected: np.ndarray[Any, Any], what: str) -> None:
    """Compare within 1e-5 of the largest expected value."""
    values = np.asarray(found)
    assert values.shape == expected.shape, what
    limit = 1e-5 * np.abs(expected).max()
    assert np.abs(values - expected).max() <= limit, what


def assert_outputs_equal(net: PretrainedNetwork, call: Any, expected: Arrays) -> None:
    """Compare hidden states of all layers, attention weights, pooled and scores, padding too."""
    out = call(batch_of(expected), layers=True, attentions=True)
    assert_equal(out.hidden, expected[f"layer.{len(net.body.layers)}"], "hidden")
    for kind, values in (("layer", out.layers), ("attention", out.attentions)):
        assert len(values) == sum(name.startswith(f"{kind}.") for name in expected)
        for i, each in enumerate(values):
            assert_equal(each, expected[f"{kind}.{i}"], f"{kind} {i}")
    for name in ("pooled", "scores"):
        found = getattr(out, name)
        if name in expected:
            assert_equal(found, expected[name], name)
        elif name == "scores":
            assert found is None


def loss(net: PretrainedNetwork, batch: Batch) -> cr.Tensor:
    """Return the sum of cosines of what is visible, as `reference_networks.computed` does."""
    out = net(batch)
    seen = out.hidden if out.scores is None else out.scores
    cosines = cr.cos(seen)
    if cosines.ndim == 3:
        cosines = cr.where(np.asarray(batch.mask)[:, :, None], cosines, 0)
    total = cr.sum(cosines)
    return (
        total
        if out.scores is not None or out.pooled is None
        else total + cr.sum(cr.cos(out.pooled))
    )


def gradients(net: PretrainedNetwork, batch: Batch) -> np.ndarray[Any, Any]:
    """Return the gradients of all parameters by the names of the family, joined in their order."""
    found = cr.gradients(loss(net, batch), list(net.named_parameters().values()))
    named = dict(zip(net.named_parameters(), map(np.asarray, found), strict=True))
    family, prefix = net.source.family, "" if net.head is None else net.source.family.prefix
    table = family.names + (family.pooler if net.body.pooler else ())
    body = {name.removeprefix("body."): each for name, each in named.items()}
    theirs = {
        prefix + name: each for name, each in apart(rows(table, len(net.body.layers)), body).items()
    }
    if net.head is not None:
        head = {name.removeprefix("head."): each for name, each in named.items()}
        theirs |= apart(rows(family.heads[net.source.head].names), head)
    return np.concatenate([theirs[name].ravel() for name in sorted(theirs)])
