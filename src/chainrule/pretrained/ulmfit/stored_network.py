"""What the arrays of a folder say of a network: its sizes, its head, what does not fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.families.config_values import numbered_labels
from chainrule.pretrained.files import match_names
from chainrule.pretrained.stored.head_choice import Labels
from chainrule.pretrained.stored_family import LoadRequest
from chainrule.pretrained.ulmfit.array_names import (
    COUNT,
    DECODER,
    DECODER_BIAS,
    IGNORED,
    TABLE,
    TABLE_AGAIN,
    body_names,
    head_layers,
    layers_of,
    pooled_head_names,
    prefix_of,
)
from chainrule.pretrained.ulmfit.awd_lstm import AWDLSTM
from chainrule.pretrained.ulmfit.heads import LanguageHead, PooledHead, pooled_widths
from chainrule.pretrained.ulmfit.sizes import Sizes
from chainrule.pretrained.ulmfit.ulmfit_folder import UlmfitFolder
from chainrule.pretrained.ulmfit.word_tokenizer import WordTokenizer
from chainrule.storage import printable, shown

Head = LanguageHead | PooledHead
_OF_HEADS = re.compile(r"1\.(decoder|layers)\.")


@dataclass(frozen=True)
class StoredNetwork:
    """What the names of a folder's arrays say."""

    folder: UlmfitFolder

    @property
    def prefix(self) -> str:
        return prefix_of(self.folder.weights)

    @property
    def layers(self) -> int:
        return layers_of(self.folder.weights, self.prefix)

    def sizes(self) -> Sizes:
        """Return the sizes, from the shapes; raises PretrainedError for other networks."""
        weights, words = self.folder.weights, WordTokenizer(self.folder.words)
        rows = weights.shapes.get(self.prefix + TABLE, ())
        if len(rows) != 2 or not self.layers:
            raise PretrainedError(
                f"{shown(self.folder.path)} has no arrays of an AWD-LSTM, such as {TABLE} and "
                "rnns.0.weight_hh_l0_raw. Other networks of the library are not supported."
            )
        if rows[0] != len(self.folder.words):
            raise PretrainedError(
                f"{shown(self.folder.path)} has {len(self.folder.words)} words, but a table of "
                f"{rows[0]} vectors. Use the list of words that belongs to the weights."
            )
        raw = [f"{self.prefix}rnns.{i}.weight_hh_l0_raw" for i in range(self.layers)]
        hidden = tuple((weights.shapes.get(name) or (0,))[-1] for name in raw)
        return Sizes(rows[0], rows[1], hidden[:-1], words.pad_id)

    def head(self, request: LoadRequest, sizes: Sizes) -> tuple[Head | None, tuple[str, ...]]:
        """Return the head that was asked for, and the names of its classes."""
        shapes, random = self.folder.weights.shapes, request.random
        if request.head is None:
            return None, ()
        if request.head == "language-model":
            bias = DECODER_BIAS in shapes or DECODER not in shapes
            return LanguageHead(sizes.vocabulary, random, bias=bias), ()
        stored = self._widths()
        labels = _labels(request.labels, stored[-1] if stored else None)
        fits = len(stored) > 1 and stored[-1] == len(labels)
        widths = stored if fits else pooled_widths(sizes.width, len(labels))
        return PooledHead(widths, random), labels

    def _widths(self) -> tuple[int, ...]:
        """Return the widths of the layers of a stored classifier; none for other files."""
        shapes = self.folder.weights.shapes
        names = [f"1.layers.{k}.2.weight" for k in range(head_layers(shapes))]
        found = [shapes.get(name, (0, 0)) for name in names]
        if any(len(each) != 2 for each in found) or not found:
            return ()
        return (found[0][1], *(each[0] for each in found))

    def head_names(self, head: Head | None) -> dict[str, str]:
        """Return the file's names of the parameters of the head; none if it does not hold it."""
        if isinstance(head, LanguageHead):
            return {"bias": DECODER_BIAS} if DECODER_BIAS in self.folder.weights else {}
        if head is None or self._widths()[-1:] != (head.linears[-1].weight.shape[0],):
            return {}
        return pooled_head_names(len(head.linears))

    def others(self) -> list[str]:
        """Return the names of the arrays of heads; not those that are never needed."""
        known = re.compile("|".join([re.escape(DECODER), *IGNORED]))
        names = [each for each in self.folder.weights if _OF_HEADS.match(each)]
        return [each for each in names if not known.fullmatch(each)]

    def require_match(self, body: AWDLSTM, head: Head | None, names: Mapping[str, str]) -> None:
        """Raise PretrainedError for arrays that are missing, unknown, misshaped or not tied."""
        parameters = body.named_parameters()
        expected = {
            theirs: parameters[ours].shape
            for ours, theirs in body_names(self.layers, self.prefix).items()
        }
        if head is not None and names:
            own = head.named_parameters()
            expected |= {theirs: own[ours].shape for ours, theirs in names.items()}
        tied = [self.prefix + TABLE_AGAIN, DECODER]
        expected |= dict.fromkeys(tied, expected[self.prefix + TABLE])
        other = [re.escape(name) for name in self.others() if name not in expected]
        ignored = [*IGNORED, *other]
        optional = [*tied, *(name for name in expected if name.endswith(COUNT))]
        shapes, what = self.folder.weights.shapes, f"The weights of {shown(self.folder.path)}"
        match_names(expected, shapes, optional=optional, ignore=ignored, what=what)
        self._require_tied(tied)

    def _require_tied(self, names: list[str]) -> None:
        weights = self.folder.weights
        table = weights[self.prefix + TABLE]
        for name in names:
            if name in weights and not np.array_equal(weights[name], table, equal_nan=True):
                raise PretrainedError(
                    f"{printable(name)} of {shown(self.folder.path)} differs from the table of "
                    "word vectors. Only language models with tied weights are supported."
                )


def _labels(given: Labels, stored: int | None) -> tuple[str, ...]:
    """Return the names of classes; numbered ones for a number, or for a stored classifier."""
    if given is None and stored is None:
        raise PretrainedError(
            "A fresh classifier was asked for without labels. Give labels=, their names or number."
        )
    count = stored if given is None else given
    if isinstance(count, int) and not isinstance(count, bool) and count > 0:
        return numbered_labels(count)
    names = () if isinstance(given, str | int) or given is None else tuple(given)
    if not names or not all(isinstance(e, str) for e in names) or len({*names}) < len(names):
        raise PretrainedError(f"labels={given!r} was given. Give different names, or a number.")
    return names
