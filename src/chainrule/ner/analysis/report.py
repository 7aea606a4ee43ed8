"""The report of an error analysis: counts that can be printed and shown as a page."""

from __future__ import annotations

from chainrule.ner.analysis.page import page_of
from chainrule.ner.analysis.result import CountedOutcomes
from chainrule.ner.analysis.screen import EXAMPLES, plain_text


class ErrorAnalysis(CountedOutcomes):
    """Every gold and every predicted entity of a corpus in one outcome; see `error_analysis`.

    words     the words of the sentences
    outcomes  of all sentences, from left to right
    score     the counts of all entities, those of `chainrule.ner.score`
    groups    the groups of entities by property: type, length, capitals, ...
    missing   what could not be computed, and what it needs, as sentences
    """

    def html(self, examples: int | None = None) -> str:
        """Return a page that needs no other file, with so many examples of each kind."""
        return page_of(self, examples)

    def text(self, examples: int = EXAMPLES) -> str:
        """Return text of 80 columns, with so many examples of each kind."""
        return plain_text(self, examples)

    def __str__(self) -> str:
        return self.text()
