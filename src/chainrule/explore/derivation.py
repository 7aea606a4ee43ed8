"""The derivation of a gradient as users hold it: content that prints itself."""

from __future__ import annotations

from chainrule.explore.derive.derivation_data import DerivationData
from chainrule.explore.render.derivation_text import derivation_text
from chainrule.explore.render.latex import derivation_latex
from chainrule.explore.render.markdown import derivation_markdown


class Derivation(DerivationData):
    """A gradient in textbook form, each line checked; made by `cr.Graph.derivation`.

    objective  the name of the differentiated scalar
    forward    the lines that define values
    backward   the lines that define gradients, each with the result of its check
    elements   groups of lines that derive a forward line element by element: of functions that
               couple elements and of losses, of every line with elements=True
    folded     sentences that say which equal layers are not written out

    A line has `equation`, `shape`, `check` and `note`; a group has `title` and `lines`.

    Prints as text, and notebooks show it as Markdown.
    """

    def __str__(self) -> str:
        return derivation_text(self)

    __repr__ = __str__

    def markdown(self) -> str:
        """Return the derivation in Markdown, with formulas as code."""
        return derivation_markdown(self)

    def latex(self) -> str:
        """Return the derivation as a fragment of a LaTeX document, which needs amsmath."""
        return derivation_latex(self)

    _repr_markdown_ = markdown
