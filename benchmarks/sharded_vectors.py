"""python -m benchmarks.sharded_vectors TEXT: words per second of word vectors by ranks.

python -m benchmarks.sharded_vectors text.txt --ranks 1 2 4 --epochs 1
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

_SPEED = re.compile(r"([\d,]+) words/s, loss per pair ([\d.]+)")


def main() -> int:
    """Train on each number of ranks, and print a line for it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sharded_vectors")
    parser.add_argument("text", type=Path)
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--model", default="skip-gram")
    given = parser.parse_args()
    for ranks in given.ranks:
        print(f"{ranks} ranks: {_trained(given, ranks)}", flush=True)
    return 0


def _trained(given: argparse.Namespace, ranks: int) -> str:
    mpiexec = str(Path(sys.executable).with_name("mpiexec"))
    launcher = [mpiexec, "--oversubscribe", "-n", str(ranks)]
    with tempfile.TemporaryDirectory() as folder:
        options = ["--epochs", str(given.epochs), "--model", given.model]
        asked = ["vectors", "train", "--text", str(given.text), "--out", f"{folder}/v", *options]
        done = subprocess.run(
            [*launcher, sys.executable, "-c", "from chainrule.cli import app; app()", *asked],
            capture_output=True,
            text=True,
            env=os.environ | {"CHAINRULE_THREADS": "1", "TERM": "dumb"},
        )
    found = _SPEED.search(done.stdout)
    if found is None:
        return f"failed: {done.stdout}{done.stderr}"
    return f"{found[1]} words/s, loss per pair {found[2]}"


if __name__ == "__main__":
    sys.exit(main())
