"""Runs whose weights must not depend on the number of processes, as a script.

mpiexec -n 3 python distributed_runs.py NAME...   prints the digests of what each run ends with
"""

import hashlib
import json
import sys

import numpy as np

import chainrule as cr
from chainrule.train.state.tracked_parameters import stored_values, tracked_parameters

SAMPLES, BATCH = 901, 36  # the last batch of an epoch has one sample
WORDS = 400


class Tagged(cr.nn.Module):
    """Words looked up in a table, a network over them, and scores of classes."""

    def __init__(self, between, words=WORDS, width=6, outputs=None):
        self.table = cr.nn.Embedding(words, width, random=4)
        self.between = between
        self.scores = cr.nn.Linear(outputs or width, 3, random=5)

    def forward(self, ids):
        return self.scores(self.between(self.table(ids)))


def last_state(x):
    return x[:, -1]


def mean_over_words(x):
    return x.mean(axis=1)


def layers(*between):
    return cr.nn.Sequential(
        cr.nn.Linear(7, 12, random=1), *between, cr.tanh, cr.nn.Linear(12, 3, random=2)
    )


def dropout():
    return layers(cr.nn.Dropout(0.3, random=3)), cr.optim.Adam, {"learning_rate": 0.01}


def clipped():
    schedule = cr.optim.schedules.Cosine(0.1, 200)
    clip = cr.optim.ClipByGlobalNorm(0.05)
    return layers(), cr.optim.SGD, {"learning_rate": schedule, "momentum": 0.9, "clip": clip}


def accumulated():
    return layers(), cr.optim.AdamW, {"learning_rate": 0.01, "accumulate": 3}


def norm():
    return layers(cr.nn.BatchNorm(12)), cr.optim.Adam, {"learning_rate": 0.01}


def synchronised_norm():
    model = layers(cr.nn.BatchNorm(12, synchronised=True, momentum=None))
    return model, cr.optim.Adam, {"learning_rate": 0.01}


def table():
    return Tagged(mean_over_words), cr.optim.SparseAdam, {"learning_rate": 0.01}


def short_table():
    options = {"learning_rate": 0.01, "clip": cr.optim.ClipByGlobalNorm(0.05)}
    return Tagged(mean_over_words, words=9), cr.optim.Adam, options


def dense_table():
    return Tagged(mean_over_words), cr.optim.Adam, {"learning_rate": 0.01, "rows": "dense"}


def lazy_table():
    return Tagged(mean_over_words), cr.optim.Adam, {"learning_rate": 0.01, "rows": "caught_up"}


def recurrent():
    network = cr.nn.Sequential(cr.nn.LSTM(6, 8, random=6), FirstOf(), last_state)
    return Tagged(network, outputs=8), cr.optim.Adam, {"learning_rate": 0.01}


class FirstOf(cr.nn.Module):
    """The output of a recurrent layer, without its state."""

    def forward(self, found):
        return found[0] if isinstance(found, tuple) else found


RUNS = {
    each.__name__: each
    for each in (
        dropout,
        clipped,
        accumulated,
        norm,
        synchronised_norm,
        table,
        short_table,
        dense_table,
        lazy_table,
        recurrent,
    )
}


def data(model):
    random = np.random.default_rng(0)
    targets = random.integers(0, 3, SAMPLES)
    if isinstance(model, Tagged):
        words = model.table.weight.shape[0]
        return (random.zipf(1.3, (SAMPLES, 5)) + targets[:, None]) % words, targets
    return random.normal(size=(SAMPLES, 7)).astype("float32"), targets


def run(name, epochs=8, **options):
    """Train, and return the digest of all that the run changed, and the history."""
    model, optimizer, settings = RUNS[name]()
    made = optimizer(model, **settings)
    average = cr.optim.Average(model, 0.9) if name == "accumulated" else None
    samples, targets = data(model)
    history = cr.train.fit(
        model,
        made,
        cr.nn.cross_entropy,
        (samples, targets),
        epochs=epochs,
        batch_size=BATCH,
        average=average,
        drop_last="norm" in name,
        progress=False,
        diagnose=False,
        **options,
    )
    values = stored_values(tracked_parameters(model, made, average))
    content = b"".join(name.encode() + each.tobytes() for name, each in values.items())
    return hashlib.sha256(content).hexdigest()[:20], history


if __name__ == "__main__":
    between = cr.distributed.communicator()
    found = {name: run(name)[0] for name in sys.argv[1:] or RUNS}
    every = between.gather_objects(found)
    if between.rank == 0:
        print(json.dumps(every))
