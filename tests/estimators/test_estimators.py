"""The estimators keep scikit-learn's contract, and work where its own estimators work."""

import pickle
import signal
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.datasets import (
    load_diabetes,
    load_iris,
    load_wine,
    make_classification,
    make_regression,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import chainrule as cr
from chainrule.sklearn import NeuralClassifier, NeuralRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

BOTH = pytest.mark.parametrize("estimator", [NeuralClassifier, NeuralRegressor])


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks([NeuralClassifier(), NeuralRegressor()])
def test_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    ("load", "ours", "theirs"),
    [
        (load_iris, NeuralClassifier, MLPClassifier),
        (load_wine, NeuralClassifier, MLPClassifier),
        (load_diabetes, NeuralRegressor, MLPRegressor),
    ],
)
def test_scores_are_those_of_their_own_networks_or_better(load, ours, theirs):
    x, y = load(return_X_y=True)
    found, expected = (
        cross_val_score(make_pipeline(StandardScaler(), each(random_state=0)), x, y).mean()
        for each in (ours, theirs)
    )
    assert found > expected - 0.04


def test_a_grid_search_over_a_pipeline():
    x, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), NeuralClassifier(learning_rate=0.02, random_state=0))
    grid = {"neuralclassifier__hidden_layer_sizes": [(), (8,), (8, 8)]}
    search = GridSearchCV(model, grid, cv=3).fit(x, y)
    assert search.best_score_ > 0.85


@BOTH
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_was_pickled_predicts_the_same(estimator, dtype):
    x, y = load_iris(return_X_y=True)
    model = estimator(max_iter=5, random_state=0).fit(x.astype(dtype), y)
    again = pickle.loads(pickle.dumps(model))
    assert model.coefs_[0].dtype == dtype
    np.testing.assert_array_equal(again.predict(x), model.predict(x))


@BOTH
def test_the_same_random_state_gives_the_same_weights(estimator):
    x, y = load_iris(return_X_y=True)
    options = {"max_iter": 4, "dropout": 0.3, "early_stopping": True}
    first, second = (estimator(random_state=3, **options).fit(x, y) for _ in range(2))
    for a, b in zip(first.coefs_, second.coefs_, strict=True):
        np.testing.assert_array_equal(a, b)
    other = estimator(random_state=4, **options).fit(x, y)
    assert (other.coefs_[0] != first.coefs_[0]).any()


def test_probabilities_sum_to_one_and_agree_with_labels():
    x, y = load_wine(return_X_y=True)
    names = np.array(["barolo", "grignolino", "barbera"])[y]
    model = NeuralClassifier(max_iter=20, random_state=0).fit(x / x.std(axis=0), names)
    found = model.predict_proba(x / x.std(axis=0))
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert (model.classes_[found.argmax(axis=1)] == model.predict(x / x.std(axis=0))).all()
    np.testing.assert_allclose(np.exp(model.predict_log_proba(x / x.std(axis=0))), found)


def test_several_targets_in_any_unit():
    x, y = make_regression(200, 5, n_targets=2, random_state=0)
    y = y * [1e-6, 1e6] + [5, -1e7]
    model = NeuralRegressor(random_state=0, max_iter=500).fit(x, y)
    assert model.predict(x).shape == (200, 2)
    assert model.score(x, y) > 0.95


def test_no_hidden_layer_is_a_linear_model():
    x, y = make_regression(100, 3, random_state=0)
    options = {"alpha": 0, "learning_rate": 0.01, "tol": 1e-9, "random_state": 0}
    model = NeuralRegressor((), max_iter=2000, **options).fit(x, y)
    assert len(model.coefs_) == 1
    assert model.score(x, y) > 0.9999


def test_early_stopping_keeps_the_best_weights_on_what_is_held_out():
    x, y = make_classification(200, flip_y=0.3, random_state=0)
    options = {"learning_rate": 0.01, "random_state": 0}
    model = NeuralClassifier(early_stopping=True, **options).fit(x, y)
    best = int(np.argmin(model.validation_loss_curve_)) + 1
    assert model.n_iter_ == best + model.n_iter_no_change < 200
    whole = NeuralClassifier(max_iter=best, early_stopping=True, **options).fit(x, y)
    np.testing.assert_array_equal(model.coefs_[0], whole.coefs_[0])


def test_of_every_class_the_same_share_is_held_out_whatever_the_order():
    """Sorted labels, not shuffled: the last samples alone would be of one class."""
    x, y = load_iris(return_X_y=True)
    options = {"early_stopping": True, "shuffle": False, "max_iter": 100, "random_state": 0}
    model = NeuralClassifier(learning_rate=0.02, **options).fit(x / x.std(axis=0), y)
    assert model.validation_loss_curve_[-1] < 0.3
    assert model.score(x / x.std(axis=0), y) > 0.9


def interrupting(monkeypatch, epoch):
    """Press Ctrl-C in an epoch."""
    train = cr.train.fit

    class Pressing(cr.train.Callback):
        def after_step(self, run):
            if run.epoch == epoch:
                signal.raise_signal(signal.SIGINT)

    def fit(*given, callbacks, **options):
        return train(*given, callbacks=[*callbacks, Pressing()], **options)

    monkeypatch.setattr(cr.train, "fit", fit)


@pytest.mark.usefixtures("ctrl_c")
@BOTH
def test_ctrl_c_keeps_what_was_learned_and_says_so(estimator, monkeypatch):
    x, y = load_iris(return_X_y=True)
    interrupting(monkeypatch, epoch=3)
    with pytest.warns(UserWarning, match="was interrupted in epoch 3"):
        model = estimator(random_state=0).fit(x, y)
    assert model.n_iter_ == 2
    assert len(model.predict(x)) == len(x)


@pytest.mark.usefixtures("ctrl_c")
@BOTH
def test_ctrl_c_in_the_first_epoch_goes_through(estimator, monkeypatch):
    x, y = load_iris(return_X_y=True)
    interrupting(monkeypatch, epoch=1)
    with pytest.raises(KeyboardInterrupt):
        estimator(random_state=0).fit(x, y)


def test_verbose_prints_a_line_per_epoch(capsys):
    x, y = load_iris(return_X_y=True)
    NeuralClassifier(max_iter=3, verbose=True).fit(x, y)
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_too_few_epochs_are_said():
    x, y = load_iris(return_X_y=True)
    with (
        warnings.catch_warnings(),
        pytest.warns(ConvergenceWarning, match="reached max_iter=2 epochs"),
    ):
        NeuralClassifier(max_iter=2, random_state=0).fit(x, y)


@BOTH
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hidden_layer_sizes": (10, 0)}, "units of each hidden layer"),
        ({"hidden_layer_sizes": 2.5}, "units of each hidden layer"),
        ({"activation": "softmax"}, r"Give one of relu, tanh"),
        ({"alpha": -1.0}, "alpha was given -1.0. Give a number of 0 or more"),
        ({"max_iter": 0}, "max_iter was given 0. Give an integer of 1 or more"),
        ({"batch_size": "all"}, "batch_size was given 'all'"),
        ({"tol": float("nan")}, "tol was given nan"),
        ({"early_stopping": True, "validation_fraction": 2}, "validation_fraction was given 2"),
        ({"dropout": 1.5}, "share of elements set to zero"),
        ({"learning_rate": -1}, "learning_rate=-1"),
    ],
)
def test_wrong_parameters_raise_errors(estimator, options, message):
    with pytest.raises(ValueError, match=message):
        estimator(**options).fit([[0.0], [1.0]], [0, 1])
