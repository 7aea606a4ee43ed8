"""The explorer page as a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chainrule.explore.errors import DrawingError
from chainrule.explore.page.html import page_html
from chainrule.storage import write_atomically


def require_html(path: str | os.PathLike[str]) -> None:
    """Raise DrawingError unless a page can be written to `path`."""
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise DrawingError(
            f"The page cannot be written to {str(target)!r}: it ends in {target.suffix!r}. Choose "
            "a name that ends in .html."
        )
    if not target.parent.is_dir():
        raise DrawingError(
            f"The page cannot be written to {str(target)!r}: there is no folder "
            f"{str(target.parent)!r}. Create it, or choose another folder."
        )


def write_page(document: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write a document as one file of HTML, as a whole: beside its place first, then moved."""
    content = page_html(document).encode("utf-8")
    write_atomically(path, lambda file: file.write_bytes(content))
