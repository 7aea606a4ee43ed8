"""Multi-head attention."""

from __future__ import annotations

import math

import numpy as np

from chainrule.graph import (
    ShapeError,
    Tensor,
    TensorLike,
    as_dtype,
    as_tensor,
    current_trace,
    parameter,
)
from chainrule.nn.attention_mask import masks_of
from chainrule.nn.dropout import Dropout, weight_dropout
from chainrule.nn.extents import require_extents
from chainrule.nn.initial import Initialiser, drawn, generator, xavier_uniform
from chainrule.nn.linear import Linear
from chainrule.nn.lora import LoRA
from chainrule.nn.module.module import Module
from chainrule.ops import permute_dims
from chainrule.ops.attending.attention import attention
from chainrule.ops.attending.attention_gates import has_blocks
from chainrule.ops.attending.attention_weights import heads_of, weights_of, without_hidden


class MultiHeadAttention(Module):
    """Multi-head attention: softmax(Q Kᵀ / sqrt(d)) V per head, concatenated and projected.

    size           the number of features of queries, keys, values and output; d is size / heads
    heads          the number of heads, a divisor of `size`
    dropout        the probability of dropping an attention weight in training
    in_proj_weight (3 · size, size): the projections to Q, K and V, concatenated
    in_proj_bias   (3 · size,), or None without `bias`
    in_proj_lora   a `LoRA` beside in_proj_weight, which `add_lora` puts there; None at first
    out_proj       the linear layer of the output
    initial        an initialiser of the weights, Xavier uniform by default; biases start at zero
    random         a NumPy generator or a seed; fresh entropy if None

    Names and shapes are those of torch's MultiheadAttention, so that `load_state` accepts its
    state. Raises ShapeError unless `heads` divides `size`. Vaswani et al.: Attention is all you
    need (2017), section 3.2.
    """

    in_proj_lora: LoRA | None = None

    def __init__(
        self,
        size: int,
        heads: int,
        *,
        dropout: float = 0.0,
        bias: bool = True,
        initial: Initialiser = xavier_uniform,
        dtype: str = "float32",
        random: np.random.Generator | int | None = None,
    ) -> None:
        _require_heads(size, heads)
        source, kind = generator(random), as_dtype(dtype)
        self.size, self.heads = size, heads
        self.in_proj_weight = parameter(drawn(initial, (3 * size, size), source, kind))
        self.in_proj_bias = parameter(np.zeros(3 * size, kind)) if bias else None
        self.out_proj = Linear(size, size, bias=bias, initial=initial, dtype=dtype, random=source)
        self.dropout = Dropout(dropout, random=source) if dropout else None

    def forward(
        self,
        query: TensorLike,
        key: TensorLike | None = None,
        value: TensorLike | None = None,
        *,
        mask: TensorLike | None = None,
        key_mask: TensorLike | None = None,
        causal: bool = False,
    ) -> Tensor:
        """Return the outputs of attention, (batch, queries, size), in the dtype of the weights.

        query     (batch, queries, size)
        key       (batch, keys, size); `query` if None (self-attention)
        value     (batch, keys, size); `key` if None
        mask      bools (queries, keys), (batch, queries, keys) or (batch, heads, queries, keys):
                  True where a query attends to a key; or floats, which are added to the scores,
                  and hide keys where they are -inf
        key_mask  bools (batch, keys): True for keys, False for padding, which may hold any value,
                  NaN included
        causal    True: query i attends to keys 0 to i only

        In torch's MultiheadAttention, True means the opposite. A query without keys has weights 0:
        its output is the bias of the output layer, and its gradient is 0, not NaN.
        Raises ShapeError or DTypeError if operands do not fit.
        """
        operands = self._projected(query, key, value)
        masks = self._masks(operands, mask, key_mask)
        read = self._read(operands, masks, causal)
        return self.out_proj(read.reshape(*read.shape[:2], self.size))

    def weights(
        self,
        query: TensorLike,
        key: TensorLike | None = None,
        *,
        mask: TensorLike | None = None,
        key_mask: TensorLike | None = None,
        causal: bool = False,
    ) -> Tensor:
        """Return the attention weights, (batch, heads, queries, keys), without dropout.

        Arguments are those of a call. Every row sums to 1, or to 0 for a query without keys.
        """
        operands = self._projected(query, key, None)
        queries, keys, _ = heads_of(operands)
        masks = self._masks(operands, mask, key_mask)
        return weights_of(queries, keys, masks, causal, self._scale)

    @property
    def _scale(self) -> float:
        return 1 / math.sqrt(self.size // self.heads)

    def _read(self, operands: list[Tensor], masks: list[Tensor], causal: bool) -> Tensor:
        """Return the outputs of all heads, (batch, queries, heads, size / heads)."""
        if self.dropout is None or not self.dropout.training:
            return attention(operands, masks, causal, self._scale)
        if current_trace() is not None and has_blocks(operands, dropped=True):
            drawn = weight_dropout(self.dropout)
            return attention(operands, masks, causal, self._scale, drawn)
        queries, keys, values = heads_of(operands)
        weights = self.dropout(weights_of(queries, keys, masks, causal, self._scale))
        return permute_dims(weights @ without_hidden(values, masks), (0, 2, 1, 3))

    def _masks(
        self, operands: list[Tensor], mask: TensorLike | None, key_mask: TensorLike | None
    ) -> list[Tensor]:
        _require_keys(operands[-1])
        batch, queries = operands[0].shape[:2]
        shape = (batch, self.heads, queries, operands[-1].shape[1])
        return masks_of(shape, mask, key_mask, operands[0].dtype)

    def _projected(
        self, query: TensorLike, key: TensorLike | None, value: TensorLike | None
    ) -> list[Tensor]:
        """Return queries, keys and values: (batch, tokens, parts, heads, size / heads) each.

        Projections of one tensor are the parts of one result.
        """
        query = self._operand("query", query)
        if key is None and value is None:
            return [self._heads(query, 0, 3)]
        key = query if key is None else self._operand("key", key)
        value = key if value is None else self._operand("value", value)
        _require_pairs(query, key, value)
        if value is key:
            return [self._heads(query, 0, 1), self._heads(key, 1, 3)]
        return [self._heads(each, i, i + 1) for i, each in enumerate((query, key, value))]

    def _heads(self, x: Tensor, first: int, last: int) -> Tensor:
        """Return the projections `first` to `last` of x, in one product."""
        rows = slice(first * self.size, last * self.size)
        products = x @ self.in_proj_weight[rows].T
        if self.in_proj_lora is not None:
            products = products + self.in_proj_lora(x, rows)
        if self.in_proj_bias is not None:
            products = products + self.in_proj_bias[rows]
        return products.reshape(*x.shape[:2], last - first, self.heads, self.size // self.heads)

    def _operand(self, name: str, x: TensorLike) -> Tensor:
        x = as_tensor(x).astype(self.in_proj_weight.dtype)
        if x.ndim != 3 or x.shape[-1] != self.size:
            raise ShapeError(
                f"The attention of {self.in_proj_weight.name!r} takes a {name} of shape (batch, "
                f"tokens, {self.size}), but was given {x.shape}."
            )
        return x


def _require_heads(size: int, heads: int) -> None:
    require_extents("MultiHeadAttention", size=size, heads=heads)
    if size % heads:
        raise ShapeError(
            f"Attention was given size {size} and {heads} heads. Every head has an equal share of "
            "the features, so the number of heads must divide the size."
        )


def _require_keys(keys: Tensor) -> None:
    if keys.shape[1] == 0:
        raise ShapeError(
            "Attention was given no keys to read: the axis of tokens has extent 0. Leave empty "
            "texts out, or pad them and hide the padding with key_mask."
        )


def _require_pairs(query: Tensor, key: Tensor, value: Tensor) -> None:
    if query.shape[0] != key.shape[0] or key.shape != value.shape:
        raise ShapeError(
            f"Attention was given a query {query.shape}, a key {key.shape} and a value "
            f"{value.shape}. All three have one batch, and every key has a value."
        )
