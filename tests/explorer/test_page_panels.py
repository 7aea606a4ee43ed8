"""The panel of the explorer page: gates, tensors, branches, editing, the walk, exports."""

import re

import numpy as np
import pytest

import chainrule as cr
from explored_graphs import circuit as circuit_at


def circuit():
    return circuit_at(1.0, 2.0, 0.0)


def selected(opened, graph, name, address=""):
    """Open a graph with the node `name` selected."""
    page = opened(graph, address)
    names = page.ask("() => window.explorer.state().document.nodes.name")
    page.ask("(node) => window.explorer.set({ selection: { node } })", names.index(name))
    return page


def text(page, selector=".panel"):
    """Return the text of a part of the page, with single blanks."""
    return re.sub(r"\s+", " ", page.tab.inner_text(selector)).replace("\u2212", "-")


def typed(page, field, value):
    field.fill(value)
    field.press("Enter")
    page.tab.wait_for_timeout(50)


def test_branches_are_shown_one_by_one_and_then_their_sum(opened):
    page = selected(opened, circuit(), "y")
    shown = text(page)
    assert "from a 2 + from b 3" in shown
    assert "sum of 2 branches: 2 + 3 = 5" in shown


def test_upstream_times_local_is_downstream(opened):
    page = selected(opened, circuit(), "f")
    assert "1 upstream × 2 local = 2 downstream" in text(page)
    assert "1 upstream × 3 local = 3 downstream" in text(page)


def test_no_path_is_told_from_zero(opened):
    x = cr.input("x", value=-1.0)
    graph = cr.Graph(cr.relu(x) + cr.floor(x))
    assert "sum of" not in text(selected(opened, graph, "x"))
    assert "in all: 0" in text(selected(opened, graph, "x"))
    floor = next(each.name for each in graph.gates if each.kind == "floor")
    shown = text(selected(opened, graph, floor))
    assert "no path" in shown
    assert "not the same as zero" in shown


def test_a_typed_number_moves_values_and_gradients(opened):
    page = selected(opened, circuit(), "x")
    field = page.tab.get_by_role("spinbutton", name="x", exact=True)
    typed(page, field, "-3.5")
    names = page.ask("() => window.explorer.state().document.nodes.name")
    assert page.numbers("value", names.index("f")) == -3.0
    assert page.numbers("upstream", names.index("y")) == 0.5
    assert "1 edited number (x)" in text(page)
    page.tab.get_by_role("button", name="reset all").click()
    page.tab.wait_for_timeout(50)
    assert page.numbers("value", names.index("f")) == 6.0


def test_a_dragged_number_moves_gradients_on_the_way(opened):
    page = selected(opened, circuit(), "x")
    slider = page.tab.get_by_role("slider", name="x, slider")
    slider.focus()
    names = page.ask("() => window.explorer.state().document.nodes.name")
    met = set()
    for _ in range(5):
        slider.press("ArrowRight")
        page.tab.wait_for_timeout(30)
        met.add(float(page.numbers("upstream", names.index("y"))))
    assert len(met) == 5


def test_a_number_beyond_the_limits_is_refused_with_a_sentence(opened):
    page = selected(opened, circuit(), "x")
    typed(page, page.tab.get_by_role("spinbutton", name="x", exact=True), "1e301")
    assert "beyond float64" in text(page)
    assert page.ask("() => window.explorer.state().edits") == []


def test_the_seed_scales_all_gradients(opened):
    page = selected(opened, circuit(), "f")
    typed(page, page.tab.get_by_role("spinbutton", name="seed"), "10")
    names = page.ask("() => window.explorer.state().document.nodes.name")
    assert page.numbers("upstream", names.index("y")) == 50.0
    assert "another seed" in text(page)


def test_a_check_says_in_a_sentence_that_differences_agree(opened):
    page = selected(opened, circuit(), "f")
    page.tab.get_by_role("button", name="Check with central differences").click()
    page.tab.wait_for_selector(".verdict")
    assert text(page, ".check-result").count("They agree: the central difference is") == 2


def test_a_check_at_a_tie_names_the_kink(opened):
    x, y = cr.input("x", value=1.0), cr.input("y", value=1.0)
    z = cr.maximum(x, y) * 3
    z.name = "z"
    graph = cr.Graph(z)
    page = selected(
        opened, graph, next(each.name for each in graph.gates if each.kind == "maximum")
    )
    page.tab.get_by_role("button", name="Check with central differences").click()
    page.tab.wait_for_selector(".verdict")
    assert "kink of maximum, where no derivative exists: 0 on the left, 3 on the right" in text(
        page
    )


def weighted():
    """Return a graph of a matrix with NaN and infinities, and a parameter of other elements."""
    a = cr.input("a", value=np.array([[1.5, np.nan, 0.0, -2.0], [np.inf, 2.0, 3.0, 1e-3]]))
    w = cr.input("w", value=np.arange(8.0).reshape(2, 4) - 3)
    total = (a * w).sum() + (w * w).sum()
    total.name = "t"
    return cr.Graph(total)


def test_nan_and_infinity_are_counted_and_placed(opened):
    shown = text(selected(opened, weighted(), "a"))
    assert "1 of 8 elements is NaN, the first at [0, 1]." in shown
    assert "1 of 8 elements is infinite, the first at [1, 0]." in shown


def test_elements_are_read_and_edited_by_keyboard(opened):
    page = selected(opened, weighted(), "w")
    page.tab.locator(".heatmap").first.focus()
    page.press("ArrowDown", "ArrowRight", "ArrowRight")
    assert text(page, ".reading") == "[1, 2] = 3"
    page.press("Enter")
    typed(page, page.tab.get_by_role("spinbutton", name="w[1, 2]"), "7.25")
    names = page.ask("() => window.explorer.state().document.nodes.name")
    assert page.numbers("value", names.index("w"))[1, 2] == 7.25
    assert page.numbers("upstream", names.index("w"))[1, 2] == 2 * 7.25 + 3.0


def test_a_large_tensor_is_said_to_be_a_sample(opened):
    x = cr.input("x", value=np.ones((20, 30, 40), "float32"))
    page = selected(opened, cr.Graph(cr.tanh(x).sum()), "x")
    shown = text(page)
    assert "of 24,000 elements, on a regular grid" in shown
    assert "Open the graph live" in shown
    slider = page.tab.get_by_role("slider", name="Position along axis 0")
    slider.focus()
    before = text(page, ".slices")
    slider.press("ArrowRight")
    assert text(page, ".slices") != before


def test_the_walk_shows_branches_as_they_arrive(opened):
    page = selected(opened, circuit(), "y")
    steps = page.ask("() => window.explorer.steps()")
    names = page.ask("() => window.explorer.state().document.nodes.name")
    last = max(i for i, each in enumerate(steps) if each["box"] == names.index("b"))
    both = next(
        i for i, e in enumerate(steps) if e["row"] == "backward" and e["box"] == names.index("a")
    )
    expected = {
        0: "Not computed yet",
        min(last, both): "More branches are to come",
        max(last, both): "Their sum comes next",
        len(steps) - 1: "sum of 2 branches",
    }
    for step, sentence in expected.items():
        page.ask("(step) => window.explorer.set({ step, selection: null })", step)
        page.ask("(node) => window.explorer.set({ selection: { node } })", names.index("y"))
        assert sentence in text(page), step


@pytest.mark.parametrize(
    ("kind", "ending", "wanted"),
    [
        (
            "Markdown",
            "md",
            ["# Graph of f", "## b (maximum, float64, scalar)", r"\mathrm{max}", "- to y"],
        ),
        ("LaTeX", "tex", [r"\section*{Graph of f}", r"\paragraph{b} (maximum", r"\item to y:"]),
    ],
)
def test_gates_are_exported(opened, kind, ending, wanted):
    page = opened(circuit())
    with page.tab.expect_download() as waiting:
        page.tab.get_by_role("button", name=kind).click()
    assert waiting.value.suggested_filename == f"Graph-of-f.{ending}"
    written = waiting.value.path().read_text(encoding="utf-8")
    for each in wanted:
        assert each in written, written


@pytest.mark.parametrize("edit", ["3_0_2", "0_5_2"], ids=["of a gate", "of no element"])
def test_an_impossible_edit_in_the_address_is_refused_with_a_sentence(opened, edit):
    page = opened(circuit(), f"#edit={edit}")
    page.tab.wait_for_timeout(50)
    assert "was to be edited" in text(page)
    page.tab.get_by_role("button", name="reset all").click()
    page.tab.wait_for_timeout(50)
    assert "was to be edited" not in text(page)
