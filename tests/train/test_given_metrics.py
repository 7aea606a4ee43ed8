"""Metrics that are no subclass: objects with the methods, and plain functions."""

import functools

import numpy as np
import pytest

import chainrule as cr
from chainrule.train import TrainingError, evaluate, fit
from chainrule.train.metrics import Accuracy, MetricError

RANDOM = np.random.default_rng(0)
X, LABELS = RANDOM.normal(size=(50, 3)).astype("float32"), RANDOM.integers(0, 2, 50)


class Largest:
    """The largest score of all."""

    name = "largest"

    def reset(self):
        self.found = -np.inf

    def update(self, predictions, targets):
        self.found = max(self.found, predictions.max())

    def value(self):
        return self.found


class Nameless:
    def reset(self):
        self.count = 0

    def update(self, predictions, targets):
        self.count += len(targets)

    def value(self):
        return cr.asarray(self.count)


def median_error(predictions, targets):
    return np.median(np.abs(predictions[:, 0] - targets))


def share_right(predictions, targets):
    return (cr.argmax(predictions, -1) == targets).astype("float64").mean()


def model():
    return cr.nn.Linear(3, 2)


def test_objects_and_functions_are_metrics():
    net = model()
    found = evaluate(
        net,
        cr.nn.cross_entropy,
        (X, LABELS),
        batch_size=16,
        metrics=[Largest(), Nameless(), median_error, share_right, Accuracy()],
    )
    scores = net(X).value
    assert found["largest"] == pytest.approx(scores.max())
    assert found["Nameless"] == 50
    assert found["median_error"] == pytest.approx(median_error(scores, LABELS))
    assert found["share_right"] == pytest.approx(found["accuracy"])


def test_fit_records_them():
    history = fit(
        net := model(),
        cr.optim.SGD(net, 0.1),
        cr.nn.cross_entropy,
        (X, LABELS),
        epochs=2,
        validate=0.2,
        metrics=[Largest(), median_error],
        progress=False,
    )
    for name in ("validation_largest", "validation_median_error"):
        assert len(history[name]) == 2


def test_predictions_of_several_outputs_are_joined_one_by_one():
    class Pair(cr.nn.Module):
        def forward(self, x):
            return x, x.sum(-1)

    def total(predictions, targets):
        first, second = predictions
        assert first.shape == (50, 3)
        return second.sum()

    found = evaluate(
        Pair(),
        lambda outputs, targets: outputs[1].mean(),
        (X, LABELS),
        batch_size=16,
        metrics=[total],
    )
    assert found["total"] == pytest.approx(X.sum(), abs=1e-4)


def test_samples_of_other_shapes_need_an_object():
    def batches(epoch):
        yield X[:4, :2], LABELS[:4]
        yield X[4:8], LABELS[4:8]

    class Same(cr.nn.Module):
        def forward(self, x):
            return x

    with pytest.raises(MetricError, match=r"'median_error' is a function.*reset, update and value"):
        evaluate(Same(), lambda y, t: y.mean(), batches, metrics=[median_error])


@pytest.mark.parametrize("metric", [Accuracy, Largest, "accuracy", 3, None, object()])
def test_what_is_no_metric_raises_an_error(metric):
    with pytest.raises(TrainingError, match=r"as a metric\. .*reset\(\), update.*a function of"):
        evaluate(model(), cr.nn.cross_entropy, (X, LABELS), metrics=[metric])


def test_a_callable_object_is_named_by_its_class():
    partial = functools.partial(median_error)
    found = evaluate(model(), cr.nn.cross_entropy, (X, LABELS), metrics=[partial])
    assert set(found) == {"loss", "partial"}
    with pytest.raises(TrainingError, match="Give each its own name"):
        evaluate(model(), cr.nn.cross_entropy, (X, LABELS), metrics=[partial, partial])
