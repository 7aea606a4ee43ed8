"""The settings of GPT-2, read from its configuration."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.families.config_values import Config, count, flag, rate, word


@dataclass(frozen=True)
class Gpt2Settings:
    """Sizes and constants of GPT-2.

    vocabulary              rows of the table of tokens
    positions               rows of the table of positions: the longest text
    width                   features of a token
    layers, heads           layers, and heads of attention in each
    feed_forward            hidden units of the feed-forward network
    activation              the name of its activation
    epsilon                 of all layer norms
    dropout                 probability: of the sum of the embeddings
    attention_dropout       probability: of attention weights
    residual_dropout        probability: of what attention and feed-forward network add
    scaled                  whether scores are divided by the square root of a head's width
    scaled_by_layer         whether scores of layer i are divided by i + 1 too
    deviation               standard deviation of fresh weights
    end                     the id of the token between texts
    """

    vocabulary: int
    positions: int
    width: int
    layers: int
    heads: int
    feed_forward: int
    activation: str
    epsilon: float
    dropout: float
    attention_dropout: float
    residual_dropout: float
    scaled: bool
    scaled_by_layer: bool
    deviation: float
    end: int

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise PretrainedError(
                f"The configuration has {self.heads} heads of attention for {self.width} features. "
                "Every head has an equal share, so that the number of heads is a divisor."
            )

    @property
    def longest(self) -> int:
        """The number of tokens of the longest text."""
        return self.positions

    @property
    def padding(self) -> int:
        """The id after the end of a text, which nothing reads: GPT-2 has no token for it."""
        return self.end

    def scale(self, layer: int) -> float:
        """Return the factor of the scores of a layer."""
        root = (self.width // self.heads) ** -0.5 if self.scaled else 1.0
        return root / (layer + 1) if self.scaled_by_layer else root


def gpt2_settings(config: Config) -> Gpt2Settings:
    """Return the settings of a configuration; raises PretrainedError for wrong values."""
    _require_supported(config)
    width = count(config, "n_embd", 768)
    vocabulary = count(config, "vocab_size", 50257)
    return Gpt2Settings(
        vocabulary=vocabulary,
        positions=count(config, "n_positions", count(config, "n_ctx", 1024)),
        width=width,
        layers=count(config, "n_layer", 12),
        heads=count(config, "n_head", 12),
        feed_forward=4 * width
        if config.get("n_inner") is None
        else count(config, "n_inner", 4 * width),
        activation=word(config, "activation_function", "gelu_new"),
        epsilon=rate(config, "layer_norm_epsilon", 1e-5),
        dropout=rate(config, "embd_pdrop", 0.1),
        attention_dropout=rate(config, "attn_pdrop", 0.1),
        residual_dropout=rate(config, "resid_pdrop", 0.1),
        scaled=flag(config, "scale_attn_weights", True),
        scaled_by_layer=flag(config, "scale_attn_by_inverse_layer_idx", False),
        deviation=rate(config, "initializer_range", 0.02),
        end=_end(config, vocabulary),
    )


def _end(config: Config, vocabulary: int) -> int:
    """Return the id of the end of a text: that of the file, or the last one."""
    if config.get("eos_token_id") is None:
        return vocabulary - 1
    found = count(config, "eos_token_id", vocabulary - 1, least=0)
    return found if found < vocabulary else vocabulary - 1


def _require_supported(config: Config) -> None:
    if config.get("add_cross_attention"):
        raise PretrainedError(
            "The configuration has add_cross_attention true: a decoder that reads an encoder. "
            "Supported are networks that read their own text alone."
        )
    if config.get("tie_word_embeddings") is False:
        raise PretrainedError(
            "The configuration has tie_word_embeddings false. Supported are networks whose "
            "language model uses the table of tokens as its output weights."
        )
