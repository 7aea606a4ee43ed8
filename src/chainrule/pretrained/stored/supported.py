"""Configurations that cannot be loaded, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.families.config_values import word

_ABSOLUTE = "absolute"


def require_supported(config: Mapping[str, Any]) -> None:
    """Raise PretrainedError for a decoder, and for positions other than learned absolute ones."""
    positions = word(config, "position_embedding_type", _ABSOLUTE)
    if positions != _ABSOLUTE:
        raise PretrainedError(
            f"The configuration has position_embedding_type {positions!r}. Supported is "
            f"{_ABSOLUTE!r}: a learned vector per position."
        )
    if config.get("tie_word_embeddings") is False:
        raise PretrainedError(
            "The configuration has tie_word_embeddings false. Supported are networks whose "
            "language model uses the table of tokens as its output weights."
        )
    for key in ("is_decoder", "add_cross_attention"):
        if config.get(key):
            raise PretrainedError(
                f"The configuration has {key} true: a decoder. Supported are encoders; set it to "
                "false to use the network as one."
            )
