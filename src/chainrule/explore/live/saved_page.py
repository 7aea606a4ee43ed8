"""An explorer page in a file, which notebooks show in a frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chainrule.explore.live.frame import file_frame


@dataclass(frozen=True)
class SavedPage:
    """A self-contained file with an explorer page. Notebooks show the page in a frame.

    path  the file
    """

    path: Path
    _picture: Callable[[], str | None]

    def _repr_html_(self) -> str:
        """Return a frame that holds the page, so that a notebook needs the file no longer."""
        return file_frame(self.path.read_text(encoding="utf-8"), self._picture())

    def __repr__(self) -> str:
        return f"<SavedPage {self.path}>"
