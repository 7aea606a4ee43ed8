"""Ridge and lasso are those of scikit-learn, and errors of estimators are bias² and variance."""

import numpy as np
import pytest

from chainrule.lecture.estimators import TRUTH, Estimates, fitted, samples

linear_model = pytest.importorskip("sklearn.linear_model")


@pytest.mark.parametrize("strength", [0.01, 0.3])
def test_minima_are_those_of_scikit_learn(strength):
    x, y = samples()
    ridge = linear_model.Ridge(strength * len(x), fit_intercept=False)
    lasso = linear_model.Lasso(strength / 2, fit_intercept=False, tol=1e-10)
    np.testing.assert_allclose(
        fitted(x, y[:9], strength, 0), ridge.fit(x, y[:9].T).coef_, atol=1e-4
    )
    found = [lasso.fit(x, each).coef_ for each in y[:9]]
    np.testing.assert_allclose(fitted(x, y[:9], 0, strength), found, atol=1e-4)


def test_the_error_is_the_squared_bias_and_the_variance():
    weights = TRUTH + np.random.default_rng(0).normal(0.5, 1, size=(500, 2))
    weights[:100, 0] = 0
    found = Estimates(weights)
    assert found.error == pytest.approx(((weights - TRUTH) ** 2).sum(axis=1).mean())
    assert found.zeros == 0.2
