"""A plugin of pytest that writes the outcome of every test to a file, one JSON line for each.

It is loaded with `-p judges.outcomes`; the environment variable JUDGES_OUTCOMES names the file.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_FILE = "JUDGES_OUTCOMES"


def pytest_runtest_logreport(report: Any) -> None:
    """Write passed tests, and skipped or failed ones with the last line of their error."""
    if report.when == "call" or report.outcome != "passed":
        line = {"test": report.nodeid, "outcome": report.outcome, "error": _error(report)}
        _write(line)


def pytest_collectreport(report: Any) -> None:
    """Write files that could not be imported."""
    if report.outcome == "failed":
        _write({"test": report.nodeid, "outcome": "failed", "error": _error(report)})


def _error(report: Any) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        return str(crash.message)[:600]
    skipped = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    return str(skipped or "")[-600:]


def _write(line: dict[str, str]) -> None:
    with Path(os.environ[_FILE]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
