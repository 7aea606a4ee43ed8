"""What notebooks show of a page: a frame where scripts run, a picture elsewhere."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from html import escape

_HEIGHT = 720  # pixels
_FRAME = """<div id="{name}"><p>{sentence}</p>{picture}</div>
<script>
(() => {{
  const place = document.getElementById("{name}");
  const open = (attribute, value) => {{
    const frame = document.createElement("iframe");
    frame.title = "Computational graph";
    frame.style = "width: 100%; height: {height}px; border: 0";
    if (attribute === "srcdoc") frame.sandbox = "allow-scripts allow-downloads";
    frame[attribute] = value;
    place.replaceChildren(frame);
  }};
{steps}
}})();
</script>
"""
_FILE = """  open("srcdoc", {page});
"""
# A page of the same host name gets the cookie; ports do not matter for that.
_SERVER = """  const host = location.hostname;
  if (host !== "localhost" && host !== "127.0.0.1") return;
  const address = "http://" + host + ":{port}/";
  fetch(address + "alive", {{ mode: "no-cors" }})
    .then(() => open("src", address + "?token={token}"), () => {{}});
"""


def file_frame(page: str, picture: str | None) -> str:
    """Return HTML that shows a page, as text, in a frame.

    picture  SVG for viewers that run no scripts
    """
    return _html(_FILE.format(page=_in_script(page)), picture, "A graph, drawn by chainrule.")


def server_frame(port: int, token: str, picture: str | None) -> str:
    """Return HTML that shows the page of a running server in a frame.

    The picture remains where no script runs, on another machine, and when the server has ended.
    """
    sentence = (
        "A graph, drawn by chainrule. Its page is shown here while the kernel runs on this machine."
    )
    return _html(_SERVER.format(port=port, token=token), picture, sentence)


def _html(steps: str, picture: str | None, sentence: str) -> str:
    return _FRAME.format(
        name=f"chainrule-{os.urandom(8).hex()}",
        sentence=escape(sentence),
        picture="" if picture is None else _image(picture),
        height=_HEIGHT,
        steps=steps.rstrip(),
    )


def _image(picture: str) -> str:
    data = b64encode(picture.encode()).decode("ascii")
    return f'<img alt="The graph" style="max-width: 100%" src="data:image/svg+xml;base64,{data}">'


def _in_script(text: str) -> str:
    """Return a string of JavaScript that cannot end the script element it stands in."""
    return json.dumps(text).replace("<", "\\u003c").replace(">", "\\u003e")
