"""What fit() adds to a step, beside bare loops over a compiled function.

One loop has its batches ready in a list; the other shuffles, as fit() does, by indexing.

python -m benchmarks.tasks.fitting [HIDDEN]     prints all; HIDDEN is the size of the hidden layer
"""

from __future__ import annotations

import subprocess
import sys
from time import perf_counter

import numpy as np

import chainrule as cr

HIDDEN, BATCH, STEPS, EPOCHS = 256, 64, 300, 80


class Beside(cr.train.Callback):
    """After every epoch of fit(), runs the bare loops for as many steps, and times all three."""

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
        self.x, self.labels, self.random = x, labels, np.random.default_rng(1)
        self.fitted: list[float] = []
        self.bare: list[float] = []
        self.shuffling: list[float] = []
        self.begin = perf_counter()

    def after_epoch(self, run: cr.train.Run, record: dict[str, float]) -> None:
        """Note the time of the epoch, and run the loops that it is compared with."""
        times = [self.begin, perf_counter()]
        for x, labels in self.batches:
            self.step(x, labels)
        times.append(perf_counter())
        order = self.random.permutation(len(self.x))
        for i in range(0, len(order), BATCH):
            chosen = order[i : i + BATCH]
            self.step(self.x[chosen], self.labels[chosen])
        times.append(perf_counter())
        found = np.diff(times) / STEPS
        for each, seconds in zip((self.fitted, self.bare, self.shuffling), found, strict=True):
            each.append(float(seconds))
        self.begin = perf_counter()


def _learner(hidden: int) -> tuple[cr.nn.Module, cr.optim.Optimizer]:
    model = cr.nn.Sequential(
        cr.nn.Linear(64, hidden, random=0), cr.relu, cr.nn.Linear(hidden, 10, random=1)
    )
    return model, cr.optim.Adam(model)


def times(hidden: int = HIDDEN) -> tuple[float, float, float]:
    """Return the seconds per step of fit(), the bare loop, and the one that shuffles.

    Of many epochs the time that a tenth of them stays below: other programs disturb the rest.
    """
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
    fitted, bare, shuffling = (
        float(np.quantile(each[EPOCHS // 4 :], 0.1))
        for each in (beside.fitted, beside.bare, beside.shuffling)
    )
    return fitted, bare, shuffling


def measure(framework: str) -> float:
    """Return the seconds that fit() adds to a step, measured in a new process."""
    command = [sys.executable, "-m", "benchmarks.tasks.fitting"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(ran.stdout.split()[-2]) * 1e-6


if __name__ == "__main__":
    fitted, bare, shuffling = times(*map(int, sys.argv[1:]))
    print(
        f"a step takes {bare * 1e6:.1f} µs in the bare loop, {shuffling * 1e6:.1f} if it shuffles"
    )
    print(f"with fit() {fitted / shuffling - 1:+.1%} beside the loop that shuffles")
    print(
        f"with fit() {fitted / bare - 1:+.1%} beside the bare one: {(fitted - bare) * 1e6:.2f} µs"
    )
