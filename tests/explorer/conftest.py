"""A real browser for the tests of the explorer page: the system's Chromium, where there is one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from chainrule.explore.page.file import write_page
from explorer_documents import array

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@dataclass
class Opened:
    """A page that shows a document, with what it asked for and what went wrong in it."""

    tab: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def begin(self, address, size):
        """Go to an address, and wait until the page is drawn."""
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))
        self.tab.on("console", self._heard)
        if size:
            self.tab.set_viewport_size(size)
        self.tab.goto(address)
        self.tab.wait_for_function("() => window.explorer?.idle !== undefined")
        self.ask("() => 0")

    def _heard(self, message):
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def ask(self, script, argument=None):
        """Return what a script of `window.explorer` returns, once everything is drawn."""
        self.tab.evaluate("async () => { await window.explorer.idle(); }")
        return self.tab.evaluate(script, argument)

    @property
    def geometry(self):
        return self.ask("() => window.explorer.geometry()")

    @property
    def numbers(self):
        """Return the numbers that the page holds now, as tensors of arrays."""
        found = self.ask("() => window.explorer.state().numbers")
        return Shown(found)

    def press(self, *keys):
        for key in keys:
            self.tab.keyboard.press(key)
        self.ask("() => 0")


class Shown:
    """The numbers in a page, by column and node."""

    def __init__(self, numbers):
        self._numbers = numbers

    def __call__(self, column, node, position=None):
        place = self._numbers[column][node]
        if position is not None:
            place = place[position] if place else -1
        return None if place < 0 else array(self._numbers["tensors"][place])


@pytest.fixture(scope="module", name="browser")
def _browser() -> Iterator[Any]:
    library = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("needs Chromium")
    with library.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=[*FLAGS])
        yield browser
        browser.close()


@pytest.fixture(scope="module", name="pages")
def _pages(browser) -> Any:
    """Return a context in which pages are opened from files of a folder."""

    @contextmanager
    def opened(folder):
        context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
        pages = []

        def show(shown, address="", **size):
            path = folder / f"page{len(pages)}.html"
            if isinstance(shown, dict):
                write_page(shown, path)
            else:
                shown.explore(path)
            pages.append(Opened(context.new_page()))
            pages[-1].begin(f"{path.as_uri()}{address}", size)
            return pages[-1]

        yield show
        context.close()
        assert [each.errors for each in pages] == [[]] * len(pages)

    return opened


@pytest.fixture(name="opened")
def _opened(pages, tmp_path) -> Iterator[Any]:
    """Open the page of a graph or document from a file; an error logged in it fails the test."""
    with pages(tmp_path) as show:
        yield show
