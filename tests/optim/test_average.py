"""Averages of weights: torch's numbers, eager and compiled, in use and back."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import tracing

eager_and_compiled = pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
X = np.random.default_rng(0).normal(size=(20, 6, 4))


def network():
    return cr.nn.Linear(4, 3, dtype="float64", random=np.random.default_rng(1))


def stepping(model, optimizer, average, compiled):
    def step(x):
        loss = (cr.tanh(model(x)) ** 2).sum()
        optimizer.minimize(loss)
        average.update()
        return loss

    return cr.compile(step) if compiled else step


@eager_and_compiled
def test_the_averages_are_those_of_the_formula(compiled):
    model = network()
    average = cr.optim.Average(model, 0.9)
    step = stepping(model, cr.optim.SGD(model, 0.1, momentum=0.9), average, compiled)
    wanted = None
    for x in X:
        step(x)
        found = model.state()
        wanted = wanted or found  # the first update copies
        wanted = {name: 0.9 * wanted[name] + 0.1 * each for name, each in found.items()}
    with average.applied():
        for name, each in model.state().items():
            np.testing.assert_allclose(each, wanted[name], rtol=1e-12)


@eager_and_compiled
def test_the_averages_are_torchs(compiled):
    torch = pytest.importorskip("torch")
    model = network()
    theirs = torch.nn.Linear(4, 3, dtype=torch.float64)
    theirs.load_state_dict({name: torch.tensor(each) for name, each in model.state().items()})
    multi = torch.optim.swa_utils.get_ema_multi_avg_fn(0.9)
    averaged = torch.optim.swa_utils.AveragedModel(theirs, multi_avg_fn=multi)
    reference = torch.optim.SGD(theirs.parameters(), lr=0.1, momentum=0.9)
    optimizer = cr.optim.SGD(model, 0.1, momentum=0.9)
    average = cr.optim.Average(model, 0.9)
    step = stepping(model, optimizer, average, compiled)
    for x in X:
        step(x)
        reference.zero_grad()
        (torch.tanh(theirs(torch.tensor(x))) ** 2).sum().backward()
        reference.step()
        averaged.update_parameters(theirs)
    with average.applied():
        for name, each in averaged.module.named_parameters():
            np.testing.assert_allclose(model.state()[name], each.detach().numpy(), rtol=1e-9)
    for name, each in theirs.named_parameters():
        np.testing.assert_allclose(model.state()[name], each.detach().numpy(), rtol=1e-9)


@eager_and_compiled
def test_steps_of_several_calls_count_once(compiled):
    models = [network(), network()]
    optimizers = [cr.optim.SGD(models[0], 0.1, accumulate=3), cr.optim.SGD(models[1], 0.1)]
    averages = [cr.optim.Average(model, 0.5) for model in models]

    def step(x):
        loss = (cr.tanh(models[0](x)) ** 2).sum()
        averages[0].update(optimizers[0].minimize(loss))
        return loss

    step = cr.compile(step) if compiled else step
    for parts in X[:9].reshape(3, 3, 6, 4):
        for part in parts:
            step(part)
        optimizers[1].minimize(sum((cr.tanh(models[1](x)) ** 2).sum() for x in parts) * (1 / 3))
        averages[1].update()
    assert averages[0].updates.item() == 3
    for name, each in averages[0].named_state().items():
        np.testing.assert_allclose(each.value, averages[1].named_state()[name].value, rtol=1e-9)


@eager_and_compiled
@pytest.mark.parametrize("rows", ["touched", "dense"])
def test_tables_are_averaged_with_the_rows_that_the_step_writes(compiled, rows):
    table = cr.parameter(np.ones((5, 2)), "words", table=True)
    optimizer, average = cr.optim.Adam([table], 0.1, rows=rows), cr.optim.Average([table], 0.5)

    def step(ids):
        loss = (cr.take(table, ids) ** 2).sum()
        optimizer.minimize(loss)
        average.update()
        return loss

    step = cr.compile(step) if compiled else step
    wanted = None
    for ids in ([4, 1, 4], [0, 0, 1], [2, 4, 4]):
        step(np.array(ids))
        wanted = table.value if wanted is None else 0.5 * wanted + 0.5 * table.value
    np.testing.assert_allclose(average.averages[table].value, wanted, rtol=1e-12)


@eager_and_compiled
def test_float32_weights_have_float32_averages(compiled):
    model = cr.nn.Linear(4, 3, random=0)
    average = cr.optim.Average(model)
    step = stepping(model, cr.optim.SGD(model), average, compiled)
    step(X[0].astype("float32"))
    assert {each.dtype for each in average.averages.values()} == {cr.float32}
    np.testing.assert_array_equal(average.averages[model.weight].value, model.weight.value)


@pytest.mark.native
def test_rows_that_are_behind_cannot_be_averaged_in_a_compiled_step():
    table = cr.parameter(np.ones((5, 2)), "words", table=True)
    optimizer = cr.optim.Adam([table], rows="caught_up")
    average = cr.optim.Average([table])

    @cr.compile
    def step(ids):
        loss = cr.take(table, ids).sum()
        optimizer.minimize(loss)
        average.update()
        return loss

    with pytest.raises(cr.ChainruleError, match=r"reads all of 'words' .* rows='dense'"):
        step(np.array([1, 2]))


def test_an_evaluation_that_fails_gives_the_weights_back():
    model = network()
    before = model.state()
    average = cr.optim.Average(model)
    cr.optim.SGD(model, 1.0).minimize(model(X[0]).sum())
    trained = model.state()

    def failing():
        with average.applied():
            np.testing.assert_array_equal(model.weight.value, before["weight"])
            raise KeyError("evaluation")

    with pytest.raises(KeyError):
        failing()
    np.testing.assert_array_equal(model.weight.value, trained["weight"])


def test_an_interrupt_while_averages_are_put_in_gives_the_weights_back(monkeypatch):
    model = network()
    average = cr.optim.Average(model)
    cr.optim.SGD(model, 1.0).minimize(model(X[0]).sum())
    trained = model.state()
    assign = cr.Parameter.assign

    def interrupted(parameter, value):
        assign(parameter, value)
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(cr.Parameter, "assign", interrupted)
    with pytest.raises(KeyboardInterrupt), average.applied():
        pass
    np.testing.assert_array_equal(model.weight.value, trained["weight"])
    with average.applied():
        assert (model.weight.value != trained["weight"]).any()


def test_training_on_the_averages_is_refused():
    model = network()
    average, optimizer = cr.optim.Average(model), cr.optim.SGD(model, 1.0)

    def trained():
        with average.applied():
            optimizer.minimize(model(X[0]).sum())

    def updated():
        with average.applied():
            average.update()

    def compiled():
        with tracing(), average.applied():
            return model(X[0])

    with pytest.raises(cr.ChainruleError, match="weight, bias were changed while their averages"):
        trained()
    with pytest.raises(cr.ChainruleError, match="Leave the `with"):
        updated()
    with pytest.raises(cr.ChainruleError, match="Call it inside of"):
        compiled()


def test_it_continues_from_its_saved_state():
    model = network()
    average = cr.optim.Average(model, 0.5)
    step = stepping(model, cr.optim.SGD(model, 0.1), average, False)
    step(X[0])
    state = average.named_state()
    assert list(state) == ["updates", "weight.average", "bias.average"]
    again = cr.optim.Average(model, 0.5)
    for name, each in again.named_state().items():
        each.assign(state[name].value)
    average.update()
    again.update()
    for each in average.averages:
        np.testing.assert_array_equal(average.averages[each].value, again.averages[each].value)


def test_averages_of_parameters_of_one_name_have_no_names():
    average = cr.optim.Average([cr.parameter(1.0, "x"), cr.parameter(2.0, "x")])
    with pytest.raises(cr.ChainruleError, match=r"Average was asked for by name, .* 'x\.average'"):
        average.named_state()


def test_invalid_options_are_refused():
    with pytest.raises(ValueError, match=r"Average was given decay=1.0"):
        cr.optim.Average(network(), 1.0)
    with pytest.raises(cr.ChainruleError, match="no trainable parameter"):
        cr.optim.Average(cr.nn.Flatten())
