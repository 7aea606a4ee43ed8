"""Explains a score of a pretrained network by contributions of tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.explore import integrated_gradients
from chainrule.pretrained.body.batch import Batch
from chainrule.pretrained.body.body import EncoderBody
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.explained.explained_score import (
    Baseline,
    ExplainedScore,
    Kind,
    choose_score,
    path_ends,
)
from chainrule.pretrained.explained.token_contributions import TokenContributions
from chainrule.pretrained.explained.token_texts import token_texts
from chainrule.pretrained.heads.head import Head
from chainrule.pretrained.stored.source import Source
from chainrule.pretrained.tokenizer import Tokenizer

_AT_ONCE = 9  # points of the path: a part halved needs eight, and one for the score between


def token_contributions(
    body: EncoderBody,
    head: Head | None,
    source: Source,
    tokenizer: Tokenizer,
    batch: Batch,
    texts: Sequence[str],
    *,
    label: str | int | None,
    position: int | None,
    kind: Kind,
    baseline: Baseline,
    tolerance: float,
    slopes: Callable[[Any, ExplainedScore], tuple[Any, Any]],
) -> TokenContributions:
    """Return the contributions of tokens; see `PretrainedNetwork.contributions`.

    batch   the batch of one text or pair
    slopes  computes scores and gradients of several word vectors of the text
    """
    if head is None:
        raise PretrainedError(
            "Contributions are to a score, and the network has no head. Load it with one: "
            "head='classification'."
        )
    output = body(batch.ids, batch.mask, batch.segments)
    scores = head(output, body.embeddings.words.weight).read()[0]
    chosen = choose_score(scores, source, label, position, kind)
    x, start = path_ends(body, batch, baseline)
    found = integrated_gradients(
        None,
        x,
        start,
        tolerance=tolerance,
        at_once=_AT_ONCE,
        slopes=lambda points: slopes(points, chosen),
    )
    tokens = token_texts(tokenizer, batch, 0, texts)
    at = "" if position is None else f" at {tokens[position]}"
    return TokenContributions(
        tokens,
        found.values.sum(-1),
        np.asarray(batch.spans)[0],
        np.asarray(batch.texts)[0],
        np.asarray(batch.words)[0],
        tuple(texts),
        f"{kind} of {chosen.name}{at}",
        found.score,
        found.baseline_score,
        found.points,
    )
