"""The doctor finds what was planted, raises no false alarm, and changes nothing."""

import json

import numpy as np
import pytest

import chainrule as cr
from chainrule.train.doctor import found_in, read
from chainrule.train.doctor.planted.healthy import HEALTHY
from chainrule.train.doctor.planted.models import deep
from chainrule.train.doctor.planted.planted import points
from chainrule.train.doctor.planted.score import Judged, Score
from chainrule.train.doctor.planted.sick import SICK


def names(runs):
    return [each.name for each in runs]


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


@pytest.mark.parametrize("run", SICK, ids=names(SICK))
def test_a_planted_illness_is_found_with_evidence_and_remedy(run):
    report = run.examined()
    found = next(each for each in report.findings if each.illness == run.illness)
    assert any(digit in found.evidence for digit in "0123456789")
    assert found.remedy in str(report)
    assert {each.illness for each in report.findings} <= {run.illness, *run.brings}


@pytest.mark.parametrize("run", HEALTHY, ids=names(HEALTHY))
def test_no_alarm_on_a_healthy_run(run):
    report = run.examined()
    assert report.ok, str(report)
    assert str(report).startswith("healthy")


def test_the_score_counts_what_is_missed_and_what_is_false():
    sick, healthy = SICK[0], HEALTHY[0]
    score = Score(
        (
            Judged(sick, (sick.illness, "scurvy")),
            Judged(SICK[3], ()),
            Judged(healthy, ("scurvy",)),
            Judged(HEALTHY[1], ()),
        )
    )
    assert (score.recall, score.precision, score.alarms) == (0.5, 1 / 3, 1)
    assert not score.is_perfect


@pytest.mark.parametrize("compiled", [True, False])
def test_a_run_has_the_same_bits_with_a_doctor(compiled):
    alone = trained([], compiled=compiled)
    examined = trained([cr.train.Doctor(every=1, quiet=True)], compiled=compiled)
    assert all(np.array_equal(alone[name], examined[name]) for name in alone)


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


def test_the_gate_to_blame_is_the_one_that_is_sick():
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
    assert "Sequential.3.relu" in found.where
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
    assert "test_doctor.py" in found.where
    assert "log" in found.where


def test_a_resumed_run_goes_on_with_its_records(tmp_path):
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


def test_a_line_that_was_cut_off_is_left_out_and_damage_is_told(tmp_path):
    trained([cr.train.Doctor(tmp_path, quiet=True)])
    file = tmp_path / "doctor.jsonl"
    whole = file.read_text()
    file.write_text(whole[:-40])
    assert len(read(tmp_path).exams) == whole.count("\n") - 1
    lines = whole.splitlines()
    file.write_text("\n".join([lines[0], json.dumps({"record": "exam"}), *lines[1:]]))
    with pytest.raises(cr.train.TrainingError, match=r"line 2, is no record"):
        read(tmp_path)


def test_a_run_without_records_is_told(tmp_path):
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


def test_a_sick_run_says_so_when_it_ends(capsys):
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
    with pytest.raises(ValueError, match="every=-1"):
        cr.train.Doctor(every=-1)
