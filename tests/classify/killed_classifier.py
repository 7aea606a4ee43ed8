"""A training run of a classifier as a script: it continues where it was killed.

python killed_classifier.py BERT TRAIN DEV FOLDER slowly|fast
"""

import sys
import time
from pathlib import Path

import chainrule as cr
from chainrule.classify import Classifier, Settings, class_names, read_labelled, train
from chainrule.storage import write_arrays
from chainrule.train.state.tracked_parameters import stored_values, tracked_parameters


class Slow(cr.train.Callback):
    """Leaves time for the kill, and keeps the run for the end."""

    def __init__(self, pause):
        self.pause = pause

    def start(self, run):
        self.run = run

    def after_step(self, run):
        time.sleep(self.pause)


def main(bert, learned, held_out, folder, pace):
    data = read_labelled(learned)
    settings = Settings(epochs=4, batch_size=16, learning_rate=5e-3, lora=2, accumulate=4)
    classifier = Classifier.for_labels(bert, class_names(data), settings)
    slow = Slow(0.2 if pace == "slowly" else 0.0)
    checkpoint = cr.train.Checkpoint(folder / "run", every_steps=1)
    history = train(
        classifier, data, read_labelled(held_out), callbacks=[slow], checkpoint=checkpoint
    )
    found = stored_values(tracked_parameters(classifier.network, slow.run.optimizer))
    write_arrays(folder / "weights.safetensors", found | {"losses": history.losses})


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:5]), pace=sys.argv[5])
