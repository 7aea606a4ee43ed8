"""What notebooks show: tables of tensors, pictures, texts of reports, cells as places."""

import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph.origin import Origin


class Printer:
    """Gathers text, as the printer of a notebook does."""

    def __init__(self):
        self.written = ""

    def text(self, text):
        self.written += text


def printed(shown):
    printer = Printer()
    shown._repr_pretty_(printer, cycle=False)
    return printer.written


def cells(tensor):
    html = tensor._repr_html_()
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    return [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows]


def test_a_small_tensor_is_a_table_of_its_elements():
    x = cr.parameter(np.array([[1.5, -2.0], [0.0, 3.25]]), "W")
    assert cells(x) == [["1.5", "-2"], ["0", "3.25"]]
    assert "parameter &#x27;W&#x27; float64[2, 2]" in x._repr_html_()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3.0, [["3"]]),
        (np.array([1, 2, 3]), [["1", "2", "3"]]),
        (np.array([True, False]), [["True", "False"]]),
        (np.zeros((0, 3)), []),
    ],
)
def test_other_shapes_and_dtypes(value, shown):
    assert cells(cr.asarray(value)) == shown


def test_colours_follow_sign_and_size():
    html = cr.asarray(np.array([4.0, -2.0, 0.0]))._repr_html_()
    assert html.count("background:rgba(37,99,235,0.60)") == 1
    assert html.count("background:rgba(220,38,38,0.30)") == 1
    assert html.count("background") == 2


def test_large_tensors_are_cut_and_summed_up():
    x = cr.asarray(np.arange(10_000.0).reshape(100, 100))
    rows = cells(x)
    assert [len(row) for row in rows] == [11] * 11
    assert rows[0][5] == rows[5][0] == "…"
    assert rows[-1][-1] == "9999"
    assert "min 0, mean 5000, max 9999" in x._repr_html_()
    assert len(x._repr_html_()) < 20_000


def test_of_more_axes_the_first_matrix_is_shown():
    x = cr.asarray(np.arange(24.0).reshape(2, 3, 2, 2))
    assert cells(x) == [["0", "1"], ["2", "3"]]
    assert "[0, 0] of [2, 3, 2, 2]" in x._repr_html_()


def test_what_is_not_finite_stands_out():
    x = cr.asarray(np.array([np.nan, np.inf, 1.0]))
    assert x._repr_html_().count("font-weight:bold") == 2
    assert cells(x) == [["nan", "inf", "1"]]
    assert "12 not finite" in cr.asarray(np.append(np.full(12, np.nan), 1.0))._repr_html_()
    assert "no element is finite" in cr.asarray(np.full(12, np.nan))._repr_html_()


def test_names_are_escaped_and_tensors_without_a_value_have_no_table():
    html = cr.input("<script>", (3,))._repr_html_()
    assert "<script>" not in html
    assert "<table>" not in html


def test_without_graphviz_a_graph_shows_its_text(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    assert cr.Graph(cr.input("x", value=1.0) * 2)._repr_svg_() is None


def test_reports_are_shown_as_they_print():
    report = cr.check_gradients(cr.tanh, np.ones(3))
    assert printed(report) == str(report)
    found = cr.find_nan(cr.log, np.array([-1.0]))
    assert printed(found) == str(found)


def test_a_compiled_function_shows_its_report():
    @cr.compile
    def double(x):
        return x * 2

    assert printed(double).startswith("compiled function double\nnot c")
    double(np.ones(3))
    assert printed(double) == f"compiled function double\n{double.report()}"


def test_lines_of_notebooks_are_named_by_cell(monkeypatch):
    assert str(Origin("<ipython-input-3-0123456789ab>", 2, ())) == "cell 3, line 2"
    names = {"/tmp/ipykernel_7/123.py": ("Cell", "In[12]")}
    shell = SimpleNamespace(compile=SimpleNamespace(format_code_name=names.get))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert str(Origin("/tmp/ipykernel_7/123.py", 4, ())) == "cell 12, line 4"
    assert str(Origin("/home/model.py", 4, ())) == "model.py:4"
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert str(Origin("/tmp/ipykernel_7/123.py", 4, ())) == "123.py:4"


@pytest.fixture
def shell(monkeypatch, tmp_path):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shells = pytest.importorskip("IPython.core.interactiveshell", reason="IPython is not installed")
    yield shells.InteractiveShell.instance()
    shells.InteractiveShell.clear_instance()


@pytest.mark.filterwarnings("ignore")
def test_in_ipython_itself(shell):
    shell.run_cell("import chainrule as cr", store_history=True)
    shell.run_cell("x = cr.input('x', value=1.0)\ny = x * 2", store_history=True)
    assert str(shell.user_ns["y"].origin) == "cell 2, line 2"
    assert shell.user_ns["y"].origin.source == "y = x * 2"
    formatted, _ = shell.display_formatter.format(shell.user_ns["y"])
    assert "<table>" in formatted["text/html"]
    formatted, _ = shell.display_formatter.format(cr.check_gradients(cr.tanh, np.ones(2)))
    assert formatted["text/plain"].startswith("gradient check")
