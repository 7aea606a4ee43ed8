"""Accumulated gradients in fit: every epoch ends with a step, and averages count steps."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.train.metrics import Accuracy
from training_runs import Script, data, fit, network, same


def accumulating(every=2):
    model, _ = network()
    return model, cr.optim.SGD(model, 0.1, momentum=0.9, accumulate=every)


@pytest.mark.parametrize("compiled", [True, False])
def test_what_an_epoch_leaves_accumulated_makes_a_step_before_the_epoch_is_judged(compiled):
    """Three batches of up to 16 in an epoch, of which two make a step and the last another."""
    x, targets = data()
    model, optimizer = accumulating()
    average = cr.optim.Average(model, 0.5)
    options = {"shuffle": False, "compiled": compiled, "average": average, "metrics": [Accuracy()]}
    _, history = fit((x, targets), model, optimizer, **options)

    own, by_hand = network()[0], []
    whole = cr.optim.SGD(own, 0.1, momentum=0.9)
    averaged = cr.optim.Average(own, 0.5)
    for _ in range(2):
        for parts in ([slice(0, 16), slice(16, 32)], [slice(32, 40)]):
            losses = [cr.nn.cross_entropy(own(x[part]), targets[part]) for part in parts]
            whole.minimize(sum(losses) * (1 / len(losses)))
            averaged.update()
        by_hand.append((own(x).value.argmax(axis=-1) == targets).mean())

    assert optimizer.steps.item() == average.updates.item() == 4
    assert history["accuracy"] == pytest.approx(by_hand)
    for name, value in own.state().items():
        np.testing.assert_allclose(model.state()[name], value, rtol=1e-4, atol=1e-6)
    for name, each in averaged.named_state().items():
        found = average.named_state()[name].value
        np.testing.assert_allclose(found, each.value, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_a_run_amid_an_accumulation_continues_bit_for_bit(tmp_path, step):
    whole, _ = fit(data(), *accumulating(), epochs=3)
    fit(data(), *accumulating(), epochs=1, checkpoint=tmp_path)
    stop = Script(step, lambda run: run.interrupt())
    fit(data(), *accumulating(), epochs=3, checkpoint=tmp_path, callbacks=[stop])
    resumed, _ = fit(data(), *accumulating(), epochs=3, checkpoint=tmp_path)
    assert same(resumed.state(), whole.state())


class Log(cr.nn.Module):
    def __init__(self):
        self.w = cr.parameter(np.array([0.5], "float32"))

    def forward(self, x):
        return cr.log(self.w) * x


def test_the_bad_gate_is_named_where_every_epoch_ended_with_such_a_step():
    model = Log()
    optimizer = cr.optim.SGD(model, 0.1, accumulate=2)
    x = np.ones((8, 1), "float32")
    with pytest.raises(cr.train.NonFiniteError, match=r"the first value .* is that of log"):
        cr.train.fit(model, optimizer, lambda p, t: (p - t).mean(), (x, x), epochs=9)
