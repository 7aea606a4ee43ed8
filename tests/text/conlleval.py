"""The counts of the official scorer by its own rules, state by state: a reference for ours."""

from collections import Counter
from collections.abc import Iterable

# Which prefix after which begins, or ends, a chunk of one type. There is no S among them.
_STARTS = {("B", "B"), ("I", "B"), ("O", "B"), ("O", "I"), ("E", "E"), ("E", "I"), ("O", "E")}
_ENDS = {("B", "B"), ("B", "O"), ("I", "B"), ("I", "O"), ("E", "E"), ("E", "I"), ("E", "O")}

Part = tuple[str, str]
OUTSIDE = ("O", "")


def counts(sentences: Iterable[Iterable[tuple[str, str]]]) -> dict[str, Counter[str]]:
    """Return `gold`, `found` and `correct` chunks by type of sentences of (gold tag, found tag)."""
    result = {name: Counter[str]() for name in ("gold", "found", "correct")}
    before, inside = (OUTSIDE, OUTSIDE), False
    for gold, found in _rows(sentences):
        ends = [_ends(*pair) for pair in ((before[0], gold), (before[1], found))]
        starts = [_starts(*pair) for pair in ((before[0], gold), (before[1], found))]
        if inside and any(ends):
            inside = False
            if all(ends) and before[0][1] == before[1][1]:
                result["correct"][before[0][1]] += 1
        elif inside and gold[1] != found[1]:
            inside = False
        if all(starts) and gold[1] == found[1]:
            inside = True
        result["gold"][gold[1]] += starts[0]
        result["found"][found[1]] += starts[1]
        before = (gold, found)
    return {name: +each for name, each in result.items()}


def _rows(sentences: Iterable[Iterable[tuple[str, str]]]) -> Iterable[tuple[Part, Part]]:
    for sentence in sentences:
        for gold, found in sentence:
            yield _part(gold), _part(found)
        yield OUTSIDE, OUTSIDE


def _part(tag: str) -> Part:
    prefix, _, type_ = tag.partition("-")
    return prefix, type_


def _starts(before: Part, here: Part) -> bool:
    return (before[0], here[0]) in _STARTS or (here[0] != "O" and before[1] != here[1])


def _ends(before: Part, here: Part) -> bool:
    return (before[0], here[0]) in _ENDS or (before[0] != "O" and before[1] != here[1])
