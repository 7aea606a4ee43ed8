"""Formulas as MathML: the notations of all gates are read, and names are never markup."""

from xml.etree import ElementTree

import numpy as np
import pytest

import chainrule as cr
from chainrule.explore.page import markup
from chainrule.explore.page.formula_parser import mark, mathml
from chainrule.graph import PRIMITIVES
from explained_models import MODELS
from explorer_documents import document_of

NAMES = ("x", "y", "encoder.W", "z")


def shown(formula):
    marked = formula
    for number, name in enumerate("xyWz"):
        marked = marked.replace(name, mark(number)) if name in "xyWz" else marked
    return mathml(marked, NAMES.__getitem__)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("x + y", "<mrow><mi>x</mi><mo>+</mo><mi>y</mi></mrow>"),
        ("x / (y + z)", "<mfrac><mi>x</mi><mrow><mi>y</mi><mo>+</mo><mi>z</mi></mrow></mfrac>"),
        (
            "xᵀ W",
            f"<mrow><msup><mi>x</mi><mi>T</mi></msup>{markup.SPACE}<mi>encoder.W</mi></mrow>",
        ),
        ("x^(y - 1)", "<msup><mi>x</mi><mrow><mi>y</mi><mo>−</mo><mn>1</mn></mrow></msup>"),
        (
            "Σ₀₁ x",
            '<mrow><msub><mo>∑</mo><mn>0,1</mn></msub><mspace width="0.2em"/><mi>x</mi></mrow>',
        ),
        ("-x ∘ y", "<mrow><mrow><mo>−</mo><mi>x</mi></mrow><mo>∘</mo><mi>y</mi></mrow>"),
        ("sqrt(x)", "<msqrt><mi>x</mi></msqrt>"),
        ("|x - y|", "<mrow><mo>|</mo><mrow><mi>x</mi><mo>−</mo><mi>y</mi></mrow><mo>|</mo></mrow>"),
        (
            "2.5e-07",
            "<mrow><mn>2.5</mn><mo>·</mo><msup><mn>10</mn><mrow><mo>−</mo><mn>7</mn></mrow></msup></mrow>",
        ),
        (
            "(1/σ_x) ∘ y",
            "<mrow><mrow><mo>(</mo><mfrac><mn>1</mn><msub><mi>σ</mi><mi>x</mi></msub></mfrac><mo>)</mo></mrow><mo>∘</mo><mi>y</mi></mrow>",
        ),
        ("x[...]", "<mrow><mi>x</mi><mo>[…]</mo></mrow>"),
        ("x ≥ y", "<mrow><mi>x</mi><mo>≥</mo><mi>y</mi></mrow>"),
    ],
)
def test_notation_becomes_elements(formula, expected):
    assert shown(formula) == expected


@pytest.mark.parametrize("primitive", PRIMITIVES.values(), ids=PRIMITIVES)
def test_the_notation_of_every_primitive_is_read(primitive):
    for example in primitive.examples:
        count = len(example.operands)
        inputs = [
            cr.input(f"i{i}", each.shape, each.dtype) for i, each in enumerate(example.operands)
        ]
        found = primitive.notation
        notation = found(*inputs, **example.attributes) if callable(found) else found
        formula = notation.template.format(*map(mark, range(count)))
        markup = mathml(formula, lambda number: f"i{number}")
        assert "<mtext>" not in markup
        ElementTree.fromstring(markup)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_formulas_of_models_are_well_formed_and_read(model):
    document = document_of(model())
    formulas = [each["equation"] for each in document["details"].values()]
    formulas += [sent["rule"] for each in document["details"].values() for sent in each["sent"]]
    assert any(formulas)
    for formula in filter(None, formulas):
        ElementTree.fromstring(formula)
        assert "<mtext>" not in formula


def test_a_scalar_gate_has_its_equation_in_numbers():
    x, y = cr.input("x", value=-2.0), cr.input("y", value=5.0)
    document = document_of(cr.Graph(x * y))
    detail = document["details"]["2"]
    assert "".join(ElementTree.fromstring(detail["equation"]).itertext()) == "a=x·y"
    in_numbers = ElementTree.fromstring(detail["equationInNumbers"])
    assert "".join(in_numbers.itertext()) == "a=−2·5=−10"
    rules = ["".join(ElementTree.fromstring(each["rule"]).itertext()) for each in detail["sent"]]
    assert rules == ["downstream=y", "downstream=x"] or rules == [
        "downstream=upstream·y",
        "downstream=upstream·x",
    ]


def test_names_are_text():
    hostile = "</mi><script>alert(1)</script>"
    x = cr.input(hostile, value=np.ones(3))
    document = document_of(cr.Graph((x * x).sum()))
    for detail in document["details"].values():
        for formula in filter(
            None, (detail["equation"], *(each["rule"] for each in detail["sent"]))
        ):
            assert "<script" not in formula
            ElementTree.fromstring(formula)


def test_names_like_notation_are_names():
    x = cr.input("a + b) / (c", value=2.0)
    document = document_of(cr.Graph(x * x))
    formula = ElementTree.fromstring(document["details"]["1"]["equation"])
    assert [each.text for each in formula.iter("mi")][1:] == ["a + b) / (c"] * 2
