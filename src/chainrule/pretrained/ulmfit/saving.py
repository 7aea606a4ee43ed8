"""Saving of ULMFiT networks under the names of the reference library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from chainrule.graph import Array
from chainrule.pretrained.ulmfit.array_names import (
    CLASSIFIER,
    DECODER,
    DECODER_BIAS,
    ENCODER,
    LANGUAGE,
    TABLE,
    TABLE_AGAIN,
    body_names,
    pooled_head_names,
)
from chainrule.pretrained.ulmfit.awd_lstm import AWDLSTM
from chainrule.pretrained.ulmfit.heads import LanguageHead, PooledHead
from chainrule.pretrained.ulmfit.ulmfit_folder import write_ulmfit
from chainrule.storage.paths import AnyPath


def save(
    folder: AnyPath, body: AWDLSTM, head: LanguageHead | PooledHead | None, words: Sequence[str]
) -> None:
    """Write the folder of a network; see `UlmfitNetwork.save`."""
    write_ulmfit(folder, arrays_of(body, head), words)


def arrays_of(body: AWDLSTM, head: LanguageHead | PooledHead | None) -> dict[str, Array]:
    """Return all arrays by the names of the reference library; tied weights under all names."""
    prefix = _prefix(head)
    arrays = _named(body_names(len(body.layers), prefix), body.state())
    table = arrays[prefix + TABLE]
    arrays[prefix + TABLE_AGAIN] = table
    if isinstance(head, LanguageHead):
        bias = {} if head.bias is None else {DECODER_BIAS: np.array(head.bias.value)}
        return arrays | {DECODER: table} | bias
    if head is None:
        return arrays
    return arrays | _named(pooled_head_names(len(head.linears)), head.state())


def _prefix(head: LanguageHead | PooledHead | None) -> str:
    if head is None:
        return ENCODER
    return LANGUAGE if isinstance(head, LanguageHead) else CLASSIFIER


def _named(table: Mapping[str, str], state: Mapping[str, Array]) -> dict[str, Array]:
    return {theirs: state[ours] for ours, theirs in table.items()}
