"""The tagger in chainrule."""

from __future__ import annotations

import chainrule as cr
from benchmarks.problem import Learner, Problem
from benchmarks.tasks.tagger import Sizes
from benchmarks.with_chainrule.training import training


class Tagger(cr.nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        empty = cr.nn.initial.zeros
        self.words = cr.nn.Embedding(sizes.vocabulary, sizes.vector, initial=empty)
        self.hidden = cr.nn.Linear(sizes.window * sizes.vector, sizes.hidden)
        self.output = cr.nn.Linear(sizes.hidden, sizes.classes)

    def forward(self, ids: cr.Tensor) -> cr.Tensor:
        vectors = self.words(ids).reshape(ids.shape[0], -1)
        return self.output(cr.relu(self.hidden(vectors)))


def learner(problem: Problem) -> Learner:
    return training(Tagger(problem.sizes), problem)
