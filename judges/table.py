"""The page of the guide with the results of the judges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[1] / "docs" / "judged.md"
_BEGIN, _END = "<!-- results: begin -->\n", "<!-- results: end -->\n"
_TITLES = {
    "array-api": "Array API standard",
    "autograd": "HIPS autograd",
    "operators": "torch's operator database",
}


def write(results: Mapping[str, Any], page: Path = PAGE) -> None:
    """Replace the generated part of the page."""
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(_BEGIN)
    _, after = rest.split(_END)
    lines = "\n".join(_lines(results))
    page.write_text(f"{before}{_BEGIN}\n{lines}\n\n{_END}{after}", encoding="utf-8")


def _lines(results: Mapping[str, Any]) -> Iterator[str]:
    yield "| suite | passes | counted | share | excluded | skipped by the suite |"
    yield "|---|--:|--:|--:|--:|--:|"
    for name in ("array-api", "autograd"):
        if name in results:
            yield _row(_TITLES[name], results[name])
    if "operators" in results:
        yield from _operators(results["operators"])
    for name in ("array-api", "autograd"):
        if name in results:
            yield from _reasons(_TITLES[name], results[name])


def _row(title: str, result: Mapping[str, Any]) -> str:
    passed, counted = result["passed"], result["counted"]
    excluded = sum(result["excluded"].values())
    share, skipped = passed / counted, result["skipped"]
    return f"| {title} | {passed:,} | {counted:,} | {share:.1%} | {excluded:,} | {skipped:,} |"


def _operators(result: Mapping[str, Any]) -> Iterator[str]:
    passing, entries = result["passing"], result["entries"]
    yield f"| {_TITLES['operators']} | {passing:,} | {entries:,} | {passing / entries:.1%} | | |"
    yield ""
    yield (
        f"Of the {entries} operators, {result['mapped']} have an entry in the table, and "
        f"{result['absent']} of these wait for a function. {result['right']:,} samples agree, "
        f"{result['refined']:,} of them in `float32` with what torch computes in `float64`, "
        f"but not with what it computes in `float32`. {result['failed']:,} samples do not agree, "
        f"and {sum(result['skipped'].values()):,} are not compared:"
    )
    yield ""
    yield "| samples | not compared, because they ask for |"
    yield "|--:|---|"
    for reason, count in sorted(result["skipped"].items(), key=lambda each: (-each[1], each[0])):
        yield f"| {count:,} | {reason} |"
    yield from _waiting(result["operators"])


def _waiting(operators: Mapping[str, Any]) -> Iterator[str]:
    names = {name: each for name, each in operators.items() if not each["passes"]}
    if names:
        yield ""
        yield "| operator that does not pass | why |"
        yield "|---|---|"
    for name, each in names.items():
        yield f"| `{name}` | {_why(each)} |"


def _why(operator: Mapping[str, Any]) -> str:
    if operator["absent"]:
        return f"there is no function `{operator['absent'].removeprefix('cr.')}`"
    if operator["failed"]:
        return f"{operator['failed']} of {operator['failed'] + operator['right']} samples differ"
    return "no sample is compared: " + ", ".join(operator["skipped"])


def _reasons(title: str, result: Mapping[str, Any]) -> Iterator[str]:
    rows = [(n, "no", reason) for reason, n in result["excluded"].items()]
    rows += [(n, "yes", reason) for reason, n in result["excused"].items()]
    if not rows:
        return
    yield ""
    yield f"Tests of {title} that fail:"
    yield ""
    yield "| tests | counted | reason |"
    yield "|--:|---|---|"
    for count, counted, reason in sorted(rows, key=lambda row: (-row[0], row[2])):
        yield f"| {count:,} | {counted} | {reason} |"
