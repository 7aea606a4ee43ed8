"""The tree of the calls of modules and gates that made a graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from chainrule.graph import Scope, Tensor, path_of


@dataclass(eq=False)
class GraphCall:
    """One call of a module or gate.

    scopes  the call and those around it, the outermost first
    gates   the number of gates made within it
    parts   the calls made directly within it
    """

    scopes: tuple[Scope, ...]
    gates: int = 0
    parts: list[GraphCall] = field(default_factory=list)

    @property
    def scope(self) -> Scope:
        """The call itself, the innermost of `scopes`."""
        return self.scopes[-1]

    @property
    def path(self) -> str:
        """Its path in the module tree, such as "encoder.layers.0"; empty for the model itself."""
        return path_of(self.scopes)

    @property
    def names(self) -> set[str]:
        """The names that open it: its label, its path, and its path with the class of the model."""
        return {self.scope.label, self.path, ".".join(each.label for each in self.scopes)} - {""}

    @property
    def is_container(self) -> bool:
        """Whether it consists of layers: a model, or a call most of whose gates are in layers."""
        layers = [each for each in self.parts if each.scope.kind]
        inside = sum(each.gates for each in layers)
        return bool(layers) and (len(self.scopes) == 1 or 2 * inside >= self.gates)


def title_of(scopes: Sequence[Scope]) -> str:
    """Return the title of the innermost call: Linear 'hidden' for a module, the path for a gate."""
    path, kind = path_of(scopes), scopes[-1].kind
    return path if not kind else f"{kind} {path!r}" if path else kind


def calls_of(gates: Iterable[Tensor]) -> dict[int, GraphCall]:
    """Return the calls around `gates` by their serial numbers, in the order they were made."""
    calls: dict[int, GraphCall] = {}
    for node in gates:
        around: GraphCall | None = None
        for depth, scope in enumerate(node.origin.scope, start=1):
            call = calls.get(scope.serial)
            if call is None:
                call = calls[scope.serial] = GraphCall(node.origin.scope[:depth])
                if around is not None:
                    around.parts.append(call)
            call.gates += 1
            around = call
    return calls
