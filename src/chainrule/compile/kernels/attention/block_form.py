"""The form of an attention kernel: what its text depends on, and its numbers."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from chainrule.compile.kernels.attention.register_tile import MOST_ROWS, ROWS, ROWS_OF_HALVES
from chainrule.compile.kernels.vectors import VECTOR_BYTES
from chainrule.compile.native import blas
from chainrule.graph import DType, Tensor
from chainrule.ops.attending.attention_layout import AttentionGate, AttentionLayout
from chainrule.ops.attending.weight_dropout import factor_of, last_kept

KEYS = 128  # keys of a block
_COST = {4: 1.0, 3: 1.0, 2: 1.1, 1: 1.2}  # per vector: narrower tiles load more per product


@dataclass(frozen=True)
class MaskForm:
    """What the text depends on in a mask: its dtype, and whether it differs between queries."""

    dtype: DType
    of_pairs: bool


@dataclass(frozen=True)
class BlockForm:
    """What the text of a kernel depends on.

    operands  the operand of queries, of keys and of values
    count     the number of operands
    masks     the form of each mask
    vectors   the queries of a block, in vectors
    columns   the columns of a tile of the width, in vectors
    whole     whether registers hold whole vectors: CPUs with AVX-512
    drawn     whether weights are dropped
    """

    dtype: DType
    operands: tuple[int, ...]
    count: int
    masks: tuple[MaskForm, ...]
    causal: bool
    vectors: int
    columns: int
    whole: bool
    drawn: bool

    def rows_of(self, vectors: int) -> int:
        """Return the rows of a tile."""
        return ROWS[vectors] if self.whole else ROWS_OF_HALVES

    @property
    def lanes(self) -> int:
        """The elements of a vector."""
        return VECTOR_BYTES // self.dtype.itemsize

    @property
    def queries(self) -> int:
        """The queries of a block."""
        return self.vectors * self.lanes


def form_of(gate: AttentionGate, layout: AttentionLayout, causal: bool) -> BlockForm:
    """Return the form of a gate's kernel."""
    dtype, whole = gate.operands[0].dtype, blas.has_avx512()
    lanes, sizes = VECTOR_BYTES // dtype.itemsize, (4, 3, 2, 1) if whole else (1,)
    width = -(-layout.width // lanes)
    return BlockForm(
        dtype,
        tuple(each.operand for each in layout.parts),
        len(gate.operands),
        tuple(MaskForm(each.dtype, each.shape[2] > 1) for each in gate.masks),
        causal,
        min(sizes, key=lambda each: -(-layout.queries // (each * lanes)) * each * _COST[each]),
        next(each for each in sizes if width % each == 0),
        whole,
        bool(gate.keys),
    )


def mask_names(form: BlockForm) -> list[str]:
    """Return the names of the strides of masks: per sequence, and per head."""
    return [f"mask{i} {axis}" for i in range(len(form.masks)) for axis in ("batch", "head")]


def mask_strides(masks: Sequence[Tensor]) -> dict[str, int]:
    """Return the numbers of `mask_names`; 0 where a mask is the same along an axis."""
    numbers = {}
    for i, each in enumerate(masks):
        batch, heads, queries, keys = each.shape
        head = queries * keys
        numbers[f"mask{i} batch"] = heads * head if batch > 1 else 0
        numbers[f"mask{i} head"] = head if heads > 1 else 0
    return numbers


def drawn_names(form: BlockForm) -> tuple[str, ...]:
    """Return the names of the numbers of dropout."""
    return ("sequences per key", "last kept", "kept factor") if form.drawn else ()


def drawn_numbers(gate: AttentionGate, batch: int, share: float | None) -> tuple[int, ...]:
    """Return the numbers of `drawn_names`; the factor as the bits of a float64."""
    if share is None:
        return ()
    return (batch // gate.keys[0].shape[0], last_kept(share), bits_of(factor_of(share)))


def bits_of(number: float) -> int:
    """Return the bits of a float64."""
    (bits,) = struct.unpack("<q", struct.pack("<d", number))
    return int(bits)


PARTS = ("query", "key", "value")
NAMES = (
    *("heads", "queries", "keys", "width", "padded width", "padded keys", "blocks", "scale"),
    *(f"{part} {what}" for part in PARTS for what in ("start", "batch", "token")),
)


def numbers_of(form: BlockForm, layout: AttentionLayout, scale: float) -> dict[str, int]:
    """Return the numbers of `NAMES`; the scale as the bits of a float64."""
    width = -(-layout.width // form.lanes) * form.lanes
    numbers = {
        "heads": layout.heads,
        "queries": layout.queries,
        "keys": layout.keys,
        "width": layout.width,
        "padded width": width,
        "padded keys": -(-layout.keys // MOST_ROWS) * MOST_ROWS,
        "blocks": -(-layout.queries // form.queries),
        "scale": bits_of(scale),
    }
    for name, part in zip(PARTS, layout.parts, strict=True):
        numbers[f"{name} start"] = part.start
        numbers[f"{name} batch"], numbers[f"{name} token"] = part.batch, part.token
    return numbers


def area_starts(sizes: Mapping[str, int]) -> tuple[dict[str, int], int]:
    """Return where areas of scratch memory begin, by name, and the elements of all."""
    ends = [*accumulate(sizes.values(), initial=0)]
    return dict(zip(sizes, ends, strict=False)), ends[-1]
