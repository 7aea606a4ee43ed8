"""Pretrained families beside libraries that need an environment of their own.

The script of a family writes networks with other weights than those that were recorded, and what
the library computes with them; the tests of the family then read them in place of the recorded
ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from judges.other_python import run_script
from judges.suite import ROOT, Verdict, judge, run


@dataclass(frozen=True)
class RecordedFamily:
    """A family of networks.

    script    run by the other Python with `--compare FOLDER`
    tests     the file of the tests
    chosen    the tests that read what was written, as pytest's -k takes them
    variable  the environment variable that names the folder
    packages  what to install in the other environment
    """

    script: str
    tests: str
    chosen: str
    variable: str
    packages: str


FAMILIES = {
    "transformer-xl": RecordedFamily(
        script="tests/pretrained/transformer_xl_reference.py",
        tests="tests/pretrained/test_transformer_xl.py",
        chosen="equal_the_reference",
        variable="CHAINRULE_TRANSFORMER_XL",
        packages='torch==2.13.0 "transformers==4.35.2" "tokenizers<0.19" "huggingface-hub<1" '
        "requests",
    ),
}


def examine(family: RecordedFamily, python: Path) -> Verdict:
    """Let another Python compute what a family's tests compare with, and run these tests.

    Raises MissingLibraryError if the library does not run there.
    """
    with TemporaryDirectory() as scratch:
        needs = f"pip install {family.packages}"
        run_script(python, ROOT / family.script, ["--compare", scratch], needs)
        arguments = [family.tests, "-k", family.chosen, "-n", "0"]
        return judge(run(ROOT, arguments, {family.variable: scratch}), [])
