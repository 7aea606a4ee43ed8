"""The explorer page as one file: its content policy, its escapes, what cannot be written."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import numpy as np
import pytest

import chainrule as cr
from chainrule.explore import DrawingError
from chainrule.explore.page.document import graph_document
from chainrule.explore.page.html import page_html

HOSTILE = "</script><img src=x onerror=alert(1)><!--<script>"


class Page(HTMLParser):
    """The elements of a page, and the text of its scripts and styles."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.texts, self._inside = [], {}, None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._inside = (tag, dict(attrs).get("type"))

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        self.texts[self._inside] = self.texts.get(self._inside, "") + data

    @property
    def policy(self):
        metas = [found for tag, found in self.elements if tag == "meta"]
        content = next(each["content"] for each in metas if "http-equiv" in each)
        return dict(each.split(" ", 1) for each in content.split("; "))


def graph(name="x"):
    x = cr.input(name, value=np.array([1.0, -2.0]))
    return cr.Graph((x * x).sum())


def page(name="x"):
    shown = graph(name)
    shown.backward()
    return Page(page_html(graph_document(shown.record(), title=name)))


def digest(text):
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def test_the_policy_allows_the_script_and_the_style_of_the_page_alone():
    found = page()
    assert found.policy["default-src"] == "'none'"
    assert found.policy["script-src"] == digest(found.texts["script", "module"])
    assert found.policy["style-src"] == digest(found.texts["style", None])
    assert found.policy["connect-src"] == "'none'"


def test_a_page_of_a_server_connects_to_its_origin_alone():
    shown = graph()
    shown.backward()
    found = Page(page_html(graph_document(shown.record(), server=True)))
    assert found.policy["connect-src"] == "'self'"


def test_nothing_in_the_page_comes_from_elsewhere():
    for _, attributes in page().elements:
        for name in ("src", "href"):
            assert attributes.get(name) in (None, "data:,")


@pytest.mark.parametrize("name", [HOSTILE, "\u2028\ud800'\"&<", "]]>", "{style}"])
def test_names_are_data_and_never_elements(name):
    usual, hostile = page(), page(name)
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in usual.elements]
    document = json.loads(hostile.texts["script", "application/json"])
    assert document["nodes"]["name"][0] == name.encode("utf-8", "replace").decode()


def test_the_file_is_one_page(tmp_path):
    path = tmp_path / "f.html"
    graph().explore(path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    found = json.loads(Page(text).texts["script", "application/json"])
    assert (found["format"], found["version"]) == ("chainrule-explorer", 1)
    assert re.fullmatch(r"Graph of \w+", found["title"])


def test_other_endings_and_missing_folders_are_refused_before_the_graph_runs(tmp_path):
    with pytest.raises(DrawingError, match=r"ends in '\.pdf'"):
        graph().explore(tmp_path / "f.pdf")
    with pytest.raises(DrawingError, match="no folder"):
        graph().explore(tmp_path / "nowhere" / "f.html")


def test_a_graph_of_an_array_needs_an_upstream_gradient(tmp_path):
    x = cr.input("x", value=np.ones(3))
    shown = cr.Graph(x * 2.0)
    with pytest.raises(cr.GradientError, match="upstream"):
        shown.explore(tmp_path / "f.html")
    shown.backward(np.ones(3))
    shown.explore(tmp_path / "f.html")
