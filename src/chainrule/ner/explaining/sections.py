"""The parts of an explanation that text, pages and pictures show: bars with headings."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.ner.explaining.explained import Explained

_ROWS = 12  # rows of tables that are shown, those with the largest contributions


@dataclass(frozen=True)
class Section:
    """Bars with a heading.

    title   what the bars are of
    names   of the bars
    values  their lengths, in the same order
    """

    title: str
    names: tuple[str, ...]
    values: tuple[float, ...]


def heading(found: Explained) -> str:
    """Return the decision in a sentence."""
    ahead = "ahead of" if found.margin >= 0 else "behind"
    return (
        f"{printable(found.word)}: {found.tag}, {ahead} {found.runner_up.tag} by "
        f"{abs(found.margin):.4g}"
    )


def sections(found: Explained) -> list[Section]:
    """Return the bars of the score of the tag, of the margin, and of the strongest rows."""
    names = tuple(_name(found, each.place, each.word) for each in found.words)
    score = (found.baseline_score, *(each.value for each in found.words))
    margin = (found.baseline_margin, *(each.between for each in found.words))
    return [
        Section(
            f"score of {found.tag}: {found.score:.4g}, the sum of these, but for "
            f"{abs(found.unexplained):.1g}",
            ("(baseline)", *names),
            score,
        ),
        Section(
            f"margin before {found.runner_up.tag}: {found.margin:.4g}, the sum of these, but for "
            f"{abs(found.unexplained_margin):.1g}",
            ("(baseline)", *names, "(transitions)"),
            (*margin, found.transition_margin),
        ),
        _strongest(found),
    ]


def flip_sentence(found: Explained) -> str:
    """Return what the search for a change of one word found, "" if there was none."""
    if found.flip is None:
        if not found.tried:
            return ""
        wanted = "flips the tag" if found.is_predicted else f"makes it {found.tag}"
        return f"None of the {found.tried} changes of one word that were tagged {wanted}."
    return (
        f"“{printable(found.flip.becomes)}” for “{printable(found.flip.word)}” makes it "
        f"{found.flip.tag}: the smallest of the {found.tried} changes of one word that were tagged "
        f"(distance {found.flip.distance:.3g})."
    )


def printable(text: str) -> str:
    """Return a text without letters that command a terminal."""
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def _strongest(found: Explained) -> Section:
    parts = [
        (_name(found, word.place, word.word), part) for word in found.words for part in word.parts
    ]
    parts.sort(key=lambda each: -abs(each[1].value))
    return Section(
        f"the {min(_ROWS, len(parts))} strongest of {len(parts)} rows, for the score",
        tuple(f"{word} / {part.feature} {printable(part.name)}" for word, part in parts[:_ROWS]),
        tuple(part.value for _, part in parts[:_ROWS]),
    )


def _name(found: Explained, place: int | None, word: str) -> str:
    if place is None:
        return "(padding)"
    return ("> " if place == found.place else "") + printable(word)
