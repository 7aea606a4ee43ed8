"""The tagger of Stanza beside chainrule's, on small networks that are drawn anew."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import numpy as np

from chainrule.pretrained import load
from judges.other_python import run_script
from judges.suite import ROOT

RECORDER = ROOT / "tests" / "pretrained" / "stanza_references.py"
INSTALL = (
    "pip install torch==2.13.0 numpy\n"
    "pip install --no-deps stanza==1.15.0 emoji orjson platformdirs protobuf requests udtools "
    "udapi regex termcolor colorama urllib3 charset_normalizer certifi idna tqdm huggingface-hub "
    "packaging pyyaml"
)
_LIMIT = 1e-5  # of the largest value


def examine(python: str, networks: int) -> tuple[int, list[str]]:
    """Return the number of taggers that were compared, and a line for each that differs.

    python    the interpreter of an environment with Stanza; chainrule need not be there
    networks  how many networks are drawn of each kind

    Raises MissingLibraryError if the library does not run there.
    """
    recorder, wrong, compared = _recorder(), [], 0
    for seed in range(1, networks + 1):
        with TemporaryDirectory() as scratch:
            _record(python, Path(scratch), seed)
            for case in recorder.CASES:
                compared += 1
                found = differences(Path(scratch) / f"stanza-{case}", recorder.SENTENCES)
                wrong += [f"{case}, seed {seed}: {each}" for each in found]
    return compared, wrong


def differences(folder: Path, sentences: list[list[str]]) -> list[str]:
    """Return what of the library's results in a folder chainrule does not compute."""
    net = load(folder)
    with np.load(folder / "computed.npz") as file:
        expected = dict(file)
    out = net(net.batch(sentences))
    values = {"words": out.inputs, "hidden": out.hidden, "scores": out.scores}
    wrong = [
        f"{name} differ by {error:.1e} of the largest value"
        for name, each in values.items()
        if (error := _error(_of_words(each, sentences), expected[name])) > _LIMIT
    ]
    tags = [tag for each in net.tag(sentences) for tag in each]
    return [*wrong, *(["other tags"] if tags != expected["tags"].tolist() else [])]


def _record(python: str, folder: Path, seed: int) -> None:
    run_script(python, RECORDER, [str(folder), str(seed)], INSTALL)


def _recorder() -> ModuleType:
    """Return the module that records, for its names of cases and its sentences."""
    spec = importlib.util.spec_from_file_location("stanza_references", RECORDER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _of_words(padded: Any, sentences: list[list[str]]) -> np.ndarray[Any, Any]:
    rows = zip(np.asarray(padded), sentences, strict=True)
    return np.concatenate([row[: len(words)] for row, words in rows])


def _error(found: np.ndarray[Any, Any], expected: np.ndarray[Any, Any]) -> float:
    return float(np.abs(found - expected).max() / np.abs(expected).max())
