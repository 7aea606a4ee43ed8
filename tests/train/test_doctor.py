"""The doctor measures and reports a run, names the gate, and changes no number."""

import json
import re

import numpy as np
import pytest
from benchmarks.doctor.datasets import points
from benchmarks.doctor.models import deep

import chainrule as cr
from chainrule.train.doctor import found_in, read
from chainrule.train.doctor.short_name import short_name


def examined(model, data, optimizer=cr.optim.Adam, **settings):
    doctor = cr.train.Doctor(quiet=True)
    options = {"epochs": 1, "callbacks": [doctor], "progress": False, **settings}
    cr.train.fit(model, optimizer(model), cr.nn.cross_entropy, data, **options)
    return doctor.report


def trained(callbacks, **settings):
    model = cr.nn.Sequential(
        cr.nn.Linear(10, 16, random=0),
        cr.relu,
        cr.nn.Dropout(0.3, random=1),
        cr.nn.BatchNorm(16),
        cr.nn.Linear(16, 2, random=2),
    )
    optimizer = cr.optim.Adam(model)
    options = {"epochs": 2, "callbacks": callbacks, "progress": False, **settings}
    cr.train.fit(model, optimizer, cr.nn.cross_entropy, points(), **options)
    return model.state()


@pytest.mark.parametrize("compiled", [True, False])
def test_a_run_has_the_same_bits_with_a_doctor(compiled):
    alone = trained([], compiled=compiled)
    examined = trained([cr.train.Doctor(every=1, quiet=True)], compiled=compiled)
    assert all(np.array_equal(alone[name], examined[name]) for name in alone)


def test_a_compiled_model_is_examined_gate_by_gate():
    reports = [
        examined(wrapped(deep(cr.sigmoid, 3)), points())
        for wrapped in (lambda model: model, cr.compile)
    ]
    plain, compiled = ([each.name for each in r.history.exams[-1].gates] for r in reports)
    assert compiled == plain
    assert str(reports[1].findings) == str(reports[0].findings)


def test_rows_that_are_caught_up_later_keep_their_bits():
    def table(callbacks):
        model = cr.nn.Sequential(cr.nn.Embedding(40, 4, random=0), lambda x: x.sum(1))
        optimizer = cr.optim.Adam(model, rows="caught_up")
        random = np.random.default_rng(0)
        data = random.integers(0, 40, (64, 3)), random.integers(0, 4, 64)
        options = {"epochs": 3, "callbacks": callbacks, "progress": False, "batch_size": 4}
        cr.train.fit(model, optimizer, cr.nn.cross_entropy, data, **options)
        return model.state()

    alone, examined = table([]), table([cr.train.Doctor(every=3, quiet=True)])
    assert all(np.array_equal(alone[name], examined[name]) for name in alone)


def test_the_named_gate_is_the_cause():
    model = cr.nn.Sequential(
        cr.nn.Linear(10, 16, random=0),
        cr.relu,
        cr.nn.Linear(16, 16, bias_initial=cr.nn.initial.constant(-20.0), random=1),
        cr.relu,
        cr.nn.Linear(16, 2, random=2),
    )
    doctor = cr.train.Doctor(quiet=True)
    options = {"epochs": 1, "callbacks": [doctor], "progress": False}
    cr.train.fit(model, cr.optim.Adam(model), cr.nn.cross_entropy, points(), **options)
    (found,) = doctor.report.findings
    assert found.illness == "dying ReLU"
    assert found.where.startswith("3.relu (")
    assert "16 of 16 units" in found.evidence


def test_records_are_read_again_from_the_folder_of_the_run(tmp_path):
    doctor = cr.train.Doctor(tmp_path, quiet=True)
    trained([doctor])
    history = read(tmp_path)
    assert history == doctor.report.history
    assert [each.step for each in history.exams][:6] == [1, 2, 3, 4, 6, 8]
    assert found_in(history) == doctor.report.findings


def test_the_gate_that_is_not_finite_is_kept_with_its_line(tmp_path):
    def broken(x):
        return cr.log(x)

    model = cr.nn.Sequential(cr.nn.Linear(10, 4, random=0), broken, cr.nn.Linear(4, 2, random=1))
    doctor = cr.train.Doctor(tmp_path, quiet=True)
    with pytest.raises(cr.train.NonFiniteError):
        cr.train.fit(
            model,
            cr.optim.Adam(model),
            cr.nn.cross_entropy,
            points(),
            epochs=1,
            callbacks=[doctor],
            progress=False,
        )
    (found,) = found_in(read(tmp_path))
    assert found.illness == "not finite"
    assert re.fullmatch(r"1\.log \(test_doctor\.py:\d+\)", found.where)


def test_a_resumed_run_continues_with_its_records(tmp_path):
    random = np.random.default_rng(0)
    x, labels = random.normal(size=(64, 10)).astype("float32"), random.integers(0, 2, 64)

    def train(epochs):
        model = deep(cr.relu, 1)
        doctor = cr.train.Doctor(tmp_path, every=2, quiet=True)
        cr.train.fit(
            model,
            cr.optim.Adam(model),
            cr.nn.cross_entropy,
            (x, labels),
            epochs=epochs,
            batch_size=16,
            callbacks=[doctor],
            checkpoint=tmp_path / "checkpoints",
            progress=False,
        )
        return doctor.report.history

    train(1)
    history = train(2)
    assert [each.step for each in history.exams] == [2, 4, 6, 8]
    assert read(tmp_path) == history


def test_a_line_that_was_cut_off_is_left_out_and_damage_is_reported(tmp_path):
    trained([cr.train.Doctor(tmp_path, quiet=True)])
    file = tmp_path / "doctor.jsonl"
    whole = file.read_text()
    file.write_text(whole[:-40])
    assert len(read(tmp_path).exams) == whole.count("\n") - 1
    lines = whole.splitlines()
    file.write_text("\n".join([lines[0], json.dumps({"record": "exam"}), *lines[1:]]))
    with pytest.raises(cr.train.TrainingError, match=r"line 2, is not a record"):
        read(tmp_path)


def test_a_run_without_records_is_reported(tmp_path):
    with pytest.raises(cr.train.TrainingError, match="There is no run at"):
        read(tmp_path / "nowhere")
    with pytest.raises(cr.train.TrainingError, match="holds no records"):
        read(tmp_path)
    (tmp_path / "doctor.jsonl").write_text("")
    with pytest.raises(cr.train.TrainingError, match="before its first exam"):
        read(tmp_path)
    with pytest.raises(cr.train.TrainingError, match="no exam yet"):
        cr.train.Doctor().report.plot(tmp_path / "vitals.png")


def test_the_vitals_can_be_drawn(tmp_path):
    doctor = cr.train.Doctor(quiet=True)
    trained([doctor])
    doctor.report.plot(tmp_path / "vitals.svg")
    drawn = (tmp_path / "vitals.svg").read_text()
    assert "<svg" in drawn


def test_a_run_with_an_illness_says_so_when_it_ends(capsys):
    model = deep(cr.tanh, 2, initial=cr.nn.initial.zeros)
    cr.train.fit(
        model,
        cr.optim.Adam(model),
        cr.nn.cross_entropy,
        points(),
        epochs=1,
        callbacks=[cr.train.Doctor()],
        progress=False,
    )
    assert "✗ identical units" in capsys.readouterr().out


def test_a_negative_interval_is_refused():
    with pytest.raises(cr.train.TrainingError, match="every=-1"):
        cr.train.Doctor(every=-1)


def test_where_gradients_are_accumulated_an_exam_waits_for_a_step_that_moves():
    def accumulating(model):
        return cr.optim.Adam(model, accumulate=5)

    exams = examined(deep(cr.relu, 1), points(), accumulating).history.exams
    assert [each.step for each in exams] == [5, 10, 15, 20, 25]
    assert all(weight.moved for each in exams for weight in each.weights)


def test_what_a_filter_gives_is_one_unit_at_all_places():
    nothing = cr.nn.initial.constant(-9.0)
    model = cr.nn.Sequential(
        cr.nn.Conv1d(2, 4, 3, bias=False, initial=nothing, random=0),
        cr.relu,
        cr.nn.Flatten(),
        cr.nn.Linear(32, 2, random=1),
    )
    random = np.random.default_rng(0)
    x = random.uniform(size=(64, 2, 10)).astype("float32")
    report = examined(model, (x, random.integers(0, 2, 64)))
    (relu,) = [each for each in report.history.exams[-1].gates if each.role == "relu"]
    assert (relu.units, relu.dead, relu.twins) == (4, 1, 1)


def test_the_gradient_of_rows_looked_up_twice_is_that_of_their_sums():
    model = cr.nn.Sequential(
        cr.nn.Embedding(50, 4, random=0), cr.nn.Flatten(), cr.nn.Linear(12, 2, random=1)
    )
    random = np.random.default_rng(0)
    words, labels = random.integers(0, 5, (8, 3)), random.integers(0, 2, 8)
    report = examined(model, (words, labels), batch_size=8)
    table = model.named_parameters()["0.weight"]
    (dense,) = cr.gradients(cr.nn.cross_entropy(model(words), labels), [table])
    weight = report.history.exams[-1].weights[0]
    assert weight.gradient == pytest.approx(np.linalg.norm(dense.value), rel=1e-5)
    rows = np.unique(words)
    assert weight.norm == pytest.approx(np.linalg.norm(table.value[rows]), rel=0.1)


def test_parameters_without_gradient_are_one_finding():
    class Detached(cr.nn.Module):
        def __init__(self):
            self.net, self.scores = deep(cr.relu, 3), cr.nn.Linear(2, 2, random=0)

        def forward(self, x):
            return self.scores(cr.stop_gradient(self.net(x)))

    (found,) = examined(Detached(), points()).findings
    assert found.where == "net.0.weight, net.0.bias, net.2.weight, net.2.bias and 4 more"


def test_tables_fit_a_terminal_of_80_columns():
    model = deep(cr.relu, 1)
    for _ in range(30):
        model = cr.nn.Sequential(model)
    report = examined(model, points())
    tables = str(report).removesuffix(report.verdict)
    assert max(map(len, tables.splitlines())) <= 80
    assert re.search(r"^0\.\S*….*\.0\.0\.2\.matmul ", tables, re.MULTILINE)


def own_loop(doctor, rate=1e-3):
    model = deep(cr.relu, 1)
    optimizer = cr.optim.SGD(model, learning_rate=rate)
    x, labels = points()

    def objective(x, labels):
        return cr.nn.cross_entropy(model(x), labels)

    @cr.compile
    def step(x, labels):
        loss = objective(x, labels)
        optimizer.minimize(loss)
        return loss

    watched = doctor.watch(model, optimizer, objective) if doctor else lambda *_: None
    for _ in range(20):
        watched(step(x, labels), x, labels)
    return model.state()


def test_a_loop_of_the_user_is_examined_and_keeps_its_bits(tmp_path):
    doctor = cr.train.Doctor(tmp_path)
    alone, watched = own_loop(None), own_loop(doctor)
    assert all(np.array_equal(alone[name], watched[name]) for name in alone)
    assert [each.step for each in doctor.report.history.exams] == [1, 2, 3, 4, 6, 8, 12, 16]
    assert doctor.report.history.exams[0].learning_rate == 1e-3
    assert read(tmp_path) == doctor.report.history


def test_a_loss_of_nan_in_a_loop_of_the_user_is_found():
    doctor = cr.train.Doctor()
    own_loop(doctor, rate=1e30)
    assert doctor.report.findings[0].illness == "not finite"
    assert "the loss is nan" in doctor.report.findings[0].evidence


def test_layers_without_biases_are_layers():
    model = deep(cr.relu, 2, bias=False)
    roles = [each.role for each in examined(model, points()).history.exams[-1].gates]
    assert [each for each in roles if each] == ["layer", "relu", "layer", "relu", "layer"]


def test_a_sample_alone_does_not_make_units_dead():
    x, labels = points()
    report = examined(deep(cr.relu, 1), (x[:24], labels[:24]), batch_size=1)
    assert not any(gate.dead for each in report.history.exams for gate in each.gates)


def test_shortened_names_keep_the_number_of_the_layer():
    for room in (24, 36):
        names = {
            short_name(f"net.body.layers.{i}.attention.out_proj.weight", room) for i in range(12)
        }
        assert len(names) == 12
        assert max(map(len, names)) <= room
    assert short_name("net.body.layers.11.attention.out_proj.weight", 24) == (
        "…11.…ion.out_proj.weight"
    )
    assert short_name("a" * 30, 12) == "aaa…aaaaaaaa"
