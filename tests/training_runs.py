"""Small runs for the tests of training."""

import numpy as np

import chainrule as cr


def data(samples=40, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(samples, 3)).astype("float32")
    return x, (x[:, 0] * x[:, 1] > 0).astype("int64")


def network(dropout=0.0, rate=1e-2):
    model = cr.nn.Sequential(
        cr.nn.Linear(3, 8, random=0),
        cr.tanh,
        cr.nn.Dropout(dropout, random=2),
        cr.nn.Linear(8, 2, random=1),
    )
    return model, cr.optim.Adam(model, learning_rate=rate)


def fit(given, model=None, optimizer=None, **options):
    """Train for two epochs, if nothing else is said, and return model and history."""
    if model is None:
        model, optimizer = network()
    options = {"epochs": 2, "batch_size": 16} | options
    return model, cr.train.fit(model, optimizer, cr.nn.cross_entropy, given, **options)


def same(first, second):
    return all(np.array_equal(first[name], second[name]) for name in first)


class Script(cr.train.Callback):
    """Does something when a step of a given number is done."""

    def __init__(self, step, action):
        self.step, self.action = step, action

    def after_step(self, run):
        if run.step == self.step:
            self.action(run)
