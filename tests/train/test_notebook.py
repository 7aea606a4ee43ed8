"""What notebooks show of a run: small tables of escaped text, and figures."""

import pytest

import chainrule as cr
from chainrule.train.doctor import DoctorFinding, DoctorReport, Exam, ExamHistory
from chainrule.train.doctor.exam import GateMeasures, WeightMeasures


def history(epochs=3, **figures):
    found = cr.train.History()
    for epoch in range(1, epochs + 1):
        found.epochs.append({"epoch": epoch, "step": 10 * epoch, "loss": 1 / epoch, **figures})
    return found


def test_a_history_is_a_table_of_its_last_epochs():
    html = history(30, accuracy=0.123456)._repr_html_()
    assert html.count("<tr>") == 21
    assert "<td>30</td><td>300</td><td>0.03333</td><td>0.1235</td>" in html
    assert "10 earlier epochs are not shown" in html
    assert len(html) < 4000


def test_names_and_reasons_are_escaped_and_matrices_are_left_out():
    run = history(1, **{"<b>f1</b>": 0.5, "confusion": [[1, 2], [3, 4]]})
    run.stopped = "because <script>alert(1)</script>"
    html = run._repr_html_()
    assert "<b>" not in html
    assert "<script>" not in html
    assert "&lt;b&gt;f1&lt;/b&gt;" in html
    assert "confusion" not in html


def test_a_history_without_epochs_says_so():
    assert cr.train.History()._repr_html_() == "<p>no epoch is done yet</p>"


def test_the_plot_of_a_history_is_a_figure(tmp_path):
    pytest.importorskip("matplotlib")
    figure = history(3, accuracy=0.5).plot(tmp_path / "curves.png")
    assert [axes.get_title() for axes in figure.axes] == ["loss", "metrics"]
    assert (tmp_path / "curves.png").stat().st_size > 1000
    assert history().plot()._repr_png_().startswith(b"\x89PNG")


def test_without_matplotlib_a_sentence_names_the_extra(monkeypatch):
    monkeypatch.setattr("chainrule.train.state.figure_files.find_spec", lambda name: None)
    with pytest.raises(cr.train.TrainingError, match=r"pip install 'chainrule\[plot\]'"):
        history().plot()


def test_a_report_shows_its_findings_and_folds_the_tables():
    gate = GateMeasures("0.<i>matmul</i>", "<stdin>:7", "layer", 1.0, 2.0)
    weight = WeightMeasures("0.weight", (2, 2), 1.0, None, 0.0)
    exam = Exam(1, 1, 0.5, 0.1, 32, 1.0, (gate,), (weight,))
    finding = DoctorFinding("no gradient", "0.weight (<stdin>:7)", "a < b", "use it & train")
    html = DoctorReport(ExamHistory((exam,)), (finding,))._repr_html_()
    assert html.startswith("<p><b>1 illness: 1 exam, steps 1 to 1</b></p><table>")
    assert "a &lt; b" in html
    assert "use it &amp; train" in html
    assert "&lt;stdin&gt;:7" in html
    assert "<i>" not in html
    assert html.count("<details>") == 1
    assert html.count("<table>") == 3


def test_a_report_without_exams_is_short():
    assert DoctorReport(ExamHistory(()), ())._repr_html_() == "<p><b>healthy: 0 exams</b></p>"


@pytest.mark.parametrize("epochs", [1, 2, 30])
def test_epochs_are_labelled_by_integers(epochs):
    pytest.importorskip("matplotlib")
    figure = history(epochs).plot()
    figure.canvas.draw()
    axes = figure.axes[0]
    low, high = axes.get_xlim()
    ticks = zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
    labels = [each.get_text() for place, each in ticks if low <= place <= high]
    assert labels
    assert all(each.isdigit() for each in labels)
