"""RNN, LSTM and GRU take torch's weights, and give its outputs, final states and gradients."""

import numpy as np
import pytest

import chainrule as cr
from against_torch import torch

STEPS, BATCH, INPUTS, HIDDEN = 7, 4, 5, 6
LENGTHS = np.array([7, 3, 1, 5])
KINDS = ("RNN", "LSTM", "GRU")
SETTINGS = {
    "one layer": {},
    "without bias": {"bias": False},
    "batch first": {"batch_first": True},
    "bidirectional": {"bidirectional": True},
    "three layers": {"layers": 3},
    "all of it": {"layers": 2, "bidirectional": True, "batch_first": True},
}


def pair(kind, **settings):
    """A layer of torch, and ours with its weights."""
    theirs_only = {("num_layers" if k == "layers" else k): v for k, v in settings.items()}
    theirs = getattr(torch.nn, kind)(INPUTS, HIDDEN, dtype=torch.float64, **theirs_only)
    ours = getattr(cr.nn, kind)(INPUTS, HIDDEN, dtype="float64", **settings)
    ours.load_state({name: each.numpy() for name, each in theirs.state_dict().items()})
    return ours, theirs


def flat(outputs, state):
    return (outputs, *state) if isinstance(state, tuple) else (outputs, state)


def first_states(ours, random):
    count = ours.cells[0].states
    return [random.normal(size=(len(ours.cells), BATCH, HIDDEN)) for _ in range(count)]


def packed(theirs, x, state):
    """What torch makes of the batch with LENGTHS."""
    first = theirs.batch_first
    pack = torch.nn.utils.rnn.pack_padded_sequence
    x = pack(x, torch.tensor(LENGTHS), batch_first=first, enforce_sorted=False)
    outputs, state = theirs(x, state)
    return torch.nn.utils.rnn.pad_packed_sequence(outputs, batch_first=first)[0], state


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "packed"])
@pytest.mark.parametrize("begin", ["zeros", "given"])
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_outputs_states_and_gradients_are_those_of_torch(kind, settings, begin, lengths):
    ours, theirs = pair(kind, **settings)
    random = np.random.default_rng(1)
    shape = (BATCH, STEPS) if ours.batch_first else (STEPS, BATCH)
    arrays = [random.normal(size=(*shape, INPUTS))]
    arrays += first_states(ours, random) if begin == "given" else []
    xs = [cr.input(f"x{i}", value=each) for i, each in enumerate(arrays)]
    tensors = [torch.tensor(each, requires_grad=True) for each in arrays]

    state, their_state = (tuple(each[1:]) or None for each in (xs, tensors))
    if kind != "LSTM" and state is not None:
        state, their_state = state[0], their_state[0]
    found = flat(*ours(xs[0], state, lengths))
    wanted = flat(
        *(theirs if lengths is None else lambda *a: packed(theirs, *a))(tensors[0], their_state)
    )
    assert len(found) == len(wanted)
    for each, reference in zip(found, wanted, strict=True):
        np.testing.assert_allclose(each.value, reference.detach().numpy(), rtol=1e-9, atol=1e-12)

    weights = [random.normal(size=each.shape) for each in found]
    loss = sum((each * w).sum() for each, w in zip(found, weights, strict=True))
    sum((each * torch.tensor(w)).sum() for each, w in zip(wanted, weights, strict=True)).backward()
    parameters = dict(theirs.named_parameters())
    references = [*tensors, *(parameters[each.name] for each in ours.parameters())]
    gradients = cr.gradients(loss, [*xs, *ours.parameters()])
    for gradient, reference in zip(gradients, references, strict=True):
        np.testing.assert_allclose(gradient.value, reference.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_the_activation_of_a_vanilla_net_can_be_relu():
    theirs = torch.nn.RNN(INPUTS, HIDDEN, nonlinearity="relu", dtype=torch.float64)
    ours = cr.nn.RNN(INPUTS, HIDDEN, activation=cr.relu, dtype="float64")
    ours.load_state({name: each.numpy() for name, each in theirs.state_dict().items()})
    x = np.random.default_rng(2).normal(size=(STEPS, BATCH, INPUTS))
    wanted = theirs(torch.tensor(x))[0].detach().numpy()
    np.testing.assert_allclose(ours(x)[0].value, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_cells_are_those_of_torch(kind, bias):
    theirs = getattr(torch.nn, f"{kind}Cell")(INPUTS, HIDDEN, bias=bias, dtype=torch.float64)
    ours = getattr(cr.nn, f"{kind}Cell")(INPUTS, HIDDEN, bias=bias, dtype="float64")
    ours.load_state({name: each.numpy() for name, each in theirs.state_dict().items()})
    random = np.random.default_rng(3)
    x = random.normal(size=(BATCH, INPUTS))
    state = [random.normal(size=(BATCH, HIDDEN)) for _ in range(ours.states)]
    found = ours(x, tuple(state) if kind == "LSTM" else state[0])
    tensors = [torch.tensor(each) for each in state]
    wanted = theirs(torch.tensor(x), tuple(tensors) if kind == "LSTM" else tensors[0])
    pairs = zip(found, wanted, strict=True) if kind == "LSTM" else [(found, wanted)]
    for each, reference in pairs:
        np.testing.assert_allclose(each.value, reference.detach().numpy(), rtol=1e-9, atol=1e-12)
