"""A server in a process of its own, and taggers for it."""

import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx

from chainrule.ner import Settings, Tagger, save, train
from chainrule.text import Sentence

CORPUS = [
    Sentence(("Ada", "visited", "Turin"), ("B-PER", "O", "B-LOC")),
    Sentence(("Turin", "greets", "Ada"), ("B-LOC", "O", "B-PER")),
]
COMMAND = "from chainrule.cli import app; app()"
DRIVER = Path(__file__).with_name("slow_server.py")
JSON = {"Content-Type": "application/json"}
PATIENCE = 60.0  # seconds, for a loaded machine


def save_tagger(folder, seed=0):
    """Train a small tagger that finds Ada and Turin, and save it."""
    settings = Settings(epochs=60, patience=60, unknown_rate=0.0, seed=seed)
    tagger = Tagger.for_corpus(CORPUS, settings)
    train(tagger, CORPUS, CORPUS)
    save(tagger, folder)
    return tagger


def same_entities(found, wanted):
    """Return whether two lists of entities are equal but for rounding; `found` may be JSON."""
    found = [each if isinstance(each, dict) else vars(each) for each in found]
    wanted = [vars(each) for each in wanted]
    return len(found) == len(wanted) and all(
        a | {"confidence": 0} == b | {"confidence": 0}
        and abs(a["confidence"] - b["confidence"]) < 1e-5
        for a, b in zip(found, wanted, strict=True)
    )


class Server:
    """A running server: its process, its address, and clients for it."""

    def __init__(self, process, address):
        self.process, self.address = process, address
        self.client = httpx.Client(base_url=address, timeout=PATIENCE)

    def ask(self, body, **more):
        """Send a body, or something as JSON, to /entities over a connection of its own."""
        given = {"content": body, "headers": JSON} if isinstance(body, bytes) else {"json": body}
        return httpx.post(f"{self.address}/entities", timeout=PATIENCE, **(given | more))

    def health(self):
        return self.client.get("/health").json()

    def metric(self, name):
        """Return the value of a metric, 0 if it is not there."""
        text = self.client.get("/metrics").text
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def stop(self):
        """Send SIGTERM; return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@contextmanager
def server(model, *options, seconds=0):
    """Run a server on a free port.

    seconds  that each batch takes longer; None for the command as it is, which tags some text when
             it loads a model
    """
    begin = [sys.executable, "-c", COMMAND, "ner", "serve"]
    if seconds is not None:
        begin = [sys.executable, str(DRIVER), str(seconds)]
    process = subprocess.Popen(
        [*begin, "--model", str(model), "--port", "0", *map(str, options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        assert "http://" in line, process.communicate()[1]
        running = Server(process, line.split()[-1])
        with running.client:
            yield running
    finally:
        process.kill()
        process.communicate()


def wait_for(condition):
    """Wait until a condition holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
