"""The window encoder: the vectors of a word and its neighbours, one hidden layer."""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr
from chainrule.ner.settings import Settings


class Window(cr.nn.Module):
    """h = relu(W x + b), where x is the concatenated vectors of a window; dropout on x and h.

    W x is a sum over the places of the window, each with its columns of W. For tagging, the terms
    are computed once per different word and place, then looked up, because a text has far fewer
    different words than words.

    Collobert et al.: Natural language processing (almost) from scratch (2011), section 3.2.1.
    """

    def __init__(self, inputs: int, settings: Settings, random: np.random.Generator) -> None:
        self.places, self.size = 2 * settings.window + 1, settings.hidden
        self.input_dropout = cr.nn.Dropout(settings.input_dropout, random=random)
        he = cr.nn.initial.he_uniform
        self.hidden = cr.nn.Linear(self.places * inputs, self.size, initial=he, random=random)
        self.hidden_dropout = cr.nn.Dropout(settings.hidden_dropout, random=random)

    @staticmethod
    def shapes(inputs: int, settings: Settings) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the parameters, by path."""
        places = 2 * settings.window + 1
        return {
            "hidden.weight": (settings.hidden, places * inputs),
            "hidden.bias": (settings.hidden,),
        }

    @staticmethod
    def margin(settings: Settings) -> int:
        """Return the number of paddings on each side of a sentence."""
        return settings.window

    def forward(self, vectors: Any, lengths: Any) -> cr.Tensor:
        """Return (sentences, words, size) for vectors (sentences, words + 2 window, inputs)."""
        words = vectors.shape[1] - self.places + 1
        near = cr.concat([vectors[:, i : i + words] for i in range(self.places)], axis=2)
        return self.hidden_dropout(cr.relu(self.hidden(self.input_dropout(near))))

    def parts(self, vectors: Any) -> tuple[cr.Tensor, ...]:
        """Return the terms of W x of every place, float32 (forms, size), for vectors of forms."""
        weight = self.hidden.weight.reshape(self.size, self.places, -1)
        return tuple(vectors @ weight[:, place].T for place in range(self.places))

    def from_parts(self, numbers: Any, *parts: Any) -> cr.Tensor:
        """Return h (steps, lanes, size), without dropout.

        numbers  int64 (steps + 2 window, lanes), the forms of the words; 0 between sentences
        """
        numbers = cr.asarray(numbers)
        steps = numbers.shape[0] - self.places + 1
        terms: list[Any] = [
            cr.take(part, numbers[place : place + steps], axis=0)
            for place, part in enumerate(parts)
        ]
        return cr.relu(sum(terms) + self.hidden.bias)
