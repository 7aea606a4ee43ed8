"""Asks the arithmetic of the explorer page for the numbers of documents after edits."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

_RUN = """
import { readFileSync, writeFileSync } from "node:fs";
const [, script, input, output] = process.argv;
const { answers } = await import(script);
writeFileSync(output, await answers(readFileSync(input, "utf8")));
"""
WEB = Path(__file__).parents[2] / "web"


def question(document, edits=(), seed=None, check=()):
    """Return what the page is asked: edits are (node, position, value)."""
    rows = [dict(zip(("node", "position", "value"), each, strict=True)) for each in edits]
    return {"document": document, "edits": rows, "seed": seed, "check": list(check)}


def answers(questions, folder):
    """Return what the page computes for every question; skip without Node or its packages."""
    bundler = WEB / "node_modules" / ".bin" / "esbuild"
    if shutil.which("node") is None or not bundler.exists():
        pytest.skip("needs Node, and the packages of the page: npm ci in web/")
    script, given, results = (folder / name for name in ("answers.mjs", "in.json", "out.json"))
    source = WEB / "tests" / "arithmetic" / "answers.ts"
    _run(bundler, source, "--bundle", "--platform=node", "--format=esm", f"--outfile={script}")
    given.write_text(json.dumps(questions), encoding="utf-8")
    _run("node", "--input-type=module", "--eval", _RUN, script, given, results)
    return json.loads(results.read_text(encoding="utf-8"))


def _run(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
