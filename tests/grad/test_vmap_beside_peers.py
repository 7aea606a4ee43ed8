"""Gradients per example beside those of torch.func and jax: MLP, convolution, attention, LSTM."""

import numpy as np
import pytest

import chainrule as cr
from against_torch import torch

try:
    import jax
except ImportError:  # then the comparison is with torch alone
    jax = None
functional = torch.nn.functional

RANDOM = np.random.default_rng(17)
BATCH, STEPS, WIDTH, HEADS, STATE = 5, 6, 8, 2, 4
LABELS = RANDOM.integers(0, 3, BATCH)


def weights(**shapes):
    return {name: RANDOM.normal(size=each).astype("float32") * 0.5 for name, each in shapes.items()}


def cross_entropy(library, scores, label):
    if library is cr:
        return cr.nn.cross_entropy(scores[None], label[None])
    if library is torch:
        return functional.cross_entropy(scores[None], label[None])
    return -jax.nn.log_softmax(scores)[label]


def perceptron(library, w, x):
    numbers = library.numpy if library is jax else library
    return numbers.tanh(x @ w["first"] + w["bias"]) @ w["second"]


def convolution(library, w, x):
    if library is cr:
        h = cr.max_pool(cr.relu(cr.convolve(x[None], w["kernels"], padding=1)), 2)
    elif library is torch:
        h = functional.max_pool2d(
            torch.relu(functional.conv2d(x[None], w["kernels"], padding=1)), 2
        )
    else:
        ones, twos = (1, 1), (1, 1, 2, 2)
        h = jax.lax.conv_general_dilated(x[None], w["kernels"], ones, (ones, ones))
        h = jax.lax.reduce_window(jax.nn.relu(h), -np.inf, jax.lax.max, twos, twos, "VALID")
    return h.reshape(-1) @ w["last"]


def attention(library, w, x):
    def permuted(z, axes):
        if library is cr:
            return cr.permute_dims(z, axes)
        return z.permute(axes) if library is torch else z.transpose(axes)

    def heads(z):
        return permuted(z.reshape(STEPS, HEADS, WIDTH // HEADS), (1, 0, 2))

    def softmax(z):
        return jax.nn.softmax(z) if library is jax else library.softmax(z, -1)

    q, k, v = (heads(x @ w[name]) for name in "qkv")
    mixed = softmax(q @ permuted(k, (0, 2, 1)) * 0.5) @ v
    return permuted(mixed, (1, 0, 2)).reshape(STEPS, WIDTH).mean(0) @ w["last"]


def lstm(library, w, x):
    numbers = library.numpy if library is jax else library
    sigmoid = jax.nn.sigmoid if library is jax else library.sigmoid

    def cell(state, x):
        h, c = state
        z = x @ w["entering"] + h @ w["inner"]
        i, f, g, o = (z[n * STATE : (n + 1) * STATE] for n in range(4))
        c = sigmoid(f) * c + sigmoid(i) * numbers.tanh(g)
        return (sigmoid(o) * numbers.tanh(c), c), None

    zero = np.zeros(STATE, "float32")
    if library is torch:
        state = (torch.zeros(STATE), torch.zeros(STATE))
        for t in range(STEPS):
            state, _ = cell(state, x[t])
    else:
        state, _ = (cr.scan if library is cr else jax.lax.scan)(cell, (zero, zero), x)
    return state[0] @ w["last"]


MODELS = {
    perceptron: (weights(first=(6, 4), bias=4, second=(4, 3)), (6,)),
    convolution: (weights(kernels=(4, 2, 3, 3), last=(4 * 9, 3)), (2, 6, 6)),
    attention: (weights(q=(8, 8), k=(8, 8), v=(8, 8), last=(8, 3)), (STEPS, WIDTH)),
    lstm: (weights(entering=(8, 16), inner=(4, 16), last=(4, 3)), (STEPS, WIDTH)),
}


@pytest.mark.native
@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.__name__)
def test_gradients_per_example_are_those_of_torch_and_jax(model):
    """The numbers are equal, eager and compiled."""
    given, shape = MODELS[model]
    x = RANDOM.normal(size=(BATCH, *shape)).astype("float32")

    def loss_in(library):
        return lambda w, x, label: cross_entropy(library, model(library, w, x), label)

    tensors = {name: torch.tensor(each) for name, each in given.items()}
    gradients = torch.func.vmap(torch.func.grad(loss_in(torch)), in_dims=(None, 0, 0))
    peers = [gradients(tensors, torch.tensor(x), torch.tensor(LABELS))]
    if jax is not None:
        peers.append(jax.vmap(jax.grad(loss_in(jax)), in_axes=(None, 0, 0))(given, x, LABELS))
    ours = cr.vmap(cr.grad(loss_in(cr)), in_axes=(None, 0, 0))
    for found in (ours(given, x, LABELS), cr.compile(ours)(given, x, LABELS)):
        for name, each in found.items():
            for wanted in peers:
                np.testing.assert_allclose(
                    each.value, np.asarray(wanted[name]), rtol=1e-4, atol=1e-6
                )
