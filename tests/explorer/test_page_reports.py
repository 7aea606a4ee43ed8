"""Reports in the panel: findings of the doctor, a tag, a comparison of two runs."""

import re
from dataclasses import dataclass

import pytest

from chainrule.explore.page.file import write_page
from explored_graphs import circuit
from explorer_documents import document_of

FINDINGS = {
    "findings": [
        {
            "title": "dying ReLU in b",
            "severity": "warning",
            "step": 8,
            "evidence": ["16 of 16 units are 0"],
            "remedy": "a smaller learning rate",
            "nodes": [4, 3],
            "figures": ["b: dead units"],
        }
    ],
    "figures": [
        {"name": "loss", "unit": "", "steps": [1, 2, 8], "values": [3.0, None, 1.0], "path": ""},
        {"name": "b: dead units", "unit": "share", "steps": [1, 8], "values": [0, 1], "path": "b"},
    ],
}
TAG = {
    "words": ["Ada", "<b>visited</b>", "Turin"],
    "position": 2,
    "tag": "S-LOC",
    "scores": [{"tag": "S-LOC", "probability": 0.75}, {"tag": "O", "probability": 0.25}],
    "contributions": [
        {"word": word, "position": i, "total": total, "rows": rows}
        for i, (word, total, rows) in enumerate(
            [
                ("Ada", -0.5, []),
                ("<b>visited</b>", 0.25, []),
                (
                    "Turin",
                    2.0,
                    [
                        {"table": "word", "row": "turin", "contribution": 1.5, "node": 0},
                        {"table": "suffix", "row": "-rin", "contribution": 0.5, "node": 1},
                    ],
                ),
            ]
        )
    ],
    "tags": ["S-LOC", "O"],
}


@dataclass
class Reported:
    """A document with a report, which is opened as a graph is."""

    document: dict

    def explore(self, path):
        write_page(self.document, path)


def with_report(**report):
    return Reported({**document_of(circuit(1.0, 2.0, 0.0)), **report})


def compared():
    """Return a document with its comparison with itself, in which the node b differs."""
    document = document_of(circuit(1.0, 2.0, 0.0))
    pairs = [
        {"node": node, "name": name, "difference": gap, "first": 1.0, "second": 2.0, "why": why}
        for node, name, gap, why in [
            (3, "a", 0.0, "They are equal."),
            (4, "b", 0.5, "The value differs by 50.0% of its norm: 1 and 2."),
        ]
    ]
    comparison = {"first": "run 1", "second": "run 2", "pairs": pairs}
    return Reported({**document, "comparison": {**comparison, "numbers": document["numbers"]}})


def text(page, selector=".panel"):
    return re.sub(r"\s+", " ", page.tab.inner_text(selector)).replace("\u2212", "-")


def test_a_finding_has_evidence_remedy_figure_and_gates(opened):
    page = opened(with_report(findings=FINDINGS))
    shown = text(page)
    for each in ("dying ReLU in b", "16 of 16 units are 0", "a smaller learning rate"):
        assert each in shown
    assert page.tab.locator(".finding .chart").count() == 1
    page.tab.locator(".finding").get_by_role("button", name="maximum b").click()
    assert page.ask("() => window.explorer.state().selection") == {"node": 4}
    assert text(page, ".panel h2").startswith("b")


def test_a_series_is_chosen_and_breaks_where_it_has_no_value(opened):
    page = opened(with_report(findings=FINDINGS))
    curve = page.tab.locator(".figures .curve").get_attribute("d")
    assert curve.count("M") == 2
    page.tab.get_by_label("Figure").select_option("b: dead units")
    assert page.tab.locator(".figures .curve").get_attribute("d").count("M") == 1


def test_words_show_what_they_contribute_down_to_rows(opened):
    page = opened(with_report(tag=TAG))
    shown = text(page)
    assert "S-LOC for “Turin”" in shown
    assert "turin word in x +1.5" in shown
    assert "-rin suffix in y +0.5" in shown
    assert "<b>visited</b>" in shown
    page.tab.locator(".word", has_text="Ada").click()
    assert "Rows of “Ada”, together -0.5".lower() in text(page).lower()


def test_runs_are_ranked_by_difference_and_colour_the_graph(opened):
    page = opened(compared())
    first, second = page.tab.locator(".comparison tbody tr").all()
    assert "50 %" in re.sub(r"\s+", " ", first.inner_text())
    assert "0 %" in re.sub(r"\s+", " ", second.inner_text())
    page.tab.get_by_role("button", name="colour the graph by difference").click()
    assert page.ask("() => window.explorer.state().colouring") == "difference"
    first.get_by_role("button", name="maximum b").click()
    assert "The value differs by 50.0% of its norm" in text(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_reports(opened, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    for report in (with_report(findings=FINDINGS), with_report(tag=TAG), compared()):
        page = opened(report)
        page.tab.emulate_media(color_scheme=scheme)
        page.ask("() => 0")
        found = axe.Axe().run(page.tab).response["violations"]
        assert [each["id"] for each in found] == []


def test_tabs_are_walked_by_arrow_keys(opened):
    page = opened(with_report(findings=FINDINGS, tag=TAG))
    page.tab.get_by_role("tab", name="Tag").focus()
    page.press("ArrowLeft")
    assert page.tab.get_by_role("tab", name="Findings").get_attribute("aria-selected") == "true"
    assert "dying ReLU" in text(page)
    page.press("ArrowLeft")
    assert "Gradients of inputs and parameters".lower() in text(page).lower()
