"""A directive that shows all claims of the lectures.

Every claim is measured, and shown with its picture and figures; with `-D lecture_measured=0` it is
shown with its sentence alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from building.explorer import frame
from chainrule.lecture import CLAIMS, Claim, Measured, measured


class Claims(SphinxDirective):
    """One section for every claim of the lectures."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        return [self._section(each) for each in CLAIMS]

    def _section(self, claim: Claim) -> nodes.section:
        section = nodes.section("", nodes.title("", claim.name), ids=[f"claim-{claim.name}"])
        section += nodes.paragraph("", claim.says)
        if self.config.lecture_measured:
            section += list(self._shown(measured(claim, Path(self.env.app.outdir) / "lecture")))
        section += _text(f"chainrule lecture {claim.name}\n# src/{_file_of(claim)}")
        return section

    def _shown(self, found: Measured) -> Iterator[nodes.Node]:
        """Yield the picture, the figures, and whether the claim held."""
        if found.picture is not None:
            uri = os.path.relpath(found.picture, self.env.srcdir)
            yield nodes.image("", uri=uri, alt=found.claim.says)
        if found.outcome.text:
            yield _text(found.outcome.text)
        for title, page in found.pages.items():
            uri = os.path.relpath(page, self.env.app.outdir)
            yield frame(os.path.relpath(uri, os.path.dirname(self.env.docname)), f"Graph: {title}")
        figures = found.outcome.figures.items()
        yield nodes.bullet_list("", *(_item(f"{name}: {value}") for name, value in figures))
        yield nodes.paragraph("", "", nodes.strong("", found.verdict))


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive and its option."""
    app.add_config_value("lecture_measured", True, "env", bool)
    app.add_directive("claims", Claims)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _file_of(claim: Claim) -> str:
    return f"{claim.measure.__module__.replace('.', '/')}.py"


def _text(text: str) -> nodes.literal_block:
    return nodes.literal_block(text, text, language="text")


def _item(text: str) -> nodes.list_item:
    return nodes.list_item("", nodes.paragraph("", text))
