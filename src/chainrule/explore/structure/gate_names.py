"""Names of the nodes of a graph: the user's own where there is one, letters elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count, groupby, product
from string import ascii_lowercase

from chainrule.explore.errors import AmbiguousNameError
from chainrule.explore.number_text import number
from chainrule.explore.structure.fold import fold
from chainrule.explore.structure.opening import closed_unless
from chainrule.explore.structure.variables import assigned, variables_of
from chainrule.graph import Constant, Input, Parameter, Tensor, is_integer, path_of, unique_name


def names_of(order: Sequence[Tensor]) -> dict[Tensor, str]:
    """Return a unique name for each node of `order`, the nodes in the order they were made in.

    An input keeps its name; parameters and gates that the user named keep theirs, later ones of the
    same name with a suffix (`W`, `W_2`). The last gate made by a statement `h = ...` is called h
    if nothing else is. A constant of one element is its number. All others get letters.

    Raises AmbiguousNameError if two inputs share a name.
    """
    names = _input_names(order)
    taken = Counter(names.values())
    for node in order:
        if isinstance(node, Parameter) or (node.name is not None and node not in names):
            names[node] = unique_name(node.name or "parameter", taken)
    for node, name in _assigned(order):
        if node not in names and name not in taken:
            names[node] = name
            taken[name] += 1
    letters = _letters()
    for node in _results_first(order):
        if node not in names:
            names[node] = _invented(node, letters, taken)
    return names


def _input_names(order: Sequence[Tensor]) -> dict[Tensor, str]:
    found: dict[str, Tensor] = {}
    for node in order:
        if isinstance(node, Input) and node.name is not None:
            if node.name in found:
                raise AmbiguousNameError(
                    f"Two different inputs are named {node.name!r} (made at "
                    f"{found[node.name].origin} and {node.origin}), so a value bound by name "
                    "would be ambiguous. Give each input a name of its own."
                )
            found[node.name] = node
    return {node: name for name, node in found.items()}


def is_invented(node: Tensor, name: str) -> bool:
    """Say whether `name` is a generated letter, given because the user gave `node` no name."""
    return node.name is None and name not in variables_of(node)


def _assigned(order: Sequence[Tensor]) -> Iterator[tuple[Tensor, str]]:
    """Give the gates that lines assign to variables, and the names of these.

    Gates of a backward carry the line of the gate they were made for, but come later: only the
    first run of gates from one line counts.
    """
    gates = (node for node in order if node.primitive is not None)
    runs: dict[tuple[str, int], list[Tensor]] = {}
    for place, run in groupby(gates, lambda node: (node.origin.file, node.origin.line)):
        runs.setdefault(place, list(run))
    for gates_of_line in runs.values():
        yield from assigned(gates_of_line)


def _results_first(order: Sequence[Tensor]) -> list[Tensor]:
    """Put nodes that are shown before those inside folded calls, which get later letters."""
    gates = [node for node in order if node.primitive is not None]
    shown = {unit.result for unit in fold(gates, closed_unless(False, gates))}
    return sorted(order, key=lambda node: node not in shown)


def _letters() -> Iterator[str]:
    for length in count(1):
        for letters in product(ascii_lowercase, repeat=length):
            yield "".join(letters)


def _invented(node: Tensor, letters: Iterator[str], taken: Counter[str]) -> str:
    if isinstance(node, Constant):
        return number(node.item()) if node.size == 1 else unique_name(_role(node), taken)
    name = next(each for each in letters if each not in taken)
    taken[name] += 1
    return name


def _role(constant: Constant) -> str:
    """Return the name of a constant array: labels, an argument, or its module's path and role."""
    scopes = constant.origin.scope
    if is_integer(constant.dtype) and scopes and not scopes[-1].kind:
        return "labels"
    if constant.dtype.kind == "f" and scopes:
        others = [name for name, value in scopes[-1].options if value is ...][1:]
        if len(others) == 1:
            return others[0]
    role = "mask" if constant.dtype.kind == "b" else "constant"
    path = path_of(scopes)
    return f"{path}.{role}" if path else role
