"""An error analysis on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from chainrule.ner.analysis.explained_kinds import CONFUSION_NOTE, MEANING, REPAIRED_NOTE
from chainrule.ner.analysis.groups import ErrorGroup
from chainrule.ner.analysis.matching import ERROR_KINDS, KINDS, Kind, Outcome
from chainrule.ner.analysis.result import Confusion, CountedOutcomes
from chainrule.storage import printable
from chainrule.text import Span

EXAMPLES = 3  # of each kind

_CONTEXT = 6  # words on each side
_MOST_CONFUSIONS = 10
_NARROW = 76  # columns; below it, tables of groups have fewer columns
_SHADES = ("", "white on grey35", "black on dark_orange", "white on red3")


def plain_text(analysis: CountedOutcomes, examples: int = EXAMPLES) -> str:
    """Return an analysis as text of 80 columns, without colours."""
    file = StringIO()
    console = Console(file=file, width=80, color_system=None, highlight=False, emoji=False)
    console.print(screen(analysis, 80, examples))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def screen(analysis: CountedOutcomes, width: int, examples: int = EXAMPLES) -> Group:
    """Return an analysis for a console of so many columns, with examples of each kind."""
    parts: list[RenderableType] = [_summary(analysis), _kinds(analysis, width), REPAIRED_NOTE]
    for name, groups in analysis.groups.items():
        parts += ["", _groups(name, groups, width)]
    parts += ["", *_confusion(analysis.confusion, width)]
    for kind in ERROR_KINDS:
        found = analysis.examples(kind, examples)
        if found:
            parts += ["", *_examples(analysis, kind, found)]
    parts += ["", *analysis.missing] if analysis.missing else []
    return Group(*(Text(each) if isinstance(each, str) else each for each in parts))


def _summary(analysis: CountedOutcomes) -> Text:
    score = analysis.score
    return Text(
        f"{score.gold} gold entities, {score.found} predicted, {score.correct} correct\n"
        f"precision {score.precision:.2f}, recall {score.recall:.2f}, F1 {score.f1:.2f}\n"
    )


def _table(title: str, *names: str) -> Table:
    table = Table(
        box=None, pad_edge=False, title=Text(title, "bold"), title_justify="left", title_style=""
    )
    table.add_column(names[0], overflow="fold")
    for name in names[1:]:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _kinds(analysis: CountedOutcomes, width: int) -> Table:
    names = ("kind", "count", "F1 repaired", "gain")
    table = _table("Kinds of errors", *names)
    if width >= _NARROW:
        table.add_column("meaning", style="dim")
    for kind in KINDS:
        repaired = analysis.repaired(kind).f1
        gain = repaired - analysis.score.f1
        cells = ["", ""] if kind == "correct" else [f"{repaired:.2f}", f"+{gain:.2f}"]
        row = [kind, str(analysis.counts[kind]), *cells, MEANING[kind]]
        table.add_row(*row[: len(table.columns)])
    return table


def _groups(name: str, groups: tuple[ErrorGroup, ...], width: int) -> Table:
    wide = width >= _NARROW
    names = ("gold", "prec", "rec", "F1", "errors", "share") if wide else ("F1", "errors", "share")
    table = _table(f"By {name}", "", *names)
    if wide:
        table.add_column("of all errors")
    for each in groups:
        score, share = each.score, f"{each.share:.1f}%"
        cells = [str(score.gold), f"{score.precision:.2f}", f"{score.recall:.2f}"] if wide else []
        cells += [f"{score.f1:.2f}", str(each.errors), share]
        cells += [_bar(each.share)] if wide else []
        table.add_row(Text(printable(each.value)), *map(Text, cells))
    return table


def _bar(share: float) -> str:
    return "█" * round(share / 5) or ("▏" if share else "")


def _confusion(confusion: Confusion, width: int) -> Iterator[RenderableType]:
    names = [printable(each) for each in confusion.types] + ["none"]
    cells = [[str(count) if count else "." for count in row] for row in confusion.counts]
    columns = list(zip(*cells, strict=True))
    sizes = [
        max(len(each), *map(len, column)) + 2 for each, column in zip(names, columns, strict=True)
    ]
    if sum(sizes) + max(map(len, names)) > width:
        yield _most_confused(confusion)
        return
    table = _table("Confusion of types", "gold", *names)
    for i, (name, row) in enumerate(zip(names, cells, strict=True)):
        total = sum(confusion.counts[i])
        shown = [
            Text(cell, "bold" if i == j else _shade(confusion.counts[i][j], total))
            for j, cell in enumerate(row)
        ]
        table.add_row(Text(name), *shown)
    yield table
    yield Text(CONFUSION_NOTE)


def _shade(count: int, total: int) -> str:
    share = count / total if total else 0
    return _SHADES[sum(share > bound for bound in (0.02, 0.1, 0.25))]


def _most_confused(confusion: Confusion) -> Table:
    table = _table("Most frequent confusions of types", "gold", "count")
    table.add_column("predicted", overflow="fold")
    for gold, predicted, count in confusion.confused()[:_MOST_CONFUSIONS]:
        table.add_row(Text(printable(gold)), Text(str(count)), Text(printable(predicted)))
    return table


def _examples(
    analysis: CountedOutcomes, kind: Kind, found: list[Outcome]
) -> Iterator[RenderableType]:
    yield Text(f"{kind} ({len(found)} of {analysis.counts[kind]})", "bold")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for each in found:
        words = analysis.words[each.sentence]
        if each.gold is not None:
            table.add_row("gold", _marked(words, each.gold, "green"))
        if each.predicted is not None:
            table.add_row("pred", _marked(words, each.predicted, "red"))
    yield table


def _marked(words: tuple[str, ...], span: Span, colour: str) -> Text:
    """Return the words around an entity, and the entity in brackets with its type."""
    begin, end = max(0, span.start - _CONTEXT), span.end + _CONTEXT
    before = ("… " if begin else "") + _joined(words[begin : span.start])
    after = _joined(words[span.end : end]) + (" …" if end < len(words) else "")
    mention = f"[{printable(span.type)} {_joined(words[span.start : span.end])}]"
    return Text(" ").join(
        [Text(each) for each in [before] if each]
        + [Text(mention, f"bold {colour}")]
        + [Text(each) for each in [after] if each]
    )


def _joined(words: tuple[str, ...]) -> str:
    return " ".join(map(printable, words))
