"""`graph.explore()`: what is opened, for whom, and what remains."""

import os
import stat
import subprocess
import sys
import webbrowser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

import chainrule as cr
from chainrule.explore.live import explorer
from live_pages import circuit


@pytest.fixture
def opened(monkeypatch):
    """The addresses that a browser was started with."""
    found = []
    monkeypatch.setattr(webbrowser, "open", lambda address: found.append(address) or True)
    return found


def path_of(address):
    return Path(unquote(urlsplit(address).path))


def test_a_browser_is_led_to_the_page_by_a_file_that_only_the_user_reads(opened, capsys):
    page = circuit().explore(wait=False)
    try:
        (address,) = opened
        path = path_of(address)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert page.address in path.read_text(encoding="utf-8")
        assert page.address.rpartition("=")[2] not in address
        assert f"The graph is shown at {page.address}" in capsys.readouterr().out
        assert httpx.get(page.address, trust_env=False).status_code == 200
    finally:
        page.stop()
    assert not path.exists()


def test_the_file_with_the_token_is_removed_when_the_program_ends():
    script = (
        "import webbrowser; import chainrule as cr\n"
        "webbrowser.open = lambda address: print('led by', address) or True\n"
        "cr.Graph(cr.input('x', value=2.0) * 3).explore(wait=False)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (line,) = [each for each in done.stdout.splitlines() if each.startswith("led by")]
    assert not path_of(line.removeprefix("led by ")).exists()


def test_a_page_ends_when_it_is_stopped(opened):
    page = circuit().explore(wait=False)
    page.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(page.address, trust_env=False)
    page.stop()


def test_without_a_browser_the_address_is_printed(monkeypatch, capsys):
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    page = circuit().explore(wait=False)
    page.stop()
    assert f"Open in a browser: {page.address}" in capsys.readouterr().out


def test_without_the_packages_of_the_server_a_file_is_opened(opened, monkeypatch):
    monkeypatch.setattr(explorer, "_PACKAGES", ("a_package_that_nobody_has",))
    page = circuit().explore()
    (address,) = opened
    path = path_of(address)
    try:
        assert address == page.address == path.as_uri()
        assert "chainrule-explorer" in path.read_text(encoding="utf-8")
        page.stop()
        assert path.exists()
    finally:
        path.unlink()


def test_a_page_is_that_of_the_last_run_and_changes_nothing(opened):
    graph = circuit()
    graph.forward(x=5.0)
    page = graph.explore(wait=False)
    page.stop()
    assert graph["x"].value == 5.0
    assert graph["x"].upstream == 2.0


def test_a_graph_without_a_scalar_output_needs_an_upstream_gradient():
    x = cr.input("x", value=[1.0, 2.0])
    with pytest.raises(cr.GradientError, match="only a scalar"):
        cr.Graph(cr.exp(x)).explore(wait=False)


def test_a_script_that_does_not_wait_ends():
    script = (
        "import chainrule as cr\n"
        "x = cr.input('x', value=2.0)\n"
        "page = cr.Graph(cr.exp(x)).explore(wait=False)\n"
        "print('done')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "BROWSER": "true"},
        check=True,
    )
    assert done.stdout.endswith("done\n")
    assert done.stderr == ""


def test_the_server_is_not_imported_before_it_is_needed():
    script = (
        "import sys, chainrule as cr\n"
        "cr.Graph\n"
        "print([each for each in ('starlette', 'uvicorn', 'pydantic') if each in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
