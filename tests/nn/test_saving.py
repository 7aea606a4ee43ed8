"""Models come back from a file as they were, or not at all."""

import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

import chainrule as cr
from chainrule.storage import StorageError, read_arrays

STORED = Path(__file__).parents[1] / "stored"


class Counting(cr.nn.Module):
    """A layer with state that is not trained, in several dtypes."""

    def __init__(self, features=3):
        self.linear = cr.nn.Linear(features, 2, random=0)
        self.mean = cr.parameter(np.zeros(features), trainable=False)
        self.calls = cr.parameter(np.array(7, np.int64), trainable=False)
        self.seen = cr.parameter(np.array([True, False]), trainable=False)

    def forward(self, x):
        return self.linear(x - self.mean)


def network(seed=0, features=3, dtype="float32"):
    return cr.nn.Sequential(
        cr.nn.Linear(features, 4, dtype=dtype, random=seed),
        cr.relu,
        cr.nn.Dropout(0.5, random=seed),
        cr.nn.Linear(4, 2, bias=False, dtype=dtype, random=seed),
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_model_comes_back_bit_for_bit(tmp_path, dtype):
    saved, other = network(0, dtype=dtype), network(1, dtype=dtype)
    cr.save(tmp_path / "model.safetensors", saved)
    assert cr.load(tmp_path / "model.safetensors", other) is other
    x = np.ones((2, 3))
    np.testing.assert_array_equal(other.eval()(x).value, saved.eval()(x).value)


def test_without_a_model_arrays_are_returned_by_name(tmp_path):
    model = network()
    cr.save(str(tmp_path / "model.safetensors"), model)
    arrays = cr.load(str(tmp_path / "model.safetensors"))
    assert list(arrays) == ["0.bias", "0.weight", "3.weight"]
    for name, value in model.state().items():
        np.testing.assert_array_equal(arrays[name], value)


def test_state_that_is_not_trained_is_saved_and_random_streams_are_not(tmp_path):
    model = cr.nn.Sequential(Counting(), cr.nn.Dropout(0.5, random=0))
    model[0].mean.assign([1.0, 2.0, 3.0])
    cr.save(tmp_path / "model.safetensors", model)
    assert set(cr.load(tmp_path / "model.safetensors")) == {
        "0.linear.weight",
        "0.linear.bias",
        "0.mean",
        "0.calls",
        "0.seen",
    }
    fresh = cr.nn.Sequential(Counting(), cr.nn.Dropout(0.5, random=0))
    cr.load(tmp_path / "model.safetensors", fresh)
    np.testing.assert_array_equal(fresh[0].mean.value, [1, 2, 3])
    assert fresh[0].calls.dtype == cr.int64


def test_a_state_is_saved_like_a_model(tmp_path):
    model = network()
    cr.save(tmp_path / "state.safetensors", model.state())
    cr.load(tmp_path / "state.safetensors", network(1))
    cr.save(tmp_path / "state.safetensors", {"step": 3, "rates": [0.1, 0.2], "w": model[0].weight})
    arrays = cr.load(tmp_path / "state.safetensors")
    assert arrays["step"] == 3
    np.testing.assert_array_equal(arrays["w"], model[0].weight.value)


def test_a_shared_parameter_is_saved_once(tmp_path):
    shared = cr.nn.Linear(2, 2, random=0)
    cr.save(tmp_path / "model.safetensors", cr.nn.Sequential(shared, cr.tanh, shared))
    assert set(cr.load(tmp_path / "model.safetensors")) == {"0.weight", "0.bias"}


def test_the_header_tells_who_wrote_the_file(tmp_path):
    cr.save(tmp_path / "model.safetensors", network())
    header = read_arrays(tmp_path / "model.safetensors")[1]
    assert header.pop("checksum").startswith("sha256:")
    assert header == {"format": "chainrule-2", "chainrule": cr.__version__}


def test_everything_that_does_not_fit_is_listed_and_nothing_is_loaded(tmp_path):
    model = network()
    before = model.state()
    cr.save(
        tmp_path / "other.safetensors",
        {
            "0.weight": np.zeros((4, 5), np.float32),
            "0.bias": np.zeros(4),
            "4.bias": np.zeros(2, np.float32),
        },
    )
    with pytest.raises(cr.ChainruleError) as error:
        cr.load(tmp_path / "other.safetensors", model)
    assert str(error.value).splitlines() == [
        f"{tmp_path / 'other.safetensors'} was to be loaded. The state does not fit this "
        "Sequential of 3 parameters, and nothing was loaded:",
        "  3.weight is missing",
        "  4.bias is unknown",
        "  0.weight has shape (4, 5) instead of (4, 3)",
        "  0.bias is float64 instead of float32",
        "Build the model with the settings it was saved with. To load a part: "
        "model.load_state({**model.state(), **part}).",
    ]
    for name, value in model.state().items():
        np.testing.assert_array_equal(value, before[name])


def test_a_part_is_loaded_as_the_message_says(tmp_path):
    model, other = network(0), network(1)
    cr.save(tmp_path / "part.safetensors", {"0.bias": np.full(4, 9, np.float32)})
    part = cr.load(tmp_path / "part.safetensors")
    model.load_state({**other.state(), **part})
    np.testing.assert_array_equal(model[0].bias.value, [9, 9, 9, 9])
    np.testing.assert_array_equal(model[3].weight.value, other[3].weight.value)


def test_a_damaged_file_changes_nothing(tmp_path):
    model = network()
    before = model.state()
    path = tmp_path / "model.safetensors"
    cr.save(path, network(1))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(cr.StorageError, match="truncated"):
        cr.load(path, model)
    np.testing.assert_array_equal(model.state()["0.weight"], before["0.weight"])


def test_ctrl_c_while_saving_leaves_the_earlier_model(tmp_path, monkeypatch):
    path = tmp_path / "model.safetensors"
    cr.save(path, network(0))

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cr.save(path, network(1))
    monkeypatch.undo()
    np.testing.assert_array_equal(cr.load(path)["0.weight"], network(0)[0].weight.value)
    assert os.listdir(tmp_path) == ["model.safetensors"]


def test_ctrl_c_while_loading_leaves_the_model_as_it_was(tmp_path, monkeypatch):
    model = network(0)
    before, calls, assign = model.state(), [], cr.Parameter.assign
    cr.save(tmp_path / "model.safetensors", network(1))

    def interrupted(self, value):
        assign(self, value)
        calls.append(self.name)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(cr.Parameter, "assign", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cr.load(tmp_path / "model.safetensors", model)
    assert len(calls) == 2 + len(before)
    for name, value in model.state().items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.native
def test_a_compiled_step_continues_from_what_was_loaded(tmp_path):
    saved, model = network(0), network(1)
    cr.save(tmp_path / "model.safetensors", saved)
    infer = cr.compile(model.eval())
    x = np.ones((2, 3), np.float32)
    infer(x)
    cr.load(tmp_path / "model.safetensors", model)
    np.testing.assert_allclose(infer(x).value, saved.eval()(x).value, rtol=1e-6)


def test_arguments_in_the_wrong_order_raise_errors(tmp_path):
    path = str(tmp_path / "model.safetensors")
    for call in (cr.save, cr.load):
        with pytest.raises(TypeError, match=r"Give the path first, then .*\('model.safe"):
            call(network(), path)
    with pytest.raises(TypeError, match=r"cr.save was given list to save"):
        cr.save(path, [1, 2])
    with pytest.raises(TypeError, match=r"cr.load was given Sequential as the path"):
        cr.load(network())
    assert not os.listdir(tmp_path)


def test_files_go_to_other_programs_and_back(tmp_path):
    torch = pytest.importorskip("torch", reason="it compares with torch, which is not installed")
    files = pytest.importorskip("safetensors.torch")
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    ours = cr.nn.Sequential(cr.nn.Linear(3, 4), cr.relu, cr.nn.Linear(4, 2))
    files.save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
    cr.load(tmp_path / "theirs.safetensors", ours)
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    wanted = theirs(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(ours(x).value, wanted, rtol=1e-5, atol=1e-6)
    cr.save(tmp_path / "ours.safetensors", ours)
    theirs.load_state_dict(files.load_file(tmp_path / "ours.safetensors"))


@pytest.mark.parametrize("version", [1, 2])
def test_files_of_every_version_load(version):
    model = cr.nn.Sequential(cr.nn.Linear(3, 2, random=1), cr.tanh, cr.nn.BatchNorm(2))
    cr.load(STORED / f"chainrule-{version}.safetensors", model)
    np.testing.assert_allclose(model[0].weight.value[0], [0.30006802, -0.50437206, -1.0056766])


def test_a_damaged_number_is_noticed_and_nothing_is_loaded(tmp_path):
    path, model = tmp_path / "model.safetensors", network(1)
    cr.save(path, network())
    content = bytearray(path.read_bytes())
    content[-3] ^= 16
    path.write_bytes(content)
    before = model.state()
    with pytest.raises(StorageError, match="its checksum is not that of its content"):
        cr.load(path, model)
    assert all(np.array_equal(before[name], each) for name, each in model.state().items())


def test_a_file_of_a_later_version_raises_an_error(tmp_path):
    save_file({"w": np.ones(1)}, tmp_path / "later.safetensors", {"format": "chainrule-3"})
    with pytest.raises(StorageError, match=r"has the format chainrule-3.*Update chainrule"):
        cr.load(tmp_path / "later.safetensors")


@pytest.mark.parametrize("state", [None, [], "weights", 3])
def test_a_state_that_is_no_mapping_raises_an_error(state):
    with pytest.raises(TypeError, match=r"load_state was given \w+. Give arrays by name"):
        network().load_state(state)


def test_a_value_that_is_no_array_is_named():
    model = network()
    with pytest.raises(cr.ChainruleError, match=r"'0\.weight' of the state is not an array"):
        model.load_state({**model.state(), "0.weight": [[1.0], [1.0, 2.0]]})
