"""Beam search: the most probable text among those that a few beams lead to."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.generation.decoder import Decoder, Ids
from chainrule.pretrained.generation.request import GenerationRequest


@dataclass
class _Beams:
    """The state of a search.

    texts     the tokens of every beam that goes on
    scores    the logarithms of their probabilities
    finished  texts that ended, with their scores divided by a power of their lengths, best first
    """

    request: GenerationRequest
    texts: list[list[int]] = field(default_factory=lambda: [[]])
    scores: Array = field(default_factory=lambda: np.zeros(1, np.float32))
    finished: list[tuple[float, list[int]]] = field(default_factory=list)

    def advance(self, logs: Array) -> tuple[Array, Array]:
        """Append the best tokens; return the parent and the token of every beam that goes on.

        logs  the logarithms of the probabilities of the next token, (beams, vocabulary)

        Of twice as many candidates as beams, those that end are finished if they are among the
        best, and the others go on, so that there are enough of them.
        """
        width = self.request.beams
        total = self.scores[:, None] + logs
        parents, tokens = _best(total, 2 * width)
        length = len(self.texts[0]) + 1
        kept: list[tuple[int, int]] = []
        for rank, (parent, token) in enumerate(zip(parents.tolist(), tokens.tolist(), strict=True)):
            if token == self.request.end or length == self.request.length:
                if rank < width:
                    self._finish([*self.texts[parent], token], float(total[parent, token]))
            elif len(kept) < width:
                kept.append((parent, token))
        self.texts = [[*self.texts[parent], token] for parent, token in kept]
        self.scores = np.array([total[each] for each in kept], np.float32)
        chosen = np.array(kept, np.int64).reshape(-1, 2)
        return chosen[:, 0], chosen[:, 1]

    def _finish(self, text: list[int], score: float) -> None:
        self.finished.append((score / len(text) ** self.request.length_penalty, text))
        self.finished.sort(key=lambda each: -each[0])
        del self.finished[self.request.beams :]

    def is_over(self) -> bool:
        """Return whether no beam goes on, or none can be expected to become one of the best."""
        if not self.texts:
            return True
        if len(self.finished) < self.request.beams:
            return False
        hoped = self.scores[0] / len(self.texts[0]) ** self.request.length_penalty
        return bool(hoped <= self.finished[-1][0])


def best_text(decoder: Decoder, prompt: Ids, request: GenerationRequest) -> list[int]:
    """Return the tokens with the largest score that beams lead to from a prompt.

    The score is the logarithm of the probability over the length to the power of the request's
    length penalty. The search ends when as many texts have ended as there are beams, and the best
    beam has no larger score than the last of them.
    """
    beams = _Beams(request)
    scores = decoder.begin([prompt], copies=request.beams)
    logs = _log_softmax(scores[:1])
    while True:
        parents, tokens = beams.advance(logs)
        if beams.is_over():
            return beams.finished[0][1]
        rows = np.arange(request.beams) % len(parents)
        decoder.arrange(parents[rows])
        logs = _log_softmax(decoder.append(tokens[rows]))[: len(parents)]


def _best(total: Array, most: int) -> tuple[Array, Array]:
    """Return row and column of the largest numbers, in descending order."""
    flat = total.ravel()
    most = min(most, flat.size)
    found = np.argpartition(-flat, most - 1)[:most]
    return np.unravel_index(found[np.argsort(-flat[found], kind="stable")], total.shape)  # type: ignore[return-value]


def _log_softmax(scores: Array) -> Array:
    shifted: Array = scores - scores.max(axis=1, keepdims=True)
    logs: Array = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shifted - logs
