"""Large graphs in the page: folded ones stay small, flat ones are drawn on a canvas."""

import numpy as np
import pytest
from test_page_geometry import require_clear

import chainrule as cr
from chainrule.explore.page.document import graph_document


class Block(cr.nn.Module):
    def __init__(self):
        self.scale = cr.parameter(np.linspace(0.5, 1.0, 4))

    def forward(self, x):
        for _ in range(25):
            x = x * self.scale + 0.25
        return x


class Stack(cr.nn.Module):
    def __init__(self, blocks):
        self.blocks = [Block() for _ in range(blocks)]

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x


def folded(blocks=60):
    return cr.Graph(Stack(blocks)(cr.input("x", value=np.ones(4))).sum())


def flat(gates=600):
    x = y = cr.input("x", value=0.5)
    for _ in range(gates // 3):
        y = cr.tanh(x * y) + x
    return cr.Graph(y)


def test_what_is_folded_is_not_laid_out(opened):
    page = opened(folded())
    boxes = [each for each in page.geometry["boxes"] if each["row"] == "forward"]
    assert len(boxes) < 100
    state = page.ask("() => [...window.explorer.state().opened]")
    page.ask("(open) => window.explorer.set({ opened: new Set(open) })", [*state, 5])
    assert len(boxes) < sum(each["row"] == "forward" for each in page.geometry["boxes"]) < 200


@pytest.fixture(name="drawn_flat")
def _drawn_flat(opened):
    return opened(flat())


def test_more_than_500_boxes_are_drawn_on_a_canvas_in_ranks(drawn_flat):
    assert drawn_flat.tab.locator("canvas.drawing").is_visible()
    geometry = drawn_flat.geometry
    assert sum(each["row"] == "forward" for each in geometry["boxes"]) > 600
    boxes = {(each["row"], each["box"]): each for each in geometry["boxes"]}
    for line in geometry["lines"]:
        if line["row"] == "forward":
            start, end = (boxes["forward", line[each]] for each in ("from", "to"))
            assert start["x"] + start["width"] < end["x"]


def test_a_canvas_is_walked_by_keyboard(drawn_flat):
    drawn_flat.tab.locator("[role=tree]").focus()
    drawn_flat.press("Home", "ArrowRight", "ArrowRight")
    selection = drawn_flat.ask("() => window.explorer.state().selection")
    assert selection["node"] > 0
    said = drawn_flat.tab.locator("[role=tree]").get_attribute("aria-activedescendant")
    assert drawn_flat.tab.locator(f"#{said}").count() == 1


def test_the_page_says_what_was_left_out(opened):
    graph = folded(20)
    graph.backward()
    document = graph_document(graph.record(), most=600_000)
    assert document["leftOut"]
    page = opened(document)
    text = page.tab.locator("body").text_content()
    for sentence in document["leftOut"]:
        assert sentence in text
    require_clear(page.geometry)
