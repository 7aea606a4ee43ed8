"""The tests of HIPS autograd, on chainrule, which a shim presents under autograd's names."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from judges import expected
from judges.checkout import checked_out
from judges.suite import ROOT, Verdict, judge, run

SOURCE = "https://github.com/HIPS/autograd"
EXPECTED = Path(__file__).with_name("expected_failures.txt")
SHIM = Path(__file__).with_name("shim")


def examine(suite: Path | None, processes: int, tests: tuple[str, ...] = ()) -> Verdict:
    """Run the tests of a checkout, and compare their outcomes with the expected failures.

    suite      a checkout; it is cloned if None
    processes  the number of processes
    tests      files or tests of the suite; all if there are none
    """
    folder = checked_out(SOURCE, suite)
    parallel = ["-n", str(processes)] if processes > 1 else []
    with TemporaryDirectory() as scratch:  # beside the tests, autograd itself would be imported
        shutil.copytree(folder / "tests", Path(scratch) / "tests")
        paths = [str(SHIM), str(ROOT), os.environ.get("PYTHONPATH", "")]
        environment = {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        options = ["-c", os.devnull, "--rootdir", scratch, *parallel]
        outcomes = run(
            Path(scratch),
            ["--continue-on-collection-errors", *options, *(tests or ("tests",))],
            environment,
        )
    return judge(outcomes, expected.read(EXPECTED))
