"""The figure of the doctor: its labels do not collide, and it names layers as parameters do."""

import itertools
import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.train.doctor import DoctorReport, Exam, ExamHistory
from chainrule.train.doctor.exam import GateMeasures, WeightMeasures

pytest.importorskip("matplotlib")


def exam(step, layers=3, gradient=1.0, path="encoder.layers.0.attention.projection"):
    gates = [
        GateMeasures(f"{path}.{i}.matmul", "a.py:1", "layer", 1.0, gradient * 10.0**-i)
        for i in range(layers)
    ]
    weights = [WeightMeasures(f"{path}.{i}.weight", (2, 2), 1.0, 1.0, 1e-3) for i in range(layers)]
    return Exam(step, 1, 0.5, 0.1, 32, 1.0, tuple(gates), tuple(weights))


def examined_steps(last):
    return [step for step in range(1, last + 1) if not step & step - 1]


def plotted(steps, **options):
    history = ExamHistory(tuple(exam(step, **options) for step in steps))
    return DoctorReport(history, ()).plot()


@pytest.mark.parametrize(
    "steps",
    [[1], [1, 2], [1, 2, 3, 4, 6, 8, 12], range(100, 5001, 100), examined_steps(2**22)],
    ids=["one", "two", "few", "every 100", "four million"],
)
def test_labels_of_ticks_do_not_collide(steps):
    figure = plotted(steps)
    figure.canvas.draw()
    for axes, axis in itertools.product(figure.axes, ("xaxis", "yaxis")):
        labels = [each for each in getattr(axes, axis).get_ticklabels("both") if each.get_text()]
        boxes = [each.get_window_extent() for each in labels]
        assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2)), axes.get_title()


def test_steps_are_integers_and_decades_are_powers_of_ten():
    figure = plotted([1, 2, 4, 1024])
    figure.canvas.draw()
    loss, gradients = figure.axes[:2]
    assert [each.get_text() for each in loss.get_xticklabels()] == ["1", "4", "1,024"]
    low, high = gradients.get_ylim()
    assert (low, high) == (1e-3, 10.0)


def test_long_names_are_shortened_and_the_figure_has_room():
    figure = plotted([1, 2], path="encoder.layers.0." + "block." * 20 + "projection")
    figure.canvas.draw()
    names = [each.get_text() for each in figure.axes[1].get_legend().get_texts()]
    assert all(len(each) <= 24 and each.startswith("encoder") for each in names)
    assert all(axes.get_window_extent().width > 400 for axes in figure.axes)


def test_gradients_of_zero_can_be_drawn():
    assert plotted([1, 2, 3], gradient=0.0).axes


def test_the_figure_shows_in_a_notebook_and_is_written(tmp_path):
    report = DoctorReport(ExamHistory((exam(1),)), ())
    figure = report.plot(tmp_path / "measurements.svg")
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "measurements.svg").read_text()
    assert "matplotlib.pyplot" not in sys.modules


def test_a_layer_has_one_path_in_the_report_the_summary_and_the_parameters():
    model = cr.nn.Sequential(cr.nn.Linear(4, 3, random=0), cr.relu, cr.nn.Linear(3, 2, random=1))

    class Net(cr.nn.Module):
        def __init__(self):
            self.body = model

        def forward(self, x):
            return self.body(x)

    net, doctor = Net(), cr.train.Doctor(quiet=True)
    x = np.ones((8, 4), "float32")
    data = x, x[:, 0].astype("int64")
    cr.train.fit(
        net,
        cr.optim.SGD(net),
        cr.nn.cross_entropy,
        data,
        epochs=1,
        callbacks=[doctor],
        progress=False,
    )
    gates = [each.name for each in doctor.report.history.exams[-1].gates if each.role]
    assert gates == ["body.0.matmul", "body.1.relu", "body.2.matmul"]
    assert "\nbody.2 " in str(cr.summary(net, (8, 4)))
    assert "body.2.weight" in net.named_parameters()
