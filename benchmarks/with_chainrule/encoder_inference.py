"""The encoder of padded texts in chainrule, without gradients."""

from __future__ import annotations

from benchmarks.problem import Learner, Problem
from benchmarks.with_chainrule.encoder import Encoder
from benchmarks.with_chainrule.training import inference
from benchmarks.with_chainrule.transformer import with_own_names


def learner(problem: Problem) -> Learner:
    return inference(Encoder(problem.sizes), with_own_names(problem))
