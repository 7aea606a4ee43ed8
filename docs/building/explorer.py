"""A directive that shows the explorer page of a graph, which the Python code above it makes.

`{explorer} name` runs the last block of Python above it on the page, and opens the graph, or the
tensor, that the block has in this variable; `graph` without a name.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import chdir, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import chainrule as cr

FOLDER = "explorer"
HEIGHT = 560  # pixels
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


class Explorer(SphinxDirective):
    """A frame with the explorer page of a graph."""

    optional_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {"height": directives.nonnegative_int}

    def run(self) -> list[nodes.Node]:
        """Return the frame, and a link to the page alone."""
        name = self.arguments[0] if self.arguments else "graph"
        number = self.env.new_serialno("explorer") + 1
        file = f"{self.env.docname.replace('/', '-')}-{number}.html"
        folder = Path(self.env.app.outdir) / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        write_page(self._code(), name, folder.resolve() / file)
        return [*self._frame(f"{FOLDER}/{file}", name)]

    def _code(self) -> str:
        page = Path(self.env.doc2path(self.env.docname)).read_text(encoding="utf-8")
        above = "".join(page.splitlines(keepends=True)[: self.lineno - 1])
        return BLOCK.findall(above)[-1]

    def _frame(self, file: str, name: str) -> Iterator[nodes.Node]:
        here = os.path.dirname(self.env.docname)
        yield frame(os.path.relpath(file, here), f"Graph of {name}", **self.options)


def frame(uri: str, title: str, height: int = HEIGHT) -> nodes.raw:
    """Return a frame that shows a page when the reader scrolls to it, and a link to the page."""
    text = (
        f'<iframe class="explorer" src="{uri}" title="{title}" loading="lazy" '
        f'height="{height}"></iframe>'
        f'<p class="explorer"><a href="{uri}">Open the graph on a page of its own</a></p>'
    )
    return nodes.raw("", text, format="html")


def write_page(code: str, name: str, path: Path) -> None:
    """Write the page of the graph, or of the tensor, that a block has in the variable `name`."""
    variables: dict[str, Any] = {"__name__": "__main__"}
    with TemporaryDirectory() as folder, chdir(folder), redirect_stdout(io.StringIO()):
        script = Path(folder) / "block.py"  # pages show its lines
        script.write_text(code, encoding="utf-8")
        exec(compile(code, str(script), "exec"), variables)
        found = variables[name]
        (found if isinstance(found, cr.Graph) else cr.Graph(found)).explore(path)


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive."""
    app.add_directive("explorer", Explorer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
