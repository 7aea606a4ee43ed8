"""The network of the tagger: vectors of words, an encoder, scores of tags, a decoder."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import chainrule as cr
from chainrule.ner.decoders import CRF, Softmax
from chainrule.ner.encoders import Pretrained, encoder_of, encoder_shapes, encoder_size
from chainrule.ner.settings import Settings
from chainrule.ner.token_vectors import TokenVectors, vector_shapes, vector_size
from chainrule.storage import require_memory

if TYPE_CHECKING:
    from chainrule.pretrained import PretrainedNetwork

Shapes = dict[str, tuple[int, ...]]


def shapes(
    sizes: Mapping[str, int],
    tags: int,
    settings: Settings,
    net: PretrainedNetwork | None = None,
) -> Shapes:
    """Return the shapes of the parameters of a network with these settings, by path.

    sizes  rows per table of `TokenVectors`
    net    the network of a pretrained encoder, whose own parameters are left out
    """
    inputs = vector_size(sizes, settings)
    encoder = encoder_shapes(inputs, settings)
    hidden = encoder_size(inputs, settings, net)
    named: Shapes = {"scores.weight": (tags, hidden), "scores.bias": (tags,)}
    named |= {f"vectors.{path}": each for path, each in vector_shapes(sizes, settings).items()}
    named |= {f"encoder.{path}": each for path, each in encoder.items()}
    if settings.decoder == "crf":
        named |= {f"decoder.{name}": (tags,) for name in ("start", "end")}
        named["decoder.transitions"] = (tags, tags)
    return named


def _require_room(shapes: Shapes, settings: Settings) -> None:
    size = 4 * sum(map(math.prod, shapes.values()))
    try:
        require_memory(size)
    except MemoryError as error:
        raise cr.ChainruleError(
            f"A network of these settings has {size} bytes of weights, more than this machine has "
            f"memory: {settings!r}. Choose smaller extents."
        ) from error


class TaggerNetwork(cr.nn.Module):
    """A network that scores every tag for every word of sentences.

    sizes  rows per table of `TokenVectors`
    given  whether words have vectors of a file
    net    the network of the encoder "pretrained"

    Raises ChainruleError if the weights would not fit into the memory.
    """

    def __init__(
        self,
        sizes: Mapping[str, int],
        tags: Sequence[str],
        settings: Settings,
        given: bool = False,
        net: PretrainedNetwork | None = None,
    ) -> None:
        _require_room(shapes(sizes, len(tags), settings, net), settings)
        random = np.random.default_rng(settings.seed)
        self.vectors = TokenVectors(sizes, settings, random, given)
        self.encoder = encoder_of(vector_size(sizes, settings), settings, random, net)
        xavier = cr.nn.initial.xavier_uniform
        self.scores = cr.nn.Linear(self.encoder.size, len(tags), initial=xavier, random=random)
        self.decoder = CRF(tags) if settings.decoder == "crf" else Softmax()

    def forward(self, lengths: Any, *inputs: Any) -> cr.Tensor:
        """Return scores float32 (sentences, words, tags).

        lengths  int64 (sentences,), the number of words of each sentence, at least 1
        inputs   the arrays that a pretrained encoder reads, see `Windows`; then arrays
                 (sentences, words + 2 margin, ...) of the features of tokens, in the order of
                 `vectors.inputs`; the margin is the one of the encoder
        """
        count = self.encoder.inputs if isinstance(self.encoder, Pretrained) else 0
        own, features = inputs[:count], inputs[count:]
        return self.scores(self.encoder(self.vectors(*features), lengths, *own))
