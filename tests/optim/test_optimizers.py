"""Optimizers follow the field's trajectories, and touch only the rows of the batch."""

import tracemalloc

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import tracing
from optimizers import EVERY

every_optimizer = pytest.mark.parametrize("make", [each.ours for each in EVERY.values()], ids=EVERY)


@every_optimizer
def test_rows_of_the_batch_move_as_in_a_dense_update_and_the_others_stay(make):
    random = np.random.default_rng(0)
    start = random.normal(size=(6, 3))
    weights = random.normal(size=(4, 3))
    ids = np.array([4, 1, 4, 2])
    sparse, dense = cr.parameter(start, "table"), cr.parameter(start, "table")
    by_rows, as_a_whole = make([sparse]), make([dense])
    for _ in range(3):
        by_rows.minimize((cr.take(sparse, ids) * weights).sum())
        as_a_whole.minimize((cr.one_hot(ids, 6, "float64") @ dense * weights).sum())
    np.testing.assert_allclose(sparse.value[[1, 2, 4]], dense.value[[1, 2, 4]], rtol=1e-12)
    np.testing.assert_array_equal(sparse.value[[0, 3, 5]], start[[0, 3, 5]])


def test_the_gradient_of_a_word_that_occurs_twice_is_the_sum():
    table = cr.parameter(np.zeros((4, 2)), "words")
    optimizer = cr.optim.SGD([table], 1.0)
    optimizer.minimize((cr.take(table, [2, 1, 2]) * np.array([[1.0], [10.0], [5.0]])).sum())
    np.testing.assert_array_equal(table.value, [[0, 0], [-10, -10], [-6, -6], [0, 0]])


def test_a_table_looked_up_twice_is_updated_once_by_rows():
    table = cr.parameter(np.zeros((4, 1)), "words")
    optimizer = cr.optim.SGD([table], 1.0)
    loss = cr.take(table, [0, 1]).sum() + 2 * cr.take(table, [[1], [3]]).sum()
    optimizer.minimize(loss)
    np.testing.assert_array_equal(table.value[:, 0], [-1, -3, 0, -2])


def test_an_update_costs_the_rows_of_the_batch_and_not_the_vocabulary():
    table = cr.nn.Embedding(100_000, 16, random=0)
    optimizer = cr.optim.Adam(table)
    optimizer.minimize((table(np.arange(64)) ** 2).sum())
    tracemalloc.start()
    optimizer.minimize((table(np.arange(64)) ** 2).sum())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < table.weight.value.nbytes / 20


def test_all_parameters_are_updated_from_one_set_of_gradients():
    x, y = cr.parameter(2.0, "x"), cr.parameter(3.0, "y")
    cr.optim.SGD([x, y], 0.1).minimize(x * y)
    assert (x.item(), y.item()) == (2.0 - 0.3, 3.0 - 0.2)


def test_a_parameter_without_a_path_to_the_loss_stays():
    x, y = cr.parameter(2.0, "x"), cr.parameter(3.0, "y")
    cr.optim.Adam([x, y], 0.1).minimize(x * x)
    assert y.item() == 3.0


def test_parameters_that_are_not_trainable_stay():
    x, fixed = cr.parameter(2.0, "x"), cr.parameter(3.0, "fixed", trainable=False)
    cr.optim.SGD([x, fixed], 0.1).minimize(x * fixed)
    assert fixed.item() == 3.0


def test_the_learning_rate_can_be_read_and_changed():
    x = cr.parameter(1.0, "x")
    optimizer = cr.optim.SGD([x], learning_rate=0.5)
    optimizer.learning_rate = 0.25
    assert optimizer.learning_rate == 0.25
    optimizer.minimize(x * 1.0)
    assert x.item() == 0.75


def test_float32_parameters_stay_float32():
    x = cr.parameter(np.ones(3, np.float32), "x")
    optimizer = cr.optim.Adam([x])
    optimizer.minimize((x * x).sum())
    assert x.dtype == cr.float32
    assert {each.dtype for each in optimizer.state[x].values()} == {cr.float32}


def test_a_loss_from_before_the_last_update_is_refused():
    x = cr.parameter(1.0, "x")
    optimizer = cr.optim.SGD([x], 0.1)
    loss = x * x
    optimizer.minimize(loss)
    with pytest.raises(cr.GradientError, match="before the parameter 'x' last changed"):
        optimizer.minimize(loss)


@pytest.mark.parametrize("rate", [-1.0, float("nan"), float("inf"), "0.1", None, True])
def test_an_invalid_learning_rate_is_refused(rate):
    with pytest.raises(ValueError, match="Give a positive number, or 0"):
        cr.optim.SGD([cr.parameter(1.0, "x")], rate)


def test_a_model_without_parameters_is_refused():
    with pytest.raises(cr.ChainruleError, match="no trainable parameter"):
        cr.optim.Adam(cr.nn.Flatten())


@pytest.mark.parametrize(
    "make",
    [
        lambda p: cr.optim.SGD(p, momentum=1.0),
        lambda p: cr.optim.Adam(p, beta1=1.0),
        lambda p: cr.optim.Adam(p, beta2=-0.1),
        lambda p: cr.optim.SparseAdam(p, beta1=1.0),
        lambda p: cr.optim.RMSProp(p, alpha=1.0),
        lambda p: cr.optim.RMSProp(p, momentum=-0.5),
    ],
)
def test_options_outside_their_interval_are_refused(make):
    with pytest.raises(ValueError, match="Give a number of 0 or more and below 1"):
        make([cr.parameter(1.0, "x")])


def test_a_seeded_run_is_reproducible_bit_for_bit():
    def weights():
        random = np.random.default_rng(0)
        model = cr.nn.Sequential(
            cr.nn.Embedding(30, 8, random=random),
            cr.nn.Flatten(),
            cr.nn.Dropout(0.5, random=random),
            cr.nn.Linear(24, 16, random=random),
            cr.relu,
            cr.nn.Linear(16, 4, random=random),
        )
        optimizer = cr.optim.Adam(model)
        for _ in range(20):
            ids, labels = random.integers(0, 30, (12, 3)), random.integers(0, 4, 12)
            optimizer.minimize(cr.nn.cross_entropy(model(ids), labels))
        return model.state()

    first, second = weights(), weights()
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name])


@pytest.mark.parametrize("epsilon", [-1e-8, float("nan"), float("inf"), None])
@pytest.mark.parametrize("name", ["Adam", "SparseAdam", "Adagrad", "RMSProp"])
def test_an_epsilon_below_0_or_not_finite_is_refused(name, epsilon):
    with pytest.raises(ValueError, match=f"{name} was .* Give a number of 0 or more"):
        getattr(cr.optim, name)([cr.parameter(1.0, "x")], epsilon=epsilon)


def test_the_sum_of_adagrad_starts_where_it_is_told():
    x = cr.parameter([1.0, 2.0], "x")
    optimizer = cr.optim.Adagrad([x], initial_accumulator=0.25)
    np.testing.assert_array_equal(optimizer.state[x]["square"].value, [0.25, 0.25])
    with pytest.raises(ValueError, match="Give a number of 0 or more"):
        cr.optim.Adagrad([x], initial_accumulator=-1.0)


def test_nesterov_without_momentum_is_refused():
    with pytest.raises(ValueError, match="Give a momentum above 0"):
        cr.optim.SGD([cr.parameter(1.0, "x")], nesterov=True)


def test_a_loss_without_a_value_changes_nothing():
    x = cr.parameter(1.0, "x")
    optimizer = cr.optim.Adam([x], 0.1)
    with pytest.raises(cr.UnboundInputError):
        optimizer.minimize(x * cr.input("unbound", ()))
    assert x.item() == 1.0
    assert optimizer.steps.item() == 0


def test_a_loss_of_another_model_is_refused():
    x, other = cr.parameter(1.0, "x"), cr.parameter(1.0, "other")
    with pytest.raises(cr.GradientError, match="depends on none of its parameters"):
        cr.optim.SGD([x], 0.1).minimize(other * other)


@pytest.mark.native
def test_a_second_step_in_one_compiled_function_is_refused():
    weight = cr.parameter(np.ones(3))
    optimizer = cr.optim.SGD([weight], 0.1)

    @cr.compile
    def two_steps(x):
        loss = (weight * x).sum()
        for _ in range(2):
            optimizer.minimize(loss)
        return x

    with pytest.raises(cr.ChainruleError, match="called twice in one compiled function"):
        two_steps(np.ones(3))
    np.testing.assert_array_equal(weight.value, np.ones(3))


@pytest.mark.parametrize(
    "name", ["SGD", "Adagrad", "RMSProp", "Adam", "AdamW", "SparseAdam", "RAdam"]
)
def test_an_option_that_an_optimizer_does_not_take_is_refused(name):
    make = getattr(cr.optim, name)
    with pytest.raises(
        TypeError, match=f"{name} was given 'wieght_decay', .* weight_decay, l1, cl"
    ):
        make([cr.parameter(1.0, "x")], wieght_decay=0.1)
    with pytest.raises(TypeError, match=f"{name} was given clip=1.0. Say how to clip"):
        make([cr.parameter(1.0, "x")], clip=1.0)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SparseAdam", {"decoupled": True}),
        ("SGD", {"decoupled": True}),
        ("Adam", {"decoupled": True}),
        ("AdamW", {"decoupled": False}),
        ("Adagrad", {"decoupled": True}),
        ("RMSProp", {"decoupled": True}),
    ],
)
def test_an_option_of_other_optimizers_is_refused(name, options):
    (option,) = options
    with pytest.raises(TypeError, match=f"{name} was given '{option}', which is not an option"):
        getattr(cr.optim, name)([cr.parameter(1.0, "x")], **options)


@pytest.mark.parametrize(
    ("name", "option", "wanted"),
    [
        ("SGD", "lr", "'lr' is called learning_rate here. It takes .*momentum, nest"),
        ("Adam", "betas", "'betas' is called beta1 and beta2 here. .*beta1, beta2, eps"),
        ("Adagrad", "eps", "'eps' is called epsilon here. .* initial_accumulator"),
    ],
)
def test_an_option_of_another_library_says_how_it_is_called_here(name, option, wanted):
    with pytest.raises(TypeError, match=f"{name} was given '{option}', .*{wanted}"):
        getattr(cr.optim, name)([cr.parameter(1.0, "x")], **{option: 0.1})


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"clip": cr.optim.ClipByNorm}, TypeError, "Say how to clip: .*ClipByValue"),
        ({"groups": [{"lr": 0.1}]}, ValueError, "groups=.* Give a dict of options by pattern"),
        ({"groups": ["x"]}, ValueError, "groups=.* Give a dict of options by pattern"),
        ({"weight_decay": None}, ValueError, "weight_decay=None. Give a number of 0 or more"),
        ({"l1": "0.1"}, ValueError, "l1='0.1'. Give a number of 0 or more"),
        ({"momentum": "0.9"}, ValueError, "momentum='0.9'. Give a number of 0 or more and below 1"),
    ],
)
def test_options_of_another_kind_are_refused_with_a_readable_message(options, error, message):
    with pytest.raises(error, match=f"SGD was given .*{message}"):
        cr.optim.SGD([cr.parameter(1.0, "x")], **options)


def test_no_groups_is_none():
    assert cr.optim.SGD([cr.parameter(1.0, "x")], groups=None).parameters


@pytest.mark.parametrize("make", [cr.optim.SGD, cr.optim.Average])
def test_parameters_may_come_from_any_iterable(make):
    x, y = cr.parameter(1.0, "x"), cr.parameter(2.0, "y")
    wanted = list(make([x, y]).named_state())
    for given in ((x, y), iter([x, y]), {"x": x, "y": y}.values()):
        assert list(make(given).named_state()) == wanted


@pytest.mark.parametrize("make", [cr.optim.SGD, cr.optim.Average])
@pytest.mark.parametrize(
    "given",
    [cr.parameter(1.0, "x"), None, [{"params": [cr.parameter(1.0, "x")]}], {"x": 1.0}, [1.0]],
    ids=["a parameter", "None", "torch's groups", "a dict", "numbers"],
)
def test_what_is_no_list_of_parameters_is_refused(make, given):
    with pytest.raises(TypeError, match=r"was made for .* Give a model, or a list of parameters"):
        make(given)


def test_a_learning_rate_set_in_a_compiled_function_is_refused():
    optimizer = cr.optim.SGD([cr.parameter(1.0, "x")], 0.5)
    with tracing(), pytest.raises(cr.ChainruleError, match=r"rate was set .* with a schedule"):
        optimizer.learning_rate = 0.25
    assert optimizer.learning_rate == 0.5


def test_a_parameter_that_was_frozen_since_is_refused():
    model = cr.nn.Sequential(cr.nn.Linear(3, 4, random=0), cr.nn.Linear(4, 2, random=0))
    optimizer = cr.optim.SGD(model)
    before = model[0].freeze().state()
    with pytest.raises(cr.ChainruleError, match=r"update 0.weight, 0.bias, frozen since"):
        optimizer.minimize(model(np.ones((1, 3))).sum())
    np.testing.assert_array_equal(model[0].weight.value, before["weight"])
    model.unfreeze()
    optimizer.minimize(model(np.ones((1, 3))).sum())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dampening": 0.5}, "asked for dampening without momentum"),
        ({"momentum": 0.9, "nesterov": True, "dampening": 0.5}, "Choose one of them"),
    ],
)
def test_invalid_dampening_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        cr.optim.SGD([cr.parameter(1.0, "x")], **options)


def test_a_centered_average_that_rounds_below_zero_is_no_root_of_it():
    x = cr.parameter(np.float32([1.0, 2.0]), "x")
    optimizer = cr.optim.RMSProp([x], 1e-3, alpha=0.5, centered=True)
    for _ in range(100):
        optimizer.minimize((x * np.float32([0.1, 0.3])).sum())
    assert np.all(np.isfinite(x.value))
