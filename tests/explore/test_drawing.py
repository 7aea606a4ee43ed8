"""Pictures: values above the wires, gradients below, written whole or not at all."""

import builtins
import html
import json

import numpy as np
import pytest

import chainrule as cr
from explained_models import attending, convolving


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


def test_arrays_are_shown_by_shape_and_norm():
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


def small_net():
    model = cr.nn.Sequential(cr.nn.Linear(2, 3, random=0), cr.tanh, cr.nn.Linear(3, 2, random=1))
    x = cr.input("x", value=np.ones((2, 2), np.float32))
    return cr.Graph(cr.nn.cross_entropy(model(x), np.array([0, 1])))


def test_labels_given_as_an_array_are_drawn_as_an_input():
    dot = small_net().dot()
    (line,) = [each for each in dot.splitlines() if 'label="labels"' in each]
    assert "#dbeafe" in line
    assert "[0]<br/>[1]" in dot


def test_zeros_and_masks_that_layers_make_are_not_drawn():
    x = cr.input("x", value=np.ones((5, 2, 4), np.float32))
    states, _ = cr.nn.LSTM(4, 3, random=0)(x)
    dot = cr.Graph(cr.nn.Dropout(0.5, random=0)(states).sum()).dot()
    assert 'label="x"' in dot
    assert 'label="constant"' not in dot
    assert 'label="mask"' not in dot


def test_the_legend_says_what_the_colours_mean():
    graph = small_net()
    assert "gradient of" not in graph.dot()
    graph.backward()
    legend = graph.dot().splitlines()[-2]
    objective = graph.record().objective
    for text in (">value<", f">gradient of {objective}<", ">input<", ">parameter<"):
        assert text in legend
    assert ">parameter<" not in circuit().dot().splitlines()[-2]


def test_layers_are_called_by_their_path_as_parameters_are():
    dot = attending().dot(open="encoder.layers.0.self_attn")
    assert "label=\"TransformerEncoderLayer 'encoder.layers.0'\"" in dot
    assert "label=\"MultiHeadAttention 'encoder.layers.0.self_attn'\"" in dot
    assert ">encoder.layers.0.linear1</font>" in dot
    assert 'label="encoder.layers.0.linear1.weight"' in dot


MODELS = {
    "small net": (small_net, False),
    "small net, opened": (small_net, "0"),
    "convolutions": (convolving, False),
    "convolutions, opened": (convolving, ["3", "7"]),
    "Transformer": (attending, False),
    "attention, opened": (attending, "encoder.layers.0.self_attn"),
    "Transformer, opened": (attending, True),
}


@pytest.mark.parametrize(("model", "open"), MODELS.values(), ids=MODELS)
def test_no_edge_crosses_the_label_of_a_module(graphviz, model, open):
    graph = model()
    graph.backward()
    drawn = graphviz.AGraph(string=graph.dot(open)).draw(format="json", prog="dot")
    layout = json.loads(drawn)
    labels = [each for each in layout["objects"] if each["name"].startswith("cluster_")]
    points = [point for edge in layout["edges"] for point in points_of(edge)]
    assert labels
    for label in labels:
        x, y = map(float, label["lp"].split(","))
        half = 36 * float(label["lwidth"]), 36 * float(label["lheight"])
        assert not any(abs(p - x) < half[0] and abs(q - y) < half[1] for p, q in points)


def points_of(edge):
    """Give points along the Bézier curves of an edge."""
    curves = [each["points"] for each in edge["_draw_"] if each["op"] == "b"]
    t = np.linspace(0, 1, 30)[:, None]
    weights = np.hstack([(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3])
    for controls in curves:
        for start in range(0, len(controls) - 1, 3):
            yield from weights @ np.array(controls[start : start + 4])


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
