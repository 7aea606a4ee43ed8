"""The parameters of an optimizer or an average."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

from chainrule.graph import ChainruleError, Parameter, Tensor


@runtime_checkable
class HasParameters(Protocol):
    """An object that lists its parameters, such as a model."""

    def parameters(self) -> list[Parameter]: ...


Parameters = HasParameters | Iterable[Parameter]


def trainable_of(owner: str, given: Parameters) -> list[Parameter]:
    """Return the trainable parameters of a model, or of a list of parameters.

    Raises TypeError for anything else, ChainruleError if there is none.
    """
    listed: Any = given.parameters() if isinstance(given, HasParameters) else given
    if isinstance(listed, Tensor) or not isinstance(listed, Iterable):
        raise TypeError(
            f"{owner} was made for {given!r}. Give a model, or a list of parameters: [parameter]."
        )
    found = list(listed)
    for each in found:
        if not isinstance(each, Parameter):
            raise TypeError(
                f"{owner} was made for a list with {each!r} in it. Give a model, or a list of "
                "parameters; some of them have options of their own by their names: groups=..."
            )
    trainable = [each for each in found if each.trainable]
    if not trainable:
        raise ChainruleError(
            f"{owner} was given no trainable parameter. Pass a model with parameters, or a list of "
            "them, of which some are not frozen."
        )
    return trainable


def require_names_differ(owner: str, names: Sequence[str]) -> None:
    """Raise ChainruleError if two parameters have the same name: the paths of their state clash."""
    if doubled := sorted(name for name, count in Counter(names).items() if count > 1):
        raise ChainruleError(
            f"The state of {owner} was asked for by name, but several of its parameters are called "
            f"{', '.join(map(repr, doubled))}. Make it for a model, whose parameters are named by "
            "their paths, or give each its own name."
        )
