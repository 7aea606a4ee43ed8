"""The page docs/practice.md: its commands run in order, and print what the page shows.

Words are compared as they are, numbers with a tolerance, since the last digits of a training depend
on the machine. `...` on the page stands for any text, and speeds are not compared.
"""

import math
import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "practice.md").read_text(encoding="utf-8")
FILE = re.compile(r"saved\s+as\s+`([\w.-]+)`[^`]*```\w+\n(.*?)```", re.DOTALL)
SESSION = re.compile(r"```console\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
FILES = dict(FILE.findall(PAGE))
COMMANDS = COMMAND.findall("".join(SESSION.findall(PAGE)))
PORT = "8000"  # the page's
NUMBER = r"[+-]?\d+(?:,\d{3})*(?:\.\d+)?(?:e-\d+)?"
# what an output consists of: cuts, speeds, bars, numbers, blanks, and anything else
PIECE = re.compile(
    rf"(?P<cut>\.\.\.)|(?P<speed>[\d,]+ words/s)|(?P<bar>\++(?!\S)|-+(?!\S)|[▏█]+)"
    rf"|(?P<number>(?<![\w.-]){NUMBER}(?![\w]))|(?P<blank>\s+)|(?P<other>.)",
    re.DOTALL,
)
ANY = {
    "cut": r".*?",
    "speed": r"[\d,]+ words/s",
    "bar": r"(?:\+*|-*|[▏█]*)",
    "number": rf"({NUMBER})",
    "blank": r"\s*",
}
WRAPPER = '#!/bin/sh\nexec "{python}" {options} "$@"\n'
PROGRAM = "-X utf8 -c 'from chainrule.cli import app; app()'"
TOOLS = ("bash", "cat", "curl", "head", "tail")
LACKING = [each for each in TOOLS if shutil.which(each) is None]


def close(shown, printed):
    """Return whether two numbers are equal but for the rounding of a training."""
    one, other = (float(each.replace(",", "")) for each in (shown, printed))
    exact = "." not in shown and "e" not in shown
    return math.isclose(one, other, rel_tol=0.05, abs_tol=2.0 if exact else 0.05)


def same(shown, printed):
    """Return whether an output is the one that the page shows."""
    pieces = [(each.lastgroup, each.group()) for each in PIECE.finditer(shown.strip())]
    pattern = "".join(ANY.get(kind) or re.escape(text) for kind, text in pieces)
    found = re.fullmatch(pattern, printed.strip(), re.DOTALL)
    numbers = [text for kind, text in pieces if kind == "number"]
    return found is not None and all(map(close, numbers, found.groups()))


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


@contextmanager
def started(command, options):
    """Run a server until the end of the block; gives the first line that it prints."""
    process = subprocess.Popen(["bash", "-c", f"exec {command}"], stdout=subprocess.PIPE, **options)
    try:
        yield process.stdout.readline()
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.fixture
def options(tmp_path):
    """Make the page's files and its programs; the options of a process in their folder."""
    programs, work = tmp_path / "bin", tmp_path / "work"
    programs.mkdir()
    work.mkdir()
    for name, how in {"chainrule": PROGRAM, "python": "-X utf8"}.items():
        wrapper = programs / name
        wrapper.write_text(WRAPPER.format(python=sys.executable, options=how), encoding="utf-8")
        wrapper.chmod(0o755)
    for name, text in FILES.items():
        (work / name).write_text(text, encoding="utf-8")
    path = os.pathsep.join((str(programs), os.environ["PATH"]))
    return {
        "cwd": work,
        "env": os.environ | {"PATH": path, "COLUMNS": "80"},
        "encoding": "utf-8",
    }


def test_outputs_are_compared():
    shown = "F1  82.44  1234 words/s\n...\n[PER Ada] 0.971 +++"
    assert same(shown, "F1 82.43 99 words/s\nmore\nlines\n[PER Ada]  0.97 ++++\n")
    for printed in (
        "F1 72.44 99 words/s\n\n[PER Ada] 0.971 +++",
        "F1 82.44 99 words/s\n\n[LOC Ada] 0.971 +++",
        "F1 82.44 99 words/s\n\n[PER Ada] 0.971 +++\nmore",
        "F1 82.44\n\n[PER Ada] 0.971 +++",
    ):
        assert not same(shown, printed), printed


@pytest.mark.native
@pytest.mark.skipif(bool(LACKING), reason=f"the page uses {', '.join(LACKING)}")
def test_commands_print_what_the_page_shows(options):
    pytest.importorskip("matplotlib")
    pytest.importorskip("starlette")
    assert len(FILES) == 4
    assert len(COMMANDS) > 20
    port = free_port()
    with ExitStack() as servers:
        for command, shown in COMMANDS:
            here = command.replace(PORT, port)
            if " serve " in command:
                printed = servers.enter_context(started(here, options))
            else:
                run = subprocess.run(["bash", "-c", here], capture_output=True, **options)
                assert run.returncode == 0, f"$ {command}\n{run.stderr}"
                printed = run.stdout
            assert same(shown.replace(PORT, port), printed), f"$ {command}\n{printed}"
