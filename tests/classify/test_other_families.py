"""Classifiers of families that have no head for classes are refused in a sentence."""

from pathlib import Path

import pytest

import chainrule as cr
from chainrule.classify import ClassifierError, Settings
from chainrule.classify.classifier import Classifier
from chainrule.pretrained.recognition import recognised

RECORDED = Path(__file__).parents[1] / "pretrained" / "references"
CASES = {"elmo": "ELMo", "flair/tagger.pt": "Flair", "stanza-charmodel": "Stanza"}


@pytest.mark.parametrize("path", CASES)
def test_a_family_without_classes_is_named(path):
    assert recognised(RECORDED / path).name == CASES[path]
    with pytest.raises(ClassifierError, match=f"family {CASES[path]} .* Give BERT"):
        Classifier.for_labels(RECORDED / path, ["up", "down"], Settings())


def test_ulmfit_has_classes():
    made = Classifier.for_labels(RECORDED / "ulmfit" / "language", ["up", "down"], Settings())
    assert isinstance(made.network, cr.nn.Module)
    assert made.labels == ("up", "down")
