"""What can be edited: leaves of numbers, in graphs that page or server can compute again."""

import json
from importlib.resources import files

import numpy as np

import chainrule as cr
from chainrule.graph import PRIMITIVES
from explained_models import MODELS
from explorer_documents import document_of


def editing(output, **options):
    return document_of(cr.Graph(output), **options)["editing"]


def scalars():
    return cr.input("x", value=2.0), cr.parameter(3.0, "w")


def test_inputs_and_parameters_of_numbers_can_be_edited():
    x, w = scalars()
    ids = cr.input("ids", value=np.array([0, 1]))
    found = document_of(cr.Graph((x * w * cr.asarray([1.0, 2.0])[ids]).sum()))
    names = [found["nodes"]["name"][each] for each in found["editing"]["nodes"]]
    assert sorted(names) == ["w", "x"]


def test_a_small_graph_is_computed_by_the_page():
    x, w = scalars()
    assert editing(x * w + 1.0) | {"nodes": 0} == {
        "nodes": 0,
        "page": True,
        "server": False,
        "why": "",
    }


def test_a_server_computes_every_graph():
    found = document_of(MODELS["LSTM"](), server=True)["editing"]
    assert found["server"]
    assert not found["why"]


def test_a_graph_with_a_loop_says_how_to_edit_it():
    found = document_of(MODELS["LSTM"]())["editing"]
    assert not found["page"]
    assert "scan" in found["why"]
    assert "graph.explore()" in found["why"]


def test_a_graph_of_many_gates_says_how_many():
    x, _ = scalars()
    for _ in range(201):
        x = x + 1.0
    assert "201 gates" in editing(x)["why"]


def test_large_tensors_of_a_file_are_samples():
    x = cr.input("x", value=np.ones(5000))
    assert "sample" in editing((x * 2.0).sum())["why"]


def test_the_page_computes_declared_primitives_alone():
    text = files("chainrule.explore.page").joinpath("kinds.json").read_text(encoding="utf-8")
    known = json.loads(text)
    assert known["primitives"]
    assert set(known["primitives"]) <= set(PRIMITIVES)
