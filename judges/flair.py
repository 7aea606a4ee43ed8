"""Compare chainrule with Flair itself on networks with random weights, in Flair's own files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from judges.other_python import run_script
from judges.suite import ROOT

_TESTS = ROOT / "tests" / "pretrained"
INSTALLATION = (
    "pip install torch numpy 'transformers<5' 'datasets<4' scikit-learn matplotlib requests "
    "sentencepiece accelerate flair==0.15.1"
)


def differences(python: Path, seed: int) -> Iterator[tuple[str, float, bool]]:
    """Yield a name per network, the largest relative difference, and whether tags are equal.

    python  the interpreter of an environment with Flair

    Raises MissingLibraryError if it fails.
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
    run_script(python, script, ["--out", str(folder), "--seed", str(seed)], INSTALLATION)
