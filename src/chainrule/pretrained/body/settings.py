"""The settings of an encoder, in our words: what the families' configurations have in common."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.pretrained.errors import PretrainedError


@dataclass(frozen=True)
class EncoderSettings:
    """Sizes and constants of a pretrained encoder.

    vocabulary          rows of the table of tokens
    positions           rows of the table of positions
    segments            rows of the table of segments (token types); 0 for none
    width               features of a token
    layers, heads       layers, and heads of attention in each
    feed_forward        hidden units of the feed-forward network
    activation          the name of its activation, see `activations`
    epsilon             of all layer norms
    dropout             probability: of the embeddings and of the output of the feed-forward network
    attention_dropout   probability: of attention weights
    attended_dropout    probability: of the output of attention
    padding             the id of padding tokens
    counts_positions    True if positions count the tokens that are not padding, from padding + 1
    deviation           standard deviation of fresh weights
    pooler              True if the first token goes through a dense layer and tanh
    """

    vocabulary: int
    positions: int
    segments: int
    width: int
    layers: int
    heads: int
    feed_forward: int
    activation: str
    epsilon: float
    dropout: float
    attention_dropout: float
    attended_dropout: float
    padding: int
    deviation: float = 0.02
    counts_positions: bool = False
    pooler: bool = True

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise PretrainedError(
                f"The configuration has {self.heads} heads of attention for {self.width} features. "
                "Every head has an equal share, so that the number of heads is a divisor."
            )
        if self.padding >= self.vocabulary:
            raise PretrainedError(
                f"The configuration has the padding id {self.padding}, but ids are below "
                f"{self.vocabulary}."
            )
        if self.longest < 1:
            raise PretrainedError(
                f"The configuration has {self.positions} positions, of which none are left: the "
                f"first token has position {self.padding + 1}."
            )

    @property
    def longest(self) -> int:
        """The number of tokens of the longest text."""
        return self.positions - (self.padding + 1 if self.counts_positions else 0)
