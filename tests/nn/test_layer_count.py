"""Layers of feed-forward stacks are counted as in the lectures; of other models none are."""

import pytest

import chainrule as cr

nn = cr.nn
Stack = nn.Sequential


class Own(nn.Module):
    """Two layers whose weights and products are written by hand."""

    def __init__(self):
        self.below, self.above = (cr.parameter([[1.0] * 4] * 4) for _ in range(2))

    def forward(self, x):
        return cr.relu(x @ self.below) @ self.above


class Residual(Own):
    def forward(self, x):
        return super().forward(x) + x


class Elementwise(Own):
    def forward(self, x):
        return (cr.relu(x @ self.below)[:, None] * self.above).sum(axis=2)


class TwoHeads(Own):
    def forward(self, x):
        return cr.relu(x @ self.below), x @ self.above


STACKS = [
    (1, nn.Linear(4, 2)),
    (1, Stack(nn.Flatten(), nn.Linear(4, 2), cr.softmax)),
    (2, Stack(nn.Linear(4, 4), cr.relu, nn.Linear(4, 2))),
    (3, Stack(Stack(nn.Linear(4, 4), cr.relu), Stack(nn.Linear(4, 4), cr.tanh), nn.Linear(4, 2))),
    (2, Stack(nn.Linear(4, 4), nn.BatchNorm(4), nn.PReLU(4), nn.Dropout(0.5), nn.Linear(4, 2))),
    (2, Stack(nn.Maxout(4, 3), nn.Linear(3, 2))),
    (2, Own()),
]
OTHERS = {
    "no layer": Stack(cr.relu),
    "no function between": Stack(nn.Linear(4, 4), nn.Linear(4, 2)),
    "a linear function between": Stack(nn.Linear(4, 4), nn.Dropout(0.5), nn.Linear(4, 2)),
    "a way around": Residual(),
    "a product written as a sum": Elementwise(),
    "two outputs": TwoHeads(),
}


@pytest.mark.parametrize(("count", "model"), STACKS)
def test_layers_with_weights_are_counted(count, model):
    assert cr.summary(model, (3, 4)).layers == count


@pytest.mark.parametrize("model", OTHERS.values(), ids=OTHERS)
def test_other_models_have_no_count(model):
    summary = cr.summary(model, (3, 4))
    assert summary.layers is None
    assert "layer network" not in str(summary)


def test_convolutions_are_layers_and_a_table_of_vectors_is_the_input_layer():
    image = Stack(nn.Conv2d(3, 4, 3), cr.relu, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4, 2))
    assert cr.summary(image, (2, 3, 4, 4)).layers == 2
    words = Stack(nn.Embedding(9, 2), nn.Flatten(), nn.Linear(6, 4), cr.tanh, nn.Linear(4, 2))
    assert cr.summary(words, ((5, 3), "int64")).layers == 2


def test_models_with_recurrence_or_attention_have_no_count():
    assert cr.summary(nn.LSTM(4, 4), (5, 3, 4)).layers is None
    assert cr.summary(nn.TransformerEncoderLayer(8, 2, 16), (3, 5, 8)).layers is None


@pytest.mark.parametrize(
    ("hidden", "name"),
    [
        (0, "1-layer network (no hidden layer)"),
        (1, "2-layer network (1 hidden layer)"),
        (2, "3-layer network (2 hidden layers)"),
    ],
)
def test_the_title_names_the_network(hidden, name):
    layers = [each for _ in range(hidden) for each in (nn.Linear(4, 4), cr.sigmoid)]
    title = str(cr.summary(Stack(*layers, nn.Linear(4, 2)), (3, 4))).splitlines()[0]
    assert title == f"Sequential of float32(3, 4): {name}"
