"""The numbers of what was read, changed and left out."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from chainrule.ner.data.errors import DataWarning
from chainrule.text import Sentence, spans

SPLIT = "words split, because an entity begins or ends inside of them"
EXPANDED = "entities expanded to whole words"
CONTRACTED = "entities contracted to whole words"
MISALIGNED = "entities left out, because they begin or end inside a word"
OVERLAPPING = "entities left out, because a longer or an earlier one overlaps them"
EMPTY = "entities left out, because they hold no word"
DISCONTINUOUS = "entities left out, because they consist of several pieces"
UNLABELLED = "entities left out, because they have no type"
SEVERAL_TYPES = "entities with several types, of which the first was taken"
RENAMED = "entities whose type has blanks, written with _"
OTHER_MARKS = "marks that are no spans of text left out"
REJECTED = "records left out, because they were rejected, ignored or cancelled"
UNANNOTATED = "tasks left out, because nobody annotated them"
OTHER_ANNOTATORS = "further annotations of a task left out; the first was taken"
WORDLESS = "records left out, because they hold no word"


@dataclass
class Tally:
    """Counts of sentences, words, entities by type, and changes by their reason."""

    sentences: int = 0
    words: int = 0
    entities: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def change(self, reason: str, place: str, count: int = 1) -> None:
        """Count a change; the place of the first one of a reason is kept."""
        if count:
            self.changes[reason] += count
            self.first.setdefault(reason, place)

    def add(self, sentence: Sentence) -> None:
        """Count a sentence and its entities."""
        self.sentences += 1
        self.words += len(sentence.words)
        self.entities.update(span.type for span in spans(sentence.tags))

    def notes(self) -> list[str]:
        """Return a line for each reason of a change."""
        return [
            f"{reason}: {count} (first: {self.first[reason]})"
            for reason, count in self.changes.items()
        ]

    def lines(self) -> list[str]:
        """Return all numbers as lines of text."""
        total = self.entities.total()
        head = f"{self.sentences} sentences, {self.words} words, {total} entities"
        types: Sequence[tuple[str, int]] = sorted(self.entities.items())
        return [head, *(f"  {name} {count}" for name, count in types), *self.notes()]

    def warn(self, what: str) -> None:
        """Warn with `DataWarning` if anything was changed."""
        if self.changes:
            notes = "; ".join(self.notes())
            warnings.warn(f"{what}: {notes}.", DataWarning, stacklevel=3)
