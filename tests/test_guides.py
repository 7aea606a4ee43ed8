"""The guides: every block of code runs, and prints what stands below it; so do commands."""

import contextlib
import io
import re
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
BLOCK = re.compile(r"```python\n(.*?)```\n(?:\n```\n(.*?)```)?", re.DOTALL)
BLOCKS = {
    f"{page}, {number}": block
    for page, text in PAGES.items()
    for number, block in enumerate(BLOCK.findall(text), start=1)
}
SESSION = re.compile(r"```console\n(.*?)```", re.DOTALL)
SESSIONS = {page: SESSION.findall(text) for page, text in PAGES.items() if SESSION.search(text)}
COMMAND = re.compile(r"\$ chainrule (.*)\n((?:[^$].*\n)*)")
LINK = re.compile(r"https?://[^\s)>]+")
PROGRAM = [sys.executable, "-X", "utf8", "-c", "from chainrule.cli import app; app()"]


@pytest.mark.parametrize(("code", "shown"), BLOCKS.values(), ids=BLOCKS)
def test_a_block_prints_what_stands_below_it(code, shown, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "block.py"
    script.write_text(code, encoding="utf-8")
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        exec(compile(code, str(script), "exec"), {"__name__": "__main__"})
    assert output.getvalue() == shown


@pytest.mark.parametrize("sessions", SESSIONS.values(), ids=SESSIONS)
def test_commands_print_what_stands_below_them(sessions, tmp_path):
    options = {"capture_output": True, "encoding": "utf-8", "cwd": tmp_path}
    for arguments, shown in COMMAND.findall("".join(sessions)):
        run = subprocess.run([*PROGRAM, *shlex.split(arguments)], **options)
        assert run.returncode == 0, run.stderr
        if shown:
            assert run.stdout == shown


@pytest.mark.parametrize("page", PAGES)
def test_links_to_other_places_are_addresses(page):
    for link in LINK.findall(PAGES[page]):
        assert urlsplit(link).scheme == "https", link
        assert "." in urlsplit(link).netloc, link
