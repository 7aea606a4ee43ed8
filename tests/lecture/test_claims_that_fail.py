"""A claim does not hold if what it measures is not so: each is given results that contradict it."""

from importlib import import_module

import numpy as np
import pytest

import chainrule as cr
from chainrule.lecture import named
from chainrule.lecture.claims.gradients.differences import STEPS as DIFFERENCES
from chainrule.lecture.claims.gradients.error_signal import Layer
from chainrule.lecture.claims.learning.radam import FirstSteps
from chainrule.lecture.grown_nets import Growth
from chainrule.lecture.labelled_words import Accuracy
from chainrule.lecture.word_training import trained

ONE = np.ones(1)
SAME = dict.fromkeys(("one-sided, float64", "central, float64"), DIFFERENCES)
WRONG = Layer(np.eye(1), ONE, ONE, 2 * ONE, np.eye(1))
LINEAR = Growth((1, 2), (1, 2), (1.0, 2.0))
CONTRADICTIONS = {
    "advice": ("accuracy", lambda of, size, use, seed: Accuracy(size**0.01, 0.5)),
    "exponentials": ("processor_seconds", lambda call: 1e-6),
    "growth": ("measured_growths", lambda: dict.fromkeys(("layer", "net", "training"), LINEAR)),
    "batch-norm": ("_trained", lambda name, rate, normalise: ([1.0] * 40, 0.5)),
    "decay": ("losses_of", lambda rate, seed: np.ones(40)),
    "cyclic": ("losses_of", lambda rate, seed: np.ones(40)),
    "radam": ("_trained", lambda name, rate, seed: FirstSteps(np.ones(200), np.ones(200))),
    "ridge": ("fitted", lambda x, y, l2, l1: np.linalg.solve(x.T @ x, x.T @ y.T).T),
    "differences": ("_errors", lambda: SAME),
    "error-signal": ("_layers", lambda: ([WRONG], cr.asarray(1.0))),
    "shapes": ("_shapes_of_gradients", lambda model, shape: [True, False]),
    "telly": ("trained", lambda vectors, seed, frozen: trained(vectors, seed, frozen=True)),
    "transfer": ("accuracy", lambda source, way, *case: 0.9 if way.fresh else 0.5),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_claim_that_is_contradicted_does_not_hold(name, monkeypatch):
    function, other = CONTRADICTIONS[name]
    claim = named(name)
    monkeypatch.setattr(import_module(claim.measure.__module__), function, other)
    assert not claim.measure().held
