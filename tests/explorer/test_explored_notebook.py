"""A notebook is executed, and its output is what a notebook shows of a page."""

import pytest

pytest.importorskip("ipykernel", reason="needs ipykernel")
nbclient = pytest.importorskip("nbclient", reason="needs nbclient")
nbformat = pytest.importorskip("nbformat", reason="needs nbformat")

CIRCUIT = """
import chainrule as cr
x, y, z = (cr.input(name, value=v) for name, v in (("x", 1.0), ("y", 2.0), ("z", 0.0)))
graph = cr.Graph((x + y) * cr.maximum(y, z))
"""
WITHOUT_SERVER = """
from chainrule.explore.live import explorer
explorer._PACKAGES = ("a_package_that_nobody_has",)
"""


@pytest.mark.filterwarnings("ignore")
def executed(*cells):
    """Return the data of the output of the last cell."""
    made = [nbformat.v4.new_code_cell(each) for each in cells]
    notebook = nbformat.v4.new_notebook(cells=made)
    nbclient.NotebookClient(notebook, timeout=120).execute()
    (output,) = notebook.cells[-1].outputs
    return output["data"]


def test_a_cell_shows_the_page_of_a_running_server():
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    shown = executed(CIRCUIT, "graph.explore()")
    assert 'document.createElement("iframe")' in shown["text/html"]
    assert "?token=" in shown["text/html"]
    assert shown["text/plain"].startswith("<Explorer http://127.0.0.1:")


def test_without_the_packages_of_the_server_a_cell_holds_the_page():
    shown = executed(CIRCUIT, WITHOUT_SERVER, "graph.explore()")
    assert 'open("srcdoc", ' in shown["text/html"]
    assert "chainrule-explorer" in shown["text/html"]


def test_the_output_of_an_executed_cell_opens_in_a_browser(browser, tmp_path):
    shown = executed(CIRCUIT, WITHOUT_SERVER, "graph.explore()")
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html>{shown['text/html']}", encoding="utf-8")
    tab = browser.new_page()
    tab.goto(path.as_uri())
    tab.wait_for_selector("iframe")
    (frame,) = tab.frames[1:]
    frame.wait_for_function("() => typeof window.explorer?.state === 'function'")
    numbers = frame.evaluate("() => window.explorer.state().document.nodes.name")
    tab.close()
    assert numbers[:3] == ["x", "y", "z"]


def test_a_cell_gets_its_address_from_the_running_server():
    pytest.importorskip("starlette")
    asked = """
import urllib.request
page = graph.explore()
answer = urllib.request.urlopen(page.address)
print(answer.status, "HttpOnly" in answer.headers["Set-Cookie"])
page.stop()
"""
    made = [nbformat.v4.new_code_cell(each) for each in (CIRCUIT, asked)]
    notebook = nbformat.v4.new_notebook(cells=made)
    nbclient.NotebookClient(notebook, timeout=120).execute()
    assert notebook.cells[-1].outputs[0]["text"] == "200 True\n"
