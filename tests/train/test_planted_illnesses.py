"""The doctor finds every planted illness, and nothing in healthy runs: `benchmarks/doctor`."""

import pytest
from benchmarks.doctor import __main__ as command
from benchmarks.doctor import score as scoring
from benchmarks.doctor.healthy import HEALTHY
from benchmarks.doctor.score import ExaminedRun, Score
from benchmarks.doctor.sick import SICK


def names(runs):
    return [each.name for each in runs]


@pytest.mark.parametrize("run", SICK, ids=names(SICK))
def test_a_planted_illness_is_found_with_evidence_and_remedy(run):
    report = run.examined()
    found = next(each for each in report.findings if each.illness == run.illness)
    assert any(digit in found.evidence for digit in "0123456789")
    assert found.remedy in str(report)
    assert {each.illness for each in report.findings} <= {run.illness, *run.consequences}


@pytest.mark.parametrize("run", HEALTHY, ids=names(HEALTHY))
def test_no_alarm_on_a_healthy_run(run):
    report = run.examined()
    assert report.ok, str(report)
    assert "healthy" in report.verdict


def test_the_score_counts_what_is_missed_and_what_is_false():
    sick, healthy = SICK[0], HEALTHY[0]
    score = Score(
        (
            ExaminedRun(sick, (sick.illness, "scurvy")),
            ExaminedRun(SICK[3], ()),
            ExaminedRun(healthy, ("scurvy",)),
            ExaminedRun(HEALTHY[1], ()),
        )
    )
    assert (score.recall, score.precision, score.alarms) == (0.5, 1 / 3, 1)
    assert not score.is_perfect


def test_the_command_prints_run_after_run_and_the_score(monkeypatch, capsys):
    monkeypatch.setattr(scoring, "SICK", SICK[-1:])
    monkeypatch.setattr(scoring, "HEALTHY", HEALTHY[:1])
    assert command.main() == 0
    first, second, _, last = capsys.readouterr().out.splitlines()
    assert first == "✓ rounding between layers (no gradient): no gradient"
    assert second == "✓ ReLU: healthy"
    assert last == "1 sick runs: recall 100%; 1 healthy runs: 0 false alarms; precision 100%"
