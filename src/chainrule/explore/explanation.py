"""The explanation of a graph as users hold it: content that prints itself."""

from __future__ import annotations

from chainrule.explore.explain.explanation_data import ExplanationData
from chainrule.explore.render.explanation_text import explanation_text
from chainrule.explore.render.latex import explanation_latex
from chainrule.explore.render.markdown import explanation_markdown


class Explanation(ExplanationData):
    """What every gate of a graph does to the gradient; made by `cr.Graph.explain`.

    objective   the name of the differentiated scalar
    paragraphs  one per gate or folded call, in topological order
    gradients   of inputs and parameters
    leaves      the cost of adding up the gradients of leaves that are used several times

    Prints as text, and notebooks show it as Markdown.
    """

    def __str__(self) -> str:
        return explanation_text(self)

    __repr__ = __str__

    def markdown(self) -> str:
        """Return the explanation in Markdown, with formulas as code."""
        return explanation_markdown(self)

    def latex(self) -> str:
        """Return the explanation as a fragment of a LaTeX document, which needs amsmath."""
        return explanation_latex(self)

    _repr_markdown_ = markdown
