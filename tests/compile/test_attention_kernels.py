"""Attention of compiled functions is that of eager code, at edges of blocks, without weights."""

import re

import numpy as np
import pytest

import chainrule as cr
import native
from chainrule.compile.lower import thread_split
from chainrule.ops.attending.attention import attention
from chainrule.ops.attending.attention_gates import ATTENTION, ATTENTION_GRADIENTS
from chainrule.ops.attending.weight_dropout import WeightDropout

pytestmark = pytest.mark.native
RANDOM = np.random.default_rng(0)


def operands_of(form, dtype, batch, heads, queries, keys, width):
    """Return projections: of all three in one, of queries apart, or each apart."""
    shapes = {
        "joint": [(queries, 3)],
        "cross": [(queries, 1), (keys, 2)],
        "apart": [(queries, 1), (keys, 1), (keys, 1)],
    }[form]
    return [
        RANDOM.normal(size=(batch, tokens, parts, heads, width)).astype(dtype)
        for tokens, parts in shapes
    ]


def key_mask(batch, keys):
    """Return bools of keys; those of the last sequence are all hidden."""
    mask = RANDOM.random((batch, 1, 1, keys)) > 0.5
    mask[-1] = False
    return mask


def pair_mask(batch, heads, queries, keys):
    """Return bools of pairs; the first query of the last sequence reads nothing."""
    mask = RANDOM.random((batch, heads, queries, keys)) > 0.5
    mask[-1, :, 0] = False
    return mask


def added(batch, heads, queries, keys):
    """Return floats that are added to scores, some of them -inf."""
    mask = pair_mask(batch, heads, queries, keys)
    return np.where(mask, RANDOM.normal(size=mask.shape), -np.inf)


EDGES = {
    "one token": ("joint", "float32", 1, 1, 1, 1, 1),
    "fewer than a vector": ("joint", "float32", 2, 3, 5, 5, 3),
    "whole blocks": ("joint", "float32", 2, 2, 64, 64, 64),
    "one beyond a block": ("joint", "float32", 1, 2, 65, 65, 17),
    "two blocks of queries": ("joint", "float32", 1, 1, 129, 129, 33),
    "two blocks of keys": ("cross", "float32", 2, 1, 3, 130, 48),
    "one query": ("apart", "float32", 3, 2, 1, 31, 8),
    "one key": ("cross", "float32", 2, 2, 40, 1, 16),
    "wide": ("apart", "float32", 1, 1, 20, 9, 100),
    "whole blocks of float64": ("joint", "float64", 2, 2, 32, 32, 32),
    "ragged float64": ("cross", "float64", 1, 3, 37, 70, 11),
}
SIZES = (2, 2, 35, 20)
MASKS = {
    "keys": lambda b, h, q, k: [key_mask(b, k)],
    "pairs": lambda b, h, q, k: [pair_mask(1, 1, q, k)],
    "pairs of each sequence": lambda b, h, q, k: [pair_mask(b, 1, q, k)],
    "pairs of each head": lambda b, h, q, k: [pair_mask(1, h, q, k)],
    "added": lambda b, h, q, k: [added(1, h, q, k)],
    "added to keys": lambda b, h, q, k: [added(b, 1, 1, k)],
    "all": lambda b, h, q, k: [key_mask(b, k), pair_mask(b, h, q, k), added(1, 1, q, k)],
}


def dropout(share=0.6, key=(5, 2**33 + 9)):
    return WeightDropout(cr.asarray(np.array(key, np.int64)), share)


def as_eager(operands, masks=(), causal=False, drawn=None):
    """Compare a compiled call and its gradients with the eager ones."""
    dtype, width = operands[0].dtype, operands[0].shape[-1]
    masks = [each.astype(dtype) if each.dtype.kind == "f" else each for each in masks]

    def build(*given):
        read = [cr.asarray(each) for each in masks]
        return attention(given, read, causal, 1 / np.sqrt(width), drawn)

    tolerance = 2e-5 if dtype == np.float32 else 1e-12
    if drawn is not None:
        tolerance *= 4  # sums of products with weights that are 1 / share times as large cancel
    return native.compare(build, *operands, tolerance=tolerance)


@pytest.mark.parametrize("causal", [False, True], ids=["all", "causal"])
@pytest.mark.parametrize("case", EDGES.values(), ids=EDGES)
def test_attention_at_the_edges_of_blocks_is_that_of_eager_code(case, causal):
    as_eager(operands_of(*case), causal=causal)


@pytest.mark.parametrize("causal", [False, True], ids=["all", "causal"])
@pytest.mark.parametrize("make", MASKS.values(), ids=MASKS)
def test_masks_are_those_of_eager_code(make, causal):
    as_eager(operands_of("cross", "float64", *SIZES, 7), make(*SIZES), causal)


@pytest.mark.parametrize("causal", [False, True], ids=["all", "causal"])
@pytest.mark.parametrize("case", EDGES.values(), ids=EDGES)
def test_dropout_at_the_edges_of_blocks_draws_the_numbers_of_eager_code(case, causal):
    as_eager(operands_of(*case), causal=causal, drawn=dropout())


@pytest.mark.parametrize("make", MASKS.values(), ids=MASKS)
def test_dropout_goes_with_masks(make):
    as_eager(operands_of("joint", "float64", 2, 2, 35, 35, 7), make(2, 2, 35, 35), True, dropout())


@pytest.mark.parametrize("keys", [125, 126, 127, 128, 129, 130, 131])
def test_dropout_draws_the_same_numbers_wherever_rows_begin(keys):
    as_eager(operands_of("cross", "float32", 2, 2, 17, keys, 5), drawn=dropout())


@pytest.mark.parametrize("share", [0.0, 1e-12, 2.0**-32, 0.5, 1 - 1e-12, 1.0])
def test_every_share_of_weights_may_be_kept(share):
    x = operands_of("joint", "float64", 1, 2, 9, 9, 4)
    found = cr.compile(lambda x: attention([x], [], False, 0.5, dropout(share)))(x[0]).value
    np.testing.assert_allclose(found, attention(x, [], False, 0.5, dropout(share)).value, 1e-12)
    assert found.any() == (share > 0.4)


@pytest.mark.parametrize("drawn", [None, dropout()], ids=["all", "dropout"])
def test_the_gates_have_the_values_of_the_kernels_as_arrays_too(drawn):
    x = operands_of("joint", "float64", 2, 2, 7, 7, 3)[0]
    keys = [] if drawn is None else [drawn.key.value.reshape(1, 2)]
    options = {"count": 1, "causal": True, "scale": 0.5}
    options["share"] = None if drawn is None else drawn.share
    given = cr.input("x", value=x)
    wanted = attention([given], [], True, 0.5, drawn)
    kept = ATTENTION.numpy(x, *keys, **options)
    np.testing.assert_allclose(kept[: wanted.size], wanted.value.ravel(), rtol=1e-12, atol=1e-14)
    upstream = RANDOM.normal(size=wanted.shape)
    (gradient,) = cr.gradients((wanted * upstream).sum(), [given])
    found = ATTENTION_GRADIENTS.numpy(upstream, kept, x, *keys, **options)
    np.testing.assert_allclose(found, gradient.value.ravel(), rtol=1e-11, atol=1e-13)


def test_weights_far_below_the_largest_are_zero_not_noise():
    x = np.random.default_rng(0).normal(size=(1, 20, 3, 1, 4)).astype("float32") * 30
    as_eager([x])


@pytest.mark.parametrize("tokens", [0, 4])
def test_nothing_to_compute_is_left_to_the_composite_form(tokens):
    x = np.zeros((0, tokens, 3, 2, 4))
    step = cr.compile(lambda x: attention([x], [], False, 1.0) if tokens else x)
    assert step(x).shape[0] == 0


def compared(function, *arrays):
    found = cr.compile(function)(*arrays)
    wanted = function(*(cr.input(f"x{i}", value=each) for i, each in enumerate(arrays)))
    for ours, theirs in zip(native.flat(found), native.flat(wanted), strict=True):
        np.testing.assert_allclose(ours.value, theirs.value, rtol=1e-11, atol=1e-11)


X = RANDOM.normal(size=(2, 5, 3, 2, 3))
UPSTREAM, DIRECTION = RANDOM.normal(size=(2, 5, 2, 3)), RANDOM.normal(size=X.shape)
BIAS, SHOWN = RANDOM.normal(size=(1, 2, 5, 5)), key_mask(2, 5)


def weighed(x, bias=BIAS, drawn=None):
    return attention([x], [cr.asarray(SHOWN), cr.asarray(bias)], True, 0.5, drawn) * UPSTREAM


def gradients_of_squares(*given, drawn=None):
    found = cr.gradients(weighed(*given, drawn=drawn).sum(), given)
    return tuple(cr.gradients(sum((each * each).sum() for each in found), given))


DERIVATIVES = {
    "of an added mask": lambda *given: tuple(cr.gradients(weighed(*given).sum(), given)),
    "of an added mask, with dropout": lambda *given: tuple(
        cr.gradients(weighed(*given, drawn=dropout()).sum(), given)
    ),
    "second": gradients_of_squares,
    "second, with dropout": lambda *given: gradients_of_squares(*given, drawn=dropout()),
    "forward": lambda x, bias: cr.jvp(lambda x: weighed(x, bias), (x,), (DIRECTION,))[1],
}


@pytest.mark.parametrize("function", DERIVATIVES.values(), ids=DERIVATIVES)
def test_derivatives_are_those_of_eager_code(function):
    compared(function, X, BIAS)


@pytest.mark.parametrize("form", ["joint", "cross", "apart"])
def test_second_derivatives_of_all_forms_are_those_of_eager_code(form):
    def function(*given):
        y = attention(given, [], False, 0.5)
        first = cr.gradients((y * y).sum(), given)
        return tuple(cr.gradients(sum((each * each).sum() for each in first), given))

    compared(function, *operands_of(form, "float64", 2, 2, 4, 3, 3))


KEYS = np.array([[1, 2], [3, 4], [-5, 6]])
BATCHES = {
    "values": lambda x: cr.vmap(weighed)(x),
    "gradients of examples": lambda x: cr.vmap(cr.grad(lambda x: weighed(x).sum()))(x),
    "values with dropout": lambda x: cr.vmap(lambda x: weighed(x, drawn=dropout()))(x),
    "gradients with dropout": lambda x: cr.vmap(
        cr.grad(lambda x: weighed(x, drawn=dropout()).sum())
    )(x),
    "gradients with a key for each": lambda x: cr.vmap(
        cr.grad(lambda x, key: weighed(x, drawn=WeightDropout(key, 0.7)).sum())
    )(x, KEYS),
    "gradient of a batch": lambda x: cr.gradients((cr.vmap(weighed)(x) ** 2).sum(), [x])[0],
}


@pytest.mark.parametrize("function", BATCHES.values(), ids=BATCHES)
def test_maps_over_examples_are_those_of_eager_code(function):
    compared(function, RANDOM.normal(size=(3, *X.shape)))


def test_compiled_attention_passes_the_gradient_check():
    assert cr.check_gradients(cr.compile(weighed), X).ok


def test_a_hidden_key_may_hold_anything():
    visible = np.moveaxis(SHOWN, 3, 1)[..., None]
    filled = np.where(visible, X, np.nan)
    filled[:, :, :1] = X[:, :, :1]

    def function(x):
        y = attention([x], [cr.asarray(SHOWN)], False, 0.5)
        return y, cr.gradients((y * UPSTREAM).sum(), [x])[0]

    for found, wanted in zip(*(cr.compile(function)(x) for x in (filled, X)), strict=True):
        np.testing.assert_array_equal(found.value, wanted.value)
    assert not cr.compile(function)(X)[0].value[-1].any()


def test_nan_in_a_query_stays_in_its_row():
    x = X.copy()
    x[0, 2, 0] = np.nan
    found = cr.compile(lambda x: attention([x], [], False, 0.5))(x).value
    assert np.isnan(found[0, 2]).all()
    assert np.isfinite(np.delete(found, 2, 1)).all()


def megabytes(tokens, drawn):
    x = np.zeros((1, tokens, 3, 2, 16), "float32")
    step = cr.compile(lambda x: cr.gradients(attention([x], [], True, 0.25, drawn).sum(), [x])[0])
    step(x)
    report = step.report()
    assert "product" not in report
    assert "on the reference evaluator: nothing" in report
    return float(re.search(r"memory: ([\d.]+) MB", report)[1])


@pytest.mark.parametrize("drawn", [None, dropout()], ids=["all", "dropout"])
def test_memory_grows_with_the_tokens_not_with_their_square(drawn):
    short, long = megabytes(1024, drawn), megabytes(4096, drawn)
    assert long < 4.5 * short
    assert long < 4096 * 4096 * 4 / 1e6


@pytest.mark.parametrize("drawn", [None, dropout()], ids=["all", "dropout"])
@pytest.mark.parametrize("heads", [1, 3])
def test_halves_have_the_bits_of_the_whole(monkeypatch, heads, drawn):
    x = RANDOM.normal(size=(1, 140, 3, heads, 24)).astype("float32")

    def bits():
        step = cr.compile(
            lambda x: cr.gradients(attention([x], [], True, 0.2, drawn).sum(), [x])[0]
        )
        return step(x).value.tobytes()

    halves = bits()
    monkeypatch.setattr(thread_split, "_WORTHWHILE_FLOPS", 10**12)
    assert bits() == halves
