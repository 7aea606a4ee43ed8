"""fit: what a run is given, what it returns, and that it is deterministic."""

import numpy as np
import pytest

import chainrule as cr


def data(samples=40, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(samples, 3)).astype("float32")
    return x, (x[:, 0] * x[:, 1] > 0).astype("int64")


def network(dropout=0.0):
    model = cr.nn.Sequential(
        cr.nn.Linear(3, 8, random=0),
        cr.tanh,
        cr.nn.Dropout(dropout, random=2),
        cr.nn.Linear(8, 2, random=1),
    )
    return model, cr.optim.Adam(model, learning_rate=1e-2)


def fit(data, model=None, optimizer=None, **options):
    if model is None:
        model, optimizer = network()
    options = {"epochs": 2, "batch_size": 16} | options
    return model, cr.train.fit(model, optimizer, cr.nn.cross_entropy, data, **options)


def same(first, second):
    return all(np.array_equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_run_is_the_loop_that_one_would_write(compiled):
    x, targets = data()
    _, history = fit((x, targets), shuffle=False, compiled=compiled)
    own, optimizer = network()
    losses = []
    for _ in range(2):
        for first in range(0, 40, 16):
            batch = slice(first, first + 16)
            loss = cr.nn.cross_entropy(own(x[batch]), targets[batch])
            optimizer.minimize(loss)
            losses.append(loss.item())
    np.testing.assert_allclose(history.losses, losses, rtol=1e-5)
    weighted = np.array(losses[:3]) @ [16, 16, 8] / 40
    assert history["loss"][0] == pytest.approx(weighted, rel=1e-5)
    assert history["step"] == [3, 6]


def test_the_same_seeds_give_the_same_bits_and_another_order_does_not():
    runs = [fit(data(), *network(dropout=0.3), seed=seed) for seed in (5, 5, 6)]
    (first, one), (second, two), (third, three) = runs
    assert same(first.state(), second.state())
    assert one.losses.tolist() == two.losses.tolist()
    assert not same(first.state(), third.state())
    assert one.losses.tolist() != three.losses.tolist()
