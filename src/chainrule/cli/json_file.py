"""Reports as files of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chainrule.storage import write_atomically


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a report as JSON, atomically."""
    text = json.dumps(content, ensure_ascii=False, indent=1).encode()
    write_atomically(path, lambda file: file.write_bytes(text))
