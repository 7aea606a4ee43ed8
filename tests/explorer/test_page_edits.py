"""Edits of random small graphs in the page: its own arithmetic gives the numbers of Python."""

import numpy as np
import pytest

import chainrule as cr

GRAPHS = 8
ONE = {
    "tanh": cr.tanh,
    "sigmoid": cr.sigmoid,
    "relu": cr.relu,
    "exp": lambda x: cr.exp(cr.tanh(x)),
    "log": lambda x: cr.log(x * x + 1.0),
    "sqrt": lambda x: cr.sqrt(x * x + 0.5),
    "abs": abs,
    "row sums": lambda x: x * x.sum(-1, keepdims=True),
    "columns": lambda x: x - x.mean(0),
    "transposed": lambda x: x @ x.T,
    "reshaped": lambda x: x.reshape(-1).reshape(x.shape),
    "part": lambda x: x[:1] * x,
    "negative": lambda x: -x,
    "softmax": lambda x: cr.softmax(x, -1),
}
TWO = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / (y * y + 1.0),
    "maximum": cr.maximum,
    "minimum": cr.minimum,
    "matmul": lambda x, y: x @ y,
    "where": lambda x, y: cr.where(x > y, x, y * 0.5),
}


def random_graph(seed):
    """Return a graph of eight random functions of square matrices and scalars."""
    random = np.random.default_rng(seed)
    size = int(random.integers(1, 4))
    values = [
        cr.input("x", value=random.normal(size=(size, size))),
        cr.parameter(random.normal(size=(size, size)), "w"),
        cr.input("s", value=float(random.normal())) * np.ones((size, size)),
    ]
    for _ in range(8):
        if random.random() < 0.5:
            function = ONE[str(random.choice([*ONE]))]
            made = function(values[random.integers(len(values))])
        else:
            first, second = (values[i] for i in random.integers(len(values), size=2))
            made = TWO[str(random.choice([*TWO]))](first, second)
        if made.shape == (size, size):
            values.append(made)
    return cr.Graph(sum(values[3:], start=values[0] * values[1]).sum()), random


@pytest.mark.parametrize("seed", range(GRAPHS))
def test_an_edit_gives_the_numbers_of_python(opened, seed):
    graph, random = random_graph(seed)
    page = opened(graph)
    document = page.ask("() => window.explorer.state().document")
    assert document["editing"]["page"], document["editing"]["why"]
    names = document["nodes"]["name"]
    value = graph["x"].value.copy()
    position, new = int(random.integers(value.size)), float(random.normal())
    value.flat[position] = new
    edit = {"node": names.index("x"), "position": position, "value": new}
    page.ask("(edit) => window.explorer.set({ edits: [edit] })", edit)
    page.tab.wait_for_timeout(30)
    graph.forward(x=value)
    graph.backward()
    record, numbers = graph.record(), page.numbers
    for number, node in enumerate(record.order):
        for column, expected in (("value", record.values), ("upstream", record.upstream)):
            agree(numbers(column, number), expected.get(node))
        for i in range(len(node.inputs)):
            agree(numbers("downstream", number, i), record.downstream.get((node, i)))


def agree(found, expected):
    if expected is None:
        assert found is None
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)
