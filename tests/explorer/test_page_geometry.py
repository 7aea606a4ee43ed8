"""Where boxes, numbers and edges stand: nothing overlaps, no edge crosses text."""

from collections import Counter

import pytest

from explored_graphs import DRAWN

ROUNDING = 0.5


def overlap(a, b):
    return (
        a["x"] + a["width"] > b["x"] + ROUNDING
        and b["x"] + b["width"] > a["x"] + ROUNDING
        and a["y"] + a["height"] > b["y"] + ROUNDING
        and b["y"] + b["height"] > a["y"] + ROUNDING
    )


def overlapping(rectangles):
    """Return the pairs that overlap, by a sweep from left to right."""
    found, near = [], []
    for each in sorted(rectangles, key=lambda each: each["x"]):
        near = [other for other in near if other["x"] + other["width"] > each["x"]]
        found += [(other, each) for other in near if overlap(other, each)]
        near.append(each)
    return found


def crossed(line, rectangles):
    """Return the rectangles that a line passes through."""
    found = []
    for (x0, y0), (x1, y1) in zip(line["points"], line["points"][1:], strict=False):
        count = max(int(max(abs(x1 - x0), abs(y1 - y0)) / 4), 1)
        for i in range(count + 1):
            x, y = x0 + (x1 - x0) * i / count, y0 + (y1 - y0) * i / count
            found += [each for each in rectangles if holds(each, x, y)]
    return found


def holds(rectangle, x, y):
    return (
        rectangle["x"] + ROUNDING < x < rectangle["x"] + rectangle["width"] - ROUNDING
        and rectangle["y"] + ROUNDING < y < rectangle["y"] + rectangle["height"] - ROUNDING
    )


def require_clear(geometry):
    boxes, labels = geometry["boxes"], geometry["labels"]
    bars = [each["bar"] for each in geometry["frames"]]
    texts = [*boxes, *labels, *bars]
    assert overlapping(texts) == []
    for line in geometry["lines"]:
        others = [
            each
            for each in (*labels, *bars, *boxes)
            if each.get("box") not in (line["from"], line["to"]) or each not in boxes
        ]
        assert crossed(line, others) == [], (line["from"], line["to"])


@pytest.fixture(scope="module", name="page", params=DRAWN)
def _page(request, pages, tmp_path_factory):
    with pages(tmp_path_factory.mktemp("pages")) as show:
        yield show(DRAWN[request.param]())


def test_nothing_overlaps_when_the_page_starts(page):
    geometry = page.geometry
    assert geometry["boxes"]
    assert geometry["labels"]
    require_clear(geometry)


def test_nothing_overlaps_while_modules_open(page):
    calls = page.ask("() => window.explorer.state().document.calls")
    opened = {number for number, each in enumerate(calls) if each["open"]}
    closed = [number for number in range(len(calls)) if number not in opened]
    for number in closed[:4]:
        around = {number}
        while calls[min(around)]["parent"] >= 0 and calls[min(around)]["parent"] not in opened:
            around.add(calls[min(around)]["parent"])
        opened |= around
        page.ask("(open) => window.explorer.set({ opened: new Set(open) })", sorted(opened))
        require_clear(page.geometry)


def test_a_folded_call_hides_its_gates(page):
    document = page.ask("() => window.explorer.state().document")
    calls, of = document["calls"], document["nodes"]["call"]
    alone = {number for number, count in held(calls, of).items() if count == 1}
    opened = {*page.ask("() => [...window.explorer.state().opened]"), *alone}
    geometry = page.geometry
    shown = {each["box"] for each in geometry["boxes"]}
    visible = {node for node in range(len(of)) if all_open(calls, of[node], opened)}
    assert {each for each in shown if each < geometry["size"]} == visible
    folded = {number for number in range(1, len(calls)) if number not in opened}
    outermost = {number for number in folded if all_open(calls, calls[number]["parent"], opened)}
    assert {each - geometry["size"] for each in shown if each >= geometry["size"]} == outermost


def held(calls, of):
    """Return the number of nodes of every call; one of a single node is shown as that node."""
    found = Counter()
    for number in of:
        while number > 0:
            found[number] += 1
            number = calls[number]["parent"]
    return found


def all_open(calls, number, opened):
    while number > 0 and number in opened:
        number = calls[number]["parent"]
    return number <= 0
