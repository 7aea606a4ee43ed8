"""A character network learns English sentences, and writes some."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import numpy as np

import chainrule as cr
from chainrule.graph import Array
from chainrule.lecture import Outcome
from chainrule.zoo.character_network import CharacterNetwork
from chainrule.zoo.demonstrations.training_text import Text, training_text

_STEPS, _BATCH, _LENGTH = 1000, 32, 50
_TICKS = (2, 4, 8, 16, 32, 64)
_EVALUATED, _WRITTEN = 100, (0, 100, 300, _STEPS)


@dataclass
class Writer:
    """A character network, its losses, held-out perplexities and samples by training step."""

    model: CharacterNetwork
    text: Text
    losses: list[float] = field(default_factory=list)
    perplexities: dict[int, float] = field(default_factory=dict)
    samples: dict[int, str] = field(default_factory=dict)

    @property
    def words(self) -> float:
        """The share of words of the last sample that occur in the training text."""
        known = set(self.text.characters(self.text.training).split())
        written = self.samples[_STEPS].split()
        return sum(each in known for each in written) / len(written)


def writes(cell: Literal["rnn", "lstm"]) -> Outcome:
    """Train a network of this cell for 1,000 steps, and let it write."""
    writer = _trained(cell)
    frequencies, after = _perplexity_of_frequencies(writer.text), writer.perplexities[_STEPS]
    return Outcome(
        figures={
            "characters trained on": f"{len(writer.text.training):,}, "
            f"{len(writer.text.alphabet)} different ones",
            "held-out perplexity per character": f"{after:.2f}; {frequencies:.1f} from the "
            f"frequencies of characters",
            "written words that are in the text": f"{writer.words:.0%}",
        },
        held=after < frequencies / 3,
        because=f"the held-out perplexity is {after:.2f}, and {frequencies:.1f} from the "
        "frequencies of characters; the demonstration asks for less than a third of that",
        draw=partial(_draw, writer=writer),
        text="\n\n".join(
            f"after {step} steps it writes\n{textwrap.indent(sample.strip(), '    ')}"
            for step, sample in writer.samples.items()
        ),
    )


def _trained(cell: Literal["rnn", "lstm"]) -> Writer:
    text, random = training_text(), np.random.default_rng(0)
    model = CharacterNetwork(len(text.alphabet), cell=cell, random=random)
    writer = Writer(model, text)
    rate = cr.optim.schedules.Cosine(5e-3, _STEPS)
    optimizer = cr.optim.Adam(model, rate, clip=cr.optim.ClipByGlobalNorm(1.0))
    stream = cr.random.Stream(0)

    @cr.compile
    def step(ids: cr.TensorLike, following: cr.TensorLike) -> cr.Tensor:
        loss = cr.nn.cross_entropy(model(ids), following)
        optimizer.minimize(loss)
        return loss

    @cr.compile
    def write(start: cr.TensorLike) -> cr.Tensor:
        return model.generate(start, 200, temperature=0.7, stream=stream)

    @cr.compile
    def held_out_loss(ids: cr.TensorLike, following: cr.TensorLike) -> cr.Tensor:
        return cr.nn.cross_entropy(model(ids), following)

    for count in range(_STEPS + 1):
        if count % _EVALUATED == 0:
            found = held_out_loss(text.held_out[:-1, None], text.held_out[1:, None])
            writer.perplexities[count] = math.exp(found.item())
        if count in _WRITTEN:
            ids = np.asarray(write(text.ids("\n")[:, None]))[:, 0]
            writer.samples[count] = text.characters(ids)
        writer.losses.append(step(*_passages(text.training, random)).item())
    return writer


def _passages(ids: Array, random: np.random.Generator) -> tuple[Array, Array]:
    """Return passages (50, 32) of the text, and the characters that follow each of them."""
    starts = random.integers(0, len(ids) - _LENGTH, _BATCH)
    places = starts + np.arange(_LENGTH + 1)[:, None]
    return ids[places[:-1]], ids[places[1:]]


def _perplexity_of_frequencies(text: Text) -> float:
    """Return the held-out perplexity of the frequencies of characters in the training text."""
    counts = np.bincount(text.training, minlength=len(text.alphabet))
    return float(np.exp(-np.log(counts / counts.sum())[text.held_out].mean()))


def _draw(figure: Any, writer: Writer) -> None:
    curve, page = figure.subplots(1, 2, width_ratios=(1, 1.3))
    smooth = np.convolve(writer.losses, np.ones(25) / 25, "valid")
    curve.plot(np.exp(smooth), label="training")
    curve.plot(*zip(*writer.perplexities.items(), strict=True), "o--", label="held out")
    curve.set(title="perplexity per character", xlabel="step", yscale="log")
    curve.set_yticks(_TICKS, [str(each) for each in _TICKS])
    curve.set_yticks((), minor=True)
    curve.legend()
    page.axis("off")
    lines = [f"after {step} steps\n{_wrapped(sample)}" for step, sample in writer.samples.items()]
    page.text(0, 1, "\n\n".join(lines), va="top", fontsize=8, family="monospace", parse_math=False)


def _wrapped(sample: str) -> str:
    return textwrap.fill(" | ".join(filter(None, sample.split("\n"))), 60)
