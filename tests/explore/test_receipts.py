"""Receipts: what every unit costs, compared with counts by hand."""

import numpy as np
import pytest

import chainrule as cr
from explained_models import MODELS


def receipts(output):
    explanation = cr.Graph(output).explain()
    return explanation, {each.title: each.receipt for each in explanation.paragraphs}


@pytest.mark.parametrize(("batch", "inputs", "outputs"), [(4, 3, 5), (1, 7, 2)])
def test_a_linear_layer(batch, inputs, outputs):
    x = cr.input("x", value=np.ones((batch, inputs), np.float32))
    _, found = receipts(cr.nn.Linear(inputs, outputs, random=0)(x).sum())
    product, bias = 2 * batch * inputs * outputs, batch * outputs
    assert found["Linear"].forward.flops == product + bias
    assert found["Linear"].backward.flops == 2 * product + bias


def test_a_convolution():
    layer = cr.nn.Conv2d(2, 3, 3, bias=False, random=0)
    x = cr.input("x", value=np.ones((1, 2, 6, 6), np.float32))
    _, found = receipts(layer(x).sum())
    product = 2 * 3 * (2 * 3 * 3) * (4 * 4)
    assert found["Conv2d"].forward.flops == product
    assert found["Conv2d"].backward.flops >= 2 * product


def test_an_elementwise_gate_reads_and_writes_once_each_way():
    x = cr.input("x", value=np.ones(1000, np.float64))
    graph = cr.Graph(cr.exp(x))
    graph.backward(upstream=np.ones(1000))
    found = graph.explain().receipt
    assert (found.forward.flops, found.forward.bytes) == (1000, 16_000)
    assert (found.backward.flops, found.backward.bytes) == (1000, 16_000)


def test_an_embedding_reads_the_rows_that_are_looked_up():
    ids = cr.input("ids", value=np.array([1, 2, 3]))
    _, found = receipts(cr.nn.Embedding(1000, 8, random=0)(ids).sum())
    assert found["Embedding"].forward.bytes <= 2 * 3 * 8 * 4 + 3 * 8


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_units_add_up_to_the_total_and_backward_is_of_the_order_of_forward(model):
    explanation = model().explain()
    total = explanation.receipt
    parts = [each.receipt for each in explanation.paragraphs] + [explanation.leaves]
    assert total.forward.flops == sum(each.forward.flops for each in parts)
    assert total.backward.bytes == sum(each.backward.bytes for each in parts)
    assert 1 < total.backward.flops / total.forward.flops < 3


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_opening_moves_costs_and_keeps_their_sum(model):
    graph = model()
    assert graph.explain().receipt == graph.explain(open=True).receipt


def test_a_parameter_used_twice_pays_for_the_sum_at_the_leaf():
    w = cr.parameter(np.ones((3, 3)), "w")
    explanation = cr.Graph((cr.exp(w) * cr.tanh(w)).sum()).explain()
    assert explanation.leaves.backward.flops > 0
    assert "sums at leaves" in str(explanation)


def test_the_ratio_stands_at_the_end():
    x = cr.input("x", value=np.ones((4, 3), np.float32))
    layer = cr.nn.Linear(3, 5, random=0)
    last = str(cr.Graph(layer(x).sum()).explain()).splitlines()[-1]
    ratio = (240 + 20 + 20) / (120 + 20 + 20)
    assert last.strip().startswith(f"backward / forward: {ratio:.3g} for FLOP")


def test_circuits_of_scalars_have_no_receipts_in_their_text():
    x = cr.input("x", value=2.0)
    assert "receipts" not in str(cr.Graph(x * x).explain()).splitlines()
