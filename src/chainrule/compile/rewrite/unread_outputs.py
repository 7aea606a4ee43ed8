"""Scans without the last outputs that no gate reads, such as residuals without a backward scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chainrule.graph import Body, Tensor, apply


class UnreadOutputs:
    """Shortens scans of a graph; the flat result of a scan ends where the last slice of it does.

    Equal bodies stay equal.
    """

    def __init__(self) -> None:
        self._ends: dict[Tensor, int] = {}
        self._bodies: dict[tuple[Body, int], Body] = {}

    def note_readers(self, order: Sequence[Tensor], results: Sequence[Tensor]) -> None:
        """Note which elements of scans the nodes in `order` read; `results` are read whole."""
        scans = {each for each in order if _name(each) == "scan"}
        for node in order if scans else ():
            for each in node.inputs:
                if each in scans:
                    self._ends[each] = max(self._ends.get(each, 0), _end(node, each))
        self._ends.update((each, each.size) for each in results)

    def without(self, scan: Tensor) -> Tensor | None:
        """Return a scan that computes only what is read; None if that is all."""
        end, body = self._ends.get(scan, scan.size), scan.attributes["body"]
        fields = body.fields(scan.attributes["length"])[len(body.states) :]
        count = max(sum(each.start < end for each in fields), 0 if body.states else 1)
        if count == len(fields):
            return None
        if (body, count) not in self._bodies:
            self._bodies[body, count] = replace(body, outputs=body.outputs[:count])
        assert scan.primitive is not None
        attributes = {**scan.attributes, "body": self._bodies[body, count]}
        return apply(scan.primitive, *scan.inputs, **attributes)


def _end(reader: Tensor, scan: Tensor) -> int:
    """Return the end of the elements of a scan that a gate reads."""
    if _name(reader) != "slice":
        return scan.size
    (start,), (length,), (step,) = (reader.attributes[name] for name in _SLICE)
    return start + (length - 1) * step + 1 if step > 0 else scan.size


_SLICE = ("starts", "lengths", "steps")


def _name(node: Tensor) -> str:
    return node.primitive.name if node.primitive is not None else ""
