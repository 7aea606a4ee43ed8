"""Networks of the zoo compute what independent ones in PyTorch do, and learn the same in a step."""

import sys
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.zoo import AlexNet, CharacterNetwork, LeNet, NeuralTuringMachine, ResNet

torch = pytest.importorskip("torch")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.with_torch.alexnet import alexnet  # noqa: E402

import zoo_twins  # noqa: E402

NARROW = {"channels": 3, "extent": 99, "width": 0.05, "dropout": 0.0}
MACHINE = {"hidden": 7, "places": 6, "width": 4}
CASES = {
    "alexnet": (AlexNet(6, **NARROW, random=0), alexnet(6, **NARROW), (2, 3, 99, 99)),
    "lenet": (LeNet(random=0), zoo_twins.lenet(), (3, 1, 32, 32)),
    "resnet": (
        ResNet(channels=2, stages=(4, 6), blocks=2, random=0),
        zoo_twins.resnet(),
        (5, 2, 9, 8),
    ),
    "rnn": (
        CharacterNetwork(11, cell="rnn", hidden=16, random=0),
        zoo_twins.CharacterNetwork(torch.nn.RNN),
        (7, 3),
    ),
    "lstm": (
        CharacterNetwork(11, cell="lstm", hidden=16, random=0),
        zoo_twins.CharacterNetwork(torch.nn.LSTM),
        (7, 3),
    ),
    "gru": (
        CharacterNetwork(11, cell="gru", hidden=16, random=0),
        zoo_twins.CharacterNetwork(torch.nn.GRU),
        (7, 3),
    ),
    "turing machine": (
        NeuralTuringMachine(5, 3, **MACHINE, random=0),
        zoo_twins.TuringMachine(recurrent=True),
        (9, 2, 5),
    ),
    "turing machine, feed-forward": (
        NeuralTuringMachine(5, 3, controller="feedforward", **MACHINE, random=0),
        zoo_twins.TuringMachine(recurrent=False),
        (9, 2, 5),
    ),
}
CLOSE = {"rtol": 2e-4, "atol": 2e-5}


def inputs(shape, random):
    """Return ids for the character networks, which take two axes, and numbers for the others."""
    if len(shape) == 2:
        return random.integers(0, 11, shape)
    return random.normal(size=shape).astype("float32")


@pytest.mark.parametrize("name", CASES)
def test_scores_and_a_training_step_are_those_of_the_twin(name):
    ours, theirs, shape = CASES[name]
    theirs.load_state_dict(
        {name: torch.tensor(each) for name, each in ours.state().items()}, strict=False
    )
    x = inputs(shape, np.random.default_rng(1))
    scores, wanted = ours(x), theirs(torch.tensor(x))
    np.testing.assert_allclose(scores.value, wanted.detach().numpy(), **CLOSE)
    labels = np.random.default_rng(2).integers(0, scores.shape[-1], scores.shape[:-1])
    assert_same_step(ours, theirs, x, labels)


def assert_same_step(ours, theirs, x, labels):
    optimizer = cr.optim.SGD(ours, 0.1, momentum=0.9)

    @cr.compile
    def step(x, labels):
        loss = cr.nn.cross_entropy(ours(x), labels)
        optimizer.minimize(loss)
        return loss

    other = torch.optim.SGD(theirs.parameters(), 0.1, momentum=0.9)
    scores = theirs(torch.tensor(x))
    loss = torch.nn.functional.cross_entropy(
        scores.reshape(-1, scores.shape[-1]), torch.tensor(labels).reshape(-1)
    )
    loss.backward()
    other.step()
    assert step(x, labels).item() == pytest.approx(loss.item(), rel=1e-4)
    state = theirs.state_dict()
    for name, found in ours.state().items():
        np.testing.assert_allclose(found, state[name].numpy(), **CLOSE, err_msg=name)


def test_alexnet_has_61_million_weights():
    with torch.device("meta"):
        theirs = alexnet(1000, channels=3, extent=227, width=1.0, dropout=0.5)
    assert sum(each.numel() for each in theirs.parameters()) == 60_965_224
