"""Measuring a claim: its text, its picture and the explorer pages of its graphs in files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

from chainrule.lecture.claim import Claim, Outcome
from chainrule.storage import StorageError, reason, shown, write_atomically

_SIZE, _DOTS = (9.6, 5.4), 150
_COLOURS = (  # Okabe and Ito's palette, which is safe for colour-blind people
    "0072B2",
    "D55E00",
    "009E73",
    "CC79A7",
    "E69F00",
    "56B4E9",
    "000000",
    "999999",
)
_LOOKS: Any = {
    "font.size": 12,
    "axes.titlesize": 13,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "figure.constrained_layout.w_pad": 0.08,
    "axes.prop_cycle": f"cycler(color={_COLOURS})",
}
_NO_PICTURE = "not drawn: pip install 'chainrule[plot]' for pictures"


@dataclass(frozen=True)
class Measured:
    """The result of measuring a claim on this machine.

    seconds  the duration of the measurement
    picture  the file of the picture; None without matplotlib
    pages    the files of the explorer pages of its graphs, by title
    """

    claim: Claim
    outcome: Outcome
    seconds: float
    picture: Path | None
    pages: Mapping[str, Path] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """Whether the claim held, and the deciding figure."""
        return f"{'held' if self.outcome.held else 'DID NOT HOLD'}: {self.outcome.because}"

    @property
    def _graphs(self) -> list[str]:
        return [f"graph of {title}: {path}" for title, path in self.pages.items()]

    def __str__(self) -> str:
        figures = self.outcome.figures
        width = max(map(len, figures), default=0)
        blocks = [
            f"{self.claim.name}: {self.claim.says}",
            self.outcome.text,
            "\n".join(f"  {name:{width}}   {value}" for name, value in figures.items()),
            "\n".join([self.verdict, f"picture: {self.picture or _NO_PICTURE}", *self._graphs]),
        ]
        return "\n\n".join(filter(None, blocks))


def measured(claim: Claim, folder: str | os.PathLike[str], **options: Any) -> Measured:
    """Measure a claim, and save its picture as `folder`/<name>.png.

    options  of the measurement, by the names in `claim.options`

    The explorer pages of its graphs are saved beside it, as <name>.html, or <name>-1.html and so on
    if there are several. Raises StorageError if a file cannot be written, with matplotlib before
    measuring if the folder cannot be.
    """
    path = Path(folder) / f"{claim.name}.png" if find_spec("matplotlib") else None
    if path is not None:
        _require_writable(path.parent)
    start = perf_counter()
    outcome = claim.measure(**options)
    seconds = perf_counter() - start
    if path is not None:
        _save(outcome.draw, claim.says, path)
    return Measured(claim, outcome, seconds, path, _pages(claim.name, outcome, Path(folder)))


def _pages(name: str, outcome: Outcome, folder: Path) -> dict[str, Path]:
    if outcome.graphs:
        _require_writable(folder)
    several = len(outcome.graphs) > 1
    pages = {
        title: folder / (f"{name}-{number}.html" if several else f"{name}.html")
        for number, title in enumerate(outcome.graphs, start=1)
    }
    for title, path in pages.items():
        outcome.graphs[title].explore(path)
    return pages


def _require_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trouble = "" if os.access(folder, os.W_OK) else "Permission denied"
    except (OSError, ValueError) as error:
        trouble = reason(error)
    if trouble:
        raise StorageError(
            f"Pictures are saved in {shown(folder)}, which cannot be written to: {trouble}. "
            "Choose another folder."
        )


def _save(draw: Callable[[Any], None], title: str, path: Path) -> None:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_LOOKS):
        figure = Figure(figsize=_SIZE, dpi=_DOTS, layout="constrained")
        draw(figure)
        figure.suptitle(title, fontsize=13)
        write_atomically(path, lambda file: figure.savefig(file, format="png"))
