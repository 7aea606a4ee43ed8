"""The command: `python -m judges`, in the project root."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from judges import array_api, autograd, fastai, flair, recorded_families, results, stanza_tagger
from judges import table as page
from judges.operators.entries import entries
from judges.operators.run import database, run
from judges.other_python import MissingLibraryError
from judges.suite import Verdict

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
_CONSOLE = Console(soft_wrap=True)
_LARGEST = 1e-5  # relative difference

Suite = Annotated[Path | None, typer.Option(help="A checkout; it is cloned if none is given.")]
Tests = Annotated[list[str] | None, typer.Argument(help="Files or tests; all if none.")]
Processes = Annotated[int, typer.Option(min=1, help="Number of processes.")]
Keep = Annotated[bool, typer.Option("--keep", help="Write the result for the guide.")]


@app.command("array-api")
def judge_array_api(
    tests: Tests = None,
    suite: Suite = None,
    examples: Annotated[int, typer.Option(min=1, help="Arguments drawn per test.")] = 20,
    processes: Processes = 2,
    keep: Keep = False,
) -> None:
    """Run the test suite of the Array API standard."""
    verdict = array_api.examine(suite, examples, processes, tuple(tests or ()))
    _conclude("array-api", verdict, keep)


@app.command("autograd")
def judge_autograd(
    tests: Tests = None, suite: Suite = None, processes: Processes = 2, keep: Keep = False
) -> None:
    """Run the tests of HIPS autograd."""
    _conclude("autograd", autograd.examine(suite, processes, tuple(tests or ())), keep)


@app.command("fastai")
def judge_fastai() -> None:
    """Compare networks of the family ULMFiT with fastai."""
    try:
        verdict = fastai.examine()
    except MissingLibraryError as error:
        raise _refused(error) from error
    _conclude("fastai", verdict, keep=False)


@app.command("operators")
def judge_operators(
    names: Annotated[list[str] | None, typer.Argument(help="Operators; all if none.")] = None,
    samples: Annotated[int | None, typer.Option(help="At most so many per dtype.")] = None,
    processes: Processes = 2,
    keep: Keep = False,
) -> None:
    """Compare chainrule with torch on the samples of its operator database.

    With names, --keep replaces the results of these operators only.
    """
    known, mapped = database(), entries()
    unknown = [each for each in names or [] if each not in mapped]
    if unknown:
        raise typer.BadParameter(f"There is no entry for {', '.join(unknown)}.")
    chosen = list(names or [each for each in mapped if each in known])
    found = run(chosen, processes, samples, _show)
    earlier = results.read().get("operators", {}).get("operators", {}) if names else {}
    summary = _summary({**earlier, **{each.name: each.as_json() for each in found}}, len(known))
    _CONSOLE.print({key: value for key, value in summary.items() if key != "operators"})
    if keep:
        results.keep("operators", summary)
    if any(each.failed for each in found):
        raise typer.Exit(1)


@app.command("stanza")
def judge_stanza(
    python: Annotated[str, typer.Option(help="Interpreter of an environment with Stanza.")] = (
        sys.executable
    ),
    networks: Annotated[int, typer.Option(min=1, help="Networks drawn of each kind.")] = 5,
) -> None:
    """Compare taggers with those of Stanza, on small networks drawn anew."""
    try:
        compared, wrong = stanza_tagger.examine(python, networks)
    except MissingLibraryError as error:
        raise _refused(error) from error
    for each in wrong:
        _CONSOLE.print(escape(each), highlight=False)
    _CONSOLE.print(f"{compared} taggers compared; {len(wrong)} differences.")
    if wrong:
        raise typer.Exit(1)


@app.command("families")
def judge_families(
    name: Annotated[str, typer.Argument(help=", ".join(recorded_families.FAMILIES))],
    python: Annotated[Path, typer.Option(help="The Python of the library's environment.")],
) -> None:
    """Compare a pretrained family with the library that it comes from, on drawn networks."""
    family = recorded_families.FAMILIES.get(name)
    if family is None:
        known = ", ".join(recorded_families.FAMILIES)
        raise typer.BadParameter(f"{name} is not among the families {known}.")
    try:
        verdict = recorded_families.examine(family, python)
    except MissingLibraryError as error:
        raise _refused(error) from error
    _conclude(name, verdict, keep=False)


@app.command("flair")
def judge_flair(
    python: Annotated[Path, typer.Option(help="The Python of an environment with Flair.")],
    seeds: Annotated[int, typer.Option(min=1, help="Networks per kind.")] = 3,
) -> None:
    """Compare language models and taggers with Flair: states, gradients, scores, tags."""
    wrong = 0
    for seed in range(seeds):
        try:
            for name, difference, equal in flair.differences(python, seed):
                wrong += difference > _LARGEST or not equal
                _CONSOLE.print(f"seed {seed}, {name}: {difference:.1e}, tags equal: {equal}")
        except MissingLibraryError as error:
            raise _refused(error) from error
    raise typer.Exit(1 if wrong else 0)


@app.command("table")
def write_table() -> None:
    """Write the results that were kept into the page of the guide."""
    page.write(results.read())


def _refused(error: MissingLibraryError) -> typer.Exit:
    """Print what is missing, and return the end of the command."""
    _CONSOLE.print(escape(str(error)), highlight=False)
    return typer.Exit(2)


def _show(found: Any) -> None:
    if found.absent:
        _CONSOLE.print(f"{found.name}: waits for {found.absent}", highlight=False)
    elif not found.passes:
        _CONSOLE.print(f"{found.name}: {found.failed} of {found.right + found.failed} differ")
        for each in found.wrong:
            _CONSOLE.print(escape(f"    {each}"), highlight=False)


def _summary(operators: dict[str, dict[str, Any]], known: int) -> dict[str, Any]:
    found = list(operators.values())
    skipped: Counter[str] = Counter()
    for each in found:
        skipped.update(each["skipped"])
    return {
        "entries": known,
        "mapped": len(found),
        "passing": sum(each["passes"] for each in found),
        "absent": sum(bool(each["absent"]) for each in found),
        **{field: sum(each[field] for each in found) for field in ("right", "failed", "refined")},
        "skipped": dict(skipped),
        "operators": dict(sorted(operators.items())),
    }


def _conclude(name: str, verdict: Verdict, keep: bool) -> None:
    for each in verdict.unexpected:
        _CONSOLE.print(escape(f"{each.test}: {each.error}"), highlight=False)
    for pattern in verdict.surprising:
        _CONSOLE.print(escape(f"{pattern} is expected to fail, and passes."), highlight=False)
    excluded = sum(verdict.excluded.values())
    _CONSOLE.print(
        f"{verdict.passed} of {verdict.counted} tests pass, {verdict.share:.1%}; "
        f"{len(verdict.unexpected)} fail unexpectedly, {excluded} do not count."
    )
    if keep:
        results.keep(name, _as_json(verdict))
    if verdict.unexpected or verdict.surprising:
        raise typer.Exit(1)


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "passed": verdict.passed,
        "counted": verdict.counted,
        "skipped": verdict.skipped,
        "excused": dict(verdict.excused),
        "excluded": dict(verdict.excluded),
        "unexpected": [each.test for each in verdict.unexpected],
    }


if __name__ == "__main__":
    app(prog_name="python -m judges")
