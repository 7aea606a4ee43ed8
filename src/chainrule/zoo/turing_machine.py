"""Neural Turing Machine: a controller that reads and writes a memory through heads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

import chainrule as cr
from chainrule.zoo.addressing import SHIFTS, by_content, interpolated, sharpened, shifted

_EMPTY = 1e-6  # the first value of the memory: Collier and Beel (2018), section 3


@dataclass(frozen=True)
class Visit:
    """What the machine did at every step.

    outputs  scores before the sigmoid, (steps, batch, outputs)
    reads    weights of the reading head over the places, (steps, batch, places)
    writes   weights of the writing head, (steps, batch, places)
    """

    outputs: cr.Tensor
    reads: cr.Tensor
    writes: cr.Tensor


class NeuralTuringMachine(cr.nn.Module):
    """A controller with an external memory, one reading head and one writing head.

    inputs, outputs  numbers of features of a step
    controller       "lstm" or "feedforward" (one tanh layer), of `hidden` units
    places, width    shape of the memory; every element is 1e-6 before the first step
    random           a NumPy generator or a seed; fresh entropy if None

    At each step the controller reads the input and what the head read before. From its output h
    follow, for either head, a key, its strength, a gate, a shift and a power (see `addressing`).
    Both heads begin at place 0. Then

        M = M (1 - w e) + w a      write: erase e = σ(...), add a = tanh(...)
        r = Σ w M                  read
        y = W (h, r) + b

    Raises ValueError for another controller. Graves, Wayne, Danihelka: Neural Turing Machines
    (2014); first values of the memory: Collier, Beel: Implementing Neural Turing Machines (2018).
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        controller: Literal["lstm", "feedforward"] = "lstm",
        hidden: int = 100,
        places: int = 128,
        width: int = 20,
        random: np.random.Generator | int | None = None,
    ) -> None:
        source = np.random.default_rng(random)
        if controller not in ("lstm", "feedforward"):
            raise ValueError(
                f"NeuralTuringMachine was given the controller {controller!r}. Give 'lstm' or "
                "'feedforward'."
            )
        self.places, self.width, self.hidden = places, width, hidden
        self.is_recurrent = controller == "lstm"
        kind = cr.nn.LSTMCell if self.is_recurrent else cr.nn.Linear
        self.controller: Any = kind(inputs + width, hidden, random=source)
        self.head_sizes = (width, 1, 1, len(SHIFTS), 1)
        self.heads = cr.nn.Linear(hidden, 2 * sum(self.head_sizes) + 2 * width, random=source)
        self.output = cr.nn.Linear(hidden + width, outputs, random=source)

    def forward(self, x: cr.TensorLike) -> cr.Tensor:
        """Return the scores (steps, batch, outputs) of inputs (steps, batch, inputs)."""
        return self.visit(x).outputs

    def visit(self, x: cr.TensorLike) -> Visit:
        """Return the scores of inputs (steps, batch, inputs), and where the heads were."""
        x = cr.asarray(x)
        _, (features, reads, writes) = cr.scan(self._step, self._first(x.shape[1]), x)
        return Visit(self.output(features), reads, writes)

    def _first(self, batch: int) -> tuple[Any, ...]:
        """Return the first states: of the controller, what was read, both heads, the memory."""
        nothing = np.zeros((batch, self.hidden), "float32")
        place = np.zeros((batch, self.places), "float32")
        place[:, 0] = 1
        memory = np.full((batch, self.places, self.width), _EMPTY, "float32")
        return nothing, nothing, memory[:, 0], place, place, memory

    def _step(self, state: tuple[cr.Tensor, ...], x: cr.Tensor) -> tuple[Any, Any]:
        h, c, read, reading, writing, memory = state
        h, c = self._control(cr.concat([x, read], axis=1), h, c)
        wanted_read, wanted_write, erase, add = self._wanted(self.heads(h))
        writing = self._address(memory, writing, wanted_write)
        memory = _written(memory, writing, cr.sigmoid(erase), cr.tanh(add))
        reading = self._address(memory, reading, wanted_read)
        read = (reading.reshape(-1, 1, self.places) @ memory).reshape(-1, self.width)
        features = cr.concat([h, read], axis=1)
        return (h, c, read, reading, writing, memory), (features, reading, writing)

    def _control(self, x: cr.Tensor, h: cr.Tensor, c: cr.Tensor) -> tuple[cr.Tensor, cr.Tensor]:
        if not self.is_recurrent:
            return cr.tanh(self.controller(x)), c
        after: tuple[cr.Tensor, cr.Tensor] = self.controller(x, (h, c))
        return after

    def _wanted(self, scores: cr.Tensor) -> tuple[Any, Any, cr.Tensor, cr.Tensor]:
        """Return what the controller wants of both heads, and what to erase and to add."""
        sizes = (*self.head_sizes, *self.head_sizes, self.width, self.width)
        ends = np.cumsum(sizes)
        parts = [scores[:, end - size : end] for end, size in zip(ends, sizes, strict=True)]
        return parts[:5], parts[5:10], parts[10], parts[11]

    def _address(self, memory: cr.Tensor, before: cr.Tensor, wanted: Any) -> cr.Tensor:
        """Return the weights of a head from its weights before."""
        key, strength, gate, shift, power = wanted
        found = by_content(memory, cr.tanh(key), cr.softplus(strength))
        weights = interpolated(found, before, cr.sigmoid(gate))
        return sharpened(shifted(weights, cr.softmax(shift)), 1 + cr.softplus(power))


def _written(memory: cr.Tensor, weights: cr.Tensor, erase: cr.Tensor, add: cr.Tensor) -> cr.Tensor:
    """Return the memory after erasing and adding, equations 3 and 4."""
    places = weights.reshape(*weights.shape, 1)
    erase, add = (each.reshape(each.shape[0], 1, -1) for each in (erase, add))
    return memory + places * (add - erase * memory)
