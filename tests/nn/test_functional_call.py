"""functional_call: a model with other weights."""

import threading

import numpy as np
import pytest

import chainrule as cr


def network():
    return cr.nn.Sequential(
        cr.nn.Linear(3, 4, random=0, dtype="float64"),
        cr.tanh,
        cr.nn.Linear(4, 2, random=1, dtype="float64"),
    )


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(size=(5, 3))


def others(model, factor=1.5):
    return {path: factor * each for path, each in model.state().items()}


def test_it_is_the_call_of_a_model_that_has_these_weights(x):
    model, copy = network(), network()
    copy.load_state(others(model))
    before = model.state()
    for call in (cr.functional_call, cr.compile(lambda w, x: cr.functional_call(model, w, x))):
        given = (model, others(model), x) if call is cr.functional_call else (others(model), x)
        np.testing.assert_allclose(call(*given).value, copy(x).value, rtol=1e-12)
    for path, value in model.state().items():
        np.testing.assert_array_equal(value, before[path])
    part = cr.functional_call(model, {"2.bias": np.ones(2)}, x)
    np.testing.assert_allclose(part.value, (model(x) - model[2].bias + 1).value)


@pytest.mark.parametrize("compiled", [False, True])
def test_gradients_flow_to_the_weights(x, compiled):
    model = network()

    def loss(weights):
        return (cr.functional_call(model, weights, x) ** 2).sum()

    gradient = cr.grad(loss)
    found = (cr.compile(gradient) if compiled else gradient)(model.state())
    wanted = cr.gradients((model(x) ** 2).sum(), model.parameters())
    assert list(found) == list(model.named_parameters())
    for each, other in zip(found.values(), wanted, strict=True):
        np.testing.assert_allclose(each.value, other.value, rtol=1e-12)


def test_a_step_inside_is_differentiated(x):
    """The objective of MAML: the loss after a step, with weights that depend on the model's."""
    model = network()

    def after_a_step(weights):
        def loss(weights):
            return (cr.functional_call(model, weights, x) ** 2).mean()

        gradient = cr.grad(loss)(weights)
        return loss({path: each - 0.1 * gradient[path] for path, each in weights.items()})

    first = model[0].weight.value

    def of_first(first):
        return after_a_step({**model.named_parameters(), "0.weight": first})

    assert cr.check_gradients(of_first, first).ok
    (found,) = cr.gradients(after_a_step(model.named_parameters()), [model[0].weight])
    np.testing.assert_allclose(found.value, cr.grad(of_first)(first).value, rtol=1e-10)


def test_a_compiled_model_and_tables_of_lazy_rows():
    class Bag(cr.nn.Module):
        def __init__(self):
            self.words = cr.nn.Embedding(5, 3, random=0)

        def forward(self, ids):
            return self.words(ids).sum(1) + self.words.weight[ids[:, 0]]

    model, ids = Bag(), np.array([[0, 1], [2, 4]])
    cr.optim.Adam(model, 0.1, rows="caught_up")
    table = np.arange(15.0, dtype="float32").reshape(5, 3)
    wanted = table[ids].sum(1) + table[ids[:, 0]]
    for each in (model, cr.compile(model)):
        found = cr.functional_call(each, {"words.weight": table}, ids)
        np.testing.assert_array_equal(found.value, wanted)


def test_running_statistics_are_given_or_those_of_the_model():
    model, x = cr.nn.BatchNorm(2), np.arange(8.0, dtype="float32").reshape(4, 2)
    state = {"running_mean": np.full(2, 5.0), "running_var": np.ones(2)}
    before = model.state()
    cr.functional_call(model, state, x)
    cr.compile(lambda x: cr.functional_call(model, state, x))(x)
    np.testing.assert_array_equal(model.state()["running_mean"], before["running_mean"])
    found = cr.functional_call(model.eval(), {**before, **state}, x)
    np.testing.assert_allclose(found.value, x - 5, rtol=1e-4)
    cr.functional_call(model.train(), {"weight": np.ones(2)}, x)
    assert (model.running_mean.value != 0).all()


def test_threads_do_not_see_each_other(x):
    model, found = network(), {}
    barrier = threading.Barrier(2)

    class Waiting(cr.nn.Module):
        def __init__(self):
            self.inner = model

        def forward(self, x):
            barrier.wait()
            return self.inner(x)

    waiting = Waiting()

    def run(factor):
        weights = {f"inner.{path}": each for path, each in others(model, factor).items()}
        found[factor] = cr.functional_call(waiting, weights, x).value

    threads = [threading.Thread(target=run, args=(factor,)) for factor in (0.0, 2.0)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for factor in (0.0, 2.0):
        wanted = cr.functional_call(model, others(model, factor), x).value
        np.testing.assert_array_equal(found[factor], wanted)


class Tied(cr.nn.Module):
    def __init__(self):
        self.first = cr.nn.Linear(3, 3, bias=False, random=0)
        self.second = cr.nn.Linear(3, 3, bias=False, random=1)
        self.second.weight = self.first.weight

    def forward(self, x):
        return self.second(self.first(x))


def test_tied_weights_are_one():
    model, x, weight = Tied(), np.ones((1, 3), "float32"), np.eye(3, dtype="float32") * 2
    for path in ("first.weight", "second.weight"):
        found = cr.functional_call(model, {path: weight}, x)
        np.testing.assert_array_equal(found.value, 4 * x)
    cr.functional_call(model, {"first.weight": weight, "second.weight": weight}, x)
    with pytest.raises(cr.ChainruleError, match="different tensors for 'first"):
        cr.functional_call(model, {"first.weight": weight, "second.weight": weight + 1}, x)


class Reading(cr.nn.Module):
    def __init__(self):
        self.scale = cr.parameter(2.0)

    def forward(self, x):
        return x * float(self.scale)


@pytest.mark.parametrize(
    ("weights", "kind", "message"),
    [
        ({"0.wieght": np.ones(3)}, cr.ChainruleError, "no parameter of the model Seq"),
        ({"0.bias": np.ones(3)}, cr.ShapeError, "'0.bias' of shape .3,., but the parameter has"),
        ({"0.bias": np.ones(4, int)}, cr.DTypeError, "'0.bias' of dtype int64"),
    ],
)
def test_what_does_not_fit_is_named(weights, kind, message, x):
    with pytest.raises(kind, match=message):
        cr.functional_call(network(), weights, x)


def test_reading_the_value_of_a_replaced_parameter_is_an_error():
    with pytest.raises(cr.ChainruleError, match="value of parameter 'scale' was read in a functi"):
        cr.functional_call(Reading(), {"scale": 3.0}, np.ones(2))
