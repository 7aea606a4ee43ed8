"""A training as a script, which prints the process of each rank, and a digest of its weights.

python training.py FOLDER EPOCHS [SECONDS]   a checkpoint every 10 steps in FOLDER; steps of SECONDS
"""

from __future__ import annotations

import faulthandler
import hashlib
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

import chainrule as cr

EXAMPLES, WORDS, LENGTH, CLASSES, BATCH = 901, 300, 4, 5, 36


class Tagger(cr.nn.Module):
    """A table of vectors, a hidden layer with dropout, and scores of classes."""

    def __init__(self) -> None:
        self.table = cr.nn.Embedding(WORDS, 8, random=0)
        self.dropout = cr.nn.Dropout(0.1, random=1)
        self.hidden = cr.nn.Linear(8 * LENGTH, 32, random=2)
        self.scores = cr.nn.Linear(32, CLASSES, random=3)

    def forward(self, words: cr.Tensor) -> cr.Tensor:
        """Return the scores of the classes."""
        rows = self.table(words).reshape(-1, 8 * LENGTH)
        found: cr.Tensor = self.scores(self.dropout(cr.tanh(self.hidden(rows))))
        return found


class Slowly(cr.train.Callback):
    """Makes steps last, so that a kill finds the run at any place in them.

    A rank without callbacks waits for the first one in every step.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def after_step(self, run: cr.train.Run) -> None:
        """Wait."""
        time.sleep(self.seconds)


def main(folder: Path, epochs: int, seconds: float) -> None:
    """Train, and print the loss and the digest of the weights."""
    faulthandler.register(signal.SIGUSR1)
    first = cr.distributed.communicator().rank
    print(f"rank {first} is {os.getpid()}", flush=True)
    random = np.random.default_rng(0)
    words = random.integers(0, WORDS, (EXAMPLES, LENGTH))
    data = words, words.sum(axis=1) % CLASSES
    model = Tagger()
    optimizer = cr.optim.Adam(model, 0.01)
    history = cr.train.fit(
        model,
        optimizer,
        cr.nn.cross_entropy,
        data,
        epochs=epochs,
        batch_size=BATCH,
        validate=0.1,
        metrics=[cr.train.metrics.Accuracy()],
        callbacks=[cr.train.CSVLog(folder / "log.csv"), Slowly(seconds)],
        checkpoint=cr.train.Checkpoint(folder / "run", every_steps=10),
        progress=False,
        parallel=cr.distributed.Parallel(time_limit=60),
    )
    weights = b"".join(each.value.tobytes() for each in optimizer.parameters)
    digest = hashlib.sha256(weights).hexdigest()[:16]
    print(f"done {first} {history.epochs[-1]['validation_loss']!r} {digest}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) if sys.argv[3:] else 0.0)
