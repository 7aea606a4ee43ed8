"""Layers compute what PyTorch's do, in training and inference: values, gradients and state."""

import numpy as np
import pytest

import chainrule as cr
from layers import CASES

torch = pytest.importorskip("torch")

CLOSE = {"float64": {"rtol": 1e-9, "atol": 1e-12}, "float32": {"rtol": 2e-4, "atol": 2e-5}}


def pair(case, dtype):
    """Return our layer and PyTorch's, with equal parameters that are not the first ones."""
    random = np.random.default_rng(1)
    ours = case.make(dtype=dtype)
    theirs = getattr(torch.nn, case.torch)(*case.arguments, **case.options)
    theirs = theirs.to(getattr(torch, dtype))
    for name, each in ours.named_parameters().items():
        each.assign(random.uniform(0.5, 1.5, each.shape).astype(each.dtype))
        getattr(theirs, name).data.copy_(torch.tensor(each.value))
    return ours, theirs


def assert_same_state(ours, theirs, close):
    for name, each in ours.named_parameters().items():
        wanted = getattr(theirs, name).detach().numpy()
        np.testing.assert_allclose(each.value, wanted, **close)


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("dtype", CLOSE)
@pytest.mark.parametrize("name", CASES)
def test_values_gradients_and_state_are_those_of_torch(name, dtype, training):
    case, close = CASES[name], CLOSE[dtype]
    ours, theirs = (each.train(training) for each in pair(case, dtype))
    random = np.random.default_rng(2)
    for _ in range(2):
        array = random.normal(size=case.shape).astype(dtype)
        x, t = cr.input("x", value=array), torch.tensor(array, requires_grad=True)
        y, wanted = ours(x), theirs(t)
        assert (y.shape, str(y.dtype)) == (tuple(wanted.shape), dtype)
        np.testing.assert_allclose(y.value, wanted.detach().numpy(), **close)
        upstream = random.normal(size=y.shape).astype(dtype)
        theirs.zero_grad()
        wanted.backward(torch.tensor(upstream))
        moving = [x, *ours.parameters()]
        others = [t, *theirs.parameters()]
        for gradient, other in zip(cr.gradients(y, moving, upstream), others, strict=True):
            np.testing.assert_allclose(gradient.value, other.grad.numpy(), **close)
        assert_same_state(ours, theirs, close)


@pytest.mark.parametrize("momentum", [0.1, None])
def test_the_state_of_a_batch_norm_goes_from_torch_and_back(momentum):
    theirs = torch.nn.Sequential(torch.nn.BatchNorm1d(3, momentum=momentum))
    theirs(torch.randn(5, 3))
    ours = cr.nn.Sequential(cr.nn.BatchNorm(3, momentum=momentum))
    state = {name: each.numpy() for name, each in theirs.state_dict().items()}
    ours.load_state(state)
    np.testing.assert_array_equal(ours[0].running_var.value, state["0.running_var"])
    assert ("0.num_batches_tracked" in ours.state()) == (momentum is None)
    theirs.load_state_dict({name: torch.tensor(each) for name, each in ours.state().items()})


@pytest.mark.parametrize(
    ("size", "padding", "around"),
    [(3, [(2, 0), (0, 1)], (0, 1, 2, 0)), ((4, 2), "same", (0, 1, 1, 2))],
    ids=str,
)
def test_uneven_padding_is_that_of_padded_images(size, padding, around):
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 4))
    layer = cr.nn.Conv2d(3, 2, size, padding=padding, dtype="float64", random=0)
    padded = torch.nn.functional.pad(torch.tensor(x), around)
    weight, bias = (torch.tensor(each.value) for each in (layer.weight, layer.bias))
    wanted = torch.nn.functional.conv2d(padded, weight, bias)
    np.testing.assert_allclose(layer(x).value, wanted.numpy(), rtol=1e-9, atol=1e-12)
