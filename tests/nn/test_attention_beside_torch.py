"""Attention and the Transformer encoder take torch's weights, and give its numbers."""

import numpy as np
import pytest

import chainrule as cr
from against_torch import compare, torch

BATCH, QUERIES, KEYS, SIZE, HEADS = 3, 4, 5, 6, 2
RANDOM = np.random.default_rng(0)
KEY_MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 1, 1, 1, 0]], bool)
PAIRS = np.array([[1, 0, 0, 1, 0], [0, 1, 1, 1, 0], [1, 1, 0, 1, 1], [1, 1, 1, 1, 1]], bool)
MASKS = {
    "all": {},
    "key mask": {"key_mask": KEY_MASK},
    "pairs": {"mask": PAIRS},
    "causal": {"causal": True},
    "pairs of each sequence": {"mask": np.stack([PAIRS, PAIRS[::-1], PAIRS])},
    "pairs of each head": {"mask": np.stack([np.stack([PAIRS, PAIRS[::-1]])] * BATCH)},
    "all of them": {"mask": PAIRS[::-1], "key_mask": KEY_MASK[:, ::-1], "causal": True},
}


def in_torch(queries, keys, mask=None, key_mask=None, causal=False):
    """Torch's arguments for our masks: there, True forbids."""
    pairs = np.ones((BATCH, HEADS, queries, keys), bool) if mask is None else np.array(mask)
    pairs = np.broadcast_to(
        pairs[:, None] if pairs.ndim == 3 else pairs, (BATCH, HEADS, queries, keys)
    )
    pairs = pairs & np.tri(queries, keys, dtype=bool) if causal else pairs
    forbidden = torch.tensor(~pairs.reshape(-1, queries, keys))
    padding = None if key_mask is None else torch.tensor(~key_mask)
    return {"attn_mask": forbidden, "key_padding_mask": padding, "need_weights": False}


def pair(bias=True):
    theirs = torch.nn.MultiheadAttention(
        SIZE, HEADS, bias=bias, batch_first=True, dtype=torch.float64
    )
    ours = cr.nn.MultiHeadAttention(SIZE, HEADS, bias=bias, dtype="float64")
    ours.load_state(state_of(theirs))
    return ours, theirs


def state_of(theirs):
    """The state of torch's module, its biases made anything but zero."""
    with torch.no_grad():
        for name, each in theirs.named_parameters():
            if "bias" in name:
                each.copy_(torch.tensor(RANDOM.normal(size=each.shape)))
    return {name: each.numpy() for name, each in theirs.state_dict().items()}


def tokens(count):
    return RANDOM.normal(size=(BATCH, count, SIZE))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("masks", MASKS.values(), ids=MASKS)
def test_cross_attention_is_that_of_torch(masks, bias):
    ours, theirs = pair(bias)
    compare(
        lambda q, k, v: ours(q, k, v, **masks),
        lambda q, k, v: theirs(q, k, v, **in_torch(QUERIES, KEYS, **masks))[0],
        *(tokens(QUERIES), tokens(KEYS), tokens(KEYS)),
    )


def test_keys_are_the_values_and_the_query_is_the_key_unless_given():
    ours, theirs = pair()
    compare(ours, lambda q, k: theirs(q, k, k)[0], tokens(QUERIES), tokens(KEYS))
    compare(ours, lambda q: theirs(q, q, q)[0], tokens(QUERIES))


def test_gradients_of_the_projections_are_those_of_torch():
    ours, theirs = pair()
    x, upstream = tokens(KEYS), tokens(KEYS)
    loss = (ours(x, key_mask=KEY_MASK) * upstream).sum()
    wanted = theirs(*[torch.tensor(x)] * 3, **in_torch(KEYS, KEYS, key_mask=KEY_MASK))[0]
    (wanted * torch.tensor(upstream)).sum().backward()
    references = dict(theirs.named_parameters())
    for each, gradient in zip(
        ours.parameters(), cr.gradients(loss, ours.parameters()), strict=True
    ):
        reference = references[each.name].grad.numpy()
        np.testing.assert_allclose(gradient.value, reference, rtol=1e-9, atol=1e-12)


def test_attention_weights_are_those_of_torch():
    ours, theirs = pair()
    q, k = tokens(QUERIES), tokens(KEYS)
    padding = torch.tensor(~KEY_MASK)
    wanted = theirs(
        *(torch.tensor(each) for each in (q, k, k)),
        key_padding_mask=padding,
        average_attn_weights=False,
    )[1]
    found = ours.weights(q, k, key_mask=KEY_MASK).value
    np.testing.assert_allclose(found, wanted.detach().numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("masks", [{}, {"key_mask": KEY_MASK, "causal": True}], ids=["", "masked"])
def test_the_encoder_is_that_of_torch(norm_first, activation, masks):
    layer = torch.nn.TransformerEncoderLayer(
        *(SIZE, HEADS, 7),
        dropout=0.0,
        activation=activation,
        norm_first=norm_first,
        batch_first=True,
        dtype=torch.float64,
    )
    last = torch.nn.LayerNorm(SIZE, dtype=torch.float64) if norm_first else None
    theirs = torch.nn.TransformerEncoder(layer, 2, last, enable_nested_tensor=False)
    ours = cr.nn.TransformerEncoder(
        *(2, SIZE, HEADS, 7),
        dropout=0.0,
        activation=getattr(cr, activation),
        norm_first=norm_first,
        dtype="float64",
    )
    ours.load_state(state_of(theirs))
    forbidden = torch.tensor(~np.tri(KEYS, dtype=bool)) if masks else None
    padding = torch.tensor(~KEY_MASK) if masks else None
    x = tokens(KEYS)
    compare(
        lambda x: ours(x, **masks),
        lambda x: theirs(x, mask=forbidden, src_key_padding_mask=padding),
        x,
    )
    loss = (ours(x, **masks) * x).sum()
    theirs.zero_grad()
    again = theirs(torch.tensor(x), mask=forbidden, src_key_padding_mask=padding)
    (again * torch.tensor(x)).sum().backward()
    references = dict(theirs.named_parameters())
    for each, gradient in zip(
        ours.parameters(), cr.gradients(loss, ours.parameters()), strict=True
    ):
        reference = references[each.name].grad.numpy()
        np.testing.assert_allclose(gradient.value, reference, rtol=1e-9, atol=1e-11)
