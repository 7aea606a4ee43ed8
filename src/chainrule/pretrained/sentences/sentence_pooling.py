"""How a folder says that the vector of a sentence is made from the hidden states of its tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from chainrule.graph import Tensor
from chainrule.ops import maximum, where
from chainrule.ops import sum as total
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files import PretrainedFolder
from chainrule.pretrained.files.hub_folder import file_in
from chainrule.pretrained.files.json_file import read_json
from chainrule.storage import read_regular

KEY = "sentence_vectors"  # of config.json, in folders that are written here
_LARGEST = 1_000_000  # bytes
_MODES = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "first",
    "pooling_mode_max_tokens": "max",
}
_HIDDEN = -1e30


@dataclass(frozen=True)
class SentencePooling:
    """How the vector of a sentence is made.

    kind        "mean" or "max" of the visible tokens, or the "first"
    normalised  whether it is divided by its norm
    longest     the number of tokens that sentences are cut to; None for that of the network
    """

    kind: str = "mean"
    normalised: bool = False
    longest: int | None = None

    def __post_init__(self) -> None:
        longest = self.longest is None or (type(self.longest) is int and self.longest > 2)
        if self.kind not in _MODES.values() or type(self.normalised) is not bool or not longest:
            raise PretrainedError(
                f"Vectors of sentences were to be made as {asdict(self)}. Known are the kinds "
                f"{', '.join(_MODES.values())}, and longest is a number of tokens above 2."
            )

    def vectors(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Return the vectors (batch, width) of hidden states (batch, tokens, width)."""
        visible = mask.reshape(*mask.shape, 1)
        if self.kind == "first":
            x = hidden[:, 0]
        elif self.kind == "max":
            x = where(visible, hidden, _HIDDEN).max(1)
        else:
            counts = total(visible.astype(hidden.dtype), axis=1)
            x = total(where(visible, hidden, 0), axis=1) / maximum(counts, 1)
        if not self.normalised:
            return x
        return x / maximum(total(x * x, axis=-1, keepdims=True) ** 0.5, 1e-12)


def stored_pooling(folder: PretrainedFolder) -> SentencePooling:
    """Return what a folder says of vectors of sentences: their mean if it says nothing.

    Read are 1_Pooling/config.json, modules.json and sentence_bert_config.json, or the entry of
    config.json that `PretrainedNetwork.save` writes. Raises PretrainedError for unknown kinds.
    """
    own = folder.config.get(KEY)
    if isinstance(own, dict) and own.keys() <= asdict(SentencePooling()).keys():
        return SentencePooling(**own)
    found = file_in(folder.path, "1_Pooling/config.json")
    if found is None:
        return SentencePooling()
    return SentencePooling(
        _kind(read_json(found, _LARGEST)), _is_normalised(folder), _longest(folder)
    )


def _kind(config: Mapping[str, Any]) -> str:
    asked = [
        key for key, each in config.items() if key.startswith("pooling_mode_") and each is True
    ]
    if len(asked) != 1 or asked[0] not in _MODES:
        raise PretrainedError(
            f"1_Pooling/config.json asks for {', '.join(asked) or 'no pooling'}. Known is one of "
            f"{', '.join(_MODES)}."
        )
    return _MODES[asked[0]]


def _is_normalised(folder: PretrainedFolder) -> bool:
    found = file_in(folder.path, "modules.json")
    if found is None:
        return False
    try:
        modules = json.loads(read_regular(found, _LARGEST))
        return any(str(each["type"]).endswith(".Normalize") for each in modules)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise PretrainedError(
            f"modules.json is not a list of modules with their types: {error!r}. Use another copy "
            "of the folder."
        ) from error


def _longest(folder: PretrainedFolder) -> int | None:
    found = file_in(folder.path, "sentence_bert_config.json")
    return None if found is None else read_json(found, _LARGEST).get("max_seq_length")
