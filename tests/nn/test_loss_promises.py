"""What every loss promises: right gradients, the same when compiled, sentences for bad input."""

import re

import numpy as np
import pytest

import chainrule as cr
from losses import LABELS, LOSSES, MASK, PADDED, SCORES, SPARSE

nn = cr.nn


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_pass_the_check(name):
    loss = LOSSES[name]
    assert cr.check_gradients(lambda x: loss.ours(x, "mean"), loss.x).ok


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", LOSSES)
def test_compiled_is_eager(name, reduction):
    loss = LOSSES[name]

    def step(x):
        value = loss.ours(x, reduction)
        return value, *cr.gradients(value.sum(), [x])

    compiled = cr.compile(step)
    wanted = step(cr.input("x", value=loss.x))
    for mine, eager in zip(compiled(loss.x), wanted, strict=True):
        np.testing.assert_allclose(mine.value, eager.value, rtol=1e-11, atol=1e-12)


@pytest.mark.native
@pytest.mark.parametrize("name", LOSSES)
def test_a_compiled_loss_is_all_native(name):
    loss = LOSSES[name]
    step = cr.compile(lambda x: cr.gradients(loss.ours(x, "mean"), [x])[0])
    step(loss.x.astype("float32"))
    assert "on the reference evaluator: nothing" in step.report()


def of_labels(**options):
    return lambda scores, labels: nn.cross_entropy(scores, labels, **options)


OF_LABELS = {
    "plain": of_labels(),
    "smoothed": of_labels(label_smoothing=0.1),
    "weighted": of_labels(class_weights=np.ones(4)),
    "padded": of_labels(ignore_index=-100),
    "likelihood": lambda scores, labels: nn.negative_log_likelihood(scores, labels),
    "hinge": nn.hinge,
}


@pytest.mark.parametrize("wrong", [4, -1])
@pytest.mark.parametrize("name", OF_LABELS)
def test_a_label_outside_is_an_error_eager_and_compiled(name, wrong):
    labels = LABELS.copy()
    labels[1, 2] = wrong
    for run in (OF_LABELS[name], cr.compile(OF_LABELS[name])):
        with pytest.raises(cr.RangeError, match=rf"id {wrong} at position \(1, 2.*size 4"):
            run(SCORES, labels)


@pytest.mark.parametrize("loss", [nn.cross_entropy, nn.negative_log_likelihood])
def test_labels_can_be_arguments_of_a_compiled_loss_and_padding_is_not_looked_at(loss):
    for options in ({"ignore_index": -100}, {"mask": MASK}):
        step = cr.compile(lambda x, labels, o=options: loss(x, labels, **o))
        wanted = loss(SCORES[MASK], PADDED[MASK])
        np.testing.assert_allclose(step(SCORES, PADDED).value, wanted.value, rtol=1e-12)
    assert loss(SCORES, np.where(MASK, PADDED, 99), mask=MASK).item() == pytest.approx(
        wanted.item()
    )


def test_a_batch_in_which_nothing_counts_is_zero_and_sends_no_gradient():
    x = cr.input("x", value=SCORES)
    loss = nn.cross_entropy(x, np.full((2, 5), -1), ignore_index=-1)
    assert loss.item() == 0.0
    np.testing.assert_array_equal(cr.gradients(loss, [x])[0].value, np.zeros_like(SCORES))


def test_probabilities_of_one_class_are_labels():
    soft = nn.cross_entropy(SCORES, SPARSE, mask=MASK)
    hard = nn.cross_entropy(SCORES, LABELS, mask=MASK)
    assert soft.item() == pytest.approx(hard.item(), rel=1e-12)


def test_kl_divergence_of_a_class_that_never_occurs():
    target, logs = np.array([0.0, 1.0]), np.array([-np.inf, 0.0])
    x = cr.input("x", value=logs)
    loss = nn.kl_divergence(x, target)
    assert loss.item() == 0.0
    np.testing.assert_array_equal(cr.gradients(loss, [x])[0].value, [0.0, -1.0])


def test_targets_of_a_binary_cross_entropy_may_be_bools():
    x = np.array([0.3, -2.0], np.float32)
    mine = nn.binary_cross_entropy(x, np.array([True, False]))
    assert mine.dtype == cr.float32
    assert mine.item() == nn.binary_cross_entropy(x, np.array([1.0, 0.0])).item()


ZEROS = np.zeros((2, 3))
MISFITS = {
    "smoothing": (
        lambda: nn.cross_entropy(ZEROS, [0, 1], label_smoothing=1.5),
        ValueError,
        "label_smoothing=1.5",
    ),
    "class weights": (
        lambda: nn.cross_entropy(ZEROS, [0, 1], class_weights=[1.0, 2.0]),
        cr.ShapeError,
        "class_weights was given with shape (2,) for scores of shape (2, 3)",
    ),
    "mask of numbers": (
        lambda: nn.cross_entropy(ZEROS, [0, 1], mask=[1, 0]),
        cr.DTypeError,
        "was given as int64",
    ),
    "mask of another shape": (
        lambda: nn.cross_entropy(ZEROS, [0, 1], mask=[True]),
        cr.ShapeError,
        "mask of a loss was given with shape (1,) for scores of shape (2, 3)",
    ),
    "probabilities of another shape": (
        lambda: nn.cross_entropy(ZEROS, np.zeros((2, 4))),
        cr.DTypeError,
        "integer labels but was given float64",
    ),
    "reduction": (
        lambda: nn.squared_error(ZEROS, ZEROS, reduction="average"),
        ValueError,
        "reduction 'average' was asked for. Choose",
    ),
    "delta": (lambda: nn.huber(ZEROS, ZEROS, 0), ValueError, "delta=0"),
    "scalars": (lambda: nn.kl_divergence(0.0, 1.0), cr.ShapeError, "was given scalars"),
    "max margin": (lambda: nn.max_margin(ZEROS, ZEROS[0]), cr.ShapeError, "corrupt [3]"),
    "absolute error": (
        lambda: nn.absolute_error(ZEROS, ZEROS[0]),
        cr.ShapeError,
        "predictions [2, 3] and targets [3]",
    ),
    "huber": (lambda: nn.huber(ZEROS, 0.0), cr.ShapeError, "targets []"),
    "binary": (lambda: nn.binary_cross_entropy(ZEROS, [0, 1]), cr.ShapeError, "targets [2]"),
    "kl divergence": (lambda: nn.kl_divergence(ZEROS, ZEROS[0]), cr.ShapeError, "targets [3]"),
    "nothing to penalise": (lambda: nn.l2(nn.Flatten()), cr.ChainruleError, "nothing to penalise"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_is_refused_with_a_sentence(name):
    make, kind, text = MISFITS[name]
    with pytest.raises(kind, match=re.escape(text)) as caught:
        make()
    assert str(caught.value).endswith(".")


def test_penalties_are_sums_over_the_trainable_parameters_of_a_model():
    model = nn.Sequential(nn.Linear(3, 2, dtype="float64", random=0), nn.BatchNorm(2))
    weights = [each.value.astype("float64") for each in model.parameters()]
    assert len(weights) == 4
    assert nn.l2(model).item() == pytest.approx(sum((each**2).sum() for each in weights))
    assert nn.l1(model).item() == pytest.approx(sum(np.abs(each).sum() for each in weights))
    (gradient,) = cr.gradients(0.5 * nn.l2([model[0].weight]), [model[0].weight])
    np.testing.assert_allclose(gradient.value, weights[0], rtol=1e-12)
    step = cr.compile(lambda x: model(x).sum() * 0 + nn.l2(model) + nn.l1(model))
    wanted = nn.l2(model).item() + nn.l1(model).item()
    assert step(np.ones((4, 3))).item() == pytest.approx(wanted, rel=1e-6)
