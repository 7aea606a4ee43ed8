"""A recurrent network that reads and writes text, character by character."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

import chainrule as cr


class CharacterNetwork(cr.nn.Module):
    """Scores of the next character: ids (time, batch) to scores (time, batch, characters).

    characters  the number of different characters
    cell        "rnn", "lstm" or "gru", of `hidden` units
    random      a NumPy generator or a seed; fresh entropy if None

    A character is the row of an embedding, the product of its one-hot vector with a matrix. Raises
    ValueError for another cell. Karpathy: The unreasonable effectiveness of
    recurrent neural networks (2015); Graves: Generating sequences with recurrent neural networks
    (2013).
    """

    def __init__(
        self,
        characters: int,
        *,
        cell: Literal["rnn", "lstm", "gru"] = "lstm",
        hidden: int = 128,
        random: np.random.Generator | int | None = None,
    ) -> None:
        source = np.random.default_rng(random)
        kinds = {"rnn": cr.nn.RNN, "lstm": cr.nn.LSTM, "gru": cr.nn.GRU}
        if cell not in kinds:
            raise ValueError(
                f"CharacterNetwork was given the cell {cell!r}. Give one of {', '.join(kinds)}."
            )
        self.embedding = cr.nn.Embedding(characters, hidden // 2, random=source)
        self.recurrent = kinds[cell](hidden // 2, hidden, random=source)
        self.scores = cr.nn.Linear(hidden, characters, random=source)

    def forward(self, ids: cr.TensorLike) -> cr.Tensor:
        """Return the scores (time, batch, characters) of the character after each."""
        outputs, _ = self.recurrent(self.embedding(ids))
        return self.scores(outputs)

    def generate(
        self,
        start: cr.TensorLike,
        length: int,
        *,
        temperature: float = 1.0,
        stream: cr.random.Stream,
    ) -> cr.Tensor:
        """Return ids (length, batch) that continue the ids `start` (time, batch).

        temperature  the scores are divided by it: below 1 likely characters become more likely
        stream       the source of the random numbers

        The maximum of scores + Gumbel noise is a sample of softmax(scores).
        """
        outputs, state = self.recurrent(self.embedding(start))
        cell = self.recurrent.cells[0]
        shape = (length, *self.scores(outputs[-1]).shape)
        noise = temperature * cr.random.gumbel(stream.key(), shape)

        def step(state: Any, noise: cr.Tensor) -> tuple[Any, cr.Tensor]:
            h = state[0] if isinstance(state, tuple) else state
            token = cr.argmax(self.scores(h) + noise, axis=-1)
            return cell(self.embedding(token), state), token

        several = isinstance(state, tuple)
        first = tuple(each[0] for each in state) if several else state[0]
        ids: cr.Tensor = cr.scan(step, first, noise)[1]
        return ids
