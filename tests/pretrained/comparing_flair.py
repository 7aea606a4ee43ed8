"""Compares what chainrule computes of files of Flair with what Flair computed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from flair_references import SENTENCES

import chainrule as cr
from chainrule.pretrained import load

WRITTEN = [[each for each in words if each] for words in SENTENCES]


def difference(found: Any, wanted: Any) -> float:
    """Return the largest difference, relative to the largest value of what is wanted."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.shape == wanted.shape, (found.shape, wanted.shape)
    return float(np.abs(found - wanted).max(initial=0) / max(1e-30, np.abs(wanted).max(initial=0)))


def model_differences(folder: Path, name: str) -> dict[str, float]:
    """Return the differences of states, scores, gradients and vectors of words, by name."""
    net, wanted = load(folder / f"{name}.pt"), dict(np.load(folder / f"{name}.npz"))
    outputs, (h, c) = net(wanted["ids"])
    scores = net.logits(outputs)
    loss = cr.nn.cross_entropy(scores[:-1, 0], wanted["ids"][1:, 0])
    named = net.named_parameters()
    slopes = cr.gradients(loss, list(named.values()))
    found = {"outputs": outputs, "scores": scores, "h": h, "c": c, "loss": loss}
    found |= {f"gradient {path}": each for path, each in zip(named, slopes, strict=True)}
    arrays = {path: each.read() for path, each in found.items()}
    arrays |= {f"words {i}": each for i, each in enumerate(net.word_vectors(WRITTEN))}
    assert arrays.keys() | {"ids"} == wanted.keys()
    return {path: difference(each, wanted[path]) for path, each in arrays.items()}


def tagger_differences(folder: Path, name: str) -> tuple[dict[str, float], list[bool]]:
    """Return the differences of scores of tags, and whether the tags of sentences are equal."""
    net, wanted = load(folder / f"{name}.pt"), dict(np.load(folder / f"{name}.npz"))
    scores, tags = net.scores(WRITTEN), net.tag(WRITTEN)
    found = {
        f"scores {i}": difference(each, wanted[f"scores {i}"]) for i, each in enumerate(scores)
    }
    return found, [each == tuple(wanted[f"tags {i}"].tolist()) for i, each in enumerate(tags)]
