"""The document of the explorer page: every number of a run, the structure, what is said."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.explore.page.call_rows import call_rows
from chainrule.explore.page.document import MOST_BYTES, graph_document
from chainrule.explore.page.html import page_html
from chainrule.explore.page.json_text import embedded
from chainrule.explore.page.numbers import numbers_of
from chainrule.explore.structure.opening import closed_unless
from chainrule.graph import PRIMITIVES, apply, is_float
from explained_models import MODELS
from explorer_documents import array, document_of, numbers, same


def circuit():
    x, y, z = (cr.input(name, value=value) for name, value in (("x", 1.0), ("y", 2.0), ("z", 0.0)))
    q = x + y
    m = cr.maximum(y, z)
    f = q * m
    return cr.Graph(f)


GRAPHS = {"circuit": circuit, **MODELS}


@pytest.fixture(scope="module", params=GRAPHS, name="shown")
def _shown(request):
    graph = GRAPHS[request.param]()
    return graph, document_of(graph)


def test_every_number_is_that_of_the_run(shown):
    graph, document = shown
    record = graph.record()
    for number, node in enumerate(record.order):
        for column, expected in (("value", record.values), ("upstream", record.upstream)):
            found, row = numbers(document, column, number), _row(document, column, number)
            assert same(found, _kept(expected.get(node), row))
        for position in range(len(node.inputs)):
            found = numbers(document, "downstream", number, position)
            row = _row(document, "downstream", number, position)
            assert same(found, _kept(record.downstream.get((node, position)), row))


def _row(document, column, node, position=None):
    place = document["numbers"][column][node]
    if position is not None:
        place = place[position] if place else -1
    return None if place < 0 else document["numbers"]["tensors"][place]


def _kept(expected, row):
    if expected is None or row is None or row["kept"] is None:
        return expected
    assert row["statistics"]["count"] == expected.size > 4096
    return expected[np.ix_(*row["kept"])]


def test_local_gradients_are_those_of_the_gates(shown):
    graph, document = shown
    met = 0
    for number, node in enumerate(graph.record().order):
        if node.primitive is None:
            continue
        local = graph[graph.record().names[node]].local
        for position, expected in enumerate(local):
            found = numbers(document, "local", number, position)
            if found is not None:
                met += 1
                row = _row(document, "local", number, position)
                assert same(found, _kept(np.asarray(expected), row))
    assert met


def test_nodes_stand_after_their_inputs(shown):
    graph, document = shown
    nodes = document["nodes"]
    order = graph.record().order
    assert nodes["name"] == [graph.record().names[each] for each in order]
    assert {len(column) for column in nodes.values()} == {len(order)}
    for number, (node, inputs) in enumerate(zip(order, nodes["inputs"], strict=True)):
        assert [order[each] for each in inputs] == list(node.inputs)
        assert all(each < number for each in inputs)
        assert document["kinds"][nodes["kind"][number]] == node.kind
        assert tuple(nodes["shape"][number]) == node.shape
        assert document["dtypes"][nodes["dtype"][number]] == node.dtype.name


def test_lines_are_those_of_the_user(shown):
    graph, document = shown
    for number, node in enumerate(graph.record().order):
        line = document["lines"][document["nodes"]["line"][number]]
        assert (line["line"], line["source"]) == (node.origin.line, node.origin.source)
        assert "/" not in line["file"]


def test_the_gates_of_a_call_follow_each_other(shown):
    _, document = shown
    calls, nodes = document["calls"], document["nodes"]
    for number, call in enumerate(calls):
        assert call["parent"] < number
        gates = [i for i, role in enumerate(nodes["role"]) if role == "gate"]
        inside = [_is_inside(calls, nodes["call"][i], number) for i in gates]
        assert any(inside)
        first, last = inside.index(True), len(inside) - inside[::-1].index(True)
        assert all(inside[first:last])


def _is_inside(calls, inner, outer):
    while inner > outer:
        inner = calls[inner]["parent"]
    return inner == outer


def test_what_is_said_is_that_of_the_explanation(shown):
    graph, document = shown
    for paragraph in graph.explain(open=True).paragraphs:
        number = document["nodes"]["name"].index(paragraph.name)
        detail = document["details"][str(number)]
        assert detail["says"] == f"{paragraph.kind} {paragraph.says}"
        assert tuple(detail["routed"]) == paragraph.routed
        assert detail["whyNone"] == paragraph.why_none


def test_costs_are_the_receipts(shown):
    graph, document = shown
    nodes = document["nodes"]
    explanation = graph.explain(open=True)
    for paragraph in explanation.paragraphs:
        number = nodes["name"].index(paragraph.name)
        receipt = paragraph.receipt
        assert nodes["flop"][number] == receipt.forward.flops
        assert nodes["bytes"][number] == receipt.forward.bytes
        assert nodes["backwardFlop"][number] == receipt.backward.flops
        assert nodes["backwardBytes"][number] == receipt.backward.bytes


def test_parameters_stand_inside_their_layer():
    graph = MODELS["convolutions"]()
    document = document_of(graph)
    names, nodes = document["nodes"]["name"], document["nodes"]
    for layer in ("0", "3", "7"):
        call = document["calls"][nodes["call"][names.index(f"{layer}.weight")]]
        assert call["path"] == layer
    assert nodes["call"][names.index("images")] == nodes["call"][names.index("labels")] == 0


def test_a_shared_parameter_stands_beside_its_users():
    x, w = cr.input("x", value=np.ones((2, 2))), cr.parameter(np.ones((2, 2)), "w")
    graph = cr.Graph((cr.sigmoid(x @ w) @ w).sum())
    document = document_of(graph)
    assert document["nodes"]["call"][document["nodes"]["name"].index("w")] == 0


def test_gates_of_a_backward_have_a_call_of_their_own():
    x = cr.input("x", value=0.3)
    y = cr.silu(x) * 2.0
    (slope,) = cr.gradients(y, [x])
    graph = cr.Graph(slope * slope)
    record = graph.record()
    calls = call_rows(record.order, record.outputs, closed_unless(False, record.gates))
    labels = [each.label for each in calls.rows]
    assert any(each.endswith(" backward") for each in labels)
    document = document_of(graph)
    test_the_gates_of_a_call_follow_each_other((graph, document))


def test_no_path_is_not_zero():
    x, y = cr.input("x", value=2.0), cr.input("y", value=0.0)
    document = document_of(cr.Graph(x * y + cr.stop_gradient(x)))
    names = document["nodes"]["name"]
    assert numbers(document, "upstream", names.index("x")) == 0.0
    stopped = next(i for i, kind in enumerate(document["nodes"]["kind"]) if _is(document, kind))
    assert document["numbers"]["downstream"][stopped] == []


def _is(document, kind):
    return document["kinds"][kind] == "stop_gradient"


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3))
def test_numbers_after_an_edit_have_the_places_of_the_document(values):
    graph = circuit()
    document = document_of(graph)
    graph.forward(**dict(zip("xyz", values, strict=True)))
    gradients = graph.backward()
    edited = {**document, "numbers": numbers_of(graph.record())}
    names = document["nodes"]["name"]
    for name, gradient in gradients.items():
        assert numbers(edited, "upstream", names.index(name)) == gradient


EXAMPLES = [(name, i) for name, each in PRIMITIVES.items() for i in range(len(each.examples))]


@pytest.mark.parametrize(("name", "number"), EXAMPLES)
def test_every_primitive_has_a_document(name, number):
    example, random = PRIMITIVES[name].examples[number], np.random.default_rng(0)
    operands = []
    for i, each in enumerate(example.operands):
        drawn = np.asarray(random.uniform(each.low, each.high, each.shape))
        value = drawn > 0 if each.dtype == "bool" else drawn.astype(each.dtype)
        operands.append(cr.input(f"x{i}", value=value))
    y = apply(PRIMITIVES[name], *operands, **example.attributes)
    y = y if is_float(y.dtype) else y.astype("float64")
    graph = cr.Graph((y * 1.5).sum() * cr.input("scale", value=2.0))
    document = document_of(graph)
    test_every_number_is_that_of_the_run((graph, document))
    test_nodes_stand_after_their_inputs((graph, document))


def test_several_outputs_have_their_seeds():
    a, b = cr.input("a", value=2.0), cr.input("b", value=np.array([1.0, 2.0]))
    graph = cr.Graph([a * b, a + 1.0])
    graph.backward([np.array([1.0, -1.0]), 3.0])
    document = json.loads(embedded(graph_document(graph.record())))
    assert document["objective"] == "L"
    first, second = document["outputs"]
    assert numbers(document, "upstream", first).tolist() == [1.0, -1.0]
    assert numbers(document, "upstream", second) == 3.0
    assert numbers(document, "upstream", document["nodes"]["name"].index("a")) == 2.0


def test_equal_documents_for_equal_runs():
    graph = MODELS["tagger"]()
    assert document_of(graph) == document_of(graph)


def deep(layers=60):
    random = np.random.default_rng(0)
    h = cr.input("x", value=random.normal(size=(100, 200)))
    for i in range(layers):
        h = cr.tanh(cr.nn.Linear(200, 200, random=i)(h))
    graph = cr.Graph((h * h).sum())
    graph.backward()
    return graph


def test_a_large_document_keeps_to_ten_megabytes_and_says_so():
    graph = deep()
    assert len(page_html(graph_document(graph.record())).encode()) < MOST_BYTES
    document = document_of(graph)
    assert any("sampled" in each for each in document["leftOut"])
    assert array(document["numbers"]["tensors"][0]).size <= 1024
    number = document["nodes"]["name"].index("x")
    row = document["numbers"]["tensors"][document["numbers"]["value"][number]]
    assert row["statistics"]["norm"] == pytest.approx(np.linalg.norm(graph["x"].value))


@pytest.mark.parametrize("most", [500_000, 800_000, 1_500_000, 4_000_000])
def test_every_size_is_kept_to_and_what_is_seen_first_is_left_out_last(most):
    graph = deep(20)
    document = document_of(graph, most=most)
    page = page_html(graph_document(graph.record(), most=most)).encode()
    assert len(page) < most or any("structure" in each for each in document["leftOut"])
    assert document["leftOut"]
    assert document["numbers"]["value"][document["outputs"][0]] >= 0


def test_a_page_that_lacks_elements_of_inputs_does_not_compute():
    x = cr.input("x", value=np.linspace(0.5, 1.5, 2000))
    y = x
    for _ in range(40):
        y = y * x
    graph = cr.Graph(cr.sum(y))
    graph.backward()
    whole = graph_document(graph.record())["editing"]
    assert whole["page"]
    assert whole["why"] == ""
    sampled = graph_document(graph.record(), most=1_000_000)
    assert sampled["numbers"]["tensors"][sampled["numbers"]["value"][0]]["kept"]
    assert not sampled["editing"]["page"]
    assert "only samples" in sampled["editing"]["why"]
    assert graph_document(graph.record(), server=True, most=1_000_000)["editing"]["server"]


def test_a_page_holds_the_licences_of_what_it_was_built_with():
    graph = cr.Graph(cr.input("x", value=1.0) * 2)
    graph.backward()
    page = page_html(graph_document(graph.record()))
    assert "With @dagrejs/dagre" in page
    assert "Permission is hereby granted" in page


def test_a_structure_that_is_too_large_is_said():
    document = document_of(deep(20), most=400_500)
    count = len(document["nodes"]["name"])
    assert document["leftOut"][0].startswith(f"The structure of {count} nodes")
    assert document["details"] == {}
    assert document["numbers"]["tensors"] == []
