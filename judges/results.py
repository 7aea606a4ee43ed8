"""The results of the judges, kept in a file of the project from which the guide has its table."""

from __future__ import annotations

import json
import platform
from datetime import date
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("results.json")


def read(file: Path = FILE) -> dict[str, Any]:
    """Return the results by the name of the judge."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def keep(name: str, result: dict[str, Any], file: Path = FILE) -> None:
    """Write the result of one judge beside those of the others."""
    results = read(file)
    results[name] = {
        "date": date.today().isoformat(),
        "python": platform.python_version(),
        **result,
    }
    text = json.dumps(dict(sorted(results.items())), indent=1, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")
