"""The calls of modules and gates that a graph was made in, as a tree, each with its path."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from chainrule.graph import Scope, Tensor


@dataclass(eq=False)
class Call:
    """One call: where it stands, how many gates it holds, and the calls made directly within."""

    scopes: tuple[Scope, ...]
    gates: int = 0
    parts: list[Call] = field(default_factory=list)

    @property
    def scope(self) -> Scope:
        """The call itself, the innermost of `scopes`."""
        return self.scopes[-1]

    @property
    def path(self) -> str:
        """Where it stands, such as "encoder.layers.0"; empty for a model itself."""
        return path_of(self.scopes)

    @property
    def names(self) -> set[str]:
        """What it can be opened by: its label, its path, and that with the class of the model."""
        return {self.scope.label, self.path, ".".join(each.label for each in self.scopes)} - {""}

    @property
    def is_container(self) -> bool:
        """Whether it is made of further layers: a model, or a call that mostly consists of them."""
        layers = [each for each in self.parts if each.scope.kind]
        inside = sum(each.gates for each in layers)
        return bool(layers) and (len(self.scopes) == 1 or 2 * inside >= self.gates)


def path_of(scopes: Sequence[Scope]) -> str:
    """Return the labels from the outermost call, with dots, without a model that has only a class.

    Such a path begins like the names of the parameters below it.
    """
    nameless = bool(scopes) and scopes[0].label == scopes[0].kind
    return ".".join(each.label for each in scopes[1 if nameless else 0 :])


def title_of(scopes: Sequence[Scope]) -> str:
    """Return what the innermost call is called: Linear 'hidden' for a module, a gate's path."""
    path, kind = path_of(scopes), scopes[-1].kind
    return path if not kind else f"{kind} {path!r}" if path else kind


def calls_of(gates: Iterable[Tensor]) -> dict[int, Call]:
    """Return the calls around `gates` by their numbers, in the order in which they were made."""
    calls: dict[int, Call] = {}
    for node in gates:
        around: Call | None = None
        for depth, scope in enumerate(node.origin.scope, start=1):
            call = calls.get(scope.serial)
            if call is None:
                call = calls[scope.serial] = Call(node.origin.scope[:depth])
                if around is not None:
                    around.parts.append(call)
            call.gates += 1
            around = call
    return calls
