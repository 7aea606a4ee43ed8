"""All operators, examined by several processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Any

from judges.operators.entries import entries
from judges.operators.examination import Examination, examine


def database() -> dict[str, Any]:
    """Return torch's operators that have a gradient in float32 or float64, by name and variant."""
    import torch
    from torch.testing._internal.common_methods_invocations import op_db

    wanted = [each for each in op_db if each.supports_autograd]
    real = (torch.float32, torch.float64)
    return {_name(each): each for each in wanted if any(kind in each.dtypes for kind in real)}


def _name(operator: Any) -> str:
    variant = operator.variant_test_name
    return f"{operator.name}.{variant}" if variant else str(operator.name)


def run(
    names: Sequence[str], processes: int, most: int | None, progress: Callable[[Examination], None]
) -> list[Examination]:
    """Examine operators; `progress` is called with each examination when it is there."""
    context = get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_prepare) as pool:
        waiting = [pool.submit(_examine, name, most) for name in names]
        return [_told(each.result(), progress) for each in _finished(waiting)]


def _finished(waiting: Iterable[Any]) -> Iterable[Any]:
    return as_completed(list(waiting))


def _told(found: Examination, progress: Callable[[Examination], None]) -> Examination:
    progress(found)
    return found


def _prepare() -> None:
    import torch

    os.environ.setdefault("CHAINRULE_THREADS", "1")
    torch.set_num_threads(1)


def _examine(name: str, most: int | None) -> Examination:
    return examine(name, _operators()[name], entries()[name], most)


_FOUND: dict[str, Any] = {}


def _operators() -> dict[str, Any]:
    if not _FOUND:
        _FOUND.update(database())
    return _FOUND
