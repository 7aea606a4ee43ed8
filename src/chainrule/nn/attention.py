"""Multi-head attention."""

from __future__ import annotations

import math

import numpy as np

from chainrule.graph import ShapeError, Tensor, TensorLike, as_dtype, as_tensor, parameter
from chainrule.nn.attention_mask import joined_mask, without_hidden
from chainrule.nn.dropout import Dropout
from chainrule.nn.extents import require_extents
from chainrule.nn.initial import Initialiser, drawn, generator, xavier_uniform
from chainrule.nn.linear import Linear
from chainrule.nn.module.module import Module
from chainrule.ops import permute_dims, softmax, where

# Far below any score, and finite: softmax of it is 0 beside a score, and no gate is infinite.
_UNREAD = -1e30


class MultiHeadAttention(Module):
    """Multi-head attention: softmax(Q Kᵀ / sqrt(d)) V per head, concatenated and projected.

    size           the number of features of queries, keys, values and output; d is size / heads
    heads          the number of heads, a divisor of `size`
    dropout        the probability of dropping an attention weight in training
    in_proj_weight (3 · size, size): the projections to Q, K and V, concatenated
    in_proj_bias   (3 · size,), or None without `bias`
    out_proj       the linear layer of the output
    initial        an initialiser of the weights, Xavier uniform by default; biases start at zero
    random         a NumPy generator or a seed; fresh entropy if None

    Names and shapes are those of torch's MultiheadAttention, so that `load_state` accepts its
    state. Raises ShapeError unless `heads` divides `size`. Vaswani et al.: Attention is all you
    need (2017), section 3.2.
    """

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
                  True where a query attends to a key
        key_mask  bools (batch, keys): True for keys, False for padding, which may hold any value,
                  NaN included
        causal    True: query i attends to keys 0 to i only

        In torch's MultiheadAttention, True means the opposite. A query without keys has weights 0:
        its output is the bias of the output layer, and its gradient is 0, not NaN.
        Raises ShapeError or DTypeError if operands do not fit.
        """
        queries, keys, values = self._projected(query, key, value)
        if key_mask is not None:
            values = without_hidden(values, key_mask)
        weights = self._weights(queries, keys, mask, key_mask, causal)
        weights = weights if self.dropout is None else self.dropout(weights)
        read = permute_dims(weights @ values, (0, 2, 1, 3))
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
        queries, keys, _ = self._projected(query, key, None)
        return self._weights(queries, keys, mask, key_mask, causal)

    def _weights(
        self,
        queries: Tensor,
        keys: Tensor,
        mask: TensorLike | None,
        key_mask: TensorLike | None,
        causal: bool,
    ) -> Tensor:
        _require_keys(keys)
        scores = queries @ keys.mT * (1 / math.sqrt(self.size // self.heads))
        read = joined_mask(scores.shape, mask, key_mask, causal)
        if read is None:
            return softmax(scores)
        return where(read, softmax(where(read, scores, _UNREAD)), 0)

    def _projected(
        self, query: TensorLike, key: TensorLike | None, value: TensorLike | None
    ) -> list[Tensor]:
        """Return queries, keys and values, each (batch, heads, tokens, size / heads)."""
        query = self._operand("query", query)
        if key is None and value is None:
            return self._heads(query, 0, 3)
        key = query if key is None else self._operand("key", key)
        value = key if value is None else self._operand("value", value)
        _require_pairs(query, key, value)
        if value is key:
            return [*self._heads(query, 0, 1), *self._heads(key, 1, 3)]
        return [
            part
            for i, each in enumerate((query, key, value))
            for part in self._heads(each, i, i + 1)
        ]

    def _heads(self, x: Tensor, first: int, last: int) -> list[Tensor]:
        """Return the projections `first` to `last` of x, in one product, split into heads."""
        rows = slice(first * self.size, last * self.size)
        products = x @ self.in_proj_weight[rows].T
        if self.in_proj_bias is not None:
            products = products + self.in_proj_bias[rows]
        batch, tokens, _ = x.shape
        count, width = last - first, self.size // self.heads
        split = products.reshape(batch, tokens, count, self.heads, width)
        parts = permute_dims(split, (2, 0, 3, 1, 4))
        return [parts[i] for i in range(count)]

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
    if keys.shape[2] == 0:
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
