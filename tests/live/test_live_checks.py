"""Central differences of one gate, asked for by the page."""

import numpy as np
import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

import chainrule as cr
from chainrule.explore.live.gate_check import check_gate
from live_pages import Client, array, circuit, layered, live, number_of, served


def checked(graph, number, **more):
    with served(live(graph)) as server:
        answer = Client(server).post("/check", node=number, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["inputs"]


def gate(graph, kind):
    return next(i for i, node in enumerate(graph.record().order) if node.kind == kind)


def test_a_scalar_gate_agrees_with_its_measurement():
    graph = circuit()
    found = checked(graph, gate(graph, "multiply"))
    record = graph.record()
    inputs = record.order[gate(graph, "multiply")].inputs
    assert [each["to"] for each in found] == [number_of(graph, record.names[e]) for e in inputs]
    for each, wanted in zip(found, (2.0, 3.0), strict=True):
        assert array(each["formula"]) == wanted
        assert array(each["numeric"]) == pytest.approx(wanted, rel=1e-8)
        assert each["agrees"] is True
        assert each["difference"] < 1e-8
        assert "agrees with central differences" in each["says"]


def test_a_check_is_of_the_edited_numbers():
    graph = circuit()
    edit = {"node": 0, "position": 0, "value": 10.0}
    _, to_maximum = checked(graph, gate(graph, "multiply"), edits=[edit], seed=[2.0])
    assert array(to_maximum["formula"]) == 24.0


def test_a_kink_is_said():
    x = cr.input("x", value=0.0)
    graph = cr.Graph(cr.relu(x) * 1.0)
    (found,) = checked(graph, gate(graph, "maximum"))
    assert "kink" in found["says"]


def test_large_inputs_are_checked_at_a_grid():
    graph = layered(samples=30, inputs=50, hidden=40)
    to_x, to_weight = checked(graph, gate(graph, "matmul"))
    for each in (to_x, to_weight):
        assert each["agrees"]
        extents = [len(kept) for kept in each["numeric"]["kept"]]
        assert np.prod(extents) <= 64
        assert each["numeric"]["kept"] == each["formula"]["kept"]
        assert "statistics" not in each["numeric"]


@pytest.mark.parametrize("factor", [2.0, 1.01])
def test_a_wrong_backward_is_found(factor):
    @cr.gate
    def square(x):
        return x * x

    @square.backward
    def square_backward(upstream, output, x):
        return upstream * 2.0 * x * factor

    x = cr.input("x", value=np.array([1.0, -2.0, 3.0]))
    graph = cr.Graph(square(x).sum())
    node = next(i for i, each in enumerate(graph.record().order) if each.kind == "square")
    (found,) = checked(graph, node)
    assert found["agrees"] is False
    assert "is wrong at" in found["says"]
    assert found["difference"] == pytest.approx(1 - 1 / factor, rel=1e-3)


def test_every_gate_of_a_network_agrees():
    graph = layered()
    graph.backward()
    record = graph.record()
    found = [
        each
        for node in record.gates
        if any((node, i) in record.downstream for i in range(len(node.inputs)))
        for each in check_gate(record, node)
    ]
    assert len(found) > 8
    assert all(each.agrees for each in found), [each.says for each in found if not each.agrees]


def test_a_leaf_or_a_gate_without_gradient_is_refused():
    x = cr.input("x", value=np.array([1.5]))
    graph = cr.Graph((x * cr.stop_gradient(cr.exp(x))).sum())
    graph.backward()
    with served(live(graph)) as server:
        client = Client(server)
        for number in (0, gate(graph, "exp")):
            answer = client.post("/check", node=number)
            assert answer.status_code == 422
            assert "sends a gradient to no input" in answer.json()["error"]
        assert "Node 99" in client.post("/check", node=99).json()["error"]
