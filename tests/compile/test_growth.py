"""The time to compile grows in proportion to the graph, and kernels are bounded."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.fuse import fusion_groups as groups
from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.fusion import all_steps
from chainrule.compile.lower import fused_calls, fused_kernel_cache
from chainrule.compile.plan.arena import Lifetime, assign_offsets
from growing import growth

pytestmark = pytest.mark.native

MOST = 2.25


def ones(*shape):
    return np.ones(shape, np.float32)


def first_call(function, *arrays):
    """Return the first call of a compiled function, for which all kernels are written anew."""

    def call():
        fused_kernel_cache._known.clear()
        fused_calls._known.clear()
        cr.compile(function)(*arrays)

    return call


def elementwise(size):
    def loss(x, a, b):
        for _ in range(size):
            x = cr.maximum(x * a + b, a)
        return x.sum()

    return first_call(cr.grad(loss, (0, 1, 2)), ones(8), ones(8), ones(8))


def star(size):
    def loss(x, a):
        return sum((x * float(i) * a for i in range(size)), x).sum()

    return first_call(cr.grad(loss, (0, 1)), ones(8), ones(8))


def products(size):
    def loss(x, w):
        for _ in range(size):
            x = cr.relu(x @ w)
        return x.sum()

    return first_call(cr.grad(loss, (0, 1)), ones(4, 8), ones(8, 8))


def rows(size):
    def loss(x):
        for _ in range(size // 4):
            x = x - x.mean(-1, keepdims=True)
        return (x * x).sum()

    return first_call(cr.grad(loss), ones(4, 8))


def totals(size):
    def loss(x, b):
        for _ in range(size):
            x = x * b + x.sum(0)
        return (x * x).sum()

    return first_call(cr.grad(loss, (0, 1)), ones(4, 8), ones(8))


def views(size):
    def loss(x):
        for _ in range(size):
            x = x.reshape(8, 4).reshape(4, 8)
        return (x * x).sum()

    return first_call(cr.grad(loss), ones(4, 8))


def slices(size):
    return first_call(
        cr.grad(lambda x: sum(cr.exp(x[i]).sum() for i in range(size))), ones(size, 4)
    )


def loop(size):
    def cell(state, x):
        for _ in range(size):
            state = state * x + x
        return state, state

    return first_call(cr.grad(lambda s: cr.scan(cell, s, ones(3, 8))[1].sum()), ones(8))


def loops(size):
    def loss(state):
        for _ in range(size // 4):
            state, _ = cr.scan(lambda s, x: (s * x, s), state, ones(3, 8))
        return state.sum()

    return first_call(cr.grad(loss), ones(8))


def training(optimizer):
    def made(size):
        parameters = [cr.parameter(ones(4, 3), "p") for _ in range(size)]
        trained = optimizer(parameters, learning_rate=0.1)

        def step(x):
            loss = sum((x * each).sum() for each in parameters)
            trained.minimize(loss)
            return loss

        return first_call(step, ones(4, 3))

    return made


def tables(size):
    parameters = [cr.parameter(ones(9, 4), f"t{i}") for i in range(size // 4)]
    optimizer = cr.optim.Adam(parameters, learning_rate=0.1)

    def step(ids):
        loss = sum((each[ids] ** 2).sum() for each in parameters)
        optimizer.minimize(loss)
        return loss

    return first_call(step, np.arange(5))


def keys(size):
    layer = cr.nn.Dropout(0.5, random=0)

    def dropped(x):
        for _ in range(size // 4):
            x = layer(x)
        return x

    return first_call(dropped, ones(4, 8))


FAMILIES = {
    "elementwise": elementwise,
    "star": star,
    "products": products,
    "rows": rows,
    "totals": totals,
    "views": views,
    "slices": slices,
    "loop": loop,
    "loops": loops,
    "SGD": training(cr.optim.SGD),
    "Adam": training(cr.optim.Adam),
    "tables": tables,
    "keys": keys,
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_graph_twice_as_large_takes_twice_the_work(family):
    assert growth(FAMILIES[family], 100) <= MOST


def test_stages_print_in_proportion_to_the_graph():
    def printed(size):
        parameters = [cr.parameter(ones(3), "p") for _ in range(size)]
        step = cr.compile(lambda x: sum(x * each for each in parameters))
        step(ones(3))
        return lambda: [str(each) for each in step.stages.values()] + [step.report()]

    assert growth(printed, 100) <= MOST


def fused_kernels(step):
    return [each for each in all_steps(step.stages["fuse"].result) if isinstance(each, FusedKernel)]


def test_a_kernel_holds_a_bounded_number_of_gates():
    def loss(x, a):
        for _ in range(300):
            x = x * a + a
        return x.sum()

    step = cr.compile(cr.grad(loss))
    x, a = np.linspace(-1, 1, 8), np.linspace(0.9, 1, 8)
    assert np.allclose(step(x, a).value, a**300, rtol=1e-12)
    sizes = [len(each.nodes) for each in fused_kernels(step)]
    assert max(sizes) <= groups.MOST_PER_KERNEL
    assert sum(sizes) >= 300


def test_equal_pieces_of_a_long_chain_share_kernels():
    def chain(x, a):
        for _ in range(2000):
            x = x * a + a
        return x

    step = cr.compile(chain)
    step(ones(8), ones(8))
    assert len(fused_kernels(step)) >= 2000 / groups.MOST_PER_KERNEL
    assert len(step.stages["lower"].result.kernels) <= 5


@pytest.mark.parametrize("bound", ["MOST_PER_KERNEL", "MOST_AT_ONCE"])
def test_cutting_changes_no_bit(bound, monkeypatch):
    random = np.random.default_rng(3)
    x, w = random.standard_normal((2, 4, 8)), random.standard_normal((8, 8))
    table = cr.parameter(random.standard_normal((9, 8)), "table")

    def loss(x, w):
        for _ in range(3):
            x = cr.softmax(cr.tanh(x @ w) * x, axis=-1) + table[np.array([1, 2, 1, 0])]
        return (cr.relu(x - x.mean(0)) ** 2).sum()

    gradients = cr.grad(loss, (0, 1))
    whole = [each.value for each in cr.compile(gradients)(x[0], w)]
    monkeypatch.setattr(groups, bound, 5)
    cut = cr.compile(gradients)
    for a, b in zip(whole, cut(x[0], w), strict=True):
        assert np.array_equal(a, b.value)
    assert max(len(each.nodes) for each in fused_kernels(cut)) <= 5


def test_blocks_are_placed_in_proportion_to_their_number():
    def made(count):
        blocks = {i: Lifetime(64 * (1 + i % 7), i, 2 * count - i) for i in range(count)}
        return lambda: assign_offsets(blocks)

    assert growth(made, 500) <= MOST
