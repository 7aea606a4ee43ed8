"""AlexNet at full size beside PyTorch: equal scores, equal training steps, seconds, memory.

python -m benchmarks.alexnet
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from rich.console import Console
from rich.table import Table

import chainrule as cr
from benchmarks.timing import interleaved
from benchmarks.with_torch.alexnet import alexnet
from chainrule.zoo import AlexNet

_CLASSES, _RATE, _MOMENTUM, _MEMORY_STEPS = 1000, 1e-3, 0.9, 3

Step = Callable[[], float]


def ours(model: AlexNet, x: Any, labels: Any) -> Step:
    """Return a training step of chainrule, which returns the loss before it."""
    optimizer = cr.optim.SGD(model, _RATE, momentum=_MOMENTUM)

    @cr.compile
    def step(x: cr.TensorLike, labels: cr.TensorLike) -> cr.Tensor:
        loss = cr.nn.cross_entropy(model(x), labels)
        optimizer.minimize(loss)
        return loss

    return lambda: step(x, labels).item()


def theirs(model: torch.nn.Module, x: Any, labels: Any) -> Step:
    """Return a training step of PyTorch."""
    optimizer = torch.optim.SGD(model.parameters(), _RATE, momentum=_MOMENTUM)
    images, classes = torch.tensor(x), torch.tensor(labels)

    def step() -> float:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(images), classes)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def both(width: float, extent: int) -> tuple[AlexNet, torch.nn.Module]:
    """Return both nets without dropout, with equal weights."""
    sizes: Any = {"channels": 3, "extent": extent, "width": width, "dropout": 0.0}
    model, other = AlexNet(_CLASSES, **sizes, random=0), alexnet(_CLASSES, **sizes)
    other.load_state_dict({name: torch.tensor(each) for name, each in model.state().items()})
    return model, other


def batch_of(size: int, extent: int) -> tuple[Any, Any]:
    """Return images of noise (size, 3, extent, extent) and labels (size,)."""
    random = np.random.default_rng(0)
    x = random.normal(size=(size, 3, extent, extent)).astype("float32")
    return x, random.integers(0, _CLASSES, size)


def peak(framework: str, batch: int, width: float, extent: int) -> float:
    """Return by how many GB three steps raise the peak memory of this new process."""
    before = _resident()
    x, labels = batch_of(batch, extent)
    sizes: Any = {"channels": 3, "extent": extent, "width": width, "dropout": 0.0}
    if framework == "chainrule":
        step = ours(AlexNet(_CLASSES, **sizes, random=0), x, labels)
    else:
        step = theirs(alexnet(_CLASSES, **sizes), x, labels)
    for _ in range(_MEMORY_STEPS):
        step()
    return (_resident() - before) / 1e6


def _resident() -> int:
    """Return the peak of resident memory in kB, from the line "VmHWM:  123 kB" of Linux."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def _peaks(batch: int, width: float, extent: int) -> dict[str, float]:
    """Return the peaks of both frameworks, each in a process of its own."""
    found = {}
    for framework in ("chainrule", "torch"):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            found[framework] = pool.submit(peak, framework, batch, width, extent).result()
    return found


def _difference(found: Any, wanted: Any) -> float:
    """Return the largest difference relative to the largest wanted element."""
    return float(np.abs(found - wanted).max() / np.abs(wanted).max())


def _timed(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main(
    batch: Annotated[int, typer.Option(min=1, help="Images per step.")] = 8,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; the table has medians.")] = 5,
    width: Annotated[float, typer.Option(help="Factor of all kernels and hidden units.")] = 1.0,
    extent: Annotated[int, typer.Option(help="Pixels of a side.")] = 227,
) -> None:
    """Compare scores and training steps of both, then time them alternately."""
    console = Console()
    model, other = both(width, extent)
    x, labels = batch_of(batch, extent)
    scores, wanted = cr.compile(model), torch.tensor(x)
    with torch.no_grad():
        apart = _difference(scores(x).value, other(wanted).numpy())
    console.print(f"{sum(each.size for each in model.parameters()):,} weights and biases")
    console.print(f"scores are at most {apart:.1e} apart, relative to the largest")
    steps = ours(model, x, labels), theirs(other, x, labels)
    losses = [step() for step in steps]
    state = other.state_dict()
    apart = max(_difference(each, state[name].numpy()) for name, each in model.state().items())
    console.print(f"losses {losses[0]:.6f} and {losses[1]:.6f}; after the step weights are at most")
    console.print(f"{apart:.1e} apart, relative to the largest of their layer")
    times = interleaved(
        {
            "forward, chainrule": lambda: _timed(lambda: scores(x)),
            "forward, torch": lambda: _timed(lambda: torch.no_grad()(other)(wanted)),
            "step, chainrule": lambda: _timed(steps[0]),
            "step, torch": lambda: _timed(steps[1]),
        },
        rounds,
    )
    console.print(_table(times, _peaks(batch, width, extent), batch))


def _table(times: dict[str, list[float]], peaks: dict[str, float], batch: int) -> Table:
    table = Table(title=f"AlexNet, {batch} images; medians")
    for name in ("", "chainrule", "torch", "torch / chainrule"):
        table.add_column(name, justify="right" if name else "left")
    for what in ("forward", "step"):
        mine, other = (statistics.median(times[f"{what}, {each}"]) for each in peaks)
        table.add_row(f"{what}, s", f"{mine:.3f}", f"{other:.3f}", f"{other / mine:.2f}")
    mine, other = peaks.values()
    table.add_row(
        "peak memory of training, GB", f"{mine:.2f}", f"{other:.2f}", f"{other / mine:.2f}"
    )
    return table


if __name__ == "__main__":
    typer.run(main)
