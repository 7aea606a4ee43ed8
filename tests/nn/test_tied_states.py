"""A parameter that stands in several places loads from states that have it under any of them."""

import numpy as np
import pytest

import chainrule as cr

nn = cr.nn


class Tied(nn.Module):
    """Two layers with one weight, as words that are read and written by one table."""

    def __init__(self):
        self.reading = nn.Linear(2, 2, bias=False, random=0)
        self.writing = nn.Linear(2, 2, random=1)
        self.writing.weight = self.reading.weight


FULL = np.full((2, 2), 3.0, "float32")
BIAS = np.zeros(2, "float32")
STATES = {
    "the first path": {"reading.weight": FULL},
    "another path": {"writing.weight": FULL},
    "all paths": {"reading.weight": FULL, "writing.weight": FULL.copy()},
}


@pytest.mark.parametrize("weights", STATES.values(), ids=STATES)
def test_any_path_of_a_shared_parameter_will_do(weights):
    model = Tied()
    model.load_state({**weights, "writing.bias": BIAS})
    np.testing.assert_array_equal(model.reading.weight.value, FULL)
    assert list(model.state()) == ["reading.weight", "writing.bias"]


def test_paths_with_other_values_are_refused_and_nothing_is_loaded():
    model = Tied()
    before = model.state()
    with pytest.raises(cr.ChainruleError, match="weight differs from reading"):
        model.load_state({"reading.weight": FULL, "writing.weight": FULL + 1, "writing.bias": BIAS})
    np.testing.assert_array_equal(model.reading.weight.value, before["reading.weight"])


def test_tied_weights_of_pytorch_load():
    torch = pytest.importorskip("torch")
    reading, writing = torch.nn.Embedding(2, 2), torch.nn.Linear(2, 2)
    writing.weight = reading.weight
    theirs = torch.nn.ModuleDict({"reading": reading, "writing": writing})
    model = Tied()
    model.load_state({name: each.numpy() for name, each in theirs.state_dict().items()})
    np.testing.assert_array_equal(model.writing.weight.value, writing.weight.detach().numpy())
