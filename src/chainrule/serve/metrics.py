"""What a server counts, in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
)
from prometheus_client.exposition import generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class Metrics:
    """Counters of one server, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "chainrule_requests",
            "Requests by path and status.",
            ["path", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "chainrule_request_seconds",
            "Time from the head of a request to the end of its response.",
            ["path"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._batch_requests = Histogram(
            "chainrule_batch_requests", "Requests of a batch.", buckets=_SIZES, registry=registry
        )
        self._batch_items = Histogram(
            "chainrule_batch_texts", "Texts of a batch.", buckets=_SIZES, registry=registry
        )
        self._batch_seconds = Histogram(
            "chainrule_batch_seconds",
            "Time in which the model answers a batch.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._reloads = Counter(
            "chainrule_reloads", "Reloads of the model by result.", ["result"], registry=registry
        )
        for result in ("done", "failed"):
            self._reloads.labels(result)
        self._model = Gauge(
            "chainrule_model_info", "The model in use.", ["name", "checksum"], registry=registry
        )

    def watch(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Show a number that is read when the metrics are."""
        Gauge(f"chainrule_{name}", text, registry=self._registry).set_function(value)

    def count_request(self, path: str, status: int, seconds: float) -> None:
        """Count a request; `path` is one of the server's, so that their number is bounded."""
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def count_batch(self, requests: int, items: int, seconds: float) -> None:
        """Count a batch."""
        self._batch_requests.observe(requests)
        self._batch_items.observe(items)
        self._batch_seconds.observe(seconds)

    def count_reload(self, succeeded: bool) -> None:
        """Count an attempt to reload the model."""
        self._reloads.labels("done" if succeeded else "failed").inc()

    def text(self, name: str, checksum: str) -> bytes:
        """Return all metrics, with the name and the checksum of the model in use."""
        self._model.clear()
        self._model.labels(name, checksum).set(1)
        return generate_latest(self._registry)
