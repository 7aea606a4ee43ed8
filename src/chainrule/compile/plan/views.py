"""Views: tensors that are other tensors' memory under another shape."""

from __future__ import annotations

from collections.abc import Iterable

from chainrule.compile.fuse.fusion import Alias, Step
from chainrule.compile.lower.kernel_calls import Place
from chainrule.graph import Tensor


class Views:
    """In whose memory tensors stand, after the aliases among some steps in the order they run."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._roots: dict[Tensor, tuple[Tensor, int]] = {}
        for step in steps:
            if isinstance(step, Alias):
                root, start = self.root(step.node.inputs[0])
                self._roots[step.node] = (root, start + step.start)

    def root(self, node: Tensor) -> tuple[Tensor, int]:
        """Return in whose memory a tensor stands, and from which element on."""
        return self._roots.get(node, (node, 0))

    def place(self, place: Place) -> Place:
        """Return a place as one in the memory where it really is."""
        if not isinstance(place.of, Tensor):
            return place
        root, start = self.root(place.of)
        return place.within(root, start * root.dtype.itemsize)

    def owner(self, node: Tensor) -> Tensor:
        """Return in whose memory a tensor stands."""
        return self.root(node)[0]
