"""Recurrent layers: compiled, checked, of several layers and directions, and strict on shapes."""

import numpy as np
import pytest

import chainrule as cr
import native

STEPS, BATCH, INPUTS, HIDDEN = 5, 3, 4, 2
LENGTHS = np.array([2, 5, 1])
LAYERS = {"RNN": cr.nn.RNN, "LSTM": cr.nn.LSTM, "GRU": cr.nn.GRU}
CELLS = {"RNN": cr.nn.RNNCell, "LSTM": cr.nn.LSTMCell, "GRU": cr.nn.GRUCell}
every_layer = pytest.mark.parametrize("kind", LAYERS.values(), ids=LAYERS)
every_cell = pytest.mark.parametrize("kind", CELLS.values(), ids=CELLS)


def sequences(dtype="float64"):
    return np.random.default_rng(0).normal(size=(STEPS, BATCH, INPUTS)).astype(dtype)


def both(outputs, state):
    """Outputs and final states in one tensor, for the gradient check."""
    states = state if isinstance(state, tuple) else (state,)
    return cr.concat([each.reshape(each.size) for each in (outputs, *states)])


@every_layer
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "lengths"])
def test_every_layer_passes_the_gradient_check(kind, lengths):
    layer = kind(INPUTS, HIDDEN, layers=2, bidirectional=True, random=0)
    assert cr.check_gradients(lambda x: both(*layer(x, lengths=lengths)), sequences()).ok


@every_cell
def test_every_cell_passes_the_gradient_check(kind):
    cell = kind(INPUTS, HIDDEN, random=0)

    def function(x, *state):
        found = cell(x, state if cell.states > 1 else state[0])
        return cr.concat(found) if isinstance(found, tuple) else found

    state = np.random.default_rng(1).normal(size=(cell.states, BATCH, HIDDEN))
    assert cr.check_gradients(function, sequences()[0], *state).ok


@pytest.mark.native
@every_layer
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("with_lengths", [False, True], ids=["full", "lengths"])
def test_compiled_layers_are_the_eager_ones(kind, dtype, with_lengths):
    layer = kind(INPUTS, HIDDEN, layers=2, bidirectional=True, dtype=dtype, random=0)

    def function(x, lengths):
        return layer(x, lengths=lengths if with_lengths else None)

    native.compare(function, sequences(dtype), LENGTHS, parameters=layer.parameters())


@every_layer
def test_layers_are_cells_along_the_sequence(kind):
    layer = kind(INPUTS, HIDDEN, random=0, dtype="float64")
    x, state = sequences(), None
    for step in x:
        state = layer.cells[0](step, state)
    outputs, final = layer(x)
    last = state[0] if isinstance(state, tuple) else state
    np.testing.assert_allclose(outputs[-1].value, last.value, rtol=1e-12)
    first = final[0] if isinstance(final, tuple) else final
    np.testing.assert_allclose(first[0].value, last.value, rtol=1e-12)


@every_layer
def test_a_padded_sequence_is_the_short_one(kind):
    """Every sequence of a padded batch gives what it gives alone, at its own length."""
    layer = kind(INPUTS, HIDDEN, layers=2, bidirectional=True, random=0, dtype="float64")
    x = sequences()
    outputs, state = layer(x, lengths=LENGTHS)
    states = state if isinstance(state, tuple) else (state,)
    for i, length in enumerate(LENGTHS):
        alone, last = layer(x[:length, i : i + 1])
        np.testing.assert_allclose(outputs.value[:length, i], alone.value[:, 0], rtol=1e-12)
        assert not outputs.value[length:, i].any()
        pairs = zip(states, last if isinstance(last, tuple) else (last,), strict=True)
        for each, reference in pairs:
            np.testing.assert_allclose(each.value[:, i], reference.value[:, 0], rtol=1e-12)


@every_layer
def test_padding_is_never_read(kind):
    """Not even where it is not a number: outputs, states and gradients are what they were."""
    layer = kind(INPUTS, HIDDEN, bidirectional=True, random=0, dtype="float64")
    x = sequences()
    broken = np.where((np.arange(STEPS)[:, None] < LENGTHS)[..., None], x, np.nan)

    def run(x):
        x = cr.input("x", value=x)
        loss = (both(*layer(x, lengths=LENGTHS)) ** 2).sum()
        return [loss, *cr.gradients(loss, [x, *layer.parameters()])]

    for found, wanted in zip(run(broken), run(x), strict=True):
        np.testing.assert_array_equal(found.value, wanted.value)


@every_layer
def test_full_lengths_are_no_lengths(kind):
    layer = kind(INPUTS, HIDDEN, random=0)
    with_lengths = layer(sequences(), lengths=np.full(BATCH, STEPS))
    np.testing.assert_array_equal(with_lengths[0].value, layer(sequences())[0].value)


@every_layer
def test_no_steps_leave_the_state_as_it_was(kind):
    layer = kind(INPUTS, HIDDEN, random=0, dtype="float64")
    first = tuple(np.full((1, BATCH, HIDDEN), 0.5) for _ in range(layer.cells[0].states))
    outputs, final = layer(np.zeros((0, BATCH, INPUTS)), first)
    assert outputs.shape == (0, BATCH, HIDDEN)
    for each in final if isinstance(final, tuple) else (final,):
        np.testing.assert_array_equal(each.value, first[0])


def test_dropout_works_between_layers_and_is_off_in_inference():
    layer = cr.nn.GRU(INPUTS, 50, layers=2, dropout=0.5, random=0)
    x = sequences("float32")
    assert (layer(x)[0].value != layer(x)[0].value).any()
    layer.eval()
    np.testing.assert_array_equal(layer(x)[0].value, layer(x)[0].value)
    alone = cr.nn.GRU(INPUTS, 50, dropout=0.5, random=0)
    np.testing.assert_array_equal(alone(x)[0].value, alone(x)[0].value)


@pytest.mark.native
def test_dropout_of_a_compiled_layer_draws_new_numbers():
    layer = cr.nn.LSTM(INPUTS, 50, layers=2, dropout=0.5, random=0)
    step = cr.compile(lambda x: layer(x)[0])
    x = sequences("float32")
    assert (step(x).value != step(x).value).any()
    assert "on the reference evaluator: nothing" in step.report()


def test_weights_have_the_names_of_torch_also_inside_a_model():
    class Tagger(cr.nn.Module):
        def __init__(self):
            self.encoder = cr.nn.LSTM(3, 2, layers=2, bidirectional=True, bias=False, random=0)

    kinds = ("weight_ih", "weight_hh")
    ends = ("l0", "l0_reverse", "l1", "l1_reverse")
    names = [f"encoder.{kind}_{end}" for end in ends for kind in kinds]
    model = Tagger()
    assert list(model.named_parameters()) == names
    assert [each.name for each in model.parameters()] == names
    assert model.encoder.cells[3].weight_ih.shape == (8, 4)


def test_first_values_come_from_the_seed_and_the_initialisers():
    first, again = cr.nn.LSTM(3, 4, random=5), cr.nn.LSTM(3, 4, random=5)
    for name, value in first.state().items():
        np.testing.assert_array_equal(value, again.state()[name])
        assert np.abs(value).max() <= 1 / np.sqrt(4)
        assert value.any()
    layer = cr.nn.GRU(
        3, 4, recurrent_initial=cr.nn.initial.zeros, bias_initial=cr.nn.initial.zeros, random=0
    )
    assert not layer.cells[0].weight_hh.value.any()
    assert not layer.cells[0].bias_ih.value.any()
    assert layer.cells[0].weight_ih.value.any()


@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=pytest.mark.native)])
@pytest.mark.parametrize("length", [0, STEPS + 1])
def test_a_length_outside_the_sequence_is_refused_and_changes_nothing(length, compiled):
    model = cr.nn.LSTM(INPUTS, HIDDEN, random=0)
    optimizer = cr.optim.SGD(model, learning_rate=0.1)
    before = model.state()

    def step(x, lengths):
        loss = model(x, lengths=lengths)[0].sum()
        optimizer.minimize(loss)
        return loss

    wrong = np.array([2, length, 3])
    match = (
        "The ids are those of 'lengths - 1'"
        if compiled
        else f"Sequence 1 .* length {length}, but .* has 5 steps"
    )
    with pytest.raises(cr.RangeError, match=match):
        (cr.compile(step) if compiled else step)(sequences("float32"), wrong)
    for name, value in model.state().items():
        np.testing.assert_array_equal(value, before[name])


@every_layer
def test_what_does_not_fit_is_named(kind):
    layer = kind(INPUTS, HIDDEN, random=0)
    x, name = sequences(), kind.__name__
    with pytest.raises(
        cr.ShapeError,
        match=rf"The {name} of 'weight_ih_l0' takes .*\(time, batch, 4\).*given \(3, 4\)",
    ):
        layer(x[0])
    with pytest.raises(cr.ShapeError, match=r"\(time, batch, 4\).*given \(5, 3, 3\)"):
        layer(x[:, :, 1:])
    with pytest.raises(cr.ShapeError, match=r"\(batch, time, 4\)"):
        kind(INPUTS, HIDDEN, batch_first=True, random=0)(x[:, :, 1:])
    with pytest.raises(cr.ShapeError, match=r"state of . tensor\(s\) of shape \(1, 3, 2\)"):
        layer(x, np.zeros((2, BATCH, HIDDEN)))
    with pytest.raises(cr.ShapeError, match=r"lengths were given with shape \(2,\).*shape \(3,\)"):
        layer(x, lengths=np.array([1, 2]))
    with pytest.raises(cr.DTypeError, match="lengths were given as float64"):
        layer(x, lengths=np.ones(BATCH))


@every_cell
def test_what_does_not_fit_a_cell_is_named(kind):
    cell = kind(INPUTS, HIDDEN, random=0)
    with pytest.raises(cr.ShapeError, match="For whole sequences use the layer"):
        cell(sequences())
    with pytest.raises(cr.ShapeError, match=r"takes 4 inputs on the last axis.*\(3, 3\)"):
        cell(np.zeros((BATCH, 3)))
    with pytest.raises(cr.ShapeError, match=r"takes a state of . tensor\(s\) of shape \(3, 2\)"):
        cell(sequences()[0], np.zeros((BATCH, 5)))


@every_layer
def test_impossible_sizes_are_refused(kind):
    with pytest.raises(cr.ShapeError, match="given layers=0"):
        kind(INPUTS, HIDDEN, layers=0)
    with pytest.raises(cr.ShapeError, match="given hidden=0"):
        kind(INPUTS, 0)


class MinimalCell(cr.nn.Cell):
    """One gate that forgets and updates."""

    gates = 2

    def step(self, state, entering):
        forgetting, candidate = self.parts(entering + self.recur(state))
        kept = cr.sigmoid(forgetting)
        return kept * state + (1 - kept) * cr.tanh(candidate)


class Minimal(cr.nn.Recurrent):
    cell = MinimalCell


def test_a_cell_of_the_users_own_gets_layers_directions_and_lengths():
    layer = Minimal(INPUTS, HIDDEN, layers=2, bidirectional=True, random=0)
    outputs, state = layer(sequences(), lengths=LENGTHS)
    assert outputs.shape == (STEPS, BATCH, 2 * HIDDEN)
    assert state.shape == (4, BATCH, HIDDEN)
    assert layer.cells[0].weight_hh.shape == (2 * HIDDEN, HIDDEN)
    assert cr.check_gradients(lambda x: both(*layer(x, lengths=LENGTHS)), sequences()).ok


def test_a_cell_without_a_step_says_so():
    with pytest.raises(NotImplementedError, match="Define step"):
        cr.nn.Cell(2, 3)(np.zeros((1, 2)))


def test_sequence_mask_is_true_before_the_end():
    mask = cr.nn.sequence_mask(np.array([1, 3]), 3)
    np.testing.assert_array_equal(mask.value, [[True, False, False], [True, True, True]])
    with pytest.raises(cr.RangeError, match=r"Sequence 0 .* length 4"):
        cr.nn.sequence_mask([4, 1], 3)
