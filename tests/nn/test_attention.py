"""Attention reads what it may, and nothing else; the encoder and positions around it."""

import re

import numpy as np
import pytest

import chainrule as cr
import native

BATCH, TOKENS, SIZE, HEADS = 3, 5, 6, 2
KEY_MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 1, 1, 1, 0]], bool)
NOTHING = np.array([[1] * 5, [0] * 5, [1] * 5], bool)


def tokens(dtype="float64", count=TOKENS):
    return np.random.default_rng(0).normal(size=(BATCH, count, SIZE)).astype(dtype)


def attention(**options):
    return cr.nn.MultiHeadAttention(SIZE, HEADS, random=0, **options)


def encoder(**options):
    return cr.nn.TransformerEncoder(2, SIZE, HEADS, 7, random=0, **{"dropout": 0.0} | options)


MODELS = {
    "attention": attention,
    "attention without bias": lambda **options: attention(bias=False, **options),
    "encoder": lambda **options: encoder(activation=cr.gelu, **options),
    "encoder, norm first": lambda **options: encoder(norm_first=True, **options),
}
every_model = pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)


@every_model
@pytest.mark.parametrize("key_mask", [None, KEY_MASK, NOTHING], ids=["all", "masked", "nothing"])
def test_every_model_passes_the_gradient_check(make, key_mask):
    """A bias of the keys moves no weight, so that what is measured there is rounding alone."""
    model = make()
    report = cr.check_gradients(
        lambda x: model(x, key_mask=key_mask, causal=True), tokens(), tolerance=1e-4
    )
    assert report.ok


def test_cross_attention_passes_the_gradient_check():
    assert cr.check_gradients(attention(), tokens(), tokens(count=4), tokens(count=4) * 2).ok


@pytest.mark.native
@every_model
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("mask", [KEY_MASK, NOTHING], ids=["masked", "nothing"])
def test_compiled_models_are_the_eager_ones(make, dtype, mask):
    model = make(dtype=dtype)
    native.compare(
        lambda x, mask: model(x, key_mask=mask, causal=True),
        *(tokens(dtype), mask),
        parameters=model.parameters(),
        tolerance=1e-4 if dtype == "float32" else 1e-10,
    )


@pytest.mark.native
def test_lengths_of_a_compiled_call_become_the_mask():
    model = attention()
    step = cr.compile(lambda x, n: model(x, key_mask=cr.nn.sequence_mask(n, TOKENS)))
    wanted = model(tokens(), key_mask=np.arange(TOKENS) < np.array([[2], [5], [1]]))
    found = step(tokens(), np.array([2, 5, 1]))
    np.testing.assert_allclose(found.value, wanted.value, rtol=1e-4, atol=1e-6)
    with pytest.raises(cr.RangeError):
        step(tokens(), np.array([2, 6, 1]))


@pytest.mark.native
def test_masks_of_pairs_cost_no_step_of_their_own():
    """They are applied where scores become weights; `key_mask` hides the values beside."""
    model = attention()

    def steps(function):
        @cr.compile
        def step(x, mask):
            y = function(x, mask)
            return tuple(cr.gradients((y * y).sum(), model.parameters()))

        step(tokens("float32"), KEY_MASK)
        counts = re.findall(r"(\d+) (product|fused kernel|strided copy|single gate)", step.report())
        return {name: int(count) for count, name in counts}

    unmasked = steps(lambda x, mask: model(x))
    assert steps(lambda x, mask: model(x, causal=True)) == unmasked
    hidden = steps(lambda x, mask: model(x, key_mask=mask))
    assert hidden["product"] == unmasked["product"]
    more = hidden["fused kernel"] - unmasked["fused kernel"]
    assert more <= 2  # of the values, and of their gradient


def test_nan_in_padding_does_not_reach_visible_tokens():
    model = attention(dtype="float64")
    x = np.where(KEY_MASK[..., None], tokens(), np.nan)
    wanted = model(tokens(), key_mask=KEY_MASK).value[KEY_MASK]
    np.testing.assert_array_equal(model(x, key_mask=KEY_MASK).value[KEY_MASK], wanted)


def test_a_query_that_may_read_nothing_gets_the_bias_of_the_output():
    model = attention(dtype="float64")
    model.out_proj.bias.assign(np.arange(float(SIZE)))
    x = cr.input("x", value=tokens())
    y = model(x, key_mask=NOTHING)
    np.testing.assert_array_equal(y.value[1], np.tile(np.arange(float(SIZE)), (TOKENS, 1)))
    assert not model.weights(x, key_mask=NOTHING).value[1].any()
    (gradient,) = cr.gradients((y * y).sum(), [x])
    assert np.isfinite(gradient.value).all()
    assert not gradient.value[1].any()
    assert gradient.value[0].any()


def test_no_gate_of_masked_attention_is_infinite():
    """So that `cr.find_nan` names real faults, not masks."""
    model = attention()
    graph = cr.Graph(model(cr.input("x", value=tokens()), key_mask=NOTHING, causal=True).sum())
    graph.forward()
    assert all(np.isfinite(each.value).all() for each in graph.gates)


def test_what_a_key_mask_hides_is_not_read():
    model, x = attention(), tokens()
    changed = np.where(KEY_MASK[..., None], x, 100.0)
    found, wanted = model(x, changed, key_mask=KEY_MASK), model(x, x, key_mask=KEY_MASK)
    np.testing.assert_array_equal(found.value, wanted.value)


def test_causal_attention_reads_the_past_only():
    model, x = attention(), tokens()
    later = x.copy()
    later[:, 3:] = 9.0
    found, wanted = model(later, causal=True), model(x, causal=True)
    np.testing.assert_array_equal(found.value[:, :3], wanted.value[:, :3])
    assert (found.value[:, 3:] != wanted.value[:, 3:]).any()


def test_weights_of_a_query_sum_to_one():
    weights = attention().weights(tokens(), key_mask=KEY_MASK)
    assert weights.shape == (BATCH, HEADS, TOKENS, TOKENS)
    np.testing.assert_allclose(weights.value.sum(-1), 1, rtol=1e-5)


@every_model
def test_dropout_works_in_training_and_is_off_in_inference(make):
    model, x = make(dropout=0.5), tokens("float32")
    assert (model(x).value != model(x).value).any()
    model.eval()
    np.testing.assert_array_equal(model(x).value, model(x).value)
    without = make(dropout=0.0)
    without.load_state(model.state())
    np.testing.assert_array_equal(model(x).value, without(x).value)


@pytest.mark.native
@every_model
def test_dropout_of_a_compiled_model_draws_new_numbers(make):
    model = make(dropout=0.5)
    step = cr.compile(lambda x: model(x))
    assert (step(tokens("float32")).value != step(tokens("float32")).value).any()
    assert "on the reference evaluator: nothing" in step.report()


@pytest.mark.native
@pytest.mark.parametrize("probability", [0.0, 0.3, 1.0])
def test_dropout_of_a_compiled_model_draws_the_numbers_of_eager_code(probability):
    def trained():
        model = attention(dropout=0.5, dtype="float64")
        model.dropout.probability = probability

        def step(x):
            y = model(x, key_mask=KEY_MASK, causal=True)
            return (y, *cr.gradients((y * y).sum(), model.parameters()))

        return step

    eager, compiled = trained(), cr.compile(trained())
    for _ in range(2):
        for found, wanted in zip(compiled(tokens()), eager(tokens()), strict=True):
            np.testing.assert_allclose(found.value, wanted.value, rtol=1e-9, atol=1e-12)


def test_parameters_have_the_names_of_torch():
    names = list(encoder(norm_first=True).named_parameters())
    assert len(names) == 26
    assert "layers.0.self_attn.in_proj_weight" in names
    assert "layers.1.self_attn.out_proj.bias" in names
    assert {"layers.1.linear2.bias", "layers.0.norm1.weight", "norm.bias"} < set(names)


def test_layers_begin_with_values_of_their_own_and_the_same_from_the_same_seed():
    first, again = encoder(), encoder()
    weights = [each.linear1.weight.value for each in first.layers]
    assert (weights[0] != weights[1]).any()
    np.testing.assert_array_equal(weights[0], again.layers[0].linear1.weight.value)


def test_the_last_norm_is_there_where_layers_normalise_first_or_where_it_is_asked_for():
    assert encoder().norm is None
    assert encoder(norm=True).norm is not None
    assert encoder(norm_first=True).norm is not None
    assert encoder(norm_first=True, norm=False).norm is None


def test_attention_refuses_what_does_not_fit():
    model, x = attention(), tokens()
    with pytest.raises(cr.ShapeError, match=r"size 6 and 4 heads.*must divide"):
        cr.nn.MultiHeadAttention(6, 4)
    with pytest.raises(cr.ShapeError, match="given heads=0"):
        cr.nn.MultiHeadAttention(6, 0)
    with pytest.raises(
        cr.ShapeError,
        match=r"'in_proj_weight' takes a query of shape \(batch, tokens, 6\).*\(5, 6\)",
    ):
        model(x[0])
    with pytest.raises(cr.ShapeError, match=r"key of shape \(batch, tokens, 6\).*\(3, 5, 5\)"):
        model(x, x[:, :, 1:])
    with pytest.raises(cr.ShapeError, match="one batch, and every key has a value"):
        model(x, x, x[:, 1:])
    with pytest.raises(cr.ShapeError, match="one batch"):
        model(x, x[1:])
    with pytest.raises(cr.ShapeError, match=r"mask of shape \(4, 5\)"):
        model(x, mask=np.ones((4, 5), bool))
    with pytest.raises(cr.ShapeError, match=r"key_mask of shape \(3, 4\).*shape \(3, 5\)"):
        model(x, key_mask=np.ones((3, 4), bool))
    with pytest.raises(cr.DTypeError, match=r"mask of dtype int64\. Give bools or floats"):
        model(x, mask=np.ones((5, 5), int))
    with pytest.raises(cr.DTypeError, match=r"key_mask of dtype float64\. Give bools"):
        model(x, key_mask=np.ones((3, 5)))
    with pytest.raises(cr.ShapeError, match="no keys to read"):
        model(x, x[:, :0])
    with pytest.raises(cr.ShapeError, match="given feed_forward=0"):
        cr.nn.TransformerEncoderLayer(6, 2, 0)
    with pytest.raises(cr.ShapeError, match="given count=0"):
        cr.nn.TransformerEncoder(0, 6, 2)


def test_sinusoidal_positions_are_those_of_the_paper():
    found = cr.nn.sinusoidal_positions(50, 8)
    for p, i in ((0, 0), (7, 1), (49, 3)):
        angle = p / 10000 ** (2 * i / 8)
        np.testing.assert_allclose(found[p, 2 * i : 2 * i + 2], [np.sin(angle), np.cos(angle)])
    assert cr.nn.sinusoidal_positions(4, 5).shape == (4, 5)
    x = tokens("float32")
    y = cr.nn.SinusoidalPositions(SIZE)(x)
    assert y.dtype == cr.float32
    wanted = x + cr.nn.sinusoidal_positions(TOKENS, SIZE).astype("float32")
    np.testing.assert_array_equal(y.value, wanted)


def test_learned_positions_are_added_and_learned():
    layer = cr.nn.LearnedPositions(8, SIZE, random=0)
    x = tokens("float32")
    np.testing.assert_array_equal(layer(x).value, x + layer.weight.value[:TOKENS])
    assert cr.check_gradients(layer, x).ok
    (gradient,) = cr.gradients(layer(x).sum(), [layer.weight])
    np.testing.assert_array_equal(gradient.value.sum(1) != 0, np.arange(8) < TOKENS)


def test_positions_refuse_what_does_not_fit():
    with pytest.raises(cr.ShapeError, match="are for at most 4 tokens, but were given 5"):
        cr.nn.LearnedPositions(4, SIZE)(tokens())
    for layer in (cr.nn.LearnedPositions(8, 5), cr.nn.SinusoidalPositions(5)):
        with pytest.raises(cr.ShapeError, match=r"tokens, 5\), but was given float64"):
            layer(tokens())
