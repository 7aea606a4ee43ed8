"""Compiled training steps with scans: results, errors, memory and texts."""

import re
from dataclasses import replace

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import topological_order
from native import compare, with_gradients
from recurrent import BATCH, ENTERING, STATE, STEPS, lstm, scans_of

pytestmark = pytest.mark.native

DTYPES = pytest.mark.parametrize("dtype", ["float64", "float32"])


class Speller(cr.nn.Module):
    """A net that reads ids ahead and back with shared inner weights, one scan over the other."""

    def __init__(self, dtype):
        random = np.random.default_rng(5)
        self.table = cr.nn.Embedding(9, ENTERING, dtype=dtype, random=random)
        self.entering = cr.nn.Linear(ENTERING, 4 * STATE, dtype=dtype, random=random)
        self.inner = cr.nn.Linear(STATE, 4 * STATE, dtype=dtype, random=random)
        self.last = cr.nn.Linear(STATE, 5, dtype=dtype, random=random)
        self.first = cr.parameter(np.zeros(STATE, dtype))

    def forward(self, ids):
        def cell(state, ids):
            return lstm(self.inner, STATE)(state, self.entering(self.table(ids)))

        zeros = np.zeros((ids.shape[1], STATE), self.first.dtype)
        _, ahead = cr.scan(cell, (zeros + self.first, zeros), ids)
        _, back = cr.scan(cell, (zeros, zeros + self.first), ids, reverse=True)
        (last, _), _ = cr.scan(
            lambda state, x: lstm(self.inner, STATE)(state, self.inner(x)),
            (zeros, zeros),
            ahead + back,
        )
        return self.last(last)


def training(dtype="float64", make=lambda model: cr.optim.Adam(model, 0.01)):
    model = Speller(dtype)
    optimizer = make(model)

    def step(ids, labels):
        loss = cr.nn.cross_entropy(model(ids), labels)
        optimizer.minimize(loss)
        return loss

    return model, step


def words(random, steps=STEPS, batch=BATCH):
    return random.integers(0, 9, (steps, batch)), random.integers(0, 5, batch)


@DTYPES
@pytest.mark.parametrize(
    "make",
    [
        lambda m: cr.optim.Adam(m, 0.01),
        lambda m: cr.optim.SGD(m, 0.1, momentum=0.9),
    ],
    ids=["adam", "momentum"],
)
def test_training_is_the_eager_one_call_after_call(make, dtype):
    (native_model, native), (eager_model, eager) = (training(dtype, make) for _ in range(2))
    native = cr.compile(native)
    random = np.random.default_rng(1)
    close = 1e-9 if dtype == "float64" else 1e-3
    for steps, batch in ((6, 3), (6, 3), (2, 3), (6, 1), (1, 3), (6, 3)):
        ids, labels = words(random, steps, batch)
        np.testing.assert_allclose(native(ids, labels).item(), eager(ids, labels).item(), close)
    for name, value in eager_model.state().items():
        np.testing.assert_allclose(native_model.state()[name], value, rtol=close, atol=close)


def test_another_length_or_batch_compiles_nothing():
    step = cr.compile(training("float32")[1])
    random = np.random.default_rng(1)
    step(*words(random, 6, 5))
    step(*words(random, 2, 5))  # fewer ids than a block of sums need another kernel
    for steps, batch in ((3, 5), (200, 5), (6, 7), (1, 9)):
        step(*words(random, steps, batch))
        last = step.report().split("signature")[-1]
        assert re.search(r"kernels and drivers: 0 compiled, \d+ from memory, 0 from disk", last)


def test_an_id_outside_is_named_and_changes_nothing():
    model, step = training()
    step = cr.compile(step)
    ids, labels = words(np.random.default_rng(1))
    step(ids, labels)
    before = model.state()
    for place, bad in (((0, 0), 9), ((5, 2), -1), ((3, 1), 2**40)):
        wrong = ids.copy()
        wrong[place] = bad
        with pytest.raises(cr.RangeError, match=rf"the id {bad} at position \({place[1]},\)"):
            step(wrong, labels)
        for name, value in model.state().items():
            np.testing.assert_array_equal(value, before[name])
    assert np.isfinite(step(ids, labels).item())


def test_an_id_outside_is_named_from_a_scan_in_a_scan():
    table = cr.parameter(np.ones((4, 2)), "table")

    def outer(s, ids):
        return cr.scan(lambda s, i: (s * cr.take(table, i), None), s, ids + 1)[0], None

    function = cr.compile(lambda ids: cr.scan(outer, cr.exp(table[0]), ids)[0])
    ids = np.zeros((3, 5), np.int64)
    function(ids)
    ids[2, 1] = 3
    with pytest.raises(cr.RangeError, match=r"the id 4 .*from 0 to 3"):
        function(ids)
    function(ids * 0)


# -- what is said of it ----------------------------------------------------------------------------


def test_find_nan_names_the_gate_in_the_scan_and_its_step():
    def loss(x):
        last, _ = cr.scan(lambda s, x: (s + cr.log(x), None), cr.exp(x[0]), x)
        return last.sum()

    x = np.ones((4, 3))
    x[2, 1] = -1.0
    found = cr.find_nan(cr.compile(loss), x)
    assert found.gate.kind == "log"
    assert "in step 3 of 4 of a scan" in str(found)
    assert found.origin.source.startswith("last, _ = cr.scan(")
    assert "input 'x'" in str(found)
    assert cr.find_nan(cr.compile(loss), np.ones((4, 3))).ok


def test_every_stage_of_a_step_with_scans_prints():
    step = cr.compile(training()[1])
    step(*words(np.random.default_rng(1)))
    texts = {name: str(stage) for name, stage in step.stages.items()}
    assert all(texts.values())
    assert re.search(r"^\d+\. scan: ", texts["fuse"], re.MULTILINE)
    assert re.search(r"^    \d+\. product: ", texts["fuse"], re.MULTILINE)
    assert re.search(r"steps: .*\b6 scan\b", step.report())


def test_a_cell_with_a_gate_that_has_no_native_code_is_left_whole_to_the_reference(own_primitives):
    cubed = cr.declare(
        replace(
            cr.PRIMITIVES["exp"],
            name="cubed",
            lowering=None,
            numpy=lambda x: x**3,
            vjp=(lambda g, y, x: g * 3.0 * x * x,),
        )
    )
    x = np.random.default_rng(1).normal(size=(4, 3)) / 2

    def cell(s, x):
        return cr.tanh(s + cr.apply(cubed, x)), s * x

    compiled = compare(lambda x: cr.scan(cell, cr.exp(x[0]), cr.sin(x)), x, native=False)
    assert re.search(r"on the reference evaluator: .*scan", compiled.report())


def test_memory_grows_with_the_fields_of_a_scan_alone():
    def held(steps):
        def cell(s, x):
            big = cr.exp(x @ s.reshape(1, 8))
            return cr.tanh(big @ big.mT @ x)[:8, 0], cr.cumulative_sum(big, 0).sum()

        compiled = cr.compile(with_gradients(lambda x: cr.scan(cell, x[0, :8, 0], x), ()))
        compiled(np.zeros((steps, 16, 1)))
        version = compiled._last
        order = topological_order(version.rewritten.results)
        written = sum(each.size for each in order if each.primitive is not None)
        assert len(scans_of(*version.rewritten.results)) == 2
        return version.program.bytes, 8 * written

    (short, few), (long, many) = held(300), held(600)
    assert long - short <= many - few + 256
