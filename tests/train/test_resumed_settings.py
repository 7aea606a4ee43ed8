"""A run goes on with the settings it was written with, or says which differ; never in silence."""

import functools
import os
import subprocess
import sys
import warnings
from dataclasses import dataclass

import numpy as np
import pytest

import chainrule as cr
from chainrule.train.checkpoints.run_settings import differences
from chainrule.train.checkpoints.setting_text import PYTHON, setting_text
from training_runs import Script, data, same

schedules = cr.optim.schedules
STOP = 4


def scaled(factor):
    return lambda p, t: cr.nn.cross_entropy(p, t) * factor


def other_loss(p, t):
    return cr.nn.cross_entropy(p, t).mean()


class Activated(cr.nn.Module):
    def __init__(self):
        self.layer = cr.nn.Linear(8, 8, random=3)

    def forward(self, x):
        return cr.tanh(self.layer(x))


class ActivatedOtherwise(Activated):
    def forward(self, x):
        return cr.relu(self.layer(x))


ActivatedOtherwise.__name__ = "Activated"


def network(activation=cr.tanh, dropout=0.3, part=Activated):
    return cr.nn.Sequential(
        cr.nn.Linear(3, 8, random=0),
        activation,
        cr.nn.Dropout(dropout, random=2),
        part(),
        cr.nn.Linear(8, 2, random=1),
    )


class Whole(cr.nn.Module):
    def __init__(self):
        self.layers = network()

    def forward(self, x):
        return cr.tanh(self.layers(x))


class WholeOtherwise(Whole):
    def forward(self, x):
        return cr.relu(self.layers(x))


WholeOtherwise.__name__ = "Whole"


def frozen():
    model = network()
    model.layers[0].freeze()
    return model


def resting():
    model = network()
    model.layers[3].eval()
    return model


SGD = functools.partial(cr.optim.SGD, learning_rate=0.1)
MOMENTUM = functools.partial(SGD, momentum=0.9)
ADAM = functools.partial(cr.optim.Adam, learning_rate=1e-2)
RMS = functools.partial(cr.optim.RMSProp, learning_rate=1e-2)


@dataclass(frozen=True)
class Case:
    """Two calls of fit that differ in one setting, and what the message says of it."""

    says: str
    before: dict
    after: dict


def pair(says, name, before, after, **common):
    return Case(says, {**common, name: before}, {**common, name: after})


def rate(schedule):
    return lambda model: cr.optim.SGD(model, schedule)


early = cr.train.EarlyStopping
CASES = {
    "rate": pair(
        r"learning_rate was 0\.1 and is 0\.01",
        "optimizer",
        SGD,
        functools.partial(cr.optim.SGD, learning_rate=0.01),
    ),
    "momentum": pair(
        r"momentum was 0\.9 and is 0\.5",
        "optimizer",
        MOMENTUM,
        functools.partial(SGD, momentum=0.5),
    ),
    "nesterov": pair(
        "nesterov was False and is True",
        "optimizer",
        MOMENTUM,
        functools.partial(MOMENTUM, nesterov=True),
    ),
    "dampening": pair(
        r"dampening was 0 and is 0\.1",
        "optimizer",
        MOMENTUM,
        functools.partial(MOMENTUM, dampening=0.1),
    ),
    "momentum at all": pair(r"momentum was not given and is 0\.9", "optimizer", SGD, MOMENTUM),
    "beta1": pair(
        r"beta1 was 0\.9 and is 0\.8", "optimizer", ADAM, functools.partial(ADAM, beta1=0.8)
    ),
    "beta2": pair(
        r"beta2 was 0\.999 and is 0\.99", "optimizer", ADAM, functools.partial(ADAM, beta2=0.99)
    ),
    "epsilon": pair(
        r"epsilon was 1e-08 and is 1e-06", "optimizer", ADAM, functools.partial(ADAM, epsilon=1e-6)
    ),
    "amsgrad": pair(
        r"transforms was \['ScaleByAdam'\] and is \['ScaleByAMSGrad'\]",
        "optimizer",
        ADAM,
        functools.partial(ADAM, amsgrad=True),
    ),
    "decay": pair(
        r"weight_decay was 0 and is 0\.01",
        "optimizer",
        ADAM,
        functools.partial(ADAM, weight_decay=0.01),
    ),
    "l1": pair(r"l1 was 0 and is 0\.01", "optimizer", ADAM, functools.partial(ADAM, l1=0.01)),
    "decoupled": pair(
        "optimizer was 'Adam' and is 'AdamW'",
        "optimizer",
        functools.partial(ADAM, weight_decay=0.01),
        lambda model: cr.optim.AdamW(model, 1e-2, weight_decay=0.01),
    ),
    "clip": pair(
        r"clip was None and is ClipByNorm\(limit=1\)",
        "optimizer",
        ADAM,
        functools.partial(ADAM, clip=cr.optim.ClipByNorm(1.0)),
    ),
    "limit": pair(
        r"clip was ClipByNorm\(limit=2\) and is ClipByNorm\(limit=1\)",
        "optimizer",
        functools.partial(ADAM, clip=cr.optim.ClipByNorm(2.0)),
        functools.partial(ADAM, clip=cr.optim.ClipByNorm(1.0)),
    ),
    "groups": pair(
        r"groups was None and is \{'\*bias': \{'weight_decay': 0\}\}",
        "optimizer",
        ADAM,
        functools.partial(ADAM, groups={"*bias": {"weight_decay": 0}}),
    ),
    "accumulate": pair(
        "accumulate was 1 and is 2", "optimizer", ADAM, functools.partial(ADAM, accumulate=2)
    ),
    "accumulate more": pair(
        "accumulate was 2 and is 3",
        "optimizer",
        functools.partial(ADAM, accumulate=2),
        functools.partial(ADAM, accumulate=3),
    ),
    "rows": pair(
        "rows was 'touched' and is 'dense'",
        "optimizer",
        ADAM,
        functools.partial(ADAM, rows="dense"),
    ),
    "rule": pair("optimizer was 'Adam' and is 'RMSProp'", "optimizer", ADAM, RMS),
    "schedule": pair(
        r"learning_rate was Cosine\(rate=0\.1, steps=9, .*is Cosine\(rate=0\.1, steps=12,",
        "optimizer",
        rate(schedules.Cosine(0.1, 9)),
        rate(schedules.Cosine(0.1, 12)),
    ),
    "schedule inside": pair(
        r"was WarmUp\(then=Cosine\(rate=0\.1,.* is WarmUp\(then=Cosine\(rate=0\.2,",
        "optimizer",
        rate(schedules.WarmUp(schedules.Cosine(0.1, 9), 3)),
        rate(schedules.WarmUp(schedules.Cosine(0.2, 9), 3)),
    ),
    "schedule of one's own": pair(
        r"learning_rate was .*<lambda> code .* and is .*<lambda> code ",
        "optimizer",
        rate(lambda step: 0.1 / (step.astype("float64") + 1)),
        rate(lambda step: 0.1 / (step.astype("float64") + 2)),
    ),
    "schedule for a rate": pair(
        r"learning_rate was 0\.1 and is Constant\(rate=0\.1\)",
        "optimizer",
        SGD,
        rate(schedules.Constant(0.1)),
    ),
    "loss": pair(
        "loss was cross_entropy and is .*other_loss code", "loss", cr.nn.cross_entropy, other_loss
    ),
    "constant in the loss": pair(
        r"loss was .*\{'factor': 1\} and is .*\{'factor': 2\}", "loss", scaled(1.0), scaled(2.0)
    ),
    "partial loss": pair(
        r"loss was partial\(.*0\.1.* is partial\(.*0\.2",
        "loss",
        functools.partial(lambda p, t, factor: cr.nn.cross_entropy(p, t) * factor, factor=0.1),
        functools.partial(lambda p, t, factor: cr.nn.cross_entropy(p, t) * factor, factor=0.2),
    ),
    "dropout": pair(
        r"model\.2\.probability was 0\.3 and is 0\.5",
        "model",
        network,
        lambda: network(dropout=0.5),
    ),
    "activation": pair(
        r"model\.layers was .*tanh.* is .*relu",
        "model",
        network,
        lambda: network(activation=cr.relu),
    ),
    "activation in a forward": pair(
        r"model\.3\.code was .* and is ", "model", network, lambda: network(part=ActivatedOtherwise)
    ),
    "activation in a compiled model": pair(
        r"model\.code was .* and is ",
        "model",
        lambda: cr.compile(Whole()),
        lambda: cr.compile(WholeOtherwise()),
    ),
    "frozen part": pair(r"optimizer\.parameters was .* and is ", "model", network, frozen),
    "resting part": pair(
        r"model\.3\.mode was training and is inference", "model", network, resting
    ),
    "batch size": pair("batch_size was 16 and is 8", "batch_size", 16, 8),
    "seed": pair("seed was 0 and is 1", "seed", 0, 1),
    "order": pair("seed was 0 and is None", "shuffle", True, False),
    "last batch": pair("drop_last was False and is True", "drop_last", False, True),
    "length": pair(r"float32\[40, 3\].* and is .*float32\[30, 3\]", "data", data(), data(30)),
    "content": pair(r"training\.content was .* and is ", "data", data(), data(seed=1)),
    "share held out": pair(r"validation\.arrays was .* and is ", "validate", 0.2, 0.1),
    "nothing held out": pair(r"validation\.arrays was .* and is None", "validate", 0.2, None),
    "average": pair("average was None and is 'decay 0.9'", "average", None, 0.9),
    "decay of the average": pair("average was 'decay 0.9' and is 'decay 0.8'", "average", 0.9, 0.8),
    "no average": pair("average was 'decay 0.9' and is None", "average", 0.9, None),
    "patience": pair(
        r"EarlyStopping\.1\.patience was 5 and is 7",
        "callbacks",
        lambda _: [early("loss", patience=5)],
        lambda _: [early("loss", patience=7)],
    ),
    "mode of a callback": pair(
        r"EarlyStopping\.1\.mode was 'min' and is 'max'",
        "callbacks",
        lambda _: [early("loss")],
        lambda _: [early("loss", mode="max")],
    ),
    "callback with a state": pair(
        r"callback EarlyStopping\.1 was not given and is given",
        "callbacks",
        lambda _: [],
        lambda _: [early("loss")],
    ),
    "no callback with a state": pair(
        r"callback EarlyStopping\.1 was given and is not given",
        "callbacks",
        lambda _: [early("loss")],
        lambda _: [],
    ),
    "plateau": pair(
        r"ReduceOnPlateau\.1\.factor was 0\.5 and is 0\.1",
        "callbacks",
        lambda made: [cr.train.ReduceOnPlateau(cr.optim.ReduceOnPlateau(made, factor=0.5), "loss")],
        lambda made: [cr.train.ReduceOnPlateau(cr.optim.ReduceOnPlateau(made, factor=0.1), "loss")],
    ),
}


def run(folder=None, *, stop=None, resume=True, epochs=3, **given):
    """Train, and return the model, the optimizer, and the history."""
    model = given.pop("model", network)()
    optimizer = given.pop("optimizer", ADAM)(model)
    decay = given.pop("average", None)
    callbacks = given.pop("callbacks", lambda _: [])(optimizer)
    if stop is not None:
        callbacks.append(Script(stop, lambda run: run.interrupt()))
    loss, held = given.pop("loss", cr.nn.cross_entropy), given.pop("data", data())
    options = {"batch_size": 16, "compiled": False, "epochs": epochs} | given
    average = None if decay is None else cr.optim.Average(model, decay)
    saving = None if folder is None else cr.train.Checkpoint(folder, every_steps=1000)
    history = cr.train.fit(
        model,
        optimizer,
        loss,
        held,
        checkpoint=saving,
        resume=resume,
        callbacks=callbacks,
        average=average,
        **options,
    )
    return model, optimizer, history


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_setting_that_differs_is_named_and_nothing_is_changed(tmp_path, case):
    run(tmp_path, stop=STOP, **case.before)
    files = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    with pytest.raises(cr.train.CheckpointError, match=case.says) as raised:
        run(tmp_path, **case.after)
    assert "resume='with new settings'" in str(raised.value)
    assert files == {each.name: each.read_bytes() for each in tmp_path.iterdir()}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_same_settings_continue_bit_for_bit(tmp_path, case):
    for settings in (case.before, case.after):
        folder = tmp_path / str(settings is case.after)
        run(folder, stop=STOP, **settings)
        found, wanted = run(folder, **settings), run(**settings)
        assert same(found[0].state(), wanted[0].state())
        assert found[2].losses.tolist() == wanted[2].losses.tolist()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_new_settings_are_used_if_that_is_asked_and_reported(tmp_path, case):
    run(tmp_path, stop=STOP, **case.before)
    with pytest.warns(UserWarning, match=rf"(?s)continues from .*step-000000004.*{case.says}"):
        _, _, history = run(tmp_path, resume="with new settings", **case.after)
    assert len(history) == 3
    assert np.isfinite(history.losses).all()
    run(tmp_path, **case.after)  # its checkpoints are those of the new settings


# -- what new settings do --------------------------------------------------------------------------


def test_a_new_rate_is_that_of_the_next_step(tmp_path):
    """As if it had been set between the steps: momentum and all else go on."""

    def set_rate(run):
        run.optimizer.learning_rate = 0.01

    new = functools.partial(MOMENTUM, learning_rate=0.01)
    run(tmp_path, stop=STOP, optimizer=MOMENTUM)
    with pytest.warns(UserWarning, match="learning_rate"):
        found, optimizer, history = run(tmp_path, resume="with new settings", optimizer=new)
    callbacks = {"callbacks": lambda _: [Script(STOP, set_rate)]}
    wanted, _, whole = run(optimizer=MOMENTUM, **callbacks)
    assert same(found.state(), wanted.state())
    assert history.losses.tolist() == whole.losses.tolist()
    assert optimizer.learning_rate == 0.01
    assert history["learning_rate"] == whole["learning_rate"]


def test_a_new_schedule_continues_at_the_step_that_the_run_has_come_to(tmp_path):
    new = schedules.Cosine(0.2, 12)
    run(tmp_path, stop=STOP, optimizer=SGD)
    with pytest.warns(UserWarning, match="learning_rate was"):
        _, optimizer, history = run(
            tmp_path, resume="with new settings", optimizer=rate(new), epochs=2
        )
    assert history["learning_rate"][-1] == new.values(6)[5]
    assert optimizer.steps.item() == 6
    assert optimizer.learning_rate == new.values(7)[6]


def test_state_of_another_rule_starts_again_and_that_is_reported(tmp_path):
    run(tmp_path, stop=STOP, optimizer=ADAM)
    with pytest.warns(UserWarning, match=r"Reset or dropped.*optimizer/0\.weight\.square"):
        _, optimizer, history = run(tmp_path, resume="with new settings", optimizer=RMS)
    assert len(history.losses) == 9
    assert optimizer.steps.item() == 9 - STOP


def test_other_data_restart_the_epoch(tmp_path):
    run(tmp_path, stop=STOP)
    with pytest.warns(
        UserWarning, match=r"batch_size was 16 and is 8.*Epoch 2 begins at its first"
    ):
        _, _, history = run(tmp_path, resume="with new settings", batch_size=8)
    assert len(history.losses) == STOP + 2 * 5
    assert history["epoch"] == [1, 2, 3]


def test_another_model_is_refused_with_new_settings_too(tmp_path):
    run(tmp_path, stop=STOP)
    other = cr.nn.Sequential(cr.nn.Linear(3, 9, random=0), cr.nn.Linear(9, 2, random=1))
    before = other.state()
    with pytest.raises(cr.train.CheckpointError, match=r"is of another model: .*0\.weight is "):
        run(tmp_path, resume="with new settings", model=lambda: other)
    assert same(before, other.state())


def test_a_warning_that_is_an_error_comes_before_anything_is_changed(tmp_path):
    run(tmp_path, stop=STOP, optimizer=SGD)
    model = network()
    before = model.state()
    with warnings.catch_warnings(action="error"), pytest.raises(UserWarning):
        run(tmp_path, resume="with new settings", optimizer=MOMENTUM, model=lambda: model)
    assert same(before, model.state())


def test_nothing_is_reported_where_nothing_differs(tmp_path):
    run(tmp_path, stop=STOP)
    found, _, _ = run(tmp_path, resume="with new settings")
    assert same(found.state(), run()[0].state())


@pytest.mark.parametrize("given", ["with new setting", None, 2, []])
def test_other_ways_to_resume_are_refused(tmp_path, given):
    with pytest.raises(cr.train.TrainingError, match=r"resume=.* True, False or 'with new setti"):
        run(tmp_path, resume=given)
    assert os.listdir(tmp_path) == []


# -- rows that are behind --------------------------------------------------------------------------

WORDS = np.random.default_rng(0).integers(0, 30, (40, 2))


def embedding():
    return cr.nn.Sequential(
        cr.nn.Embedding(30, 4, random=0), cr.nn.Flatten(), cr.nn.Linear(8, 2, random=1)
    )


def words(rows, learning_rate=1e-2, **options):
    made = functools.partial(cr.optim.Adam, learning_rate=learning_rate, rows=rows, **options)
    return {"model": embedding, "optimizer": made, "data": (WORDS, data()[1]), "batch_size": 7}


def test_rows_that_are_behind_move_at_the_old_rate_first(tmp_path):
    def set_rate(run):
        run.optimizer.learning_rate = 1e-3

    run(tmp_path, stop=STOP, **words("caught_up"))
    with pytest.warns(UserWarning, match="learning_rate"):
        found, _, _ = run(tmp_path, resume="with new settings", **words("caught_up", 1e-3))
    wanted, _, _ = run(callbacks=lambda _: [Script(STOP, set_rate)], **words("caught_up"))
    assert same(found.state(), wanted.state())


@pytest.mark.parametrize("new", [words("dense"), words("caught_up", beta1=0.8)])
def test_rows_that_are_behind_keep_the_options_they_need(tmp_path, new):
    run(tmp_path, stop=STOP, **words("caught_up"))
    with pytest.raises(cr.train.CheckpointError, match=r"have pending updates: .*\.last"):
        run(tmp_path, resume="with new settings", **new)


def test_rows_that_are_not_behind_are_caught_up_with_from_now_on(tmp_path):
    run(tmp_path, stop=STOP, **words("dense"))
    with pytest.warns(UserWarning, match="rows was 'dense' and is 'caught_up'"):
        found, _, _ = run(tmp_path, resume="with new settings", **words("caught_up"))
    wanted, _, _ = run(**words("dense"))
    for name, value in wanted.state().items():
        np.testing.assert_allclose(found.state()[name], value, rtol=1e-4, atol=1e-6)


# -- what is no change -----------------------------------------------------------------------------


def test_the_same_objects_continue_in_one_process_though_the_rate_has_fallen(tmp_path):
    model = network()
    optimizer = SGD(model)
    plateau = cr.train.ReduceOnPlateau(
        cr.optim.ReduceOnPlateau(optimizer, patience=1, min_delta=10, delta_mode="absolute"), "loss"
    )

    def go_on(epochs):
        options = {"epochs": epochs, "callbacks": [plateau], "checkpoint": tmp_path}
        return cr.train.fit(model, optimizer, cr.nn.cross_entropy, data(), **options)

    go_on(4)
    assert optimizer.learning_rate < 0.1
    assert len(go_on(5)) == 5
    assert len(go_on(6)) == 6


def test_a_run_that_was_stopped_is_over_whatever_patience_there_is_now(tmp_path):
    def stopped(patience, **options):
        never = early("loss", patience=patience, min_delta=100.0)
        return run(tmp_path, callbacks=lambda _: [never], epochs=9, **options)[2]

    first = stopped(2)
    assert "not better" in first.stopped
    assert stopped(5).losses.tolist() == first.losses.tolist()
    with pytest.warns(UserWarning, match="patience was 2 and is 5"):
        assert len(stopped(5, resume="with new settings")) == len(first) + 3


def test_a_compiled_model_is_the_same_model(tmp_path):
    run(tmp_path, stop=STOP, model=Whole)
    assert len(run(tmp_path, model=lambda: cr.compile(Whole()))[2]) == 3


def test_paths_of_logs_and_progress_may_be_others(tmp_path):
    def logged(name):
        return lambda _: [
            cr.train.CSVLog(tmp_path / f"{name}.csv"),
            cr.train.BestModel(tmp_path / f"{name}.safetensors", "loss"),
        ]

    run(tmp_path / "run", stop=STOP, callbacks=logged("first"))
    run(tmp_path / "run", callbacks=logged("second"), progress="lines", diagnose=False)
    assert (tmp_path / "second.csv").exists()


SCRIPT = """
import sys
import numpy as np
import chainrule as cr

LIMIT = 0.5
def near(x):
    return x in {"one", "two", "three", "four"} or x == LIMIT

class Part(cr.nn.Module):
    def __init__(self):
        self.kinds = {"tanh", "relu", "gelu", "none"}
        self.layer = cr.nn.Linear(3, 2, random=0)
    def forward(self, x):
        return self.layer(x) * (2.0 if near("one") else 1.0)

x = np.ones((8, 3), "float32")
model = Part()
optimizer = cr.optim.SGD(model, lambda step: 0.1 / (step.astype("float64") + 1))
loss = lambda p, t: cr.nn.cross_entropy(p, t) * LIMIT
options = {"epochs": int(sys.argv[2]), "checkpoint": sys.argv[1], "compiled": False}
cr.train.fit(model, optimizer, loss, (x, np.zeros(8, "int64")), **options)
"""


def test_settings_are_told_alike_in_every_process_and_wherever_the_lines_stand(tmp_path):
    for seed, epochs in (("1", "1"), ("2", "2")):
        file = tmp_path / f"run{seed}" / "script.py"
        file.parent.mkdir()
        file.write_text("\n# a comment\n" * int(seed) + SCRIPT)
        environment = os.environ | {"PYTHONHASHSEED": seed}
        command = [sys.executable, str(file), str(tmp_path / "run"), epochs]
        ended = subprocess.run(command, env=environment, capture_output=True, check=False)
        assert ended.returncode == 0, ended.stderr.decode()


def test_code_is_not_compared_between_versions_of_python():
    given = {"python.version": repr(PYTHON), "loss": setting_text(other_loss)}
    compiled = {"python.version": "'3.0'", "loss": given["loss"].replace("code ", "code 0")[:-1]}
    assert differences(compiled, given) == {}
    assert "loss" in differences(compiled | {"python.version": repr(PYTHON)}, given)
    assert "loss" in differences({"python.version": "'3.0'", "loss": "cross_entropy"}, given)
