"""What torch computes for a sample: values, vjp, jvp, and the derivative of the vjp."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

Arrays = list[Any]


@dataclass
class Reference:
    """The results of one sample; derivatives are None where torch has none.

    values      the outputs
    moving      the numbers of the outputs that have a gradient
    upstream    random upstream gradients of those
    directions  random directions of the inputs that have a gradient
    vjp, jvp    derivatives along them
    second      the gradient of the inner product of vjp and directions
    """

    values: Arrays
    moving: list[int] = field(default_factory=list)
    upstream: Arrays = field(default_factory=list)
    directions: Arrays = field(default_factory=list)
    vjp: Arrays | None = None
    jvp: Arrays | None = None
    second: Arrays | None = None


def computed(operator: Any, given: Any, inputs: list[torch.Tensor]) -> Reference:
    """Return torch's results for a SampleInput, whose tensors with a gradient are `inputs`."""
    outputs = flat(operator(given.input, *given.args, **given.kwargs))
    reference = Reference([each.numpy(force=True) for each in outputs])
    reference.moving = [i for i, each in enumerate(outputs) if each.requires_grad]
    if inputs and reference.moving:
        _differentiate(operator, [outputs[i] for i in reference.moving], inputs, reference)
    return reference


def flat(value: Any) -> list[Any]:
    """Return the tensors of a result in order."""
    if isinstance(value, list | tuple):
        return [leaf for each in value for leaf in flat(each)]
    return [] if value is None else [value]


def _differentiate(operator: Any, outputs: Any, inputs: Any, reference: Reference) -> None:
    random = np.random.default_rng(0)
    reference.upstream = [_drawn(random, each) for each in outputs]
    reference.directions = [_drawn(random, each) for each in inputs]
    upstream = [torch.tensor(each, requires_grad=True) for each in reference.upstream]
    directions = [torch.tensor(each) for each in reference.directions]
    twice = operator.supports_gradgrad
    try:
        gradients = _gradients(outputs, inputs, upstream, twice)
    except RuntimeError:
        gradients, twice = _gradients(outputs, inputs, upstream), False
    reference.vjp = [each.numpy(force=True) for each in gradients]
    if twice:
        _differentiate_again(gradients, inputs, upstream, directions, reference)


def _differentiate_again(
    gradients: Any, inputs: Any, upstream: Any, directions: Any, reference: Reference
) -> None:
    inner = sum((g * d).sum() for g, d in zip(gradients, directions, strict=True))
    if not inner.requires_grad:
        return
    try:
        both = [each.numpy(force=True) for each in _gradients([inner], inputs + upstream)]
    except RuntimeError:  # torch says that there is one, and fails
        return
    reference.second, reference.jvp = both[: len(inputs)], both[len(inputs) :]


def _gradients(outputs: Any, inputs: Any, upstream: Any = None, again: bool = False) -> Any:
    found = torch.autograd.grad(
        outputs, inputs, upstream, create_graph=again, retain_graph=True, allow_unused=True
    )
    pairs = zip(found, inputs, strict=True)
    return [torch.zeros_like(x) if each is None else each for each, x in pairs]


def _drawn(random: np.random.Generator, tensor: Any) -> Any:
    return random.normal(size=tuple(tensor.shape)).astype(tensor.numpy(force=True).dtype)
