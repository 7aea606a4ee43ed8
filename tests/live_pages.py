"""Graphs behind a running server, and a browser's way to it."""

import base64
from contextlib import contextmanager

import httpx
import numpy as np

import chainrule as cr
from chainrule.explore.live import LiveGraph, Page, PageServer


def circuit():
    """f = (x + y) max(y, z), the circuit of the README."""
    x, y, z = (cr.input(name, value=value) for name, value in (("x", 1.0), ("y", 2.0), ("z", 0.0)))
    return cr.Graph((x + y) * cr.maximum(y, z))


def layered(samples=8, inputs=20, hidden=12, classes=4, seed=0):
    """The loss of a two-layer network on a batch."""
    random = np.random.default_rng(seed)
    hidden_layer, output_layer = (
        cr.nn.Linear(inputs, hidden, random=seed),
        cr.nn.Linear(hidden, classes, random=seed + 1),
    )
    x = cr.input("x", value=random.standard_normal((samples, inputs)).astype(np.float32))
    labels = random.integers(0, classes, samples)
    scores = output_layer(cr.relu(hidden_layer(x)))
    return cr.Graph(cr.nn.cross_entropy(scores, labels))


def number_of(graph, name):
    """Return the number of a node in the document, by its name."""
    record = graph.record()
    return next(i for i, node in enumerate(record.order) if record.names[node] == name)


def live(graph):
    """Return what a server shows of a graph after a run forward and backward."""
    graph.backward()
    return LiveGraph(graph.record())


class Client:
    """A browser that opened a page: it has the cookie, and sends its origin."""

    def __init__(self, server):
        self.server = server
        entered = httpx.get(server.address, trust_env=False)
        assert entered.status_code == 200
        self._cookies = dict(entered.cookies)

    def send(self, method, path, headers=(), **more):
        """Send a request with the cookie, over a connection of its own."""
        named = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return httpx.request(
            method,
            f"{self.server.origin}{path}",
            headers={"Cookie": named, **dict(headers)},
            timeout=60,
            trust_env=False,
            **more,
        )

    def post(self, path, **body):
        return self.send("POST", path, {"Origin": self.server.origin}, json=body)

    def get(self, path, **headers):
        return self.send("GET", path, headers)


def _title(document):
    return f"a page of {document['title']}"


@contextmanager
def served(document, framed=False):
    """Serve a document with a page that shows its title alone."""
    server = PageServer(Page(document, _title, "default-src 'none'", framed))
    try:
        yield server
    finally:
        server.stop()


def array(data):
    """Return a tensor of a document as an array; only tensors that are there as a whole."""
    assert data["kept"] is None
    flat = np.frombuffer(base64.b64decode(data["data"]), np.dtype(data["dtype"]).newbyteorder("<"))
    return flat.reshape(data["shape"])


def numbers_by_name(graph, numbers):
    """Return values and upstream gradients of a document by the names of nodes."""
    names = graph.record().names
    order = graph.record().order
    tensors = numbers["tensors"]

    def column(name):
        return {
            names[node]: array(tensors[at]) if at >= 0 else None
            for node, at in zip(order, numbers[name], strict=True)
        }

    return column("value"), column("upstream")
