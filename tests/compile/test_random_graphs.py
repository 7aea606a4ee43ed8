"""Random graphs: every stage of the compiler keeps their meaning, and prints.

More examples than in a default run: HYPOTHESIS_PROFILE=thorough python -m pytest <this file>.
"""

from __future__ import annotations

import os
from itertools import combinations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.compile.fuse.fusion import Alias
from chainrule.compile.gates.matrix_products import MatrixProduct
from chainrule.compile.plan.arena import LINE
from chainrule.compile.step_costs import gates, reads, writes
from chainrule.graph import Replace, apply_together, compute, evaluate, topological_order
from native import version_of
from numerical import inputs
from random_graphs import SMOOTH_MOVES, functions, is_exact, scalar_of

pytestmark = pytest.mark.native

SMOOTH = tuple(SMOOTH_MOVES)
SEEDS = st.integers(0, 2**32 - 1)
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"


def examples(count):
    """Return settings: so many examples, always the same ones; many, and others, if thorough."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    return settings(
        max_examples=count * 100 if THOROUGH else count,
        derandomize=not THOROUGH,
        deadline=None,
        database=None,
        suppress_health_check=slow,
    )


# -- comparing -------------------------------------------------------------------------------------


def assert_same_bits(found, wanted):
    """Compare bit by bit; NaN is NaN whatever its sign."""
    assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
    np.testing.assert_array_equal(found, wanted)
    if wanted.dtype.kind == "f":
        numbers = ~np.isnan(wanted)
        np.testing.assert_array_equal(np.signbit(found)[numbers], np.signbit(wanted)[numbers])


EPSILON = {"float32": 1e-6, "float64": 2e-15}


# Gates that add up terms in an order of their own: each partial sum is rounded.
ADDING = ("sum", "matmul", "cumulative_sum", "add_rows", "add_along_axis", "add_windows")


def shaken(outputs, bound, seed):
    """Return the values of a graph in which every gate rounds a little otherwise."""
    random, exact, values = np.random.default_rng(seed), {}, dict(bound)

    def read(node, into):
        value = values[node]
        rounds = not is_exact(node, exact) or into.primitive.name in ADDING
        moves = rounds and not is_exact(into, exact) and value.dtype.kind == "f"
        return noisy(value) if moves else value

    def noisy(value):
        share = random.uniform(0.5, 1.0, value.shape) * random.choice([-1.0, 1.0], value.shape)
        return np.asarray(value * (1 + EPSILON[value.dtype.name] * share), value.dtype)

    for node in topological_order(list(outputs), without=bound):
        if node.primitive is None:
            values[node] = node.value
            continue
        arrays = [read(each, node) for each in node.inputs]
        value = compute(node.primitive, arrays, node.attributes)
        moves = value.dtype.kind == "f" and not is_exact(node, exact)
        values[node] = noisy(value) if moves else value
    return [values[each] for each in outputs]


def assert_close(outputs, bound, found, wanted):
    """Compare values of a graph computed in two ways.

    Exact ones have the same bits. Others differ as far as rounding otherwise makes them differ;
    what is NaN or infinite is so in both, but for what rounding alone decides.
    """
    exact = {}
    with np.errstate(all="ignore"):
        others = [shaken(outputs, bound, seed) for seed in range(3)]
        for i, node in enumerate(outputs):
            if is_exact(node, exact) or node.dtype.kind != "f":
                assert_same_bits(found[i], wanted[i])
            else:
                assert_within(found[i], wanted[i], [each[i] for each in others])


def assert_within(found, wanted, others):
    assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
    settled = np.ones(wanted.shape, bool)
    spread = np.zeros(wanted.shape, wanted.dtype)
    for other in others:
        settled &= np.isnan(other) == np.isnan(wanted)
        settled &= np.isfinite(other) == np.isfinite(wanted)
        spread = np.fmax(spread, np.abs(other - wanted))
    settled &= ~(spread > 0.1 * np.abs(wanted))
    far = np.isinf(wanted) & settled
    np.testing.assert_array_equal(np.isnan(found)[settled], np.isnan(wanted)[settled])
    np.testing.assert_array_equal(found[far], wanted[far])
    near = np.isfinite(wanted) & settled
    small = 1e-36 if wanted.dtype == np.float32 else 1e-290
    room = 40 * spread + 10 * EPSILON[wanted.dtype.name] * np.abs(wanted) + small
    assert np.all(np.abs(found - wanted)[near] <= room[near]), (found, wanted, room)


# -- stages ----------------------------------------------------------------------------------------


def check_rewrite(version, bound):
    """The same bits before and after; a product that was turned adds up in another order."""
    before = evaluate(version.traced.results, bound)
    after = evaluate(version.rewritten.results, bound)
    turned = any(each.rule == "transposed product" for each in version.compilation.firings)
    pairs = zip(version.traced.results, version.rewritten.results, strict=True)
    if turned:
        old, new = zip(*pairs, strict=True)
        assert_close(old, bound, [after[each] for each in new], [before[each] for each in old])
        return
    for old, new in pairs:
        assert_same_bits(after[new], before[old])


def check_steps(version, bound):
    """Every gate is computed once, from what was computed before and reached memory."""
    wanted = evaluate(version.rewritten.results, bound)
    values, in_memory, computed = dict(bound), set(bound), set()
    for step in version.steps:
        for each in reads(step):
            assert each.primitive is None or each in in_memory
        own = set(gates(step))
        assert not own & computed
        known = {each: values[each] for each in reads(step) if each in values}
        for node in gates(step):
            if not isinstance(step, MatrixProduct):
                outside = [each for each in node.inputs if each not in own]
                assert all(each.primitive is None or each in in_memory for each in outside)
                assert all(each in known for each in node.inputs if each in own)
            known[node] = values[node] = evaluate([node], known)[node]
            computed.add(node)
        in_memory |= {step.node} if isinstance(step, Alias) else set(writes(step))
    for each in version.rewritten.results:
        assert each.primitive is None or each in in_memory
        assert_same_bits(values[each] if each in values else wanted[each], wanted[each])


def check_memory(version):
    """No two blocks that are alive together overlap; all stand at lines, inside the arena."""
    layout = version.compilation.plan.layout
    for block, life in layout.lifetimes.items():
        assert layout.offsets[block] % LINE == 0
        assert layout.offsets[block] + life.nbytes <= layout.nbytes
    for (a, one), (b, other) in combinations(layout.lifetimes.items(), 2):
        together = one.first <= other.last and other.first <= one.last
        first, second = sorted([(layout.offsets[a], one.nbytes), (layout.offsets[b], other.nbytes)])
        assert not together or min(one.nbytes, other.nbytes) == 0 or sum(first) <= second[0]


def run_in_dirty_memory(version, arrays, byte):
    """Run native code after whatever it did not write itself was made nonsense."""
    for each in version.program.arenas.free:
        each.bytes[: version.compilation.plan.layout.nbytes] = byte
    return version.program.run(arrays)


def compiled(function, arrays):
    return version_of(function, *((each.shape, each.dtype) for each in arrays))


def check_all(drawn, seed):
    random = np.random.default_rng(seed)
    version = compiled(drawn, drawn.arrays(random, 0.0))
    check_memory(version)
    assert all(str(each) or not version.steps for each in version.stages.values())
    for special, byte in ((0.0, 0xFF), (0.15, 0x7B), (0.0, 0x00)):
        arrays = drawn.arrays(random, special)
        copies = [each.copy() for each in arrays]
        bound = dict(zip(version.traced.inputs, arrays, strict=True))
        traced = evaluate(version.traced.results, bound)
        eager = drawn(*inputs(arrays))
        for each, node in zip(eager, version.traced.outputs, strict=True):
            assert_same_bits(each.value, traced[node])
        check_rewrite(version, bound)
        check_steps(version, bound)
        outputs = version.rewritten.outputs
        wanted = evaluate(outputs, bound)
        found = run_in_dirty_memory(version, arrays, byte)
        assert_close(outputs, bound, found, [wanted[each] for each in outputs])
        np.testing.assert_equal(arrays, copies)


@examples(60)
@given(functions(gradients=False), SEEDS)
def test_functions(drawn, seed):
    check_all(drawn, seed)


@examples(25)
@given(functions((1, 2, 3, 5), SMOOTH, most=6, gradients=True), SEEDS)
def test_functions_and_their_gradients(drawn, seed):
    check_all(drawn, seed)


@examples(8)
@given(functions((1, 2, 300, 700), SMOOTH, most=4, deepest=2), SEEDS)
def test_functions_of_rows_that_are_split(drawn, seed):
    check_all(drawn, seed)


# -- updates ---------------------------------------------------------------------------------------

OPTIMIZERS = {
    "sgd": lambda p: cr.optim.SGD(p, 0.1),
    "momentum": lambda p: cr.optim.SGD(p, 0.05, momentum=0.9),
    "nesterov": lambda p: cr.optim.SGD(p, 0.05, momentum=0.9, nesterov=True),
    "adam": lambda p: cr.optim.Adam(p, 0.02, epsilon=0.1),
    "adam, every row": lambda p: cr.optim.Adam(p, 0.02, epsilon=0.1, rows="dense"),
    "adam, rows caught up": lambda p: cr.optim.Adam(p, 0.02, epsilon=0.1, rows="caught_up"),
    "adagrad": lambda p: cr.optim.Adagrad(p, 0.1, epsilon=0.1),
    "rmsprop": lambda p: cr.optim.RMSProp(p, 0.01, epsilon=0.1, momentum=0.5),
}


class Training:
    """A step of training on a random function of parameters and rows of a table; its state.

    Beside the optimizer it keeps an average of the first parameter, and what that was before.
    """

    def __init__(self, drawn, make):
        random = np.random.default_rng(0)
        kinds = zip(drawn.shapes, drawn.dtypes, strict=True)
        shapes = [shape for shape, dtype in kinds if dtype.startswith("float")]
        self.drawn = drawn
        self.weights = [
            cr.parameter(random.uniform(-1, 1, shape), f"w{i}") for i, shape in enumerate(shapes)
        ]
        self.table = cr.parameter(random.uniform(-1, 1, (12, 3)), "table", table=True)
        self.optimizer = make([*self.weights, self.table])
        self.average, self.before = (
            cr.parameter(np.zeros(shapes[0]), name, trainable=False) for name in ("mean", "before")
        )

    def step(self, ids):
        """Return the loss, and what the parameters are before the step."""
        results = self.drawn(*self.weights, ids)
        words = cr.take(self.table, ids, 0)
        loss = scalar_of(results) + cr.tanh(words).mean() + (words[:1] * 0.1).sum()
        held = [each.reshape(1, *each.shape) for each in self.weights]
        first, average = self.weights[0], self.average * 0.9 + self.weights[0] * 0.1
        apply_together([Replace(self.average, average), Replace(self.before, first)])
        self.optimizer.minimize(loss)
        return (loss, *held)

    def state(self):
        """Return all that a step may change."""
        slots = [each for held in self.optimizer.state.values() for each in held.values()]
        own = [*self.weights, self.table, self.average, self.before]
        return [each.value for each in (*own, *slots, self.optimizer.steps)]


@examples(25)
@given(
    functions((1, 2, 3, 4), SMOOTH, most=5, gradients=False, dtypes=["float64"], others=False),
    st.sampled_from(list(OPTIMIZERS)),
    SEEDS,
)
def test_training(drawn, optimizer, seed):
    """Compiled training is eager training: all states, after several steps on other ids."""
    random = np.random.default_rng(seed)
    eager, native = (Training(drawn, OPTIMIZERS[optimizer]) for _ in range(2))
    step = cr.compile(native.step)
    for _ in range(4):
        ids = random.integers(0, 4, drawn.shapes[-1])
        held = native.state()
        before = [each.copy() for each in held]
        try:
            wanted, *_ = eager.step(cr.asarray(ids))
        except cr.ChainruleError as error:  # rows of what is no table
            if "caught_up" not in str(error):
                raise
            reject()
        found, *weights = step(ids)
        np.testing.assert_allclose(found.value, wanted.value, rtol=1e-8, atol=1e-10)
        np.testing.assert_equal(held, before)
        np.testing.assert_equal([each.value[0] for each in weights], before[: len(weights)])
        for mine, theirs in zip(native.state(), eager.state(), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-7, atol=1e-9)
