"""The third stage: a classifier, trained by gradual unfreezing."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import chainrule as cr
from chainrule.classify import Classifier, LabelledTexts, class_names, train
from chainrule.classify import Settings as PhaseSettings
from chainrule.pretrained.ulmfit import UlmfitNetwork, classifier
from chainrule.pretrained.ulmfit.sizes import CLASSIFICATION
from chainrule.ulmfit.settings import ClassifierSettings
from chainrule.ulmfit.settled_norms import settle_norms

OnPhase = Callable[[str], None]
AfterPhase = Callable[[Classifier], None]


def train_classifier(
    net: UlmfitNetwork,
    learned: LabelledTexts,
    settings: ClassifierSettings,
    *,
    labels: Sequence[str] | None = None,
    callbacks: Callable[[Classifier], Sequence[cr.train.Callback]] = lambda classifier: (),
    on_phase: OnPhase = lambda line: None,
    after_phase: AfterPhase = lambda classifier: None,
    checkpoint: str | os.PathLike[str] | None = None,
    compiled: bool = True,
) -> tuple[Classifier, cr.train.History]:
    """Train a classifier with the layers of a language model and a fresh head, in phases.

    labels      the names of the classes; those of `learned` if None
    callbacks   a function that returns the callbacks of `fit` for the classifier, for all phases
    on_phase    is called with a line before every phase
    after_phase is called with the classifier after every phase, in inference mode
    checkpoint  a folder; each phase writes its checkpoints to a folder in it, and a run that was
                stopped continues from them
    returns     the classifier, and the history of the last phase

    The first phase trains the head alone. Each further one trains one layer more, from the top, and
    the last one everything, the word vectors too. The rate of a phase rises and falls. After each
    phase the running statistics of the head are computed anew, see `settle_norms`. Howard and Ruder
    (2018), section 3.3.
    """
    names = class_names(learned) if labels is None else tuple(labels)
    made = classifier(net, names, settings.seed)
    made.set_dropouts(CLASSIFICATION.times(settings.dropout))
    phases = settings.phases(len(made.body.layers))
    found = Classifier(made, names, phases[-1], compiled)
    called = callbacks(found)
    for place, phase in enumerate(phases):
        on_phase(f"phase {place + 1} of {len(phases)}: {described(phase)}")
        found.settings = phase
        where = None if checkpoint is None else Path(checkpoint) / f"phase-{place + 1}"
        history = train(found, learned, None, callbacks=called, checkpoint=where)
        settle_norms(found, learned)
        after_phase(found)
        if history.interrupted:
            break
    found.settings = phases[-1]
    found.network.unfreeze()
    return found, history


def described(phase: PhaseSettings) -> str:
    """Return what a phase trains, in words."""
    if phase.freeze:
        return "the head"
    if phase.last is None:
        return "everything"
    return "the head and the last " + ("layer" if phase.last == 1 else f"{phase.last} layers")
