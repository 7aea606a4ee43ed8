"""The GRU in chainrule."""

from __future__ import annotations

import chainrule as cr
from benchmarks.problem import Learner, Problem
from benchmarks.with_chainrule.recurrent import recurrent


def learner(problem: Problem) -> Learner:
    return recurrent(cr.nn.GRU, problem)
