"""What every layer promises: right gradients, the same when compiled, sentences for bad input."""

import numpy as np
import pytest

import chainrule as cr
from layers import CASES

nn = cr.nn
STATEFUL = [name for name in CASES if name.startswith("batch norm")]
WRONG = [(name, shape) for name, case in CASES.items() for shape in case.wrong]


def drawn(shape, dtype="float64", seed=3):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("name", CASES)
def test_gradients_pass_the_check(name, training):
    case = CASES[name]
    layer = case.make(dtype="float64").train(training)
    assert cr.check_gradients(layer, drawn(case.shape)).ok


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_compiled_is_eager_state_included(name, dtype, training):
    case = CASES[name]
    eager, native = (case.make(dtype=dtype).train(training) for _ in range(2))

    def step(layer, x):
        y = layer(x)
        return (y, *cr.gradients((y * y * y).sum(), [x, *layer.parameters()]))

    compiled = cr.compile(lambda x: step(native, x))
    close = 1e-10 if dtype == "float64" else 2e-4
    for seed in range(2):
        array = drawn(case.shape, dtype, seed)
        for mine, wanted in zip(
            compiled(array), step(eager, cr.input("x", value=array)), strict=True
        ):
            assert (mine.shape, mine.dtype) == (wanted.shape, wanted.dtype)
            np.testing.assert_allclose(mine.value, wanted.value, rtol=close, atol=close)
    for path, wanted in eager.state().items():
        np.testing.assert_allclose(native.state()[path], wanted, rtol=close, atol=close)


@pytest.mark.native
@pytest.mark.parametrize("name", CASES)
def test_a_compiled_layer_is_all_native(name):
    case = CASES[name]
    layer = case.make(dtype="float32")
    step = cr.compile(lambda x: tuple(cr.gradients(layer(x).sum(), [x, *layer.parameters()])))
    step(drawn(case.shape, "float32"))
    assert "on the reference evaluator: nothing" in step.report()


@pytest.mark.parametrize("name", CASES)
def test_a_state_is_saved_and_restored_running_statistics_too(name):
    case = CASES[name]
    layer, other = (case.make(dtype="float64") for _ in range(2))
    layer(drawn(case.shape))
    other.load_state(layer.state())
    x = drawn(case.shape, seed=5)
    np.testing.assert_array_equal(other.eval()(x).value, layer.eval()(x).value)


@pytest.mark.parametrize(("name", "shape"), WRONG, ids=str)
def test_a_wrong_shape_raises_an_error_that_names_it(name, shape):
    layer = CASES[name].make(dtype="float32")
    before = layer.state()
    with pytest.raises(cr.ShapeError) as caught:
        layer(np.ones(shape, "float32"))
    text = str(caught.value)
    assert str(shape) in text or str(shape[2:]) in text
    assert text.endswith(".")
    for path, value in layer.state().items():
        np.testing.assert_array_equal(value, before[path])


@pytest.mark.parametrize("name", CASES)
def test_a_batch_of_nothing_gives_nothing(name):
    case = CASES[name]
    layer = case.make(dtype="float32").eval()
    one, none = (np.zeros((n, *case.shape[1:]), "float32") for n in (1, 0))
    wanted = (0, *layer(one).shape[1:])
    assert layer(none).shape == cr.compile(layer)(none).shape == wanted


SETTINGS = {
    "momentum": (lambda: nn.BatchNorm(3, momentum=2), ValueError, "momentum 2"),
    "epsilon of batch norm": (lambda: nn.BatchNorm(3, epsilon=-1), ValueError, "epsilon -1"),
    "epsilon of layer norm": (lambda: nn.LayerNorm(3, epsilon=-1), ValueError, "epsilon -1"),
    "size": (lambda: nn.LocalResponseNorm(0), cr.ShapeError, "size=0"),
    "groups": (lambda: nn.Conv2d(3, 4, 3, groups=2), cr.ShapeError, "2 groups of 3 channels"),
    "kernels": (lambda: nn.Conv2d(3, 4, (3, 3, 3)), cr.ShapeError, r"size \(3, 3, 3\)"),
    "no kernel": (lambda: nn.Conv1d(3, 4, 0), cr.ShapeError, "size 0"),
    "window": (lambda: nn.MaxPool2d(0), cr.ShapeError, "size 0"),
    "stride": (lambda: nn.AveragePool2d(2, stride=(1, 2, 3)), cr.ShapeError, r"\(1, 2, 3\)"),
    "padding": (
        lambda: nn.Conv2d(1, 1, 3, padding=(1, 2, 3)),
        cr.ShapeError,
        r"padding \(1, 2, 3\)",
    ),
    "negative padding": (
        lambda: nn.Conv1d(1, 1, 3, padding=-1),
        cr.ShapeError,
        "padding -1",
    ),
    "a word": (
        lambda: nn.Conv1d(1, 1, 3, padding="full"),
        cr.ShapeError,
        "Give 'same', 'valid' or numbers",
    ),
    "same with strides": (
        lambda: nn.Conv1d(1, 1, 3, padding="same", stride=2),
        cr.ShapeError,
        "'same' was asked for with stride",
    ),
    "padding alone": (
        lambda: nn.MaxPool1d(2, padding=2)(np.ones((1, 1, 5))),
        cr.ShapeError,
        "in the padding alone",
    ),
    "groups of kernels": (
        lambda: cr.convolve(np.ones((1, 4, 5)), np.ones((3, 2, 3)), groups=2),
        cr.ShapeError,
        "2 groups of the kernels",
    ),
    "stride 0": (lambda: nn.Conv2d(3, 4, 3, stride=0), cr.ShapeError, "given stride 0"),
    "negative stride": (
        lambda: nn.Conv2d(3, 4, 3, stride=-1, padding="same"),
        cr.ShapeError,
        "given stride -1",
    ),
    "dilation": (
        lambda: nn.Conv2d(3, 4, 3, dilation=(1, 1, 1), padding="same"),
        cr.ShapeError,
        r"given dilation \(1, 1, 1\)",
    ),
    "half a stride": (lambda: nn.Conv1d(3, 4, 3, stride=0.5), cr.ShapeError, "stride 0.5"),
    "a name as initialiser": (
        lambda: nn.Linear(3, 2, initial="he_normal"),
        TypeError,
        "'he_normal' was given as an initialiser",
    ),
    "an initialiser of numbers": (
        lambda: nn.Embedding(3, 2, initial=lambda shape, random: 0.5),
        cr.ShapeError,
        r"<lambda> was asked for values of shape \(3, 2\), but returned shape \(\)",
    ),
    "an initialiser of another shape": (
        lambda: nn.Conv1d(3, 2, 1, bias_initial=lambda shape, random: np.ones((1, 2))),
        cr.ShapeError,
        r"asked for values of shape \(2,\), but returned shape \(1, 2\)",
    ),
    "pieces": (lambda: nn.Maxout(3, 4, pieces=0), cr.ShapeError, "pieces=0"),
    "inputs of maxout": (lambda: nn.Maxout(3, 4)(np.ones((2, 4))), cr.ShapeError, r"\(2, 4\)"),
    "global pool": (lambda: nn.GlobalAveragePool()(np.ones((2, 3))), cr.ShapeError, r"\(2, 3\)"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_bad_settings_are_refused_with_a_readable_message(name):
    make, kind, text = SETTINGS[name]
    with pytest.raises(kind, match=text) as caught:
        make()
    assert str(caught.value).endswith(".")


EXTENTS = {
    "Linear": lambda n: nn.Linear(n, 5),
    "Linear, outputs": lambda n: nn.Linear(5, n),
    "Conv1d": lambda n: nn.Conv1d(n, 5, 3),
    "Conv2d": lambda n: nn.Conv2d(5, n, 3),
    "Embedding": lambda n: nn.Embedding(n, 5),
    "LearnedPositions": lambda n: nn.LearnedPositions(5, n),
    "SinusoidalPositions": nn.SinusoidalPositions,
    "BatchNorm": nn.BatchNorm,
    "LayerNorm": nn.LayerNorm,
    "LayerNorm, two axes": lambda n: nn.LayerNorm((5, n)),
    "LocalResponseNorm": nn.LocalResponseNorm,
    "PReLU": nn.PReLU,
    "Maxout": lambda n: nn.Maxout(5, n),
    "MultiHeadAttention": lambda n: nn.MultiHeadAttention(n, 1),
    "GRU": lambda n: nn.GRU(n, 5),
    "LSTMCell": lambda n: nn.LSTMCell(5, n),
    "TransformerEncoder": lambda n: nn.TransformerEncoder(n, 4, 2),
}


@pytest.mark.parametrize("given", [-2, 0, 2.0, None], ids=str)
@pytest.mark.parametrize("name", EXTENTS)
def test_every_extent_is_a_positive_integer(name, given):
    kind = name.split(",")[0]
    with pytest.raises(cr.ShapeError, match=rf"{kind} was given \w+={given!r}\. Give an integer"):
        EXTENTS[name](given)


@pytest.mark.parametrize("name", EXTENTS)
def test_an_integer_of_numpy_is_one(name):
    wanted, found = EXTENTS[name](2), EXTENTS[name](np.int64(2))
    assert [each.shape for each in found.parameters()] == [
        each.shape for each in wanted.parameters()
    ]


def test_integers_of_numpy_are_settings_of_windows():
    x = np.ones((1, 1, 6, 6), "float32")
    one, two = np.int64(1), np.int64(2)
    assert nn.Conv2d(1, 1, two, stride=two, padding=one, dilation=one)(x).shape == (1, 1, 4, 4)
    assert nn.MaxPool2d(two, padding=(one, 0))(x).shape == (1, 1, 4, 3)


INTEGERS = {
    "dropout": nn.Dropout(0.5, random=0),
    "dropout in inference": nn.Dropout(0.5).eval(),
    "max pool": nn.MaxPool2d(2),
    "padded max pool": nn.MaxPool2d(2, padding=1),
    "average pool": nn.AveragePool2d(2),
    "global average pool": nn.GlobalAveragePool(),
}


@pytest.mark.parametrize("name", INTEGERS)
def test_integers_become_float32_where_a_layer_has_no_dtype_of_its_own(name):
    images = np.arange(16).reshape(1, 1, 4, 4)
    assert INTEGERS[name](images).dtype == cr.float32
    assert INTEGERS[name](images.astype("float64")).dtype == cr.float64


@pytest.mark.parametrize("norm_first", [True, False])
def test_a_transformer_computes_in_the_dtype_of_its_weights(norm_first):
    encoder = nn.TransformerEncoder(2, 4, 2, norm=False, norm_first=norm_first)
    assert encoder(np.ones((1, 3, 4))).dtype == cr.float32


def test_the_activation_of_a_recurrent_net_is_no_part_of_its_tree():
    net = nn.RNN(2, 3, activation=cr.relu, layers=2)
    assert "partial" not in repr(net)
    assert [each.activation for each in net.cells] == [cr.relu, cr.relu]


def test_a_penalty_takes_one_tensor():
    weight = nn.Linear(3, 2, random=0).weight
    found = nn.l2(weight)
    np.testing.assert_allclose(found.item(), (weight.value**2).sum(), rtol=1e-6)
    assert found.item() == nn.l2([weight]).item()


@pytest.mark.parametrize("cell", [nn.LSTM(2, 3, random=0), nn.LSTMCell(2, 3, random=0)], ids=repr)
def test_the_state_of_an_lstm_may_be_a_list(cell):
    x = np.ones((5, 2), "float32") if isinstance(cell, nn.Cell) else np.ones((4, 5, 2), "float32")
    state = [np.full((*x.shape[1:-1], 5, 3)[-2:], n) for n in (0.1, 0.2)]
    state = state if isinstance(cell, nn.Cell) else [each[None] for each in state]
    results, wanted = cell(x, state), cell(x, tuple(state))
    np.testing.assert_array_equal(results[0].value, wanted[0].value)


SETTING = {
    "the probability of dropout": (nn.Dropout(0.5, random=0), "probability", 1.0),
    "the momentum of batch norm": (nn.BatchNorm(3), "momentum", 1.0),
}


@pytest.mark.native
@pytest.mark.parametrize("name", SETTING)
def test_a_compiled_function_follows_a_setting_that_is_changed(name):
    layer, setting, value = SETTING[name]
    step = cr.compile(layer)
    x = drawn((50, 3), "float32")
    step(x)
    setattr(layer, setting, value)
    y = step(x)
    assert f"{setting} is {value} now" in step.report()
    if setting == "probability":
        np.testing.assert_array_equal(y.value, np.zeros_like(x))
    else:
        np.testing.assert_allclose(layer.running_mean.value, x.mean(0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_without_momentum_running_statistics_are_means_over_all_batches(compiled):
    layer = nn.BatchNorm(3, momentum=None, dtype="float64")
    call = cr.compile(layer) if compiled else layer
    batches = [drawn((7, 3), seed=seed) for seed in range(4)]
    for each in batches:
        call(each)
    for found, wanted in (
        (layer.running_mean, [each.mean(0) for each in batches]),
        (layer.running_var, [each.var(0, ddof=1) for each in batches]),
    ):
        np.testing.assert_allclose(found.value, np.mean(wanted, axis=0), rtol=1e-12)
    assert layer.num_batches_tracked.value == 4


def test_batch_norm_learns_in_a_compiled_step_and_infers_with_running_statistics():
    random = np.random.default_rng(0)
    x = random.normal(3.0, 2.0, size=(256, 4)).astype("float32")
    labels = (x[:, 0] * x[:, 1] > 9).astype("int64")
    model = nn.Sequential(
        nn.Linear(4, 16, bias=False, random=0), nn.BatchNorm(16), cr.relu, nn.Linear(16, 2)
    )
    optimizer = cr.optim.Adam(model, learning_rate=0.02)

    @cr.compile
    def step(x, labels):
        loss = cr.nn.cross_entropy(model(x), labels)
        optimizer.minimize(loss)
        return loss

    first, *_, last = [step(x, labels).item() for _ in range(150)]
    assert last < first / 4
    accuracy = (model.eval()(x).value.argmax(1) == labels).mean()
    assert accuracy > 0.95


def test_a_batch_norm_used_twice_in_one_step_moves_twice_eager_and_compiled():
    eager, native = nn.BatchNorm(2, dtype="float64"), nn.BatchNorm(2, dtype="float64")
    x = drawn((4, 2))
    eager(eager(x) + 1)
    cr.compile(lambda x: native(native(x) + 1))(x)
    for path, wanted in eager.state().items():
        np.testing.assert_allclose(native.state()[path], wanted, rtol=1e-12)


def test_batch_norm_is_fixed_in_inference():
    layer = nn.BatchNorm(2).eval()
    before = layer.state()
    layer(drawn((4, 2)))
    for path, value in layer.state().items():
        np.testing.assert_array_equal(value, before[path])


def test_running_statistics_are_state_and_not_trained():
    layer = nn.BatchNorm(2)
    assert list(layer.named_parameters()) == ["weight", "bias", "running_mean", "running_var"]
    assert [each.name for each in layer.parameters()] == ["weight", "bias"]


def test_global_average_pool_is_the_mean_of_every_channel():
    x = drawn((2, 3, 4, 5))
    np.testing.assert_allclose(nn.GlobalAveragePool()(x).value, x.mean((2, 3)), rtol=1e-12)


def test_maxout_is_the_largest_of_its_pieces():
    layer = nn.Maxout(3, 4, pieces=2, dtype="float64", random=0)
    x = drawn((5, 3))
    weight, bias = layer.linear.weight.value, layer.linear.bias.value
    wanted = (x @ weight.T + bias).reshape(5, 4, 2).max(-1)
    np.testing.assert_allclose(layer(x).value, wanted, rtol=1e-12)
    np.testing.assert_allclose(cr.compile(layer)(x).value, wanted, rtol=1e-12)
    assert cr.check_gradients(layer, x).ok


def test_prelu_begins_with_its_slope_and_learns_it():
    layer = nn.PReLU(slope=0.1, dtype="float64")
    x = np.array([[-2.0, 3.0]])
    np.testing.assert_allclose(layer(x).value, [[-0.2, 3.0]])
    (gradient,) = cr.gradients(layer(x).sum(), layer.parameters())
    np.testing.assert_array_equal(gradient.value, [-2.0])
