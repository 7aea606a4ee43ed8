"""Pictures: values above the wires, gradients below, written whole or not at all."""

import builtins
import html

import numpy as np
import pytest

import chainrule as cr


def circuit():
    x, y, z = cr.input("x", value=-2.0), cr.input("y", value=5.0), cr.input("z", value=-4.0)
    f = (x + y) * z
    return cr.Graph(f)


@pytest.fixture
def graphviz():
    return pytest.importorskip("pygraphviz", reason="pygraphviz, which draws, is not installed")


def test_the_source_holds_values_and_after_backward_gradients():
    graph = circuit()
    graph.forward()
    before = graph.dot()
    assert ">-12<" in before
    assert "#b91c1c" in before
    assert ">-4<" in before
    assert ">1<" not in before
    graph.backward()
    after = graph.dot()
    assert after.count(">-4<") == 4
    assert ">1<" in after


def test_names_are_escaped():
    dot = cr.Graph(cr.input('a"<b>', value=1.0) * 2).dot()
    assert 'label="a\\"<b>"' in dot


def test_arrays_are_told_by_shape_and_norm():
    x = cr.input("x", value=np.ones((4, 4)))
    assert "(4, 4)<br/>norm 4" in cr.Graph(x.sum()).dot()


def test_a_graph_without_values_shows_its_structure():
    dot = cr.Graph(cr.input("x", (3,)) * 2).dot()
    assert "->" in dot
    assert "norm" not in dot


def test_a_closed_gate_is_one_box_and_an_opened_one_a_frame():
    graph = cr.Graph(cr.sigmoid(cr.input("x", value=1.0)))
    assert "subgraph" not in graph.dot()
    assert "sigmoid" in graph.dot()
    opened = graph.dot(open="sigmoid")
    assert 'label="sigmoid"' in opened
    assert "subgraph cluster_" in opened
    assert ">exp<" in opened


def test_svg_holds_the_numbers(graphviz):
    graph = circuit()
    graph.backward()
    svg = html.unescape(graph.show().svg())
    assert ">-12</text>" in svg
    assert ">3</text>" in svg
    assert graph._repr_svg_() == graph.show()._repr_svg_() == graph.show().svg()


@pytest.mark.parametrize(
    ("suffix", "beginning"), [(".svg", b"<?xml"), (".png", b"\x89PNG"), (".pdf", b"%PDF")]
)
def test_the_suffix_decides_the_format(graphviz, tmp_path, suffix, beginning):
    path = tmp_path / f"graph{suffix}"
    circuit().show(path)
    assert path.read_bytes().startswith(beginning)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_dot_files_need_no_graphviz(tmp_path, monkeypatch):
    without_pygraphviz(monkeypatch)
    circuit().show(tmp_path / "graph.dot")
    assert (tmp_path / "graph.dot").read_text().startswith("digraph {")


def test_without_pygraphviz_the_message_says_what_to_install(monkeypatch):
    without_pygraphviz(monkeypatch)
    with pytest.raises(cr.ChainruleError, match=r"pip install 'chainrule\[plot\]'"):
        circuit().show().svg()


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(cr.ChainruleError, match=r"ends in '.gif'. Choose a name that ends in .svg"):
        circuit().show(tmp_path / "graph.gif")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(cr.ChainruleError, match="there is no folder"):
        circuit().show(tmp_path / "nowhere" / "graph.dot")


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "graph.dot"
    path.write_text("old")

    def failing(*_):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", failing)
    with pytest.raises(OSError, match="disk full"):
        circuit().show(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def without_pygraphviz(monkeypatch):
    real = builtins.__import__

    def refusing(name, *args, **kwargs):
        if name == "pygraphviz":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refusing)
