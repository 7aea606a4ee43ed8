"""A run with everything that a checkpoint keeps, as a script: it goes on where it was killed.

python killed_run.py FOLDER slowly|fast   writes FOLDER/weights.safetensors when the run is done
"""

import sys
import time
from pathlib import Path

import numpy as np

import chainrule as cr
from chainrule.graph import Replace, apply_together
from chainrule.storage import write_arrays
from chainrule.train.state.tracked_parameters import stored_values, tracked_parameters

EPOCHS = 200


class Slow(cr.train.Callback):
    """Give the one who kills the time to aim."""

    def after_step(self, run):
        time.sleep(0.002)


class Statistics(cr.nn.Module):
    """Keeps a running mean of what passes, as batch normalisation does."""

    def __init__(self):
        self.mean = cr.parameter(np.zeros(8, "float32"), trainable=False)

    def forward(self, x):
        mean = self.mean
        if self.training:
            mean = self.mean * 0.9 + x.mean(axis=0) * 0.1
            apply_together([Replace(self.mean, mean)])
        return x - mean


def train(folder, pause=True):
    random = np.random.default_rng(0)
    x = random.normal(size=(61, 4)).astype("float32")
    targets = (x[:, 0] * x[:, 1] > 0).astype("int64")
    model = cr.nn.Sequential(
        cr.nn.Linear(4, 8, random=0),
        Statistics(),
        cr.tanh,
        cr.nn.Dropout(0.3, random=1),
        cr.nn.Linear(8, 2, random=2),
    )
    optimizer = cr.optim.Adam(model, learning_rate=1e-2)
    history = cr.train.fit(
        model,
        optimizer,
        cr.nn.cross_entropy,
        (x, targets),
        epochs=EPOCHS,
        batch_size=8,
        validate=0.2,
        seed=3,
        checkpoint=cr.train.Checkpoint(folder / "run", every_steps=4),
        callbacks=[
            cr.train.EarlyStopping(patience=1000),
            cr.train.CSVLog(folder / "log.csv"),
            cr.train.JSONLinesLog(folder / "log.jsonl", every_steps=1),
            *([Slow()] if pause else []),
        ],
    )
    figures = [[each["loss"], each["validation_loss"]] for each in history.epochs]
    found = stored_values(tracked_parameters(model, optimizer))
    write_arrays(
        folder / "weights.safetensors",
        found | {"losses": history.losses, "figures": np.array(figures)},
    )


if __name__ == "__main__":
    train(Path(sys.argv[1]), pause=sys.argv[2] == "slowly")
