"""Confidence is right as often as it says, after calibration; the calibration is stored."""

import json

import numpy as np
import pytest

from chainrule import ChainruleError
from chainrule.ner import (
    Calibration,
    ModelError,
    Settings,
    Tagger,
    calibrate,
    draw_reliability,
    load,
    reliability,
    save,
)
from chainrule.ner.calibration import calibration_of, fitted
from chainrule.ner.confidence import reliability_of
from chainrule.text import Sentence

CORPUS = [Sentence(("Ada", "ran", "."), ("B-PER", "O", "O"))] * 30
TINY = Settings(window=1, hidden=4, word_size=4, outside_bias=-5.0)


def drawn(slope, offset, count=20_000):
    """Return probabilities of a network whose true calibration is known, and what was right."""
    random = np.random.default_rng(7)
    given = random.uniform(0.02, 0.98, count)
    return given, random.random(count) < Calibration(slope, offset)(given)


@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (0.4, 0.6), (2.5, -1.0)])
def test_a_fit_finds_how_sure_a_network_should_be(slope, offset):
    given, right = drawn(slope, offset)
    found = fitted(given, right)
    assert found.slope == pytest.approx(slope, abs=0.1)
    assert found.offset == pytest.approx(offset, abs=0.1)
    assert reliability_of(found(given), right).error < 0.02
    if slope != 1:
        assert reliability_of(given, right).error > 0.05


@pytest.mark.parametrize("is_right", [True, False])
def test_entities_that_are_all_right_or_all_wrong_have_a_finite_fit(is_right):
    for given in (np.linspace(0.01, 0.99, 40), np.ones(40), np.zeros(40)):
        found = fitted(given, [is_right] * 40)
        sure = found(given)
        assert ((sure > 0) & (sure < 1)).all()
        assert (sure > 0.9).all() if is_right else (sure < 0.1).all()


def test_the_order_of_entities_stays_and_too_few_are_not_fitted():
    given = np.linspace(0.01, 0.99, 40)
    found = fitted(given, given < 0.5)  # the surer, the more wrong
    assert (np.diff(found(given)) > 0).all()
    assert fitted(given[:19], [True] * 19) is None


def test_figures_of_reliability():
    found = reliability_of([0.05, 0.95, 0.95, 1.0], [False, True, False, True])
    assert [(each.count, each.right) for each in found.bins] == [
        (1, 0.0),
        (3, pytest.approx(2 / 3)),
    ]
    assert found.error == pytest.approx((0.05 + abs(2.9 - 2)) / 4)
    assert found.brier == pytest.approx((0.05**2 + 0.05**2 + 0.95**2) / 4)
    assert "expected calibration error 0.2375" in str(found)
    empty = reliability_of([], [])
    assert (empty.count, empty.error, empty.brier) == (0, 0.0, 0.0)


def test_a_calibration_is_saved_loaded_and_applied(tmp_path):
    tagger = Tagger.for_corpus(CORPUS, TINY, compiled=False)
    before = tagger("Ada ran.")
    save(tagger, tmp_path / "plain")
    assert load(tmp_path / "plain").calibration is None
    assert calibrate(tagger, CORPUS)
    after = tagger("Ada ran.")
    assert [each.text for each in after] == [each.text for each in before]
    for old, new in zip(before, after, strict=True):
        assert new.confidence == pytest.approx(float(tagger.calibration(old.confidence)))
    assert reliability(tagger, CORPUS).error < 0.2
    save(tagger, tmp_path / "model")
    assert load(tmp_path / "model").calibration == tagger.calibration
    assert not calibrate(tagger, CORPUS[:1])
    assert tagger.calibration is None


DAMAGED = [
    *[5, [], {}, {"slope": 1}, {"slope": 0, "offset": 0}, {"slope": "1", "offset": 0}],
    *[{"slope": float("nan"), "offset": 0}, {"slope": 1.0, "offset": 0, "more": 1}],
    *[{"slope": True, "offset": 0}, {"slope": 1.0, "offset": float("inf")}],
]


@pytest.mark.parametrize("given", DAMAGED)
def test_a_damaged_calibration_is_refused(tmp_path, given):
    with pytest.raises((TypeError, ModelError)):
        calibration_of(given)
    save(Tagger.for_corpus(CORPUS, TINY, compiled=False), tmp_path / "model")
    path = tmp_path / "model" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "calibration": given}))
    with pytest.raises(ModelError):
        load(tmp_path / "model")


def test_a_diagram_is_a_picture_or_a_sentence(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    found = reliability_of(*drawn(0.5, 0.5, 200))
    draw_reliability(found, tmp_path / "diagram.png")
    assert (tmp_path / "diagram.png").read_bytes().startswith(b"\x89PNG")
    monkeypatch.setattr("chainrule.ner.confidence.find_spec", lambda name: None)
    with pytest.raises(ChainruleError, match=r"chainrule\[plot\]"):
        draw_reliability(found, tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()
