"""Texts are continued, token by token."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.generation.beam_search import best_text
from chainrule.pretrained.generation.decoder import Decoder, Ids
from chainrule.pretrained.generation.request import GenerationRequest
from chainrule.pretrained.generation.sampling import next_tokens


def continued(
    decoder: Decoder,
    prompts: Sequence[Ids],
    request: GenerationRequest,
    random: np.random.Generator,
) -> list[list[int]]:
    """Return the tokens that follow each prompt; the last one is `request.end` if a text ended."""
    if not prompts or not request.length:
        return [[] for _ in prompts]
    if request.beams > 1:
        return [best_text(decoder, prompt, request) for prompt in prompts]
    return _side_by_side(decoder, prompts, request, random)


def _side_by_side(
    decoder: Decoder,
    prompts: Sequence[Ids],
    request: GenerationRequest,
    random: np.random.Generator,
) -> list[list[int]]:
    """Continue all prompts together; what follows the end of a text is left out."""
    scores = decoder.begin(prompts)
    steps: list[Array] = []
    open_rows = np.ones(len(prompts), np.bool_)
    for _ in range(request.length):
        tokens = next_tokens(scores, request, random)
        steps.append(tokens)
        open_rows &= tokens != (-1 if request.end is None else request.end)
        if not open_rows.any() or len(steps) == request.length:
            break
        scores = decoder.append(tokens)
    return [_until(row, request.end) for row in np.stack(steps, axis=1).tolist()]


def _until(tokens: list[int], end: int | None) -> list[int]:
    """Return tokens up to the first end, that one included."""
    return tokens[: tokens.index(end) + 1] if end in tokens else tokens
