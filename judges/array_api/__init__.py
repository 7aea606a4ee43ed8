"""The test suite of the Array API standard (data-apis/array-api-tests), on chainrule."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from judges import expected
from judges.checkout import checked_out
from judges.suite import Verdict, judge, run

SOURCE = "https://github.com/data-apis/array-api-tests"
VERSION = "2024.12"
EXPECTED = Path(__file__).with_name("expected_failures.txt")

# The suite takes for granted that there is a complex dtype.
_CHANGED = "array_api_tests/dtype_helpers.py"
_TAKEN_FOR_GRANTED = "for dt in complex_dtypes], key=lambda x: x[1]\n"
_CHANGE = "for dt in complex_dtypes], key=lambda x: x[1], default=(None, 0)\n"


def examine(
    suite: Path | None, examples: int, processes: int, tests: tuple[str, ...] = ()
) -> Verdict:
    """Run the suite, and compare its outcomes with the expected failures.

    suite      a checkout with its submodule; it is cloned if None
    examples   the number of arguments that hypothesis draws per test
    processes  the number of processes
    tests      files or tests of the suite; all if there are none
    """
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "array-api-tests"
        shutil.copytree(checked_out(SOURCE, suite, submodules=True), folder)
        _allow_no_complex_dtype(folder / _CHANGED)
        outcomes = run(folder, _arguments(examples, processes, tests), _environment())
    return judge(outcomes, expected.read(EXPECTED))


def _allow_no_complex_dtype(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if _TAKEN_FOR_GRANTED not in text:
        raise RuntimeError(f"{path} has changed: it no longer has the line {_TAKEN_FOR_GRANTED!r}.")
    path.write_text(text.replace(_TAKEN_FOR_GRANTED, _CHANGE), encoding="utf-8")


def _arguments(examples: int, processes: int, tests: tuple[str, ...]) -> list[str]:
    options = ["--max-examples", str(examples), "--derandomize", "--disable-deadline"]
    parallel = ["-n", str(processes)] if processes > 1 else []
    return [*options, *parallel, *(tests or ("array_api_tests",))]


def _environment() -> dict[str, str]:
    return {
        "ARRAY_API_TESTS_MODULE": "chainrule",
        "ARRAY_API_TESTS_VERSION": VERSION,
        "ARRAY_API_TESTS_SKIP_DTYPES": "uint64,complex64,complex128",
    }
