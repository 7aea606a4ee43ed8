"""Explanations and derivations as Markdown, LaTeX and plain numbers."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest

import chainrule as cr
from chainrule.explore.render.tex_text import math, prose
from explained_models import MODELS, convolving

HEAD = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{amsmath}\begin{document}"


def circuit():
    x, y = cr.input("x_1", value=np.array([-2.0, 0.5])), cr.input("y", value=3.0)
    return cr.Graph((abs(x) ** 3 * cr.sigmoid(y)).sum() / 1e-5)


VIEWS = {
    f"{name}, {view}": (model, view)
    for name, model in {"circuit": circuit, **MODELS}.items()
    for view in ("explain", "derivation")
}


def shown(model, view):
    return getattr(model(), view)()


@pytest.mark.parametrize(("model", "view"), VIEWS.values(), ids=VIEWS)
def test_json_holds_what_to_dict_holds(model, view):
    found = shown(model, view)
    assert json.loads(found.json()) == found.to_dict()


@pytest.mark.parametrize(("model", "view"), VIEWS.values(), ids=VIEWS)
def test_notebooks_show_markdown_with_whole_tables(model, view):
    found = shown(model, view)
    assert found._repr_markdown_() == found.markdown()
    tables = re.findall(r"(?:^\|.*\|\n)+", found.markdown(), re.MULTILINE)
    assert tables
    for table in tables:
        columns = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(columns) == 1


@pytest.mark.parametrize(("model", "view"), VIEWS.values(), ids=VIEWS)
def test_latex_is_balanced_and_of_plain_characters(model, view):
    latex = shown(model, view).latex()
    unescaped = re.sub(r"\\[{}]", "", latex)
    assert unescaped.count("{") == unescaped.count("}")
    assert latex.count(r"\begin{") == latex.count(r"\end{")
    assert latex.isascii()


def test_latex_compiles(tmp_path):
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    body = "".join(shown(model, view).latex() for model, view in VIEWS.values())
    (tmp_path / "page.tex").write_text(HEAD + "\n" + body + r"\end{document}", "utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="latin-1")
    assert made.returncode == 0, made.stdout[-2000:]


FORMULAS = {
    "δ_h = 0.weightᵀ δ_a": r"\delta_{h} = \text{0.weight}{}^{\top}\, \delta_{a}",
    "∂loss/∂W_1": r"\frac{\partial \text{loss}}{\partial \text{W\_1}}",
    "Σ₀₁ (x ∘ y)": r"\sum_{0,1} \, (x \circ y)",
    "Conv2d 'a.0'(x)": r"\mathrm{Conv2d}_{\text{a.0}}(x)",
    "x^-2 + 1e-05": r"x{}^{- 2} + 1 \cdot 10^{-5}",
    "upstream[...]": r"\text{upstream}[\dots]",
}


@pytest.mark.parametrize(("formula", "written"), FORMULAS.items())
def test_formulas_become_mathematics(formula, written):
    assert math(formula) == written


def test_prose_is_escaped():
    assert prose("50% of a_b & {c}: Σ p²") == r"50\% of a\_b \& \{c\}: $\Sigma$ p${}^{2}$"


def test_the_keys_of_an_explanation():
    found = convolving().explain().to_dict()
    assert list(found) == ["objective", "units", "gradients", "receipt"]
    relu = found["units"][1]
    assert (relu["name"], relu["path"], relu["kind"]) == ("b", "1", "relu")
    assert relu["value"]["shape"] == [5, 4, 8, 8]
    assert relu["value"]["elements"] is None
    assert relu["sent"][0]["to"] == "a"
    assert set(found["gradients"]) == {
        *("images", "0.weight", "0.bias", "3.weight", "3.bias", "7.weight", "7.bias")
    }
    assert found["receipt"]["forward"]["flops"] > 0


def test_the_keys_of_a_derivation():
    found = circuit().derivation().to_dict()
    assert list(found) == ["objective", "ok", "forward", "backward", "elements", "folded"]
    assert found["forward"][0]["check"] is None
    assert found["backward"][-1]["check"]["ok"] is True


def test_statistics_are_plain_numbers_even_where_they_are_not_finite():
    x = cr.input("x", value=np.array([0.0, 2.0]))
    with np.errstate(all="ignore"):
        found = json.loads(cr.Graph((1 / x).sum()).explain().json())
    assert found["units"][0]["value"] == {
        "shape": [2],
        "dtype": "float64",
        "norm": "inf",
        "zeros": 0,
        "elements": ["inf", 0.5],
    }


def test_names_of_tables_are_escaped():
    x = cr.input("a|b", value=1.0)
    assert r"`∂a/∂a\|b`" in cr.Graph(x * x).explain().markdown()
