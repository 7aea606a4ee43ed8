"""Findings, comparisons and tags in a real browser: what a click on them leads to."""

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from chainrule.explore.live import Page, PageServer
from chainrule.explore.page.file import write_page
from chainrule.explore.page.html import built, page_html, policy
from chainrule.explorer.comparison import with_comparison
from chainrule.explorer.live_tags import LiveTags
from chainrule.explorer.run_document import run_document
from explored_runs import tagger, trained

READY = "() => typeof window.explorer?.state === 'function'"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    trained(folder / "dead")
    trained(folder / "alive", bias=0.0)
    return folder


@pytest.fixture
def tab(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    found, errors = context.new_page(), []
    found.on("pageerror", lambda error: errors.append(str(error)))
    yield found
    context.close()
    assert errors == []


def shown(tab, address):
    tab.goto(address)
    tab.wait_for_function(READY)
    tab.evaluate("async () => { await window.explorer.idle(); }")


def filed(tab, document, path):
    write_page(document, path)
    shown(tab, path.as_uri())


def test_a_finding_leads_to_the_line_of_code_in_three_clicks(tab, runs, tmp_path):
    filed(tab, run_document(runs / "dead"), tmp_path / "run.html")
    findings = tab.get_by_role("tab", name="Findings")
    clicks = 1 if findings.get_attribute("aria-selected") == "true" else 2
    findings.click()
    assert tab.get_by_text("dying ReLU in relu").first.is_visible()
    assert tab.get_by_text("16 of 16 units are 0").first.is_visible()
    tab.get_by_text("blame").first.wait_for()
    tab.locator("button.link:visible").first.click()
    clicks += 1
    line = tab.get_by_text("hidden = cr.relu(self.first(x))").first
    line.wait_for()
    line.scroll_into_view_if_needed()
    assert line.is_visible()
    assert clicks <= 3


def test_a_comparison_leads_to_the_gate_that_differs_most(tab, runs, tmp_path):
    first, second = run_document(runs / "dead"), run_document(runs / "alive")
    document = with_comparison(first, second, "dead", "alive")
    worst = document["comparison"]["pairs"][0]
    filed(tab, document, tmp_path / "compared.html")
    tab.get_by_role("tab", name="Compare").click()
    tab.locator(".comparison tbody").get_by_role("button").first.click()
    selection = tab.evaluate("() => window.explorer.state().selection")
    assert selection == {"node": worst["node"]}


def test_another_word_is_explored_by_a_click(tab):
    live = LiveTags(tagger(), ("Ada", "visited", "Turin"), 0)
    policies = policy(built("explorer.js"), built("explorer.css"), server=True)
    server = PageServer(Page(live, page_html, policies, framed=False))
    try:
        shown(tab, server.address)
        tab.get_by_role("tab", name="Tag").click()
        tab.get_by_role("button", name="Turin").first.click()
        tab.get_by_role("button", name="Explore the tag of").first.click()
        tab.wait_for_url("**/?position=2*")
        tab.wait_for_function(READY)
        document = tab.evaluate("() => window.explorer.state().document")
        assert (document["tag"]["position"], document["tag"]["tag"]) == (2, "S-LOC")
    finally:
        server.stop()
