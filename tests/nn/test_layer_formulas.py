"""Layers compute their formulas, written in NumPy with plain loops, whatever else is installed."""

import numpy as np
import pytest

import chainrule as cr
from layer_formulas import (
    FORMULAS,
    attention,
    encoder_layer,
    layer_norm,
    recurrent,
    rnn_step,
    within,
)
from layers import CASES

nn = cr.nn
RANDOM = np.random.default_rng(7)
LENGTHS = np.array([4, 2, 1])
READABLE = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 0, 0, 0, 0]], bool)


def drawn(*shape):
    return RANDOM.normal(size=shape)


def with_drawn_values(layer):
    """Return a layer whose parameters have values of their own, positive where they are scales."""
    for each in layer.named_parameters().values():
        if each.dtype.kind == "f":
            each.assign(RANDOM.uniform(0.5, 1.5, each.shape) * 0.7)
    return layer


def assert_same(found, wanted):
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found.value, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("name", CASES)
def test_values_are_those_of_the_formula(name, training):
    case = CASES[name]
    layer = with_drawn_values(case.make(dtype="float64")).train(training)
    weights, x = layer.state(), drawn(*case.shape)
    formula = FORMULAS[case.torch]
    assert_same(layer(x), formula(weights, x, training, *case.arguments, **case.options))


@pytest.mark.parametrize("momentum", [0.1, 0.3, None])
def test_running_statistics_move_towards_those_of_the_batch(momentum):
    layer = nn.BatchNorm(2, momentum=momentum, dtype="float64")
    mean, variance = np.zeros(2), np.ones(2)
    for number in range(1, 4):
        x = drawn(3, 2, 5)
        layer(x)
        share = 1 / number if momentum is None else momentum
        mean = (1 - share) * mean + share * x.mean((0, 2))
        variance = (1 - share) * variance + share * x.var((0, 2), ddof=1)
    np.testing.assert_allclose(layer.running_mean.value, mean, rtol=1e-12)
    np.testing.assert_allclose(layer.running_var.value, variance, rtol=1e-12)


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "lengths"])
@pytest.mark.parametrize("bidirectional", [False, True], ids=["forward", "both"])
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_recurrent_layers_are_their_cells_step_by_step(kind, bidirectional, lengths):
    layer = getattr(nn, kind)(3, 2, layers=2, bidirectional=bidirectional, dtype="float64")
    for each in layer.parameters():
        each.assign(drawn(*each.shape))
    x, time = drawn(4, 3, 3), [4, 4, 4] if lengths is None else lengths
    outputs, state = layer(x, lengths=lengths)
    wanted, finals = recurrent(kind, layer.state(), x, 2, 2, 1 + bidirectional, time)
    assert_same(outputs, wanted)
    found = state if isinstance(state, tuple) else (state,)
    for mine, final in zip(found, finals, strict=True):
        assert_same(mine, final)


def test_the_activation_of_a_vanilla_cell_takes_the_place_of_tanh():
    cell = nn.RNNCell(3, 2, activation=cr.relu, dtype="float64")
    x, h = drawn(5, 3), drawn(5, 2)
    weights = [each.value for each in (cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh)]
    rows = [
        rnn_step(a, (b,), *weights, lambda z: np.maximum(z, 0))[0]
        for a, b in zip(x, h, strict=True)
    ]
    assert_same(cell(x, h), np.array(rows))


@pytest.mark.parametrize("causal", [False, True], ids=["all", "causal"])
def test_attention_reads_the_weighted_mean_of_what_it_may_read(causal):
    layer = with_drawn_values(nn.MultiHeadAttention(4, 2, dtype="float64"))
    query, key, value = drawn(3, 5, 4), drawn(3, 5, 4), drawn(3, 5, 4)
    found = layer(query, key, value, key_mask=READABLE, causal=causal)
    readable = np.repeat(READABLE[:, None, :], 5, axis=1)
    readable = readable & np.tri(5, dtype=bool) if causal else readable
    assert_same(found, attention(layer.state(), query, key, value, 2, readable))


@pytest.mark.parametrize("norm_first", [False, True], ids=["norm last", "norm first"])
def test_the_encoder_is_its_layers_one_after_the_other(norm_first):
    model = nn.TransformerEncoder(2, 4, 2, 3, norm_first=norm_first, dtype="float64").eval()
    for each in model.parameters():
        each.assign(drawn(*each.shape))
    x, state = drawn(2, 5, 4), model.state()
    wanted, readable = x, np.ones((2, 5, 5), bool)
    for i in range(2):
        wanted = encoder_layer(within(f"layers.{i}.", state), wanted, 2, readable, norm_first)
    if norm_first:
        wanted = layer_norm(within("norm.", state), wanted, False, (4,))
    assert_same(model(x), wanted)


def maxout(layer, x):
    """Goodfellow et al. (2013), equation 1: the pieces of a unit lie beside each other."""
    z = x @ layer.linear.weight.value.T + layer.linear.bias.value
    return np.stack([z[:, i : i + 3].max(1) for i in range(0, z.shape[1], 3)], axis=1)


SIMPLE = {
    "linear": (
        lambda: nn.Linear(3, 4, dtype="float64"),
        (2, 3),
        lambda layer, x: x @ layer.weight.value.T + layer.bias.value,
    ),
    "flatten": (nn.Flatten, (2, 3, 4), lambda layer, x: x.reshape(2, 12)),
    "maxout": (lambda: nn.Maxout(3, 2, 3, dtype="float64"), (4, 3), maxout),
    "global average pool": (
        nn.GlobalAveragePool,
        (2, 3, 4, 5),
        lambda layer, x: x.reshape(2, 3, 20).sum(2) / 20,
    ),
    "learned positions": (
        lambda: nn.LearnedPositions(6, 4, dtype="float64"),
        (2, 5, 4),
        lambda layer, x: x + layer.weight.value[:5],
    ),
    "dropout in inference": (lambda: nn.Dropout(0.5).eval(), (2, 3), lambda layer, x: x),
    "sequential": (
        lambda: nn.Sequential(nn.Linear(3, 4, dtype="float64"), cr.tanh),
        (2, 3),
        lambda layer, x: np.tanh(x @ layer[0].weight.value.T + layer[0].bias.value),
    ),
}


@pytest.mark.parametrize(("make", "shape", "formula"), SIMPLE.values(), ids=SIMPLE)
def test_simple_layers_are_their_formula(make, shape, formula):
    layer, x = with_drawn_values(make()), drawn(*shape)
    assert_same(layer(x), formula(layer, x))


def test_an_embedding_gives_rows_of_its_table_and_zeros_for_padding():
    layer = nn.Embedding(5, 3, padding=2, dtype="float64", random=0)
    ids = np.array([[0, 4], [2, 1]])
    assert_same(layer(ids), np.where((ids == 2)[..., None], 0.0, layer.weight.value[ids]))


def test_every_layer_has_a_test_of_its_values():
    """SinusoidalPositions, LoRA and dropout in training have theirs beside what they promise."""
    made = [case.make(dtype="float64") for case in CASES.values()]
    made += [make() for make, _, _ in SIMPLE.values()]
    tested = {type(each) for each in made}
    tested |= {nn.RNN, nn.LSTM, nn.GRU, nn.RNNCell, nn.LSTMCell, nn.GRUCell, nn.Embedding}
    tested |= {nn.MultiHeadAttention, nn.TransformerEncoder, nn.TransformerEncoderLayer}
    tested |= {nn.SinusoidalPositions, nn.LoRA}
    tested |= {nn.LockedDropout, nn.EmbeddingDropout, nn.WeightDrop}
    classes = {each for each in vars(nn).values() if isinstance(each, type)}
    layers = {each for each in classes if issubclass(each, nn.Module)}
    assert layers - {nn.Module, nn.Cell, nn.Recurrent} == tested
