"""How a run ends before its time: Ctrl-C, and numbers that are not finite."""

import signal
import threading

import numpy as np
import pytest

import chainrule as cr
from chainrule.storage import read_arrays
from training_runs import Script, data, fit, network, same


def interrupt(run):
    signal.raise_signal(signal.SIGINT)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_ends_the_run_after_the_step_with_everything_saved(tmp_path):
    model, history = fit(data(), epochs=3, callbacks=[Script(4, interrupt)], checkpoint=tmp_path)
    assert history.stopped == "interrupted in epoch 2 after step 4"
    assert history.interrupted
    assert len(history.losses) == 4
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    model, _ = fit(data(), epochs=3, checkpoint=tmp_path)
    assert same(model.state(), fit(data(), epochs=3)[0].state())


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_while_the_model_is_evaluated_ends_the_run_too(tmp_path):
    class Interrupting(cr.train.metrics.Metric):
        def reset(self): ...

        def update(self, predictions, targets):
            interrupt(None)

        def value(self):
            return 0.0

    metrics = [Interrupting("interrupting")]
    _, history = fit(data(), validate=0.5, metrics=metrics, checkpoint=tmp_path)
    assert history.stopped == "interrupted in epoch 1 after step 2"
    assert len(history) == 0


@pytest.mark.usefixtures("ctrl_c")
def test_a_second_ctrl_c_ends_it_at_once():
    twice = Script(2, lambda run: [interrupt(run), interrupt(run)])
    with pytest.raises(KeyboardInterrupt):
        fit(data(), callbacks=[twice])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("ctrl_c")
def test_where_ctrl_c_is_ignored_it_stays_so():
    """As under nohup: whoever started the process wants it so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, history = fit(data(), callbacks=[Script(2, interrupt)])
    assert history.stopped is None
    assert len(history) == 2
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_a_run_in_another_thread_leaves_ctrl_c_alone():
    found = []
    thread = threading.Thread(target=lambda: found.append(fit(data())[1]))
    thread.start()
    thread.join()
    assert len(found[0]) == 2


class Logarithm(cr.nn.Module):
    """Computes log w, whose weight a large rate drives below zero."""

    def __init__(self):
        self.w = cr.parameter(np.array([0.5], "float32"))

    def forward(self, x):
        return cr.log(self.w) * x


def diverging(tmp_path=None, compiled=True, **options):
    model = Logarithm()
    optimizer = cr.optim.SGD(model, learning_rate=0.05)

    def loss(predictions, targets):
        return predictions.mean() + targets.mean()

    x = np.ones((40, 1), "float32")
    options = {"epochs": 50, "batch_size": 4, "compiled": compiled} | options
    return model, lambda: cr.train.fit(model, optimizer, loss, (x, x * 0), **options)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_loss_that_is_not_finite_names_the_gate_and_the_line(compiled):
    model, run = diverging(compiled=compiled)
    with pytest.raises(cr.train.NonFiniteError) as raised:
        run()
    told = str(raised.value)
    assert "log" in told
    assert "test_stopping.py" in told
    assert "return cr.log(self.w) * x" in told
    assert "before step" in told
    assert np.isfinite(model.w.value).all()


def test_checkpoints_stay_good_when_the_loss_is_not(tmp_path):
    _, run = diverging(checkpoint=cr.train.Checkpoint(tmp_path, every_steps=1, keep=3))
    with pytest.raises(cr.train.NonFiniteError):
        run()
    for path in cr.train.Checkpoint(tmp_path).paths():
        values, _ = read_arrays(path)
        assert np.isfinite(values["values/model/w"]).all()


def test_a_gradient_that_is_not_finite_is_found_though_the_loss_is(tmp_path):
    """The last step of a run spoils the parameters: its own loss says nothing of that."""

    class Root(cr.nn.Module):
        def __init__(self):
            self.w = cr.parameter(np.zeros(1, "float32"))

        def forward(self, x):
            return cr.sqrt(self.w) * x

    model = Root()
    x = np.ones((4, 1), "float32")
    optimizer = cr.optim.SGD(model, learning_rate=0.1)
    options = {"epochs": 1, "checkpoint": tmp_path}
    with pytest.raises(cr.train.NonFiniteError, match="the update of"):
        cr.train.fit(model, optimizer, lambda p, t: (p + t).mean(), (x, x), **options)
    assert model.w.value == [0.0]
    assert [each.name for each in tmp_path.iterdir()] == ["step-000000000.safetensors"]


def test_without_a_copy_the_step_is_named_and_nothing_is_repeated():
    _, run = diverging(diagnose=False)
    says = r"^Step \d+ in epoch \d+ had the loss nan.*after that step.*diagnose=True"
    with pytest.raises(cr.train.NonFiniteError, match=says):
        run()


def test_nan_in_batches_of_an_iterator_is_an_error_though_it_cannot_be_repeated():
    x, targets = data()
    x[20] = np.nan
    model, optimizer = network()
    batches = [(x[i : i + 8], targets[i : i + 8]) for i in range(0, 40, 8)]
    with pytest.raises(cr.train.NonFiniteError, match="could not be repeated"):
        fit(iter(batches), model, optimizer, epochs=1)
    assert all(np.isfinite(each).all() for each in model.state().values())
    with pytest.raises(cr.train.NonFiniteError, match="before the call is that of"):
        fit(batches, model, optimizer, epochs=1)
