"""Modules and summaries show as escaped HTML in notebooks."""

from html.parser import HTMLParser

import chainrule as cr

nn = cr.nn


class Balanced(HTMLParser):
    """Collects the text of a page, and requires that every element ends where it should."""

    def __init__(self, page):
        super().__init__()
        self.open, self.text = [], ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


class Odd(nn.Module):
    def __init__(self):
        self.note = "<b>&amp;"
        self.body = nn.Sequential(nn.Linear(2, 3, random=0), cr.relu)

    def forward(self, x):
        return self.body(x)


def test_a_module_shows_its_tree_escaped():
    shown = Balanced(Odd()._repr_html_()).text
    assert "Odd(note='<b>&amp;')" in shown
    assert "0: Linear(weight: float32(3, 2), bias: float32(3,))" in shown
    assert "1: relu" in shown


def test_a_layer_shows_in_one_line_and_a_compiled_model_says_so():
    assert nn.Flatten()._repr_html_() == "<code>Flatten()</code>"
    assert "compiled" in Balanced(cr.compile(Odd())._repr_html_()).text


def test_a_summary_shows_every_cell_and_total_of_its_text():
    summary = cr.summary(Odd(), (4, 2))
    shown = Balanced(summary._repr_html_()).text
    for line in str(summary).splitlines():
        for cell in line.split("  "):
            assert cell.strip("- ") in shown
