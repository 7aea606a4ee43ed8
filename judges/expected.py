"""Files of expected failures: tests of a suite, under the reason for which they fail."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

_EXCLUDED = "excluded: "


@dataclass(frozen=True)
class Expectation:
    """Tests that are expected to fail.

    pattern   the name of a test as pytest prints it, where * stands for any text
    reason    why it fails, a sentence
    excluded  whether the test is about something that chainrule does not set out to do
    """

    pattern: str
    reason: str
    excluded: bool

    def matches(self, test: str) -> bool:
        """Return whether the test, or the test of which it is a case, is meant."""
        pattern = self.pattern.replace("[", "[[]")  # of the marks of fnmatch only * and ?
        return fnmatchcase(test, pattern) or test.startswith(self.pattern + "[")


def read(path: Path) -> list[Expectation]:
    """Return what a file expects.

    A line `# reason` or `# excluded: reason` begins a group; the lines below are patterns.
    """
    found, reason = [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            reason = line.removeprefix("# ")
        elif line.strip():
            name = reason.removeprefix(_EXCLUDED)
            found.append(Expectation(line.strip(), name, name != reason))
    return found
