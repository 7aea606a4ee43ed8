"""States of small and unsigned integers: saved, loaded, pickled, trained beside, continued."""

import pickle

import numpy as np
import pytest

import chainrule as cr

DTYPES = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"]


class Counting(cr.nn.Module):
    """A layer that counts the classes of a batch in a state of few bits."""

    def __init__(self, dtype):
        self.linear = cr.nn.Linear(4, 3, random=0)
        self.seen = cr.parameter(np.array([3, 0, 7], dtype), trainable=False)

    def forward(self, x):
        scores = self.linear(x)
        self.seen.assign(self.seen + (cr.argmax(scores, -1) == 0).sum().astype(self.seen.dtype))
        return scores


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_state_of_integers_is_saved_and_loaded(dtype, tmp_path):
    path = tmp_path / "model.safetensors"
    model, other = Counting(dtype), Counting(dtype)
    cr.save(path, model)
    other.seen.assign(np.zeros(3, dtype))
    cr.load(path, other)
    assert other.seen.dtype == cr.load(path)["seen"].dtype == dtype
    np.testing.assert_array_equal(other.seen.value, [3, 0, 7])
    wrong = "int16" if dtype == "uint8" else "uint8"
    with pytest.raises(cr.ChainruleError, match=f"seen is {dtype} instead of {wrong}"):
        cr.load(path, Counting(wrong))


@pytest.mark.parametrize("dtype", DTYPES)
def test_tensors_of_integers_are_pickled(dtype):
    for x in (cr.asarray(np.array([1, 2], dtype)), Counting(dtype).seen):
        again = pickle.loads(pickle.dumps(x))
        assert again.dtype == dtype
        np.testing.assert_array_equal(again.value, x.value)


@pytest.mark.parametrize("dtype", ["uint8", "int16"])
def test_a_run_on_bytes_is_the_run_on_floats_and_continues(dtype, tmp_path):
    random = np.random.default_rng(0)
    x, y = random.integers(0, 100, (24, 4)).astype(dtype), (np.arange(24) % 3).astype(dtype)

    def trained(x, y, epochs, **options):
        model = Counting(dtype)
        optimizer = cr.optim.SGD(model.parameters(), 1e-4)
        cr.train.fit(
            model,
            optimizer,
            cr.nn.cross_entropy,
            (x, y),
            epochs=epochs,
            batch_size=8,
            progress=False,
            **options,
        )
        return model.state()

    wanted = trained(x.astype("float32"), y.astype("int64"), 3)
    assert wanted["seen"].dtype == dtype
    trained(x, y, 2, checkpoint=tmp_path)
    for found in (trained(x, y, 3), trained(x, y, 3, checkpoint=tmp_path)):
        assert found.keys() == wanted.keys()
        for name, each in found.items():
            np.testing.assert_array_equal(each, wanted[name])
