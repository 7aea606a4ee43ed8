"""The arithmetic of the explorer page gives the numbers of Python: kinds, edits, checks."""

import importlib
import json
import pkgutil
from importlib.resources import files

import numpy as np
import pytest
from page_arithmetic import answers, question
from page_graphs import random_graph

import chainrule as cr
import chainrule.ops
from chainrule.explore.page.document import graph_document
from chainrule.explore.page.json_text import embedded
from chainrule.graph import PRIMITIVES, apply, is_float
from explorer_documents import document_of, numbers

KINDS = json.loads(files("chainrule.explore.page").joinpath("kinds.json").read_text("utf-8"))
SEEDS = range(50)
_TOLERANCES = {"float64": 1e-11, "float32": 4e-6}

for each in pkgutil.walk_packages(chainrule.ops.__path__, "chainrule.ops."):
    importlib.import_module(each.name)


def _operand(random, operand):
    values = random.uniform(operand.low, operand.high, operand.shape)
    if operand.dtype == "bool":
        return np.asarray(values > 0)
    return np.asarray(values).astype(operand.dtype)


def _example_graph(name, example, dtype):
    """Return the graph of one example of a primitive, weighted and summed."""
    random = np.random.default_rng(len(name))
    operands = []
    for i, each in enumerate(example.operands):
        value = _operand(random, each)
        wide = value.astype(dtype) if is_float(value.dtype) else value
        operands.append(cr.input(f"x{i}", value=wide))
    y = apply(PRIMITIVES[name], *operands, **example.attributes)
    y = y if is_float(y.dtype) else y.astype(dtype)
    leaf = cr.input("a", value=np.asarray(1.5, dtype))
    return cr.Graph((y * random.normal(size=y.shape).astype(dtype)).sum() * leaf)


EXAMPLES = [
    (name, number, dtype)
    for name in KINDS["primitives"]
    for number, _ in enumerate(PRIMITIVES[name].examples)
    for dtype in ("float64", "float32")
]


_EDGES = [-np.inf, -2.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.5, 1e30, np.inf, np.nan]
_ELEMENTWISE = [
    name
    for name in KINDS["primitives"]
    if PRIMITIVES[name].family == "elementwise"
    and PRIMITIVES[name].accepts in ("any", "number", "float")
]


def _edge_graph(name, dtype):
    """Return a graph of a primitive on all pairs of ties, zeros, infinities and NaN."""
    primitive = PRIMITIVES[name]
    operands = primitive.examples[0].operands
    pairs = np.meshgrid(_EDGES, _EDGES)
    columns = [pairs[i % 2].ravel() for i in range(len(operands))]
    inputs = [
        cr.input(f"x{i}", value=column > 0 if each.dtype == "bool" else column.astype(dtype))
        for i, (each, column) in enumerate(zip(operands, columns, strict=True))
    ]
    y = apply(primitive, *inputs, **primitive.examples[0].attributes)
    leaf = cr.input("a", value=np.ones(y.shape, dtype))
    return cr.Graph(((y if is_float(y.dtype) else y.astype(dtype)) * leaf).sum())


def _edited(graph, document, seed):
    """Return an edit of one element of an input, and the graph's document after it."""
    random = np.random.default_rng(seed)
    node = int(random.choice(document["editing"]["nodes"]))
    name = document["nodes"]["name"][node]
    value = np.array(graph.inputs[name].read())
    position = int(random.integers(value.size))
    number = float(np.float32(random.normal()))
    value.reshape(-1)[position] = number
    graph.forward(**{name: value})
    return (node, position, number), document_of(graph)


def _require_equal(document, answer, expected):
    """Compare values, upstream and downstream gradients of every node."""
    found = {**document, "numbers": answer["numbers"]}
    for node, inputs in enumerate(document["nodes"]["inputs"]):
        for column in ("value", "upstream"):
            _require_close(found, expected, column, node, None)
        for position in range(len(inputs)):
            _require_close(found, expected, "downstream", node, position)


def _require_close(found, expected, column, node, position):
    here, there = (numbers(each, column, node, position) for each in (found, expected))
    where = f"{column} of {expected['nodes']['name'][node]} {position}"
    assert (here is None) == (there is None), where
    if there is None:
        return
    assert here.shape == there.shape, where
    assert here.dtype == there.dtype, where
    tolerance = _TOLERANCES.get(there.dtype.name, 0)
    size = np.max(np.abs(there), initial=1, where=np.isfinite(there)) if tolerance else 0
    np.testing.assert_allclose(here, there, rtol=tolerance, atol=tolerance * size, err_msg=where)


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """Return per example of a primitive the document and the answer of the page."""
    documents = [
        document_of(_example_graph(name, PRIMITIVES[name].examples[number], dtype))
        for name, number, dtype in EXAMPLES
    ]
    results = answers([question(each) for each in documents], tmp_path_factory.mktemp("examples"))
    return dict(zip(EXAMPLES, zip(documents, results, strict=True), strict=True))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: "-".join(map(str, each)))
def test_every_primitive_of_the_list_is_computed(examples, example):
    document, answer = examples[example]
    assert document["editing"]["page"], document["editing"]["why"]
    _require_equal(document, answer, document)


@pytest.fixture(scope="module")
def edges(tmp_path_factory):
    """Return per elementwise primitive and dtype the document and the answer of the page."""
    names = [(name, dtype) for name in _ELEMENTWISE for dtype in ("float64", "float32")]
    with np.errstate(all="ignore"):
        documents = [document_of(_edge_graph(*each)) for each in names]
    results = answers([question(each) for each in documents], tmp_path_factory.mktemp("edges"))
    return dict(zip(names, zip(documents, results, strict=True), strict=True))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", _ELEMENTWISE)
def test_ties_zeros_infinities_and_nan_are_those_of_python(edges, name, dtype):
    document, answer = edges[name, dtype]
    assert document["editing"]["page"], document["editing"]["why"]
    _require_equal(document, answer, document)


@pytest.fixture(scope="module")
def edits(tmp_path_factory):
    """Return per seed the document, the page's answer and Python's document after an edit."""
    made = []
    for seed in SEEDS:
        graph = random_graph(seed)
        document = document_of(graph)
        assert document["editing"]["page"], document["editing"]["why"]
        made.append((document, *_edited(graph, document, seed)))
    results = answers(
        [question(document, [edit]) for document, edit, _ in made], tmp_path_factory.mktemp("edits")
    )
    rows = zip(made, results, strict=True)
    return [(document, answer, after) for (document, _, after), answer in rows]


@pytest.mark.parametrize("seed", SEEDS)
def test_an_edit_gives_the_numbers_of_python(edits, seed):
    document, answer, after = edits[seed]
    _require_equal(document, answer, after)


@pytest.mark.parametrize("seed", SEEDS)
def test_sentences_after_an_edit_are_those_of_python(edits, seed):
    _, answer, after = edits[seed]
    for node, said in answer["details"].items():
        assert said["says"] == after["details"][node]["says"]


@pytest.fixture(scope="module")
def checks(tmp_path_factory):
    """Return per seed the document and the checks of all its gates."""
    documents = [document_of(random_graph(seed)) for seed in SEEDS[:12]]
    questions = [question(each, check=_gates(each)) for each in documents]
    results = answers(questions, tmp_path_factory.mktemp("checks"))
    return list(zip(documents, results, strict=True))


def _gates(document):
    return [node for node, role in enumerate(document["nodes"]["role"]) if role == "gate"]


@pytest.mark.parametrize("seed", SEEDS[:12])
def test_central_differences_of_the_page_agree_with_the_formulas(checks, seed):
    document, answer = checks[seed]
    for node, found in zip(_gates(document), answer["checks"], strict=True):
        inputs = document["nodes"]["inputs"][node]
        reached = [numbers(document, "downstream", node, i) is not None for i in range(len(inputs))]
        assert [each["to"] for each in found] == [
            to for to, passes in zip(inputs, reached, strict=True) if passes
        ]
        for each in found:
            assert each["agrees"], f"{document['nodes']['name'][node]}: {each['says']}"
            assert "agree" in each["says"] or "kink" in each["says"]


def _two_outputs():
    x = cr.input("x", value=np.array([0.5, -1.0, 2.0]))
    y = cr.tanh(x)
    return cr.Graph([y, (y * y).sum() + x.sum()])


@pytest.mark.parametrize(
    ("seed", "upstream"),
    [
        (None, [np.array([1.0, 0.0, -2.0]), 3.0]),
        ([0.5, 0.0, 0.0, -1.0], [np.array([0.5, 0.0, 0.0]), -1.0]),
    ],
    ids=["of the document", "changed"],
)
def test_several_outputs_have_seeds_of_their_own(tmp_path, seed, upstream):
    graph = _two_outputs()
    graph.backward([np.array([1.0, 0.0, -2.0]), 3.0])
    document = json.loads(embedded(graph_document(graph.record())))
    value = np.array([0.5, 7.0, 2.0])
    graph.forward(x=value)
    graph.backward(upstream)
    after = json.loads(embedded(graph_document(graph.record())))
    node = document["nodes"]["name"].index("x")
    [answer] = answers([question(document, [(node, 1, 7.0)], seed)], tmp_path)
    _require_equal(document, answer, after)


_TIES = np.array(
    [[1.0, 1.0, 0.0], [np.nan, 2.0, np.nan], [0.0, -0.0, 0.0], [np.inf, -np.inf, np.inf]]
)


@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
def test_of_equal_elements_the_first_one_wins(tmp_path, name):
    x, w = cr.input("x", value=_TIES), cr.input("w", value=np.arange(1.0, 5.0))
    y = getattr(cr, name)(x, axis=1)
    graph = cr.Graph((y.astype("float64") * w).sum())
    document = document_of(graph)
    [answer] = answers([question(document)], tmp_path)
    _require_equal(document, answer, document)
