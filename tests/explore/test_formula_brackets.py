"""Formulas: bracketed exactly where they would be misread."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.explore.notation.formula import FormulaWriter

A, B, C = (cr.input(name, (2, 2)) for name in "ABC")
a, b, c = (cr.input(name, ()) for name in "abc")


@pytest.mark.parametrize(
    ("tensor", "formula"),
    [
        (a + b + c, "a + b + c"),
        (a + (b + c), "a + b + c"),
        (a - (b - c), "a - (b - c)"),
        (a - b + c, "a - b + c"),
        ((a + b) * c, "(a + b) · c"),
        (a * b / c, "a · b / c"),
        (a / (b * c), "a / (b · c)"),
        (a / b / c, "a / b / c"),
        (-(a + b), "-(a + b)"),
        (-(cr.negative(a)), "-(-a)"),
        (a * -b, "a · (-b)"),
        (a - -b, "a - (-b)"),
        (-a * b, "-a · b"),
        ((a * b) ** 2, "(a · b)^2"),
        (a**-1.0, "a^(-1)"),
        (2 ** (a + b), "2^(a + b)"),
        (cr.exp(a + b) * c, "exp(a + b) · c"),
        (A * B, "A ∘ B"),
        (A @ B @ C, "A B C"),
        (A @ (B * C), "A (B ∘ C)"),
        ((A @ B) * C, "(A B) ∘ C"),
        ((A + B).T, "(A + B)ᵀ"),
        ((A @ B).T, "Bᵀ Aᵀ"),
        ((A.T @ B).T, "Bᵀ A"),
        (A.T.T, "A"),
        (A * 1, "A"),
        (-1 * A, "-A"),
        ((A * B).sum(), "Σ (A ∘ B)"),
        (A.sum() * a, "(Σ A) · a"),
        (A.sum(0), "Σ₀ A"),
        (cr.maximum(a + b, 0), "max(a + b, 0)"),
        (abs(a + b), "|a + b|"),
        (1 / (1 + cr.exp(-a)), "1 / (1 + exp(-a))"),
        (A @ np.eye(2), "A constant (2, 2)"),
    ],
)
def test_a_formula_reads_as_it_computes(tensor, formula):
    names = {each: each.name for each in (A, B, C, a, b, c)}
    assert FormulaWriter(names).write(tensor) == formula
