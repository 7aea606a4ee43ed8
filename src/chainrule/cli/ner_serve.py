"""`chainrule ner serve`: serve a tagger over HTTP."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from chainrule import serve as serving
from chainrule.cli.errors import reported

_LIMITS = serving.Limits()


@reported
def serve(
    model: Annotated[
        Path, typer.Option(help="The folder of the tagger, which `train --out` wrote.")
    ],
    host: Annotated[
        str,
        typer.Option(help="The address to listen at; others than loopback need a proxy, see docs."),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; 0 for a free one, which is printed.")
    ] = 8000,
    max_bytes: Annotated[
        int, typer.Option(min=1, help="Bytes of the body of a request.")
    ] = _LIMITS.max_bytes,
    timeout: Annotated[
        float, typer.Option(help="Seconds for reading a request, and for answering it.")
    ] = _LIMITS.timeout,
    queue: Annotated[
        int,
        typer.Option(min=1, help="Requests in work at one time; further ones get a 503."),
    ] = _LIMITS.queue,
    batch: Annotated[
        int, typer.Option(min=1, help="Characters of text that are tagged together, about.")
    ] = _LIMITS.batch,
    stop_time: Annotated[
        float, typer.Option(help="Seconds for finishing requests after SIGTERM.")
    ] = _LIMITS.stop_time,
    watch: Annotated[
        float,
        typer.Option(min=0, help="Seconds between looks for a new model in the folder; 0: none."),
    ] = 1.0,
) -> None:
    """Serve a tagger over HTTP until SIGTERM or Ctrl-C.

    POST /entities takes JSON: a text, several texts, or sentences of words. GET / is a page to try
    a text, /openapi.json describes the interface, /health and /metrics are for monitoring. A model
    that replaces the folder is loaded while requests are answered; SIGHUP loads it at once.
    """
    limits = serving.Limits(
        max_bytes=max_bytes, timeout=timeout, queue=queue, batch=batch, stop_time=stop_time
    )
    run = serving.serve
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("chainrule.serve").setLevel(logging.INFO)
    run(model, host, port, limits, watch, lambda place: typer.echo(f"{model} is served at {place}"))
