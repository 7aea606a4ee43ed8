"""Models that a page of an explanation is about: convolutions, the tagger, a loop, attention."""

import numpy as np

import chainrule as cr


class WindowNetwork(cr.nn.Module):
    """The tagger of the lecture: vectors of the words of a window, one hidden layer, scores."""

    def __init__(self, vocabulary, capitals, tags, window=2):
        random = np.random.default_rng(0)
        small = cr.nn.initial.normal(0.03)
        he, xavier = cr.nn.initial.he_uniform, cr.nn.initial.xavier_uniform
        self.words = cr.nn.Embedding(vocabulary, 64, initial=small, random=random)
        self.capitals = cr.nn.Embedding(capitals, 8, initial=small, random=random)
        self.input_dropout = cr.nn.Dropout(0.5, random=random)
        self.hidden = cr.nn.Linear((2 * window + 1) * 72, 300, initial=he, random=random)
        self.hidden_dropout = cr.nn.Dropout(0.5, random=random)
        self.scores = cr.nn.Linear(300, tags, initial=xavier, random=random)

    def forward(self, words, capitals):
        vectors = cr.concat([self.words(words), self.capitals(capitals)], axis=2)
        x = self.input_dropout(vectors.reshape(vectors.shape[0], -1))
        h = self.hidden_dropout(cr.relu(self.hidden(x)))
        return self.scores(h)


class Recurrent(cr.nn.Module):
    def __init__(self, layer):
        self.words = cr.nn.Embedding(20, 4, random=0)
        self.recurrent = layer(4, 6, random=1)
        self.scores = cr.nn.Linear(6, 3, random=2)

    def forward(self, ids):
        states, _ = self.recurrent(self.words(ids))
        return self.scores(states[-1])


class Attending(cr.nn.Module):
    def __init__(self, layers=1):
        self.encoder = cr.nn.TransformerEncoder(layers, 8, 2, 16, random=0)
        self.scores = cr.nn.Linear(8, 3, random=1)

    def forward(self, x):
        return self.scores(self.encoder(x).mean(1))


def convolving():
    nn = cr.nn
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, random=0),
        cr.relu,
        nn.MaxPool2d(2),
        nn.Conv2d(4, 8, 3, padding=1, random=1),
        cr.relu,
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32, 3, random=2),
    )
    values = np.random.default_rng(0).normal(size=(5, 1, 8, 8)).astype("float32")
    images = cr.input("images", value=values)
    loss = nn.cross_entropy(model(images), cr.input("labels", value=np.array([0, 1, 2, 0, 1])))
    return cr.Graph(loss)


def tagging():
    random = np.random.default_rng(0)
    model = WindowNetwork(500, 6, 9)
    words = cr.input("words", value=random.integers(0, 500, (32, 5)))
    capitals = cr.input("capitals", value=random.integers(0, 6, (32, 5)))
    tags = cr.input("tags", value=random.integers(0, 9, 32))
    loss = cr.nn.cross_entropy(model(words, capitals), tags)
    return cr.Graph(loss)


def recurrent(layer=cr.nn.LSTM):
    ids = cr.input("ids", value=np.random.default_rng(0).integers(0, 20, (7, 4)))
    labels = cr.input("labels", value=np.array([0, 1, 2, 0]))
    loss = cr.nn.cross_entropy(Recurrent(layer)(ids), labels)
    return cr.Graph(loss)


def attending(layers=1):
    values = np.random.default_rng(0).normal(size=(4, 5, 8)).astype("float32")
    labels = cr.input("labels", value=np.array([0, 1, 2, 0]))
    loss = cr.nn.cross_entropy(Attending(layers)(cr.input("x", value=values)), labels)
    return cr.Graph(loss)


MODELS = {
    "convolutions": convolving,
    "tagger": tagging,
    "LSTM": recurrent,
    "RNN": lambda: recurrent(cr.nn.RNN),
    "Transformer": attending,
}
