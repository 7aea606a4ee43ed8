"""What fit() adds to a step, beside the bare loop over a compiled function.

python -m benchmarks.tasks.fitting [HIDDEN]     prints both; the step takes about 100 µs with 384
"""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from time import perf_counter

import numpy as np

import chainrule as cr

HIDDEN, BATCH, STEPS, EPOCHS = 384, 64, 300, 60


class Beside(cr.train.Callback):
    """After every epoch of fit(), runs the bare loop for as many steps, and times both."""

    def __init__(self, hidden: int, x: np.ndarray, labels: np.ndarray) -> None:
        model, optimizer = _learner(hidden)

        def step(x: cr.Tensor, labels: cr.Tensor) -> cr.Tensor:
            loss = cr.nn.cross_entropy(model(x), labels)
            optimizer.minimize(loss)
            return loss

        self.step = cr.compile(step)
        self.batches = [
            (x[i : i + BATCH].copy(), labels[i : i + BATCH].copy()) for i in range(0, len(x), BATCH)
        ]
        self.bare: list[float] = []
        self.fitted: list[float] = []
        self.begin = perf_counter()

    def after_epoch(self, run: cr.train.Run, record: dict[str, float]) -> None:
        """Note the time of the epoch, and run the loop that it is compared with."""
        start = perf_counter()
        self.fitted.append((start - self.begin) / STEPS)
        for x, labels in self.batches:
            self.step(x, labels)
        self.begin = perf_counter()
        self.bare.append((self.begin - start) / STEPS)


def _learner(hidden: int) -> tuple[cr.nn.Module, cr.optim.Optimizer]:
    model = cr.nn.Sequential(
        cr.nn.Linear(64, hidden, random=0), cr.relu, cr.nn.Linear(hidden, 10, random=1)
    )
    return model, cr.optim.Adam(model)


def times(hidden: int = HIDDEN) -> tuple[float, float]:
    """Return the seconds per step of the bare loop, and those that fit() adds: medians."""
    random = np.random.default_rng(0)
    x = random.normal(size=(BATCH * STEPS, 64)).astype("float32")
    labels = random.integers(0, 10, len(x))
    beside = Beside(hidden, x, labels)
    model, optimizer = _learner(hidden)
    cr.train.fit(
        model,
        optimizer,
        cr.nn.cross_entropy,
        (x, labels),
        epochs=EPOCHS,
        batch_size=BATCH,
        callbacks=[beside],
    )
    pairs = list(zip(beside.fitted, beside.bare, strict=True))[EPOCHS // 4 :]
    return median(bare for _, bare in pairs), median(fitted - bare for fitted, bare in pairs)


def measure(framework: str) -> float:
    """Return the seconds that fit() adds to a step, measured in a new process."""
    command = [sys.executable, "-m", "benchmarks.tasks.fitting"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(ran.stdout.split()[-2]) * 1e-6


if __name__ == "__main__":
    bare, added = times(*map(int, sys.argv[1:]))
    print(f"the bare loop takes {bare * 1e6:.1f} µs a step")
    print(f"fit() adds {added / bare:.1%}, or {added * 1e6:.2f} µs")
