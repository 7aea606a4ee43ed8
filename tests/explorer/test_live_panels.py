"""The panel of a page that a server opened: edits, checks and whole tensors come from Python."""

import numpy as np
import pytest

import chainrule as cr

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from chainrule.explore.live import LiveGraph, Page, PageServer
from chainrule.explore.page.html import built, page_html, policy


def network():
    """Return the loss of a network whose input is too large for the document."""
    random = np.random.default_rng(0)
    x = cr.input("x", value=random.normal(size=(90, 60)).astype("float32"))
    hidden = cr.tanh(cr.nn.Linear(60, 8, random=0)(x))
    hidden.name = "hidden"
    return cr.Graph(cr.nn.cross_entropy(cr.nn.Linear(8, 3, random=1)(hidden), np.arange(90) % 3))


@pytest.fixture
def live(browser):
    """Open the page of a server, with a node selected; the test fails if an error was logged."""
    context = browser.new_context(viewport={"width": 1280, "height": 1400})
    servers, errors = [], []

    def show(graph, name):
        graph.backward()
        shown = LiveGraph(graph.record())
        policies = policy(built("explorer.js"), built("explorer.css"), server=True)
        servers.append(PageServer(Page(shown, page_html, policies, False)))
        tab = context.new_page()
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(servers[-1].address)
        tab.wait_for_function("() => window.explorer !== undefined")
        names = tab.evaluate("() => window.explorer.state().document.nodes.name")
        tab.evaluate("(node) => window.explorer.set({ selection: { node } })", names.index(name))
        return tab

    yield show
    context.close()
    for each in servers:
        each.stop()
    assert errors == []


def test_all_elements_of_a_sample_are_fetched(live):
    tab = live(network(), "x")
    assert "A sample:" in tab.inner_text(".tensor")
    tab.get_by_role("button", name="all elements").click()
    tab.wait_for_function("() => !document.querySelector('.tensor').innerText.includes('A sample')")
    canvas = tab.locator(".heatmap").first
    canvas.focus()
    tab.keyboard.press("ArrowRight")
    assert tab.inner_text(".reading").startswith("[0, 1] = ")


def test_an_edit_is_computed_by_the_server(live):
    graph = network()
    tab = live(graph, "x")
    before = float(graph.forward())
    tab.evaluate("() => window.explorer.set({ edits: [{ node: 0, position: 61, value: 5 }] })")
    tab.wait_for_function(
        "() => window.explorer.state().numbers !== window.explorer.state().document.numbers"
    )
    value = graph.inputs["x"].read().copy()
    value[1, 1] = 5
    assert "1 edited number (x)" in tab.inner_text(".panel")
    tab.evaluate("() => window.explorer.set({ selection: null })")
    shown = tab.inner_text(".panel")
    assert f"{graph.forward(x=value):.4g}" in shown
    assert f"{before:.4g}" not in shown


def test_a_check_by_the_server_is_shown(live):
    tab = live(network(), "hidden")
    tab.get_by_role("button", name="Check with central differences").click()
    tab.wait_for_selector(".verdict")
    assert tab.locator(".verdict.agrees").count() == 1
