"""Takes the screenshots of the guide: `python docs/building/screens.py`.

It needs `pip install playwright pillow` and Chromium, whose path is the argument if it is not
/usr/bin/chromium. The pictures are in docs/screens.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

import chainrule as cr
from chainrule.explorer import explore
from chainrule.ner import Settings, Tagger, save, train
from chainrule.text import Sentence

FOLDER = Path(__file__).parents[1] / "screens"
SIZE = {"width": 1280, "height": 800}
COLOURS = 128


@dataclass(frozen=True)
class Screen:
    """A screenshot: a page, what is pressed and clicked on it, and its colours."""

    name: str
    page: Callable[[Path], Path]
    actions: Sequence[str]
    scheme: str = "light"


def circuit(folder: Path) -> Path:
    """Write the page of f = (x + y) max(y, z)."""
    x, y, z = cr.input("x", value=1.0), cr.input("y", value=2.0), cr.input("z", value=0.0)
    f = (x + y) * cr.maximum(y, z)
    cr.Graph(f).explore(folder / "circuit.html")
    return folder / "circuit.html"


def network(folder: Path) -> Path:
    """Write the page of a convolutional network."""
    random = np.random.default_rng(0)
    images = cr.input("images", value=random.normal(size=(5, 1, 8, 8)).astype("float32"))
    model = cr.nn.Sequential(
        cr.nn.Conv2d(1, 4, 3, padding=1, random=0),
        cr.relu,
        cr.nn.MaxPool2d(2),
        cr.nn.Flatten(),
        cr.nn.Linear(64, 3, random=1),
    )
    loss = cr.nn.cross_entropy(model(images), np.array([0, 1, 2, 0, 1]))
    cr.Graph(loss).explore(folder / "network.html")
    return folder / "network.html"


def sick_run(folder: Path, rate: float = 0.1, name: str = "run") -> Path:
    """Train eight layers of sigmoid with small weights; return the doctor's folder."""
    random = np.random.default_rng(0)
    x = random.normal(size=(256, 10)).astype("float32")
    labels = (x[:, 0] > 0).astype("int64")
    layers: list[Any] = []
    for seed in range(8):
        small = cr.nn.initial.normal(0.1)
        layers += [cr.nn.Linear(10, 10, initial=small, random=seed), cr.sigmoid]
    model = cr.nn.Sequential(*layers, cr.nn.Linear(10, 2, random=8))
    doctor = cr.train.Doctor(folder / name, quiet=True)
    optimizer = cr.optim.SGD(model, learning_rate=rate)
    data = (x, labels)
    cr.train.fit(
        model,
        optimizer,
        cr.nn.cross_entropy,
        data,
        epochs=10,
        callbacks=[doctor],
        progress=False,
    )
    return folder / name


def findings(folder: Path) -> Path:
    """Write the page of a run with a finding."""
    explore(sick_run(folder), out=folder / "findings.html")
    return folder / "findings.html"


def comparison(folder: Path) -> Path:
    """Write the page of two runs."""
    first, second = sick_run(folder), sick_run(folder, rate=10.0, name="other")
    explore(first, other=second, out=folder / "comparison.html")
    return folder / "comparison.html"


def tag(folder: Path) -> Path:
    """Write the page of a tag."""
    corpus = [
        Sentence(("Ada", "visited", "Turin"), ("B-PER", "O", "B-LOC")),
        Sentence(("Turin", "greets", "Ada"), ("B-LOC", "O", "B-PER")),
    ]
    tagger = Tagger.for_corpus(corpus, Settings(epochs=60, patience=60, unknown_rate=0.0))
    history = train(tagger, corpus, corpus)
    save(tagger, folder / "tagger", history.epochs)
    explore(folder / "tagger", text="Ada visited Turin", out=folder / "tag.html")
    return folder / "tag.html"


SCREENS = (
    Screen("gate", circuit, ["click maximum"]),
    Screen("steps", circuit, ["key n"] * 9, scheme="dark"),
    Screen("network", network, ["key /", "type Conv2d", "key Enter", "key Enter"]),
    Screen("findings", findings, []),
    Screen("tag", tag, []),
    Screen("comparison", comparison, []),
)


def main(chromium: str = "/usr/bin/chromium") -> None:
    """Take all screenshots."""
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for each in SCREENS:
            here = Path(folder) / each.name
            here.mkdir()
            tab = browser.new_page(viewport=SIZE, color_scheme=each.scheme)
            tab.goto(each.page(here).as_uri())
            _wait(tab)
            for action in each.actions:
                _act(tab, *action.split(" ", 1))
            _write(tab.screenshot(), FOLDER / f"{each.name}.png")
            tab.close()
        browser.close()


def _act(tab: Any, kind: str, what: str) -> None:
    if kind == "key":
        tab.keyboard.press(what)
    elif kind == "type":
        tab.keyboard.type(what)
    else:
        tab.locator("svg text", has_text=what).first.click(force=True)
    _wait(tab)


def _wait(tab: Any) -> None:
    tab.wait_for_function("window.explorer?.idle")
    tab.evaluate("async () => { await window.explorer.idle(); }")
    tab.wait_for_timeout(500)  # for what glides


def _write(png: bytes, path: Path) -> None:
    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS).save(path, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
