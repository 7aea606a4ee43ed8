"""Pages of a server in a real browser, and what notebooks show of them."""

import threading
from base64 import b64decode
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

import numpy as np
import pytest

import chainrule as cr

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from chainrule.explore.live import LiveGraph, Page, PageServer
from chainrule.explore.live.frame import file_frame, server_frame
from chainrule.explore.page.document import graph_document
from chainrule.explore.page.html import built, page_html, policy

READY = "() => typeof window.explorer?.state === 'function'"
EDIT = """async (change) => {
    const before = window.explorer.state().numbers;
    window.explorer.set(change);
    while (window.explorer.state().numbers === before) await new Promise((go) => setTimeout(go, 5));
    return window.explorer.state().numbers;
}"""
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><path d="M0 0h60"/></svg>'


def circuit():
    x, y, z = (cr.input(name, value=value) for name, value in (("x", 1.0), ("y", 2.0), ("z", 0.0)))
    return cr.Graph((x + y) * cr.maximum(y, z))


@contextmanager
def served(graph, framed=False):
    graph.backward()
    live = LiveGraph(graph.record())
    policies = policy(built("explorer.js"), built("explorer.css"), server=True)
    server = PageServer(Page(live, page_html, policies, framed))
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def notebook(html):
    """A page on another port of this machine, as of a notebook server; yields its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            content = f"<!doctype html><title>notebook</title>{html}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def tab(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    found = context.new_page()
    errors = []
    found.on("pageerror", lambda error: errors.append(str(error)))
    found.on("console", lambda each: errors.append(each.text) if each.type == "error" else None)
    yield found
    context.close()
    assert errors == []


def shown_gradients(numbers):
    """Return the upstream gradients of x, y and z in the page."""
    data = [numbers["tensors"][numbers["upstream"][node]]["data"] for node in range(3)]
    return [np.frombuffer(b64decode(each), "<f8")[0] for each in data]


def drawn(place):
    """Wait until a page, or a frame of one, shows its graph; return its numbers of upstream."""
    place.wait_for_function(READY)
    return place.evaluate("async () => { await window.explorer.idle(); return location.href; }")


def test_the_address_leads_to_the_page_and_loses_its_token(tab):
    with served(circuit()) as server:
        tab.goto(server.address)
        address = drawn(tab)
        assert address.startswith(f"{server.origin}/")
        assert server.token not in address
        assert tab.evaluate("() => document.cookie") == ""
        tab.reload()
        drawn(tab)


def test_the_page_asks_its_server_alone(tab):
    with served(circuit()) as server:
        asked = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(server.address)
        drawn(tab)
        own = tuple(f"{start}{server.origin}" for start in ("", "blob:"))
        assert all(each.startswith((*own, "data:")) for each in asked), asked


def test_an_edit_and_a_seed_in_the_page_give_the_gradients_of_python(tab):
    graph = circuit()
    with served(graph) as server:
        tab.goto(server.address)
        drawn(tab)
        numbers = tab.evaluate(
            EDIT, {"edits": [{"node": 2, "position": 0, "value": 5}], "seed": [3]}
        )
    graph.forward(z=5.0)
    wanted = graph.backward(3.0)
    assert shown_gradients(numbers) == [*wanted.values()]


def test_the_panel_edits_and_checks_by_the_server(tab):
    graph = circuit()
    asked = []
    tab.on("request", lambda request: asked.append(urlsplit(request.url).path))
    with served(graph) as server:
        tab.goto(server.address)
        drawn(tab)
        gate = next(i for i, node in enumerate(graph.record().order) if node.kind == "multiply")
        tab.evaluate("node => window.explorer.set({ selection: { node } })", gate)
        tab.get_by_role("button", name="check").first.click()
        tab.get_by_text("agrees with central differences in float64").first.wait_for()
    assert asked.count("/check") == 1


def test_what_the_server_refuses_is_said(browser):
    tab = browser.new_page()  # whose console also says that a request was refused
    with served(circuit()) as server:
        tab.goto(server.address)
        drawn(tab)
        tab.evaluate(
            "window.explorer.set({ edits: [{ node: 2, position: 7, value: 5 }], seed: null })"
        )
        tab.get_by_text("Element 7 of 'z' was to be edited").first.wait_for()
    tab.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_notebook_on_this_machine_shows_the_page_in_a_frame(tab, host):
    with served(circuit(), framed=True) as server:
        html = server_frame(server.port, server.token, PICTURE)
        with notebook(html) as port:
            tab.goto(f"http://{host}:{port}/")
            tab.wait_for_selector("iframe")
            (frame,) = tab.frames[1:]
            drawn(frame)
            assert tab.locator("img").count() == 0


def test_the_picture_remains_when_the_server_has_ended(browser):
    with served(circuit(), framed=True) as server:
        html = server_frame(server.port, server.token, PICTURE)
    tab = browser.new_page()
    with notebook(html) as port:
        tab.goto(f"http://127.0.0.1:{port}/")
        tab.wait_for_timeout(500)
        assert tab.locator("iframe").count() == 0
        assert tab.locator("img").evaluate("each => each.naturalWidth") == 60
    tab.close()


def test_the_picture_is_shown_where_no_script_runs(browser):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    with notebook(server_frame(1, "token", PICTURE)) as port:
        tab.goto(f"http://127.0.0.1:{port}/")
        assert tab.locator("iframe").count() == 0
        assert tab.locator("img").is_visible()
    context.close()


def test_without_a_server_the_frame_holds_the_page_itself(tab):
    graph = circuit()
    graph.backward()
    html = file_frame(page_html(graph_document(graph.record())), PICTURE)
    with notebook(html) as port:
        tab.goto(f"http://127.0.0.1:{port}/")
        tab.wait_for_selector("iframe")
        (frame,) = tab.frames[1:]
        drawn(frame)


@pytest.mark.parametrize("framed", [False, True])
def test_a_page_is_framed_only_if_a_notebook_opened_it(browser, framed):
    tab = browser.new_page()
    with (
        served(circuit(), framed) as server,
        notebook(f'<iframe src="{server.address}"></iframe>') as port,
    ):
        tab.goto(f"http://127.0.0.1:{port}/")
        tab.wait_for_timeout(1000)
        (frame,) = tab.frames[1:]
        assert frame.url.startswith(server.origin if framed else "chrome-error:")
    tab.close()
