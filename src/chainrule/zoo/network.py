"""A network of the zoo: what it is, and what shows that it works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import chainrule as cr
from chainrule.lecture import Claim


@dataclass(frozen=True)
class Network:
    """An entry of the zoo.

    name            its name on the command line
    says            what it is, in one sentence
    make            returns a new network, in the size that the summary shows
    inputs          what `cr.summary` needs beside it: a shape, or a shape with a dtype
    demonstrations  claims that train it, each in less than a minute of processor time
    full            claims at full size, which take longer or more memory
    """

    name: str
    says: str
    make: Callable[[], cr.nn.Module]
    inputs: Any
    demonstrations: tuple[Claim, ...]
    full: tuple[Claim, ...] = ()

    def summary(self) -> cr.nn.Summary:
        """Return the layers with their shapes, parameters and costs."""
        return cr.summary(self.make(), self.inputs)
