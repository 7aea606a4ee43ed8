"""Training runs with a doctor, and taggers, for the tests of the explorer."""

import numpy as np

import chainrule as cr
from chainrule.ner import Settings, Tagger, train
from chainrule.text import Sentence

CORPUS = [
    Sentence(("Ada", "visited", "Turin"), ("B-PER", "O", "B-LOC")),
    Sentence(("Turin", "greets", "Ada"), ("B-LOC", "O", "B-PER")),
]


class Net(cr.nn.Module):
    """A network whose hidden layer dies, since its bias is far below zero."""

    def __init__(self, bias=-10.0, seed=0):
        self.first = cr.nn.Linear(5, 16, random=seed)
        self.second = cr.nn.Linear(16, 2, random=seed + 1)
        self.first.bias.assign(np.full(16, bias, np.float32))

    def forward(self, x):
        hidden = cr.relu(self.first(x))
        return self.second(hidden)


def trained(folder, bias=-10.0, rate=0.1, epochs=2, **options):
    """Train with a doctor that writes to a folder; return the doctor's report."""
    random = np.random.default_rng(0)
    x = random.standard_normal((96, 5)).astype(np.float32)
    labels = (x[:, 0] > 0).astype(np.int64)
    model = Net(bias)
    doctor = cr.train.Doctor(folder, quiet=True, **options)
    cr.train.fit(
        model,
        cr.optim.SGD(model, learning_rate=rate),
        cr.nn.cross_entropy,
        (x, labels),
        epochs=epochs,
        batch_size=16,
        callbacks=[doctor],
        progress=False,
        compiled=False,
    )
    return doctor.report


def tagger(seed=0, **settings):
    """Return a tagger that finds Ada and Turin."""
    found = Tagger.for_corpus(
        CORPUS, Settings(epochs=40, patience=40, unknown_rate=0.0, seed=seed, **settings)
    )
    train(found, CORPUS, CORPUS)
    return found
