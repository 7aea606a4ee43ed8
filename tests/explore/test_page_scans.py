"""What the page says of a loop over a sequence: formulas of one step, parts of the result."""

from xml.etree import ElementTree

import numpy as np
import pytest

import chainrule as cr
from explained_models import MODELS
from explorer_documents import document_of, numbers


def scan_of(graph):
    """Return the document, the number of its scan, and what is said of that."""
    document = document_of(graph)
    details = document["details"]
    (number,) = (each for each, detail in details.items() if "scan" in detail)
    return document, int(number), details[number]["scan"]


def lines(scan):
    return ["".join(ElementTree.fromstring(each).itertext()) for each in scan["lines"]]


def recurrent():
    u, xs = cr.parameter(np.eye(3) * 0.5, "U"), cr.input("xs", value=np.ones((4, 3)))

    def cell(state, x):
        new = cr.tanh(x + state @ u)
        return new, new

    last, _ = cr.scan(cell, np.zeros(3), xs)
    return cr.Graph((last * last).sum())


def fibonacci():
    def cell(state, x):
        a, b = state
        return (b, a + b * x), a

    last, every = cr.scan(cell, (1.0, 1.0), cr.input("xs", value=np.ones(4)))
    return cr.Graph(last[1] + every.sum())


def test_a_step_of_a_recurrent_cell_is_written_in_names():
    _, _, scan = scan_of(recurrent())
    assert scan["steps"] == 4
    assert not scan["reverse"]
    assert lines(scan)[0] == "a=stateU"
    assert any(each.startswith("state′=tanh(") for each in lines(scan))


def test_states_that_are_handed_on_and_outputs_have_their_lines():
    _, _, scan = scan_of(fibonacci())
    assert lines(scan) == [
        "a=state₂·x",
        "state₂′=state₁+a",
        "state₁′=state₂",
        "output=state₁",
    ]


def test_calls_inside_a_step_are_folded():
    _, _, scan = scan_of(MODELS["LSTM"]())
    written = lines(scan)
    assert sum("=sigmoid(" in each for each in written) == 3
    assert sum("=tanh(" in each for each in written) == 2
    assert len(written) < 20


@pytest.mark.parametrize("graph", [recurrent, fibonacci], ids=["recurrent", "fibonacci"])
def test_fields_are_parts_of_the_value(graph):
    document, number, scan = scan_of(graph())
    value = numbers(document, "value", number)
    parts = {
        each["name"]: value[each["start"] :][: np.prod(each["shape"], dtype=int)].reshape(
            each["shape"]
        )
        for each in scan["fields"]
    }
    assert sum(part.size for part in parts.values()) == value.size
    if graph is fibonacci:
        assert parts["state₁"].tolist() == [1, 1, 2, 3, 5]
        assert parts["output"].tolist() == [1, 1, 2, 3]


def test_other_gates_have_no_steps():
    document = document_of(MODELS["convolutions"]())
    assert not any("scan" in each for each in document["details"].values())
