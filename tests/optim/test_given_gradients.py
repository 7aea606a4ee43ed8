"""optimizer.apply: steps with given gradients."""

import numpy as np
import pytest

import chainrule as cr


def model():
    return cr.nn.Sequential(cr.nn.Linear(3, 4, random=0), cr.tanh, cr.nn.Linear(4, 2, random=1))


X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
LABELS = np.array([0, 1, 1, 0, 1, 0])
OPTIONS = {"clip": cr.optim.ClipByGlobalNorm(0.1)}
OPTIONS["groups"] = {"*.bias": {"learning_rate_factor": 0.5}, "2.*": {"weight_decay": 0.1}}


def by_parameter(optimizer, gradients):
    return dict(zip(optimizer.parameters, gradients, strict=True))


def by_name(optimizer, gradients):
    return {each.name: g for each, g in by_parameter(optimizer, gradients).items()}


def as_list(optimizer, gradients):
    return gradients


@pytest.mark.parametrize("form", [by_parameter, by_name, as_list])
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("accumulate", [1, 2])
def test_apply_is_minimize(form, compiled, accumulate):
    states = []
    for given in (False, True):
        net = model()
        optimizer = cr.optim.Adam(net, 0.1, accumulate=accumulate, **OPTIONS)

        def step(x, labels, net=net, optimizer=optimizer, given=given):
            loss = cr.nn.cross_entropy(net(x), labels)
            if given:
                optimizer.apply(form(optimizer, cr.gradients(loss, optimizer.parameters)))
            else:
                optimizer.minimize(loss)
            return loss

        step = cr.compile(step) if compiled else step
        for _ in range(4):
            step(X, LABELS)
        states.append(net.state())
    for path, value in states[0].items():
        np.testing.assert_array_equal(states[1][path], value)


def test_arrays_and_none():
    a, b = cr.parameter(np.ones(2, "float32"), "a"), cr.parameter(np.ones(3), "b")
    optimizer = cr.optim.SGD([a, b], 0.5)
    assert optimizer.apply({a: np.array([1.0, 2.0]), "b": None}) is True
    np.testing.assert_array_equal(a.value, [0.5, 0.0])
    np.testing.assert_array_equal(b.value, np.ones(3))
    assert a.value.dtype == np.float32
    cr.compile(lambda g: optimizer.apply([None, g]))(np.ones(3))
    np.testing.assert_array_equal(b.value, np.full(3, 0.5))


@pytest.mark.parametrize("compiled", [False, True])
def test_rows_stay_rows(compiled):
    table = cr.parameter(np.ones((5, 2)), "table", table=True)
    optimizer = cr.optim.Adam([table], 0.1)

    def step(ids):
        gradient = cr.gradients((table[ids] ** 2).sum(), [table])
        optimizer.apply(gradient)

    (cr.compile(step) if compiled else step)(np.array([1, 3, 1]))
    np.testing.assert_array_equal(table.value[[0, 2, 4]], np.ones((3, 2)))
    assert (table.value[[1, 3]] < 1).all()


def test_weights_as_arguments():
    """Gradients of functional_call, by path, as `value_and_grad` returns them."""
    net, plain = model(), model()
    ours, theirs = cr.optim.Adam(net, 0.1), cr.optim.Adam(plain, 0.1)

    def loss(weights):
        return cr.nn.cross_entropy(cr.functional_call(net, weights, X), LABELS)

    _, gradients = cr.value_and_grad(loss)(net.named_parameters())
    ours.apply(gradients)
    theirs.minimize(cr.nn.cross_entropy(plain(X), LABELS))
    for path, value in plain.state().items():
        np.testing.assert_allclose(net.state()[path], value, rtol=1e-6)


A, B = cr.parameter(np.ones(2), "a"), cr.parameter(np.ones(3), "b")


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ([np.ones(2)], cr.GradientError, "1 gradients for 2 parameters: a, b"),
        ({"a": np.ones(2)}, cr.GradientError, "no gradient for b. Give None"),
        ({A: np.ones(2), B: None, "c": 1.0}, cr.GradientError, "does not update: 'c'"),
        ([np.ones(3), None], cr.ShapeError, r"shape \(3,\) for a of shape \(2,\)"),
        ([np.ones(2, int), None], cr.GradientError, "dtype int64 for a"),
        ([None, None], cr.GradientError, "no gradient, only None"),
        (["x", None], cr.GradientError, "cannot use the gradient of a"),
    ],
)
def test_what_does_not_fit_is_named(given, kind, message):
    with pytest.raises(kind, match=message):
        cr.optim.SGD([A, B], 0.1).apply(given)
    assert (A.value == 1).all()


@pytest.mark.native
def test_a_second_step_in_one_call_is_refused():
    optimizer = cr.optim.SGD([A, B], 0.1)

    @cr.compile
    def step(g):
        optimizer.apply([g, None])
        optimizer.apply([g, None])

    with pytest.raises(cr.ChainruleError, match="apply was called twice in one compiled"):
        step(np.ones(2))
