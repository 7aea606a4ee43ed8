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

import chainrule as cr
from chainrule.lecture import CLAIMS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
BLOCK = re.compile(r"```python\n(.*?)```\n(?:\n```\n(.*?)```)?", re.DOTALL)
BLOCKS = {
    f"{page}, {number}": block
    for page, text in PAGES.items()
    for number, block in enumerate(BLOCK.findall(text), start=1)
}
SESSION = re.compile(r"```console\n(.*?)```", re.DOTALL)
SESSIONS = {  # practice has a test of its own
    page: SESSION.findall(text)
    for page, text in PAGES.items()
    if SESSION.search(text) and page != "practice"
}
COMMAND = re.compile(r"\$ chainrule (.*)\n((?:[^$].*\n)*)")
LINK = re.compile(r"https?://(?!127\.0\.0\.1)[^\s)>]+")
OUTSIDE_BLOCKS = re.compile(r"```.*?```", re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")
NAME = re.compile(r"\bcr((?:\.[A-Za-z_]\w*)+)")
FILE = re.compile(r"`([\w/.]+\.py)`")
TOPIC = re.compile(r"`([a-z0-9-]+)`(?:, |$)")
MAPS = {name: ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")}
TEXTS = PAGES | {name: path.read_text(encoding="utf-8") for name, path in MAPS.items()}
FOLDERS = [ROOT, ROOT / "src", ROOT / "src" / "chainrule"]
SAVED = {"prepare.py"}  # files that a page has its reader save
REFUSED = {".nn.ReLU"}  # names that a page mentions because they are errors
PROGRAM = [sys.executable, "-X", "utf8", "-c", "from chainrule.cli import app; app()"]


@pytest.mark.parametrize(("code", "shown"), BLOCKS.values(), ids=BLOCKS)
def test_a_block_prints_what_the_page_shows(code, shown, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "block.py"
    script.write_text(code, encoding="utf-8")
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        exec(compile(code, str(script), "exec"), {"__name__": "__main__"})
    assert output.getvalue() == shown


@pytest.mark.parametrize("sessions", SESSIONS.values(), ids=SESSIONS)
def test_commands_print_what_the_page_shows(sessions, tmp_path):
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


@pytest.mark.parametrize("page", TEXTS)
def test_names_that_pages_mention_exist(page):
    spans = "".join(CODE.findall(OUTSIDE_BLOCKS.sub("", TEXTS[page])))
    for path in set(NAME.findall(spans)) - REFUSED:
        found = cr
        for name in path[1:].split("."):
            found = getattr(found, name)


@pytest.mark.parametrize("page", TEXTS)
def test_files_that_pages_mention_exist(page):
    for file in set(FILE.findall(TEXTS[page])) - SAVED:
        assert any((folder / file).is_file() for folder in FOLDERS), file


def test_the_page_of_the_lectures_leads_to_every_claim():
    rows = [row.split("|") for row in PAGES["lecture"].splitlines() if row.startswith("| ")]
    shown = {name for row in rows for name in TOPIC.findall(row[-2].strip())}
    assert shown == {each.name for each in CLAIMS}
