"""The loss of a language model."""

from __future__ import annotations

from typing import Any

from chainrule.graph import Tensor, TensorLike, as_tensor
from chainrule.ops import cross_entropy
from chainrule.pretrained.errors import PretrainedError

_PADDING = -1


def next_token_loss(output: Any, ids: TensorLike) -> Tensor:
    """Return the mean of -log p(token | earlier tokens) over all tokens but the first of a text.

    output  of a network with the head "language-model"; its scores are (batch, tokens, vocabulary)
    ids     (batch, tokens), the texts themselves; -1 for padding, which is not counted

    It is a loss for `chainrule.train.fit`, with the texts as inputs and as targets.
    """
    if output.scores is None:
        raise PretrainedError(
            "The loss of a language model was asked for of a network without scores. Load it with "
            'head="language-model".'
        )
    return cross_entropy(output.scores[:, :-1], as_tensor(ids)[:, 1:], ignore_index=_PADDING)
