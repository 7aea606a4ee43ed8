"""An error analysis as a page that needs no other file: light and dark, with tables to sort."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import starmap

from chainrule.ner.analysis.explained_kinds import CONFUSION_NOTE, MEANING, REPAIRED_NOTE
from chainrule.ner.analysis.groups import ErrorGroup
from chainrule.ner.analysis.matching import ERROR_KINDS, KINDS, Kind, Outcome
from chainrule.ner.analysis.page_style import SCRIPT, STYLE
from chainrule.ner.analysis.result import Confusion, CountedOutcomes
from chainrule.text import Span

_PIXELS = 1.2  # of a bar per percent
_GROUP_NAMES = ("", "gold", "predicted", "correct", "precision", "recall", "F1", "errors", "share")


def page_of(analysis: CountedOutcomes, examples: int | None = None) -> str:
    """Return the page, with so many examples of each kind; None for all."""
    parts = [*_summary(analysis), *_kinds(analysis)]
    for name, groups in analysis.groups.items():
        parts += _groups(name, groups)
    parts += [*_confusion(analysis.confusion), *_examples(analysis, examples)]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Errors of a tagger</title><style>{STYLE}</style></head>\n"
        f"<body>{''.join(parts)}<script>{SCRIPT}</script></body></html>\n"
    )


def _summary(analysis: CountedOutcomes) -> Iterator[str]:
    score = analysis.score
    yield "<h1>Errors of a tagger</h1>"
    yield (
        f"<p>{score.gold} gold entities, {score.found} predicted, {score.correct} correct. "
        f"Precision {score.precision:.2f}, recall {score.recall:.2f}, "
        f"<strong>F1 {score.f1:.2f}</strong>.</p>"
    )
    yield from (f'<p class="note">{escape(each)}</p>' for each in analysis.missing)


def _kinds(analysis: CountedOutcomes) -> Iterator[str]:
    yield f'<h2>Kinds of errors</h2><p class="note">{escape(REPAIRED_NOTE)}</p>'
    yield _table(
        "kinds-table",
        ("kind", "count", "F1 repaired", "gain", "meaning"),
        (_kind_row(analysis, kind) for kind in KINDS),
    )


def _kind_row(analysis: CountedOutcomes, kind: Kind) -> str:
    repaired = analysis.repaired(kind).f1
    gain = repaired - analysis.score.f1
    numbers = ["", ""] if kind == "correct" else [f"{repaired:.2f}", f"{gain:.2f}"]
    cells = [kind, str(analysis.counts[kind]), *numbers]
    return _cells(cells) + f'<td class="words">{escape(MEANING[kind])}</td>'


def _groups(name: str, groups: Sequence[ErrorGroup]) -> Iterator[str]:
    yield f"<h2>By {escape(name)}</h2>"
    yield _table("groups-table", _GROUP_NAMES, starmap(_group_row, enumerate(groups)))


def _group_row(place: int, group: ErrorGroup) -> str:
    score = group.score
    numbers = [score.gold, score.found, score.correct]
    percents = [score.precision, score.recall, score.f1]
    cells = [*map(str, numbers), *(f"{each:.2f}" for each in percents)]
    value = f'<td data-value="{place}">{escape(group.value)}</td>'
    bar = f'<span class="bar" style="width:{group.share * _PIXELS:.1f}px"></span>'
    return (
        value
        + _cells([*cells, str(group.errors)])
        + f'<td class="share" data-value="{group.share:.3f}">{bar} {group.share:.1f}%</td>'
    )


def _confusion(confusion: Confusion) -> Iterator[str]:
    names = [*confusion.types, "none"]
    most = max((count for _, _, count in confusion.confused()), default=0)
    yield f'<h2>Confusion of types</h2><p class="note">{escape(CONFUSION_NOTE)}</p>'
    yield _table(
        "confusion-table",
        ("gold", *names),
        (
            _cells([name])
            + "".join(
                _heat(count, sum(row) if i == j else most, i == j) for j, count in enumerate(row)
            )
            for i, (name, row) in enumerate(zip(names, confusion.counts, strict=True))
        ),
    )


def _heat(count: int, most: int, is_right: bool) -> str:
    """Return a cell: correct types are shaded by their share, confusions by the largest one."""
    colour = "right" if is_right else "heat"
    if not count:
        return "<td>0</td>"
    shade = 0.08 + 0.5 * count / most
    return f'<td style="background:rgba(var(--{colour}), {shade:.2f})">{count}</td>'


def _examples(analysis: CountedOutcomes, examples: int | None) -> Iterator[str]:
    yield '<h2>Examples</h2><div class="kinds" role="group" aria-label="Kinds of errors">'
    yield '<button data-kind="" aria-pressed="true">all</button>'
    for kind in ERROR_KINDS:
        count = analysis.counts[kind]
        yield f'<button data-kind="{kind}" aria-pressed="false">{kind} ({count})</button>'
    yield "</div>"
    for kind in ERROR_KINDS:
        for each in analysis.examples(kind, examples):
            yield _example(analysis.words[each.sentence], each)


def _example(words: Sequence[str], outcome: Outcome) -> str:
    lines = [
        f"<div><span>{name}</span>{_marked(words, span, name)}</div>"
        for name, span in (("gold", outcome.gold), ("predicted", outcome.predicted))
        if span is not None
    ]
    head = f'<span class="kind">{outcome.kind}, sentence {outcome.sentence + 1}</span>'
    return f'<div class="example" data-kind="{outcome.kind}">{head}{"".join(lines)}</div>'


def _marked(words: Sequence[str], span: Span, name: str) -> str:
    before, mention, after = (
        escape(" ".join(words[begin:end]))
        for begin, end in ((0, span.start), (span.start, span.end), (span.end, len(words)))
    )
    mark = f'<mark class="{name}">{mention} <b>{escape(span.type)}</b></mark>'
    return " ".join(each for each in (before, mark, after) if each)


def _cells(texts: Iterable[str]) -> str:
    return "".join(f"<td>{escape(each)}</td>" for each in texts)


def _table(kind: str, names: Sequence[str], rows: Iterable[str]) -> str:
    """Return a table of a class of the style sheet, whose rows are cells of HTML."""
    head = "".join(
        f'<th scope="col"><button type="button">{escape(each) or "value"}</button></th>'
        for each in names
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    table = f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="wide">{table}</div>'
