"""Run somebody's test suite with pytest, and compare its outcomes with the expected failures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from judges.expected import Expectation

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Outcome:
    """What became of one test: "passed", "failed" or "skipped", and its error or reason."""

    test: str
    outcome: str
    error: str


@dataclass(frozen=True)
class Verdict:
    """The outcomes of a suite beside what was expected.

    passed      the number of tests that passed
    skipped     the number of tests that the suite skipped itself
    excused     failures that are expected, per reason
    excluded    failures that are expected and that do not count, per reason
    unexpected  failures that are not expected
    surprising  expected failures that passed
    """

    passed: int
    skipped: int
    excused: Mapping[str, int]
    excluded: Mapping[str, int]
    unexpected: Sequence[Outcome]
    surprising: Sequence[str]

    @property
    def counted(self) -> int:
        """The number of tests that count: those that ran, less the excluded ones."""
        return self.passed + sum(self.excused.values()) + len(self.unexpected)

    @property
    def share(self) -> float:
        """The share of the counted tests that passed."""
        return self.passed / max(self.counted, 1)


def run(folder: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> list[Outcome]:
    """Run pytest in `folder`, and return the outcomes of the tests; failures raise nothing."""
    with TemporaryDirectory() as scratch:
        file = Path(scratch) / "outcomes.jsonl"
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        here = {"PYTHONPATH": os.pathsep.join(paths), "JUDGES_OUTCOMES": str(file)}
        options = ["-p", "judges.outcomes", "-p", "no:cacheprovider", "-q", "--tb=short"]
        command = [sys.executable, "-m", "pytest", *options, *arguments]
        subprocess.run(command, cwd=folder, env={**os.environ, **here, **environment}, check=False)
        if not file.exists():
            raise RuntimeError(f"The suite in {folder} ran no test; see the output above.")
        lines = file.read_text(encoding="utf-8").splitlines()
    return [Outcome(**json.loads(line)) for line in lines]


def judge(outcomes: Sequence[Outcome], expected: Sequence[Expectation]) -> Verdict:
    """Compare outcomes with the expected failures."""
    last = {each.test: each for each in outcomes}
    failed = [each for each in last.values() if each.outcome == "failed"]
    reasons = {each.test: _expectation(each.test, expected) for each in failed}
    found = [each for each in reasons.values() if each is not None]
    passed = {each.test for each in last.values() if each.outcome == "passed"}
    never = [each for each in expected if each not in found and any(map(each.matches, passed))]
    return Verdict(
        passed=len(passed),
        skipped=sum(each.outcome == "skipped" for each in last.values()),
        excused=Counter(each.reason for each in found if not each.excluded),
        excluded=Counter(each.reason for each in found if each.excluded),
        unexpected=[each for each in failed if reasons[each.test] is None],
        surprising=[each.pattern for each in never],
    )


def _expectation(test: str, expected: Sequence[Expectation]) -> Expectation | None:
    return next((each for each in expected if each.matches(test)), None)
