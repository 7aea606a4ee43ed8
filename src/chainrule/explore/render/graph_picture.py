"""A picture of a graph, laid out and drawn by Graphviz."""

from __future__ import annotations

import os
from pathlib import Path

from chainrule.explore.errors import DrawingError
from chainrule.storage import write_atomically

_FORMATS = (".svg", ".png", ".pdf", ".dot")


class Picture:
    """A graph in Graphviz' language; notebooks show it and `save` writes it to a file.

    dot  the source text
    """

    def __init__(self, dot: str) -> None:
        self.dot = dot

    def svg(self) -> str:
        """Return the drawing as SVG text; raises DrawingError without pygraphviz."""
        return _drawn(self.dot, "svg").decode()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the drawing to a file ending in .svg, .png, .pdf or .dot.

        The file is written as a whole: beside its place first, then moved.
        Raises DrawingError for another suffix, a missing folder, or without pygraphviz,
        StorageError if it cannot be written.
        """
        target = Path(path)
        suffix = _suffix(target)
        if not target.parent.is_dir():
            raise DrawingError(
                f"The picture cannot be saved as {str(target)!r}: there is no folder "
                f"{str(target.parent)!r}. Create it, or choose another folder."
            )
        content = self.dot.encode() if suffix == ".dot" else _drawn(self.dot, suffix[1:])
        write_atomically(target, lambda file: file.write_bytes(content))

    def _repr_svg_(self) -> str:
        return self.svg()


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in _FORMATS:
        raise DrawingError(
            f"The picture cannot be saved as {str(path)!r}: it ends in {path.suffix!r}. "
            f"Choose a name that ends in {', '.join(_FORMATS)}."
        )
    return suffix


def _drawn(dot: str, format: str) -> bytes:
    try:
        import pygraphviz
    except ImportError as error:
        raise DrawingError(
            "Drawing needs pygraphviz, which brings Graphviz along. Install it with: "
            "pip install 'chainrule[plot]'. graph.dot() and a file ending in .dot need nothing."
        ) from error
    drawing: bytes = pygraphviz.AGraph(string=dot).draw(format=format, prog="dot")
    return drawing
