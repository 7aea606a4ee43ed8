"""One file, offline: nothing is requested, nothing in names runs."""

import numpy as np
import pytest

import chainrule as cr
from explored_graphs import circuit, perceptron

HOSTILE = (
    "</script><script>window.broken = 1</script>",
    '"><img src=x onerror="window.broken = 2">',
    "<style>*{display:none}</style>",
    "</mi></math><iframe srcdoc='<script>parent.broken=3</script>'>",
    "\u202eRTL ${window.broken=4} {{7*7}}",
)


def hostile():
    class Layer(cr.nn.Module):
        def __init__(self):
            self.w = cr.parameter(np.ones((2, 2)), HOSTILE[2])

        def forward(self, x):
            return cr.tanh(x @ self.w)

    class Net(cr.nn.Module):
        def __init__(self):
            setattr(self, HOSTILE[3], Layer())

        def forward(self, x):
            return getattr(self, HOSTILE[3])(x)

    x = cr.input(HOSTILE[0], value=np.ones((2, 2)))
    y = cr.input(HOSTILE[1], value=2.0)  # </script><script>window.broken = 5</script>
    z = cr.input(HOSTILE[4], value=3.0)
    return cr.Graph((Net()(x) * y * z).sum())


def test_the_page_requests_nothing_but_its_file(opened):
    page = opened(perceptron())
    page.press("n", "n", "2", "3", "1")
    assert [each for each in page.requests if not each.startswith("blob:")] == page.requests[:1]
    assert page.requests[0].startswith("file:")


def test_the_policy_stops_every_other_script(opened):
    page = opened(circuit())
    page.tab.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.broken = 1";
            document.body.append(script);
            const picture = document.createElement("img");
            picture.setAttribute("onerror", "window.broken = 2");
            picture.src = "data:,";
            document.body.append(picture);
        }"""
    )
    page.tab.wait_for_timeout(100)
    assert page.tab.evaluate("window.broken") is None
    assert any("Content Security Policy" in each for each in page.errors)
    page.errors.clear()


@pytest.mark.parametrize("width", [1280, 412])
def test_names_are_shown_and_never_run(opened, width):
    graph = hostile()
    page = opened(graph, width=width, height=800)
    names = page.ask("() => window.explorer.state().document.nodes.name")
    calls = len(page.ask("() => window.explorer.state().document.calls"))
    page.ask("(n) => window.explorer.set({ opened: new Set([...Array(n).keys()]) })", calls)
    for node in range(len(names)):
        page.ask("(node) => window.explorer.set({ selection: { node } })", node)
        assert page.tab.locator("aside.panel h2").text_content().startswith(names[node])
    for call in range(1, calls):
        page.ask("(call) => window.explorer.set({ selection: { call } })", call)
    page.tab.get_by_role("combobox", name="Search the graph").fill("<")
    page.tab.wait_for_timeout(100)
    assert page.tab.evaluate("window.broken") is None
    assert page.tab.locator("iframe, img, body style").count() == 0
