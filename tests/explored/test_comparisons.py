"""Two runs, or two steps of one, compared gate by gate."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.explore.page.document import graph_document
from chainrule.explorer import ExplorerError
from chainrule.explorer.comparison import with_comparison
from chainrule.explorer.run_document import run_document
from explored_runs import trained


def document(graph):
    graph.backward()
    return graph_document(graph.record())


def product(weight=2.0, other=1.0):
    x = cr.input("x", value=np.array([1.0, 2.0]))
    w = cr.parameter(np.array([weight, other]), "w")
    return document(cr.Graph((cr.exp(x) * w).sum()))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    trained(folder / "small", bias=0.0, rate=0.01)
    trained(folder / "large", bias=0.0, rate=0.5)
    return folder / "small", folder / "large"


def pairs_by_name(compared):
    return {each["name"]: each for each in compared["comparison"]["pairs"]}


def test_gates_are_ranked_by_relative_difference():
    compared = with_comparison(product(), product(weight=4.0), "a", "b")
    differences = [each["difference"] for each in compared["comparison"]["pairs"]]
    assert differences == sorted(differences, reverse=True)
    pairs = pairs_by_name(compared)
    wanted = np.linalg.norm([2.0, 0.0]) / np.linalg.norm([4.0, 1.0])
    assert pairs["w"]["difference"] == pytest.approx(wanted)
    assert pairs["w"]["first"] == pytest.approx(np.linalg.norm([2.0, 1.0]))
    assert pairs["w"]["second"] == pytest.approx(np.linalg.norm([4.0, 1.0]))
    assert "value differs by 48.5% of its norm: 2.236 and 4.123" in pairs["w"]["why"]


def test_what_is_equal_differs_by_nothing():
    compared = with_comparison(product(), product(), "a", "b")
    assert {each["difference"] for each in compared["comparison"]["pairs"]} == {0.0}


def test_the_gradient_counts_where_it_differs_more_than_the_value():
    pairs = pairs_by_name(with_comparison(product(), product(weight=4.0), "a", "b"))
    assert pairs["x"]["difference"] > 0
    assert pairs["x"]["why"].startswith("The value differs by 0.0%")
    assert "upstream gradient differs by" in pairs["x"]["why"]


def test_numbers_of_the_second_are_in_the_order_of_the_first():
    x = cr.input("x", value=np.array([1.0, 2.0]))
    w = cr.parameter(np.array([3.0, 1.0]), "w")
    other = document(cr.Graph((w * cr.exp(x) + cr.sin(w)).sum()))
    first = product()
    compared = with_comparison(first, other, "a", "b")["comparison"]
    theirs = compared["numbers"]
    for pair in compared["pairs"]:
        node = pair["node"]
        tensor = theirs["tensors"][theirs["value"][node]]
        assert tensor["shape"] == first["nodes"]["shape"][node]
    assert len(theirs["value"]) == len(first["nodes"]["name"])
    for edges, inputs in zip(theirs["downstream"], first["nodes"]["inputs"], strict=True):
        assert len(edges) in (0, len(inputs))


def test_two_runs_are_paired_by_module_path(runs):
    first, second = map(run_document, runs)
    compared = with_comparison(first, second, "small", "large")
    names = {each["name"] for each in compared["comparison"]["pairs"]}
    assert {"first.weight", "second.weight", "second.bias"} <= names
    assert compared["findings"] == first["findings"]
    assert compared["comparison"]["first"] == "small"


def test_two_steps_of_a_run_are_compared(runs):
    last, first = run_document(runs[1]), run_document(runs[1], step=1)
    pairs = pairs_by_name(with_comparison(last, first, "step 12", "step 1"))
    assert pairs["second.weight"]["difference"] > 0.01


def test_a_comparison_says_that_the_data_differ(runs):
    last, first = run_document(runs[0]), run_document(runs[0], step=1)
    said = with_comparison(last, first, "a", "b")["leftOut"]
    assert said == [*last["leftOut"], said[-1]]
    assert "different data (batch_1)" in said[-1]
    same = with_comparison(*map(run_document, runs), "a", "b")
    assert same["leftOut"] == run_document(runs[0])["leftOut"]


def test_infinite_values_do_not_hide_the_others():
    def graph(value):
        x = cr.input("x", value=np.array([value, 1.0]))
        return document(cr.Graph((1.0 / x).sum()))

    compared = with_comparison(graph(0.0), graph(2.0), "a", "b")
    assert all(np.isfinite(each["difference"]) for each in compared["comparison"]["pairs"])
    assert pairs_by_name(compared)["x"]["difference"] > 0


def test_models_without_a_common_gate_are_a_sentence():
    x = cr.input("x", value=1.0)
    y = cr.input("y", value=1.0)
    with pytest.raises(ExplorerError, match="Compare two runs of the same model"):
        with_comparison(document(cr.Graph(cr.exp(x))), document(cr.Graph(cr.sin(y))), "a", "b")
