"""The run whose files, of every version of their formats, lie in the folder stored.

python tests/stored_run.py FOLDER   writes those of the present version

chainrule-training-N.safetensors  by fit, in the middle of epoch 2
chainrule-log-N.jsonl             by JSONLinesLog
chainrule-doctor-N.jsonl          by Doctor
"""

import shutil
import sys
from pathlib import Path

import numpy as np

import chainrule as cr

STEP = 3


class Interrupted(cr.train.Callback):
    """Ends the run after a step, as Ctrl-C does."""

    def after_step(self, run):
        if run.step == STEP:
            run.interrupt()


def train(folder, callbacks=()):
    """Train a small network with all that leaves files, and return it with its history."""
    random = np.random.default_rng(0)
    x = random.normal(size=(24, 3)).astype("float32")
    layers = [cr.nn.Linear(3, 4, random=0), cr.tanh, cr.nn.Dropout(0.2, random=2)]
    model = cr.nn.Sequential(*layers, cr.nn.Linear(4, 2, random=1))
    history = cr.train.fit(
        model,
        cr.optim.Adam(model, learning_rate=1e-2),
        cr.nn.cross_entropy,
        (x, (x[:, 0] > 0).astype("int64")),
        epochs=3,
        batch_size=12,
        compiled=False,
        checkpoint=cr.train.Checkpoint(folder / "run", every_steps=100, keep=1),
        callbacks=[
            *callbacks,
            cr.train.EarlyStopping("loss"),
            cr.train.JSONLinesLog(folder / "log.jsonl", every_steps=1),
            cr.train.Doctor(folder, quiet=True),
        ],
    )
    return model, history


def main(folder):
    """Write the files of a run that was interrupted."""
    train(folder, [Interrupted()])
    for each in (folder / "run").iterdir():
        shutil.move(each, folder / "training.safetensors")
    (folder / "run").rmdir()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
