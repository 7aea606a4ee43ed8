"""The interface of heads."""

from __future__ import annotations

from chainrule.graph import Tensor
from chainrule.nn import Module
from chainrule.pretrained.body.output import Output


class Head(Module):
    """A head: scores from the output of the body.

    A head holds its own parameters only; the table of tokens, to which the output of a language
    model is tied, is given to each call.
    """

    def forward(self, output: Output, words: Tensor) -> Tensor:
        """Return the scores; `words` is the table of tokens, (vocabulary, width)."""
        raise NotImplementedError
