"""The page for everyone: by keyboard alone, for screen readers, in both colour schemes."""

import pytest

from explored_graphs import circuit, perceptron


def violations(page):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    found = axe.Axe().run(page.tab)
    return [
        (each["id"], [node["target"] for node in each["nodes"]])
        for each in found.response["violations"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 412])
def test_axe_finds_nothing(opened, scheme, width):
    page = opened(perceptron(), width=width, height=800)
    page.tab.emulate_media(color_scheme=scheme)
    page.ask("() => 0")
    assert violations(page) == []
    names = page.ask("() => window.explorer.state().document.nodes.name")
    for name in ("x", "loss"):
        page.ask("(node) => window.explorer.set({ selection: { node } })", names.index(name))
        assert violations(page) == []


def test_a_walk_by_keyboard_alone(opened):
    page = opened(perceptron())
    for _ in range(40):
        page.press("Tab")
        if page.tab.evaluate("document.activeElement.getAttribute('role')") == "tree":
            break
    else:
        raise AssertionError("the graph cannot be reached by Tab")
    page.press("Home")
    assert page.ask("() => window.explorer.state().selection") is not None
    met = set()
    for _ in range(12):
        met.add(str(page.ask("() => window.explorer.state().selection")))
        page.press("ArrowRight")
    assert len(met) > 3
    closed = page.ask(
        "() => window.explorer.state().document.calls.findIndex((call) => !call.open)"
    )
    page.ask("(call) => window.explorer.set({ selection: { call } })", closed)
    page.press("Enter")
    assert closed in page.ask("() => [...window.explorer.state().opened]")
    page.press("Enter")
    assert closed not in page.ask("() => [...window.explorer.state().opened]")


def test_focus_is_visible(opened):
    page = opened(circuit())
    for _ in range(6):
        page.press("Tab")
        outline = page.tab.evaluate(
            """() => {
                const style = getComputedStyle(document.activeElement);
                return [style.outlineStyle, style.outlineWidth, style.boxShadow];
            }"""
        )
        assert outline[0] != "none" or outline[2] != "none"


def test_the_graph_is_a_tree_for_screen_readers(opened):
    page = opened(perceptron())
    items = page.tab.locator("[role=tree] [role=treeitem]")
    assert items.count() > 3
    texts = " ".join(items.all_text_contents())
    assert "Linear '0'" in texts
    assert page.tab.locator("[role=treeitem][aria-expanded=false]").count() > 0


def test_every_step_is_said(opened):
    page = opened(circuit())
    said = []
    for _ in range(12):
        page.press("n")
        said.append(page.tab.locator("[role=status]").text_content())
    assert len(set(said)) == 12
    assert said[0].startswith("1 of 12, forward: input x")
    assert "12 of 12, backward" in said[-1]


def test_search_selects_what_is_found(opened):
    page = opened(perceptron())
    page.press("/")
    page.tab.keyboard.type("0.weight")
    page.press("Enter")
    selection = page.ask("() => window.explorer.state().selection")
    names = page.ask("() => window.explorer.state().document.nodes.name")
    assert names[selection["node"]] == "0.weight"


def test_the_page_fits_a_narrow_screen(opened):
    page = opened(perceptron(), width=412, height=800)
    assert page.tab.evaluate("document.documentElement.scrollWidth") <= 412
    cut = page.tab.evaluate(
        """() => [...document.querySelectorAll("button, input, select")]
            .filter((each) => each.getBoundingClientRect().right > innerWidth + 0.5)
            .map((each) => each.title || each.textContent || each.ariaLabel)"""
    )
    assert cut == []
