"""The generated part of the page: one section per namespace, with every function and its answer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from building.names import collect
from building.names.answers import Answer, answer
from chainrule.ops.numpy_names.arguments import HINTS

PAGE = Path(__file__).resolve().parents[2] / "names.md"
_BEGIN, _END = "<!-- names: begin -->\n", "<!-- names: end -->\n"

Answers = dict[str, Answer]


def write() -> None:
    """Replace the generated part of the page."""
    PAGE.write_text(generated(), encoding="utf-8")


def generated() -> str:
    """Return the page with its generated part made anew."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(_BEGIN)
    after = rest.split(_END)[1]
    lines = "\n".join(_lines())
    return f"{before}{_BEGIN}\n{lines}\n\n{_END}{after}"


def _lines() -> Iterator[str]:
    yield "## Arguments of NumPy that are refused"
    yield ""
    yield "| argument | instead |"
    yield "|---|---|"
    for name, hint in sorted(HINTS.items()):
        yield f"| `{name}=` | {hint.format(name='sum')} |"
    for namespace, names in collect.read().items():
        yield from _section(namespace, {name: answer(namespace, name) for name in names})


def _section(namespace: str, answers: Answers) -> Iterator[str]:
    counts = {kind: len(_of(answers, kind)) for kind in ("same", "written", "refused")}
    yield ""
    yield f"## {namespace}"
    yield ""
    yield (
        f"Of {len(answers)} functions, {counts['same']} are functions of chainrule, "
        f"{counts['written']} are written otherwise, and {counts['refused']} are missing."
    )
    same = _of(answers, "same")
    if same:
        yield ""
        yield f"Functions of chainrule: {', '.join(_named(*pair) for pair in same.items())}."
    yield from _table("function", "is written", _of(answers, "written"))
    yield from _table("missing", "because", _of(answers, "refused"))


def _of(answers: Answers, kind: str) -> Answers:
    return {name: each for name, each in answers.items() if each.kind == kind}


def _named(name: str, answered: Answer) -> str:
    same = answered.text.strip("`").rpartition(".")[2] == name
    return answered.text if same else f"`{name}` is {answered.text}"


def _table(left: str, right: str, answers: Answers) -> Iterator[str]:
    """Yield a table with a row for every answer, and the functions that have it."""
    if not answers:
        return
    yield ""
    yield f"| {left} | {right} |"
    yield "|---|---|"
    by_text = sorted(answers, key=lambda name: (_first_with(answers[name], answers), name))
    for answered, names in groupby(by_text, lambda name: answers[name]):
        yield f"| {', '.join(f'`{name}`' for name in names)} | {_in_table(answered.text)} |"


def _first_with(answered: Answer, answers: Answers) -> str:
    return next(name for name, each in answers.items() if each == answered)


def _in_table(text: str) -> str:
    return text.replace("|", r"\|")
