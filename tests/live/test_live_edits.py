"""Edits: the numbers of a run with them are those of Python; what does not fit is a sentence."""

import json

import numpy as np
import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

import chainrule as cr
from chainrule.explore.live import LiveGraph
from chainrule.graph import Detached
from live_pages import Client, array, circuit, layered, live, number_of, numbers_by_name, served


@pytest.fixture(scope="module")
def of_circuit():
    graph = circuit()
    with served(live(graph)) as server:
        yield graph, Client(server)


@pytest.fixture(scope="module")
def of_layers():
    graph = layered()
    with served(live(graph)) as server:
        yield graph, Client(server)


def edited(client, edits, seed=None):
    answer = client.post("/edit", edits=edits, seed=seed)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_without_edits_the_numbers_are_those_of_the_document(of_circuit):
    _, client = of_circuit
    assert edited(client, [])["numbers"] == client.get("/document.json").json()["numbers"]


def test_an_edited_scalar_gives_the_numbers_of_python(of_circuit):
    graph, client = of_circuit
    edit = {"node": number_of(graph, "z"), "position": 0, "value": 5.0}
    found = edited(client, [edit])
    value, upstream = numbers_by_name(graph, found["numbers"])
    other = circuit()
    other.forward(z=5.0)
    gradients = other.backward()
    assert {name: upstream[name].item() for name in "xyz"} == gradients
    for name in value:
        assert value[name] == other[name].value
        wanted = other[name].upstream
        assert (upstream[name] is None) == (wanted is None)
        assert wanted is None or upstream[name] == wanted


def test_what_is_said_of_gates_follows_the_edit(of_circuit):
    graph, client = of_circuit
    gate = next(i for i, node in enumerate(graph.record().order) if node.kind == "maximum")
    before = client.get("/document.json").json()["details"][str(gate)]
    after = edited(client, [{"node": number_of(graph, "z"), "position": 0, "value": 5.0}])
    assert after["details"][str(gate)]["says"] != before["says"]


def test_edits_are_relative_to_the_document_and_change_neither_graph_nor_tensors(of_circuit):
    graph, client = of_circuit
    first = {"node": number_of(graph, "x"), "position": 0, "value": -3.0}
    second = {"node": number_of(graph, "y"), "position": 0, "value": 7.0}
    edited(client, [first])
    value, _ = numbers_by_name(graph, edited(client, [second])["numbers"])
    assert value["x"] == 1.0
    assert value["y"] == 7.0
    assert graph["x"].value == 1.0
    assert graph["y"].tensor.item() == 2.0


def test_an_edited_element_of_a_batch_gives_the_numbers_of_python(of_layers):
    graph, client = of_layers
    position, x = 23, np.array(graph["x"].value)
    found = edited(client, [{"node": number_of(graph, "x"), "position": position, "value": 0.5}])
    x.reshape(-1)[position] = 0.5
    other = layered()
    other.forward(x=x)
    other.backward()
    value, upstream = numbers_by_name(graph, found["numbers"])
    for name in value:
        np.testing.assert_array_equal(value[name], other[name].value)
        wanted = other[name].upstream
        assert (upstream[name] is None) == (wanted is None)
        if wanted is not None:
            np.testing.assert_array_equal(upstream[name], wanted)


def test_an_edited_weight_gives_the_numbers_of_python(of_layers):
    graph, client = of_layers
    names = list(graph.parameters)
    edits = [
        {"node": number_of(graph, name), "position": i, "value": 0.25 * i}
        for i, name in enumerate(names)
    ]
    _, upstream = numbers_by_name(graph, edited(client, edits)["numbers"])
    other = layered()
    for i, name in enumerate(names):
        changed = np.array(other.parameters[name].read())
        changed.reshape(-1)[i] = 0.25 * i
        other.parameters[name].assign(changed)
    other.forward()
    for name, gradient in other.backward().items():
        np.testing.assert_array_equal(upstream[name], gradient)


def test_a_seed_scales_all_gradients(of_circuit):
    graph, client = of_circuit
    value, upstream = numbers_by_name(graph, edited(client, [], seed=[3.0])["numbers"])
    gradients = circuit().backward(3.0)
    assert {name: upstream[name].item() for name in "xyz"} == gradients
    assert value[graph.record().names[graph.outputs[0]]] == 6.0


def test_seeds_of_several_outputs_and_of_arrays():
    x = cr.input("x", value=np.array([1.0, 2.0, 3.0]))
    graph = cr.Graph([cr.exp(x), (x * x).sum(), x > 2.0])
    graph.backward([np.ones(3), 1.0, np.zeros(3)])
    with served(LiveGraph(graph.record())) as server:
        client = Client(server)
        seed = [[0.0, 0.5, 0.0], 2.0]
        _, upstream = numbers_by_name(graph, edited(client, [], seed=seed)["numbers"])
    np.testing.assert_allclose(upstream["x"], np.array([4, 8 + 0.5 * np.exp(2), 12]))


def test_infinite_results_are_numbers_of_the_document():
    x = cr.input("x", value=1.0)
    graph = cr.Graph(1.0 / x)
    with served(live(graph)) as server:
        edit = {"node": number_of(graph, "x"), "position": 0, "value": 0.0}
        value, _ = numbers_by_name(graph, edited(Client(server), [edit])["numbers"])
    assert np.isinf(value[graph.record().names[graph.outputs[0]]])


REFUSED = [
    ([{"node": 99, "position": 0, "value": 1}], None, "Node 99 was asked for, and the graph has"),
    ([{"node": -1, "position": 0, "value": 1}], None, "Node -1 was asked for"),
    ([{"node": 0, "position": 1, "value": 1}], None, "has 1 element. Give a position from 0 to 0"),
    ([{"node": 0, "position": -1, "value": 1}], None, "Element -1 of 'x'"),
    ([{"node": 3, "position": 0, "value": 1}], None, "it is a add of float64. Edit a floating"),
    ([{"node": 0, "position": 0, "value": "1"}], None, "input should be a valid number"),
    ([{"node": 0, "position": 0, "value": True}], None, "input should be a valid number"),
    ([{"node": 0, "position": 0, "value": None}], None, "input should be a valid number"),
    ([{"node": "0", "position": 0, "value": 1}], None, "input should be a valid integer"),
    ([{"node": 0.5, "position": 0, "value": 1}], None, "valid integer"),
    ([{"node": 0, "position": 0, "value": 1, "code": "1+1"}], None, "edits[0].code is unknown"),
    ([{"node": 0, "position": 0}], None, "edits[0].value"),
    ([{"node": 0, "position": 0, "value": 1}] * 4097, None, "at most 4096 items"),
    ([], [1.0, 2.0], "2 seeds were given, and the graph has 1 floating-point output"),
    ([], [[1.0, 2.0]], "The seed of 'c' has 2 numbers"),
    ([], ["1"], "seed[0]"),
    ([], 1.0, "seed is 1.0: input should be a valid array"),
]


@pytest.mark.parametrize(("edits", "seed", "sentence"), REFUSED)
def test_what_does_not_fit_is_refused_in_a_sentence(of_circuit, edits, seed, sentence):
    _, client = of_circuit
    answer = client.post("/edit", edits=edits, seed=seed)
    assert answer.status_code == 422
    assert sentence in answer.json()["error"]
    assert answer.json()["error"].endswith(".")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_refused(of_circuit, number):
    _, client = of_circuit
    body = '{"edits": [{"node": 0, "position": 0, "value": %s}]}' % number  # noqa: UP031
    headers = {"Origin": client.server.origin, "Content-Type": "application/json"}
    answer = client.send("POST", "/edit", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.json()["error"].endswith(".")


def test_a_number_beyond_the_dtype_is_refused(of_layers):
    graph, client = of_layers
    answer = client.post(
        "/edit", edits=[{"node": number_of(graph, "x"), "position": 0, "value": 1e39}]
    )
    assert answer.status_code == 422
    assert "the largest of float32 is 3.403e+38" in answer.json()["error"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 5_000, b"null", b"\x80\x04N."])
def test_what_is_no_request_is_refused(of_circuit, body):
    _, client = of_circuit
    headers = {"Origin": client.server.origin, "Content-Type": "application/json"}
    answer = client.send("POST", "/edit", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.json()["error"].endswith(".")


def test_a_parameter_is_not_edited_where_a_count_was_computed_from_it():
    w = cr.parameter(np.array([1.0, -2.0]), "w")
    x = cr.input("x", value=np.array([3.0, 4.0]))
    graph = cr.Graph((x * w).sum() / (w > 0).sum())
    assert any(isinstance(node, Detached) for node in graph.record().order)
    with served(live(graph)) as server:
        client = Client(server)
        of_w = client.post(
            "/edit", edits=[{"node": number_of(graph, "w"), "position": 0, "value": 1}]
        )
        of_x = client.post(
            "/edit", edits=[{"node": number_of(graph, "x"), "position": 0, "value": 1}]
        )
    assert "keeps no history" in of_w.json()["error"]
    assert of_x.status_code == 200


def test_an_error_of_the_graph_is_a_sentence():
    class Failing:
        def document(self, asked):
            return {"title": "a graph"}

        def edited(self, request):
            raise cr.ShapeError("The shapes (2,) and (3,) do not fit. Reshape one of them.")

    with served(Failing()) as server:
        answer = Client(server).post("/edit", edits=[])
    assert answer.status_code == 422
    assert answer.json() == {"error": "The shapes (2,) and (3,) do not fit. Reshape one of them."}


def test_tensors_are_sent_whole_after_edits(of_layers):
    graph, client = of_layers
    number = number_of(graph, "x")
    edits = [{"node": number, "position": 0, "value": 9.0}]
    edited(client, edits)
    whole = array(client.get(f"/tensor?node={number}&which=value").json())
    assert whole[0, 0] == 9.0
    np.testing.assert_array_equal(whole[1:], graph["x"].value[1:])
    answer = client.post("/tensor", node=number, which="upstream", edits=[])
    np.testing.assert_array_equal(array(answer.json()), graph["x"].upstream)
    product = next(i for i, node in enumerate(graph.record().order) if node.kind == "matmul")
    sent = client.post("/tensor", node=product, which="downstream", input=1, edits=[])
    node = graph.record().order[product]
    np.testing.assert_array_equal(array(sent.json()), graph.record().downstream[node, 1])


def test_tensors_that_there_are_not_are_sentences(of_circuit):
    _, client = of_circuit
    for query, sentence in (
        ("node=99", "Node 99"),
        ("node=x", "node is 'x'"),
        ("", "node"),
        ("node=0&which=secret", "which is 'secret'"),
        ("node=0&which=downstream", "there is none"),
        ("node=3&which=downstream&input=7", "there is none"),
    ):
        answer = client.get(f"/tensor?{query}")
        assert answer.status_code == 422
        assert sentence in answer.json()["error"]


def test_an_answer_is_json_of_finite_numbers(of_layers):
    graph, client = of_layers
    edit = {"node": number_of(graph, "x"), "position": 0, "value": 3e38}
    text = client.post("/edit", edits=[edit]).text
    json.loads(text, parse_constant=lambda name: pytest.fail(name))
