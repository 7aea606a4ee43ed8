"""The Transformer encoder: attention and a feed-forward network with residual connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.graph import Tensor, TensorLike, as_tensor
from chainrule.nn.attention import MultiHeadAttention
from chainrule.nn.dropout import Dropout
from chainrule.nn.extents import require_extents
from chainrule.nn.initial import generator
from chainrule.nn.layer_norm import LayerNorm
from chainrule.nn.linear import Linear
from chainrule.nn.module.module import Module
from chainrule.ops import relu

Activation = Callable[[Tensor], Tensor]


class TransformerEncoderLayer(Module):
    """One layer of a Transformer encoder, (batch, tokens, size) to the same shape.

        x = norm1(x + self_attn(x)); x = norm2(x + feed(x))        feed(x) is
        x = x + self_attn(norm1(x)); x = x + feed(norm2(x))        linear2(activation(linear1(x)))

    the second line with `norm_first`.

    size, heads   of the attention, see `MultiHeadAttention`
    feed_forward  the number of hidden units of the feed-forward network; 4 · size if None
    activation    a function of a tensor: `cr.relu`, `cr.gelu`
    norm_first    whether to normalise the inputs of both parts, or the sums after them
    dropout       the probability of dropout in training: of attention weights, hidden units, and
                  outputs of both parts
    epsilon       of the layer norms
    random        a NumPy generator or a seed; fresh entropy if None

    Names and shapes are those of torch's layer, so that `load_state` accepts its state. Vaswani et
    al. (2017), section 3.1; norm_first: Xiong et al. (2020).
    """

    def __init__(
        self,
        size: int,
        heads: int,
        feed_forward: int | None = None,
        *,
        dropout: float = 0.1,
        activation: Activation = relu,
        norm_first: bool = False,
        epsilon: float = 1e-5,
        dtype: str = "float32",
        random: np.random.Generator | int | None = None,
    ) -> None:
        source = generator(random)
        hidden = 4 * size if feed_forward is None else feed_forward
        require_extents("TransformerEncoderLayer", feed_forward=hidden)
        self.activation, self.norm_first = activation, norm_first
        self.self_attn = MultiHeadAttention(
            size, heads, dropout=dropout, dtype=dtype, random=source
        )
        self.linear1 = Linear(size, hidden, dtype=dtype, random=source)
        self.linear2 = Linear(hidden, size, dtype=dtype, random=source)
        self.norm1 = LayerNorm(size, epsilon=epsilon, dtype=dtype)
        self.norm2 = LayerNorm(size, epsilon=epsilon, dtype=dtype)
        self.dropout = Dropout(dropout, random=source)

    def forward(self, x: TensorLike, **masks: Any) -> Tensor:
        """Return the layer's output; `mask`, `key_mask` and `causal` as for the attention."""
        x = as_tensor(x).astype(self.linear1.weight.dtype)
        if self.norm_first:
            x = x + self._attended(self.norm1(x), masks)
            return x + self._fed(self.norm2(x))
        x = self.norm1(x + self._attended(x, masks))
        return self.norm2(x + self._fed(x))

    def _attended(self, x: Tensor, masks: dict[str, Any]) -> Tensor:
        return self.dropout(self.self_attn(x, **masks))

    def _fed(self, x: Tensor) -> Tensor:
        return self.dropout(self.linear2(self.dropout(self.activation(self.linear1(x)))))


class TransformerEncoder(Module):
    """A Transformer encoder of several layers: (batch, tokens, size) to the same shape.

    count  the number of layers
    norm   whether to normalise the output of the last layer; `norm_first` if None, since the
           output of a layer with `norm_first` is not normalised

    The other arguments are those of `TransformerEncoderLayer`. Names are those of torch's encoder.
    """

    def __init__(
        self,
        count: int,
        size: int,
        heads: int,
        feed_forward: int | None = None,
        *,
        norm: bool | None = None,
        norm_first: bool = False,
        epsilon: float = 1e-5,
        dtype: str = "float32",
        random: np.random.Generator | int | None = None,
        **options: Any,
    ) -> None:
        require_extents("TransformerEncoder", count=count)
        options |= {"norm_first": norm_first, "epsilon": epsilon, "dtype": dtype}
        options["random"] = generator(random)
        self.layers = [
            TransformerEncoderLayer(size, heads, feed_forward, **options) for _ in range(count)
        ]
        last = norm_first if norm is None else norm
        self.norm = LayerNorm(size, epsilon=epsilon, dtype=dtype) if last else None

    def forward(self, x: TensorLike, **masks: Any) -> Tensor:
        """Return the encoded tokens; `mask`, `key_mask` and `causal` go to every layer."""
        x = as_tensor(x)
        for layer in self.layers:
            x = layer(x, **masks)
        return x if self.norm is None else self.norm(x)
