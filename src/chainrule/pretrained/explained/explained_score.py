"""The score of a pretrained network that is explained, as a function of the vectors of tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from chainrule.grad import value_and_grad, vmap
from chainrule.graph import Array, Tensor, as_tensor
from chainrule.ops import log_softmax
from chainrule.pretrained.body.batch import Batch
from chainrule.pretrained.body.body import EncoderBody
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.heads.head import Head
from chainrule.pretrained.stored.source import Source

BatchArrays = tuple[Any, Any, Any]
Kind = Literal["logit", "log-probability"]
Baseline = Literal["padding", "zeros"]


@dataclass(frozen=True)
class ExplainedScore:
    """One of the scores of a text.

    kind      "logit", or "log-probability" of the label among all labels
    label     the number of the label
    name      its name
    position  the token that gets the label; None for a label of the text
    """

    kind: Kind
    label: int
    name: str
    position: int | None


def choose_score(
    scores: Array, source: Source, label: str | int | None, position: int | None, kind: Kind
) -> ExplainedScore:
    """Return the score that was asked for; the label with the largest score if `label` is None.

    scores    of one text: (labels,), or (tokens, labels)
    position  the token, of a head that labels tokens

    Raises PretrainedError for a label, position or kind that there is not.
    """
    if kind not in ("logit", "log-probability"):
        raise PretrainedError(
            f"of={kind!r} was given. Contributions are to a 'logit' or to a 'log-probability'."
        )
    if kind == "log-probability" and scores.shape[-1] == 1:
        raise PretrainedError("The network has one score, a regression. Give of='logit'.")
    own = scores if scores.ndim == 1 else scores[_checked_position(position, scores.shape[0])]
    if scores.ndim == 1 and position is not None:
        raise PretrainedError(
            f"position={position} was given, but the head {source.head!r} labels whole texts."
        )
    number = int(own.argmax()) if label is None else _number(label, source, own.size)
    name = source.labels[number] if source.labels else str(number)
    return ExplainedScore(kind, number, name, None if scores.ndim == 1 else position)


def slopes_of_vectors(
    body: EncoderBody,
    head: Head,
    batch: BatchArrays,
    points: Any,
    label: Any,
    position: Any,
    kind: Kind,
) -> tuple[Any, Any]:
    """Return scores (points,) and their gradients (points, tokens, width).

    batch     ids, mask and segments of one text
    points    word vectors (points, tokens, width) of the text
    label     the number of the label
    position  the token that gets the label; None for a label of the text
    kind      see `ExplainedScore`

    Positions, segments, the layer norm of the embeddings, all layers and the head follow.
    """
    ids, mask, segments = batch
    words = body.embeddings.words.weight

    def score(vectors: Tensor) -> Tensor:
        vectors = as_tensor(vectors)
        x = body.embeddings.of_vectors(vectors.reshape(1, *vectors.shape), ids, segments)
        scores = head(body.encoded(x, mask), words)[0]
        own = scores if position is None else scores[position]
        return (log_softmax(own, axis=-1) if kind == "log-probability" else own)[label]

    found: tuple[Any, Any] = vmap(value_and_grad(score))(points)
    return found


def path_ends(body: EncoderBody, batch: Batch, baseline: Baseline) -> tuple[Array, Array]:
    """Return the word vectors of a text, and those of the baseline: (tokens, width) each.

    Special tokens have their vectors in both. Raises PretrainedError for an unknown baseline.
    """
    table = body.embeddings.words.weight.read()
    ids = np.asarray(batch.ids)[0]
    special = np.asarray(batch.texts)[0] < 0
    if baseline == "padding":
        replaced = table[body.settings.padding]
    elif baseline == "zeros":
        replaced = np.zeros_like(table[0])
    else:
        raise PretrainedError(f"baseline={baseline!r} was given. Give 'padding' or 'zeros'.")
    x = table[ids]
    return x, np.where(special[:, None], x, replaced)


def _checked_position(position: int | None, count: int) -> int:
    if position is None or not 0 <= position < count:
        raise PretrainedError(
            f"position={position} was given to a head that labels tokens. Give the position of a "
            f"token, from 0 to {count - 1}, special tokens included."
        )
    return position


def _number(label: str | int, source: Source, count: int) -> int:
    if isinstance(label, str) and label in source.labels:
        return source.labels.index(label)
    if isinstance(label, int) and 0 <= label < count:
        return label
    known = ", ".join(source.labels) if source.labels else f"numbers from 0 to {count - 1}"
    raise PretrainedError(f"The label {label!r} was asked for. The network has {known}.")
