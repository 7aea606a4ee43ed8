"""Eager graphs of many gates: the work grows in proportion to them, and depth is no limit."""

import gc

import numpy as np
import pytest

import chainrule as cr
from chainrule.explore.notation.formula import FormulaWriter
from chainrule.grad.unrolled import unrolled
from chainrule.graph import ChainruleError
from chainrule.graph.order import is_ancestor
from growing import growth

MOST = 2.25
DEEP = 20_000


def ones(*shape):
    return np.ones(shape)


def chain(x, size):
    for _ in range(size):
        x = cr.tanh(x * 1.5 + 0.5)
    return x.sum()


def graph_of(size):
    return cr.Graph(chain(cr.input("x", value=ones(2)), size))


def model(size):
    layers = cr.nn.Sequential(*(cr.nn.Linear(2, 2, random=0) for _ in range(size)))
    return cr.Graph((layers(cr.input("x", value=ones(1, 2))) ** 2).sum())


def switched_off(size):
    """Many gates that no gradient reaches."""
    x = cr.input("x", value=ones(2))
    return cr.Graph(x.sum() + chain(cr.stop_gradient(x), size))


def captured(size):
    def loss(*weights):
        def cell(state, x):
            for each in weights:
                state = state * each + x
            return state, state

        return cr.scan(cell, ones(2), ones(3, 2))[1].sum()

    return lambda: cr.grad(loss, tuple(range(size)))(*ones(size, 2))


def passed_on(size):
    """Loops one after the other, behind a long beginning that all of them read."""
    x = cr.input("x", value=ones(2))
    state = start = chain(x, size) * x
    for _ in range(size // 4):
        state, _ = cr.scan(lambda s, x: (s * x + start, s), state, ones(2, 2))
    return lambda: unrolled([state.sum()])


def called_alike(size):
    parameters = [cr.parameter(ones(2), "weight") for _ in range(size)]
    return lambda: cr.Graph(sum(each.sum() for each in parameters)).text()


FAMILIES = {
    "gradient": lambda n: lambda: cr.grad(lambda x: chain(x, n))(ones(2)),
    "tangent": lambda n: lambda: cr.jvp(lambda x: chain(x, n), (ones(2),), (ones(2),)),
    "slices": lambda n: lambda: cr.grad(lambda x: sum(cr.exp(x[i]) for i in range(n)))(ones(n)),
    "captured": captured,
    "loops written out": passed_on,
    "forward and backward": lambda n: graph_of(n).backward,
    "text": lambda n: lambda: graph_of(n).text(open=True),
    "picture": lambda n: lambda: graph_of(n).dot(open=True),
    "explanation": lambda n: lambda: str(graph_of(n).explain()),
    "explanation of a model": lambda n: lambda: str(model(n // 4).explain()),
    "explanation without gradient": lambda n: lambda: str(switched_off(n).explain()),
    "equal names": called_alike,
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_graph_twice_as_large_takes_twice_the_work(family):
    assert growth(FAMILIES[family], 80) <= MOST


def test_depth_is_no_limit():
    deep = chain(cr.input("x", value=ones(2)), DEEP // 3)
    graph = cr.Graph(deep)
    assert np.all(np.isfinite(graph.backward()["x"]))
    assert len(graph.text().splitlines()) > DEEP
    del deep, graph
    gc.collect()


def test_a_formula_of_any_depth_is_written():
    x = cr.input("x", value=2.0)
    total = x
    for _ in range(DEEP // 20):
        total = total + x
    assert FormulaWriter({x: "x"}).write(total) == " + ".join(["x"] * (DEEP // 20 + 1))


def test_a_chain_of_reshapes_in_a_loop_of_any_depth_is_kept():
    def cell(state, x):
        for _ in range(1500):
            state = state.reshape(2, 1).reshape(2)
        return state * x, state

    found = cr.grad(lambda s: cr.scan(cell, s, 3 * ones(2, 2))[0].sum())(ones(2))
    assert np.array_equal(found.value, [9, 9])


def test_a_derivation_that_would_take_hours_is_refused():
    with pytest.raises(ChainruleError, match=r"2,001 lines.*1,000 is the most.*check\(\)"):
        graph_of(1000).derivation()


def test_an_ancestor_is_found_and_nothing_older_is_visited():
    x = cr.input("x", value=1.0)
    y = cr.exp(x)
    z = y * y + x
    assert is_ancestor(x, z)
    assert is_ancestor(y, z)
    assert is_ancestor(z, z)
    assert not is_ancestor(z, y)
    assert not is_ancestor(cr.exp(x), z)


def test_a_name_that_is_taken_gets_the_next_free_number():
    graph = cr.Graph(
        sum(cr.parameter(1.0, name) for name in ("w", "w_2", "w", "w", "w_2")) * cr.input("w_3", 1)
    )
    assert list(graph.parameters) == ["w", "w_2", "w_4", "w_5", "w_2_2"]
