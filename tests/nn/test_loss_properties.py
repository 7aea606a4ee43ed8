"""What every loss promises: right gradients, the same when compiled, sentences for bad input."""

import re

import numpy as np
import pytest

import chainrule as cr
from losses import LABELS, LOSSES, MASK, PADDED, SCORES, SPARSE

nn = cr.nn


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", LOSSES)
def test_the_value_is_that_of_the_formula(name, reduction):
    loss = LOSSES[name]
    values, counts = loss.formula(loss.x)
    wanted = {"none": values, "sum": values.sum(), "mean": values.sum() / counts.sum()}[reduction]
    found = loss.ours(loss.x, reduction)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found.value, wanted, rtol=1e-10, atol=1e-12)


def test_every_loss_has_a_row():
    modules = {"chainrule.ops.losses", "chainrule.ops.cross_entropy"}
    public = {name for name, each in vars(nn).items() if getattr(each, "__module__", "") in modules}
    graphs = [cr.Graph(each.ours(cr.input("x", value=each.x), "mean")) for each in LOSSES.values()]
    assert public == {graph.explain().paragraphs[0].title for graph in graphs}


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_pass_the_check(name):
    loss = LOSSES[name]
    assert cr.check_gradients(lambda x: loss.ours(x, "mean"), loss.x).ok


@pytest.mark.parametrize("name", LOSSES)
def test_the_graph_shows_one_gate_that_says_what_it_does(name):
    loss = LOSSES[name]
    graph = cr.Graph(loss.ours(cr.input("x", value=loss.x), "mean"))
    (shown,) = graph.explain().paragraphs
    assert hasattr(nn, shown.title)
    assert any("compares: " in each for each in shown.sentences)


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
        told = rf"(label|id) {wrong} at position \(1, 2.*(4 classes|size 4).*ignore_index"
        with pytest.raises(cr.RangeError, match=told):
            run(SCORES, labels)


@pytest.mark.parametrize("loss", [nn.cross_entropy, nn.negative_log_likelihood, nn.hinge])
def test_an_eager_loss_of_a_label_outside_names_itself(loss):
    with pytest.raises(cr.RangeError, match=rf"^{loss.__name__} was given the label -100 at"):
        loss(SCORES, PADDED)


@pytest.mark.parametrize("loss", [nn.cross_entropy, nn.negative_log_likelihood, nn.hinge])
def test_labels_can_be_arguments_of_a_compiled_loss_and_padding_is_not_looked_at(loss):
    for options in ({"ignore_index": -100}, {"mask": MASK}):
        step = cr.compile(lambda x, labels, o=options: loss(x, labels, **o))
        wanted = loss(SCORES[MASK], PADDED[MASK])
        np.testing.assert_allclose(step(SCORES, PADDED).value, wanted.value, rtol=1e-12)
    assert loss(SCORES, np.where(MASK, PADDED, 99), mask=MASK).item() == pytest.approx(
        wanted.item()
    )


MASKED = {
    "labels": lambda x: nn.cross_entropy(x, PADDED, ignore_index=-100, label_smoothing=0.1),
    "probabilities": lambda x: nn.cross_entropy(x, SPARSE, mask=MASK),
    "likelihood": lambda x: nn.negative_log_likelihood(x, PADDED, ignore_index=-100),
    "hinge": lambda x: nn.hinge(x, LABELS, mask=MASK),
}


@pytest.mark.parametrize("junk", [np.nan, np.inf])
@pytest.mark.parametrize("name", MASKED)
def test_what_stands_where_nothing_counts_is_not_looked_at(name, junk):
    def step(x):
        loss = MASKED[name](x)
        return loss, cr.gradients(loss, [x])[0]

    spoiled = np.where(MASK[..., None], SCORES, junk)
    wanted = step(cr.input("x", value=SCORES))
    for run in (lambda x: step(cr.input("x", value=x)), cr.compile(step)):
        for found, each in zip(run(spoiled), wanted, strict=True):
            np.testing.assert_allclose(found.value, each.value, rtol=1e-12, atol=1e-15)


INTEGERS = np.array([[1, 2], [3, 4]])
OF_INTEGERS = {
    "weighted": lambda x: nn.cross_entropy(x, [0, 1], class_weights=[0.5, 0.7], reduction="sum"),
    "probabilities": lambda x: nn.cross_entropy(x, np.full((2, 2), 0.5)),
    "smoothed": lambda x: nn.cross_entropy(x, [0, 1], label_smoothing=0.1),
    "binary": lambda x: nn.binary_cross_entropy(x, np.ones((2, 2)), positive_weight=2.5),
    "hinge": lambda x: nn.hinge(x, [0, 1], 0.5),
    "huber": lambda x: nn.huber(x, np.full((2, 2), 1.25), 0.5),
}


@pytest.mark.parametrize("name", OF_INTEGERS)
def test_scores_in_integers_count_as_floats(name):
    assert OF_INTEGERS[name](INTEGERS).item() == OF_INTEGERS[name](INTEGERS * 1.0).item() > 0


def test_a_class_without_probability_may_have_no_score_at_all():
    x = cr.input("x", value=np.array([[0.0, 1.0, -np.inf]]))
    soft, hard = nn.cross_entropy(x, [[0.0, 1.0, 0.0]]), nn.cross_entropy(x, [1])
    assert soft.item() == pytest.approx(hard.item(), rel=1e-12)
    assert np.isfinite(cr.gradients(soft, [x])[0].value).all()


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
    "a label to ignore among probabilities": (
        lambda: nn.cross_entropy(ZEROS, ZEROS, ignore_index=0),
        ValueError,
        "ignore_index=0 with probabilities as targets",
    ),
    "positive weight": (
        lambda: nn.binary_cross_entropy(ZEROS[:, :1], ZEROS[:, :1], positive_weight=np.ones(3)),
        cr.ShapeError,
        "a positive_weight of shape (3,) for scores of shape (2, 1)",
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
def test_what_does_not_fit_is_refused_with_a_readable_message(name):
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
