"""A claim that is measured: where its picture goes, and what is said where there is none."""

import sys

import pytest

import chainrule as cr
from chainrule.lecture import Claim, Outcome, measured
from chainrule.storage import StorageError


def _claim(measure=None):
    def found():
        return Outcome({"ratio": "2"}, held=True, because="2 is 2", draw=lambda figure: None)

    return Claim("two", "Two is two.", measure or found)


def test_without_matplotlib_the_figures_are_said_and_the_remedy(tmp_path, monkeypatch):
    module = sys.modules[measured.__module__]
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    found = measured(_claim(), str(tmp_path / "new"))
    assert found.picture is None
    assert not (tmp_path / "new").exists()
    assert "held: 2 is 2" in str(found)
    assert "picture: not drawn: pip install 'chainrule[plot]'" in str(found)


def test_a_folder_that_cannot_be_written_to_is_refused_before_measuring(tmp_path):
    def never():
        raise AssertionError("measured")

    file = tmp_path / "file"
    file.write_text("")
    for folder in (file, file / "below"):
        with pytest.raises(StorageError, match="cannot be written to"):
            measured(_claim(never), folder)


def test_graphs_of_a_claim_are_saved_as_explorer_pages(tmp_path):
    x = cr.input("x", value=3.0)
    graphs = {"x²": cr.Graph(x * x), "x³": cr.Graph(x * x * x)}

    def found():
        return Outcome({}, held=True, because="", draw=lambda figure: None, graphs=graphs)

    saved = measured(_claim(found), tmp_path)
    assert [each.name for each in saved.pages.values()] == ["two-1.html", "two-2.html"]
    assert all("<!doctype html>" in each.read_text().lower() for each in saved.pages.values())
    assert f"graph of x³: {tmp_path / 'two-2.html'}" in str(saved)
