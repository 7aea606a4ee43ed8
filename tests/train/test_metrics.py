"""Metrics are what scikit-learn says they are, over batches as over the whole."""

import math
import warnings

import numpy as np
import pytest

import chainrule as cr
from chainrule.train import metrics
from chainrule.train.metrics import MetricError

RANDOM = np.random.default_rng(5)
N, CLASSES = 300, 5
SCORES = RANDOM.normal(size=(N, CLASSES))
LABELS = RANDOM.integers(0, CLASSES, N)
CHOSEN = SCORES.argmax(axis=1)
NUMBERS = 1e6 + RANDOM.normal(size=(N, 3))
GUESSES = NUMBERS + RANDOM.normal(size=(N, 3))
TAGS = ("O", "B-PER", "I-PER", "B-LOC")
WORDS = RANDOM.integers(0, len(TAGS), (40, 9))
TAGGED = np.where(RANDOM.random((40, 9)) < 0.8, WORDS, 0)

CASES = {
    "accuracy": (metrics.Accuracy, metrics.accuracy, {}, SCORES, LABELS),
    "accuracy of labels": (metrics.Accuracy, metrics.accuracy, {}, CHOSEN, LABELS),
    "top 2": (metrics.Accuracy, metrics.accuracy, {"top": 2}, SCORES, LABELS),
    "one class ignored": (metrics.Accuracy, metrics.accuracy, {"ignore": 3}, SCORES, LABELS),
    "threshold": (
        metrics.Accuracy,
        metrics.accuracy,
        {"threshold": 0.0},
        SCORES[:, 0],
        LABELS > 2,
    ),
    "confusion": (metrics.ConfusionMatrix, metrics.confusion_matrix, {}, SCORES, LABELS),
    "confusion of labels": (
        metrics.ConfusionMatrix,
        metrics.confusion_matrix,
        {},
        np.sort(CHOSEN),
        np.sort(LABELS),
    ),
    **{
        f"{name} {average}": (kind, function, {"average": average}, SCORES, LABELS)
        for name, kind, function in (
            ("precision", metrics.Precision, metrics.precision),
            ("recall", metrics.Recall, metrics.recall),
            ("f1", metrics.F1, metrics.f1),
        )
        for average in ("macro", "micro", "weighted", None)
    },
    "perplexity": (metrics.Perplexity, metrics.perplexity, {}, SCORES, LABELS),
    "absolute": (metrics.MeanAbsoluteError, metrics.mean_absolute_error, {}, GUESSES, NUMBERS),
    "squared": (metrics.MeanSquaredError, metrics.mean_squared_error, {}, GUESSES, NUMBERS),
    "r2": (metrics.R2, metrics.r2, {}, GUESSES, NUMBERS),
    "pearson": (metrics.Pearson, metrics.pearson, {}, GUESSES, NUMBERS),
    "spearman": (metrics.Spearman, metrics.spearman, {}, GUESSES, NUMBERS),
    "entities": (metrics.EntityF1, metrics.entity_f1, {"tags": TAGS}, TAGGED, WORDS),
}
every_metric = pytest.mark.parametrize(
    ("kind", "function", "options", "predictions", "targets"), CASES.values(), ids=CASES
)


@every_metric
def test_batches_give_what_the_whole_gives(kind, function, options, predictions, targets):
    whole = function(predictions, targets, **options)
    metric = kind(**options)
    for cut in ([], [1], [7, 8, 30], [200]):
        metric.reset()
        parts = (np.split(each, cut) for each in (predictions, targets))
        for some, right in zip(*parts, strict=True):
            metric.update(some, right)
        np.testing.assert_allclose(metric.value(), whole, rtol=1e-9)


@every_metric
def test_tensors_of_either_precision_are_taken(kind, function, options, predictions, targets):
    single = predictions.astype(np.float32) if predictions.dtype.kind == "f" else predictions
    found = function(cr.input("x", value=single), cr.input("y", value=targets), **options)
    np.testing.assert_allclose(found, function(single, targets, **options))


@every_metric
def test_an_empty_batch_changes_nothing(kind, function, options, predictions, targets):
    metric = kind(**options)
    metric.update(predictions[:0], targets[:0])
    metric.update(predictions, targets)
    metric.update(predictions[:0], targets[:0])
    np.testing.assert_allclose(metric.value(), function(predictions, targets, **options))


@every_metric
def test_nothing_to_judge_raises_an_error(kind, function, options, predictions, targets):
    with pytest.raises(MetricError, match=r"there are no samples\. Call"):
        function(predictions[:0], targets[:0], **options)
    with pytest.raises(MetricError, match="there are no samples"):
        kind(**options).value()


@every_metric
def test_shapes_that_differ_raise_an_error_and_count_nothing(
    kind, function, options, predictions, targets
):
    metric = kind(**options)
    metric.update(predictions, targets)
    before = metric.value()
    with pytest.raises(MetricError, match=r"of shape .* were given for targets of shape"):
        metric.update(predictions[:-1], targets)
    np.testing.assert_array_equal(metric.value(), before)


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name][3].dtype.kind == "f"])
def test_nan_raises_an_error_that_names_the_place(name):
    _, function, options, predictions, targets = CASES[name]
    spoiled = predictions.copy()
    spoiled[(4, *(0,) * (spoiled.ndim - 1))] = np.nan
    with pytest.raises(MetricError, match=r"The predictions are NaN at position \(4,"):
        function(spoiled, targets, **options)


@pytest.fixture
def judge():
    reason = "it compares with scikit-learn, which is not installed"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of another package's imports
        return pytest.importorskip("sklearn.metrics", reason=reason)


def test_accuracy_is_scikit_learns(judge):
    assert metrics.accuracy(SCORES, LABELS) == judge.accuracy_score(LABELS, CHOSEN)
    for top in (2, 3, CLASSES, 9):
        wanted = judge.top_k_accuracy_score(LABELS, SCORES, k=min(top, CLASSES - 1))
        if top < CLASSES:
            assert metrics.accuracy(SCORES, LABELS, top=top) == wanted
        else:
            assert metrics.accuracy(SCORES, LABELS, top=top) == 1


def test_the_confusion_matrix_is_scikit_learns(judge):
    wanted = judge.confusion_matrix(LABELS, CHOSEN)
    np.testing.assert_array_equal(metrics.confusion_matrix(SCORES, LABELS), wanted)


@pytest.mark.parametrize("average", ["macro", "micro", "weighted", None])
@pytest.mark.parametrize("present", [CLASSES, 3], ids=["all classes", "two never occur"])
def test_precision_recall_and_f1_are_scikit_learns(judge, average, present):
    right, found = LABELS[present > LABELS], CHOSEN[present > LABELS] % present
    labels = range(CLASSES) if average is None else None
    for name in ("precision", "recall", "f1"):
        theirs = getattr(judge, f"{name}_score")
        wanted = theirs(right, found, average=average, labels=labels, zero_division=0)
        ours = getattr(metrics, name)(found, right, average=average, classes=CLASSES)
        np.testing.assert_allclose(ours, wanted, rtol=1e-12)


def test_a_class_that_is_never_predicted_counts_as_zero(judge):
    found, right = np.array([0, 0, 1, 1]), np.array([0, 2, 1, 1])
    for name in ("precision", "recall", "f1"):
        theirs = getattr(judge, f"{name}_score")(right, found, average="macro", zero_division=0)
        assert getattr(metrics, name)(found, right) == pytest.approx(theirs)


def test_perplexity_is_exp_of_scikit_learns_log_loss(judge):
    shares = np.exp(SCORES) / np.exp(SCORES).sum(axis=1, keepdims=True)
    wanted = math.exp(judge.log_loss(LABELS, shares))
    assert metrics.perplexity(SCORES, LABELS) == pytest.approx(wanted, rel=1e-12)


def test_errors_of_numbers_are_scikit_learns(judge):
    pairs = {
        metrics.mean_absolute_error: judge.mean_absolute_error,
        metrics.mean_squared_error: judge.mean_squared_error,
        metrics.r2: judge.r2_score,
    }
    constant = np.ones((4, 1))
    data = [
        (NUMBERS, GUESSES),
        (NUMBERS[:, 0], GUESSES[:, 0]),
        (constant, constant),
        (constant, constant + 1),
    ]
    for ours, theirs in pairs.items():
        for right, found in data:
            assert ours(found, right) == pytest.approx(theirs(right, found), rel=1e-9)


def test_correlations_are_those_of_scipy():
    stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")
    ties = np.array([3.0, 1, 1, 2, 5, 5, 5, 0])
    for right, found in ((NUMBERS.ravel(), GUESSES.ravel()), (ties, ties[::-1] * 2 + 1)):
        assert metrics.pearson(found, right) == pytest.approx(stats.pearsonr(found, right)[0])
        assert metrics.spearman(found, right) == pytest.approx(stats.spearmanr(found, right)[0])
    assert metrics.pearson(np.ones(3), np.arange(3)) == 0
    assert metrics.pearson(np.full(3, 0.1), np.full(3, 0.1)) == 0  # their mean is rounded
    assert metrics.spearman(np.arange(3) ** 3, np.arange(3)) == pytest.approx(1)


def test_perplexity_of_equal_scores_is_the_number_of_classes():
    assert metrics.perplexity(np.zeros((4, 7)), np.arange(4)) == pytest.approx(7)
    assert metrics.perplexity(np.zeros((2, 3, 7)), np.zeros((2, 3), int)) == pytest.approx(7)


def test_perplexity_of_the_impossible_is_infinite_and_of_the_certain_one():
    certain = np.where(np.eye(3, dtype=bool), 0.0, -np.inf)
    assert metrics.perplexity(certain, np.arange(3)) == 1
    assert metrics.perplexity(certain, np.array([0, 1, 0])) == math.inf
    assert metrics.perplexity(1000 * np.eye(3), np.array([1, 2, 0])) == math.inf
    assert metrics.perplexity(1e4 * np.eye(3), np.arange(3)) == 1
    assert metrics.perplexity(np.full((1, 3), -np.inf), [0]) == math.inf


def test_padding_is_left_out():
    targets = np.array([[0, 1, -1], [2, -1, -1]])
    scores = RANDOM.normal(size=(2, 3, 3))
    kept = targets >= 0
    for function in (metrics.accuracy, metrics.perplexity, metrics.f1, metrics.confusion_matrix):
        found = function(scores, targets, ignore=-1)
        np.testing.assert_allclose(found, function(scores[kept], targets[kept]))
    top = metrics.accuracy(scores, targets, top=2, ignore=-1)
    assert top == metrics.accuracy(scores[kept], targets[kept], top=2)


def test_a_single_score_per_target_is_judged_by_a_threshold():
    scores, targets = np.array([[-2.0], [0.5], [3.0]]), np.array([0, 0, 1])
    assert metrics.accuracy(scores, targets, threshold=0.0) == pytest.approx(2 / 3)
    assert metrics.f1(scores[:, 0], targets, threshold=0.0, average=None)[1] == pytest.approx(2 / 3)
    assert metrics.confusion_matrix(scores, targets, threshold=1.0).tolist() == [[2, 0], [0, 1]]


def test_of_equal_scores_the_first_is_the_largest():
    ties = np.zeros((3, 3))
    for top, wanted in ((1, 1 / 3), (2, 2 / 3), (3, 1)):
        assert metrics.accuracy(ties, np.arange(3), top=top) == pytest.approx(wanted)


def test_a_confusion_matrix_grows_with_the_labels():
    metric = metrics.ConfusionMatrix()
    metric.update([0, 1], [0, 0])
    metric.update([3], [1])
    np.testing.assert_array_equal(
        metric.value(), [[1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    )
    metric.value()[:] = 9
    assert metric.value().sum() == 3
    assert metrics.confusion_matrix([0], [0], classes=3).shape == (3, 3)
    assert metrics.confusion_matrix([0.9], [0], threshold=0.5).tolist() == [[0, 1], [0, 0]]


def test_entities_count_as_wholes():
    targets = [["B-PER", "I-PER", "O", "B-LOC"], ["O", "B-PER"]]
    predictions = [["B-PER", "O", "O", "B-LOC"], ["O", "B-PER"]]
    assert metrics.entity_f1(predictions, targets) == pytest.approx(2 / 3)
    ids = {tag: number for number, tag in enumerate(TAGS)}
    right = np.array([[ids[tag] for tag in targets[0]], [0, 1, -1, -1]])
    found = np.array([[ids[tag] for tag in predictions[0]], [0, 1, 1, 3]])
    metric = metrics.EntityF1(TAGS, ignore=-1)
    metric.update(np.eye(4)[found], right)
    assert metric.value() == pytest.approx(2 / 3)
    assert metric.score.types["LOC"].f1 == 100
    assert metrics.entity_f1(found[1, :2], right[1, :2], TAGS) == 1
    assert metrics.entity_f1([["O"]], [["O"]]) == 0


def test_names_say_what_is_measured():
    named = [
        metrics.Accuracy(),
        metrics.Accuracy(top=5),
        metrics.Accuracy(name="hits"),
        metrics.F1(),
        metrics.F1(average="micro"),
        metrics.Recall(average=None),
    ]
    assert [each.name for each in named] == [
        "accuracy",
        "accuracy_top5",
        "hits",
        "f1",
        "f1_micro",
        "recall_per_class",
    ]
    assert repr(named[1]) == "Accuracy(name='accuracy_top5')"


MISTAKES = {
    "a target too large": (metrics.accuracy, (SCORES[:2], [0, 5]), "hold the label 5.*0 to 4"),
    "a negative target": (metrics.accuracy, (SCORES[:2], [0, -1]), "label -1.*as ignore="),
    "a negative prediction": (metrics.f1, ([-1], [0]), "predictions hold the label -1"),
    "a target beyond the top": (
        lambda *each: metrics.accuracy(*each, top=2),
        (SCORES[:2], [0, 9]),
        "label 9",
    ),
    "names of classes": (metrics.accuracy, (["a"], ["b"]), "targets are <U1.*number the names"),
    "targets that are floats": (metrics.accuracy, (SCORES[:1], [0.5]), "labels are integers"),
    "one score per target": (metrics.f1, ([0.2, 0.9], [0, 1]), "Give threshold=, above which"),
    "no classes": (metrics.accuracy, (np.zeros((2, 0)), [0, 0]), r"scores of 0 classes"),
    "one class": (metrics.accuracy, (np.zeros((2, 1)), [0, 0]), r"1 classes.*Give threshold="),
    "an infinite score": (metrics.perplexity, ([[np.inf, 0.0]], [0]), r"hold the score \+inf"),
    "another average": (
        lambda *each: metrics.f1(*each, average="mean"),
        ([0], [0]),
        "The average 'mean' was requested. Give one of 'macro'",
    ),
    "no top": (lambda *each: metrics.accuracy(*each, top=0), ([0], [0]), "top=0. Give 1 or more"),
    "another number of classes": (
        lambda *each: metrics.confusion_matrix(*each, classes=3),
        (SCORES, LABELS),
        "Scores of 5 classes were given to a metric of 3 classes",
    ),
    "one sample": (metrics.r2, ([1.0], [2.0]), "one sample, which has no variance"),
    "numbers that are text": (metrics.r2, (["a"], ["b"]), "numbers are needed"),
    "targets that are NaN": (metrics.r2, ([1.0], [np.nan]), r"targets are NaN at position \(0,\)"),
    "sentences of other lengths": (metrics.entity_f1, ([["O"]], [["O", "O"]]), "sentence 0"),
    "no tag": (metrics.entity_f1, ([["PER"]], [["O"]]), "cannot be scored: .*PER"),
    "a tag that is none": (
        lambda *each: metrics.entity_f1(*each, tags=("O", "PER")),
        ([0], [0]),
        "given 'PER' as tags",
    ),
    "more scores than tags": (
        lambda *each: metrics.entity_f1(*each, tags=TAGS),
        (np.zeros((2, 3, 5)), np.zeros((2, 3), int)),
        "Scores of 5 tags were given to a metric of 4 tags",
    ),
    "an id without a tag": (
        lambda *each: metrics.entity_f1(*each, tags=TAGS),
        ([[0, 1]], [[0, 4]]),
        "targets hold the label 4, but labels run from 0 to 3",
    ),
}


@pytest.mark.parametrize(("function", "given", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_raise_errors(function, given, message):
    with pytest.raises(MetricError, match=message):
        function(*given)


def test_another_number_of_outputs_is_refused_until_reset():
    metric = metrics.R2()
    metric.update(GUESSES, NUMBERS)
    with pytest.raises(MetricError, match="1 outputs per sample was given after batches of 3"):
        metric.update(GUESSES[:, :1], NUMBERS[:, :1])
    metric.reset()
    metric.update(GUESSES[:, :1], NUMBERS[:, :1])
    assert metric.value() == pytest.approx(metrics.r2(GUESSES[:, 0], NUMBERS[:, 0]))
