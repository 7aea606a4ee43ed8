"""Compare chainrule with Flair itself on networks with random weights, in Flair's own files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from judges.suite import ROOT

_TESTS = ROOT / "tests" / "pretrained"
INSTALLATION = (
    "Flair 0.15.1 needs an environment of its own: pip install torch numpy 'transformers<5' "
    "'datasets<4' scikit-learn matplotlib requests sentencepiece accelerate flair==0.15.1. Give "
    "its Python with --python."
)


class MissingFlairError(Exception):
    """Raised where the given Python cannot record what Flair computes."""


def differences(python: Path, seed: int) -> Iterator[tuple[str, float, bool]]:
    """Yield a name per network, the largest relative difference, and whether tags are equal.

    python  the interpreter of an environment with Flair

    Raises MissingFlairError if it fails.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        _record(python, folder, seed)
        if str(_TESTS) not in sys.path:
            sys.path.append(str(_TESTS))
        comparing, references = map(import_module, ("comparing_flair", "flair_references"))
        for each in references.MODELS:
            found = comparing.model_differences(folder, each)
            yield each, max(found.values()), True
        for each in references.TAGGERS:
            found, equal = comparing.tagger_differences(folder, each)
            yield each, max(found.values()), all(equal)


def _record(python: Path, folder: Path, seed: int) -> None:
    script = _TESTS / "flair_references.py"
    command = [str(python), str(script), "--out", str(folder), "--seed", str(seed)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise MissingFlairError(f"{python} cannot be run: {error}. {INSTALLATION}") from error
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise MissingFlairError(f"{python} says: {last[0]}. {INSTALLATION}")
