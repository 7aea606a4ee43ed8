"""What the kinds of outcomes mean, and the notes of reports."""

from __future__ import annotations

from chainrule.ner.analysis.matching import Kind

MEANING: dict[Kind, str] = {
    "correct": "same words, same type",
    "wrong type": "same words, another type",
    "boundary": "overlapping words, same type",
    "both": "overlapping words, another type",
    "missed": "gold entity, nothing predicted",
    "spurious": "predicted entity, no gold one",
}
REPAIRED_NOTE = "F1 repaired is the F1 with all errors of the kind corrected."
CONFUSION_NOTE = (
    "Rows are gold, columns predicted. Wrong boundaries of the right type are on the diagonal."
)
