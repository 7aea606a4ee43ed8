"""The encoder of padded texts in JAX, without gradients."""

from __future__ import annotations

from functools import partial

from benchmarks.problem import Learner, Problem
from benchmarks.with_jax.encoder import scores
from benchmarks.with_jax.training import inference


def learner(problem: Problem) -> Learner:
    return inference(partial(scores, sizes=problem.sizes), problem)
