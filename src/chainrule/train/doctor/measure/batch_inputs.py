"""The arrays of a batch as named inputs of a graph."""

from __future__ import annotations

import inspect
from typing import Any

from chainrule.graph import Input, as_tensor
from chainrule.train.state.run import Run


def batch_inputs(run: Run) -> list[Input]:
    """Return the arrays of the last batch as inputs, so that they are no constants of the graph.

    They have the names of the arguments of the objective, or numbers where it has too few.
    """
    return [_as_input(name, each) for name, each in zip(_names(run), run.batch, strict=True)]


def _names(run: Run) -> list[str]:
    found = inspect.signature(run.objective).parameters.values()
    named = [each.name for each in found if each.kind is each.POSITIONAL_OR_KEYWORD]
    return [named[i] if i < len(named) else f"batch_{i + 1}" for i in range(len(run.batch))]


def _as_input(name: str, data: Any) -> Input:
    tensor = as_tensor(data)
    return Input(name, tensor.shape, tensor.dtype, tensor.read())
