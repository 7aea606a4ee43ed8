"""Activations, scores and losses against PyTorch: values, gradients, extreme inputs, axes."""

import numpy as np
import pytest

import chainrule as cr
from against_torch import compare
from chainrule.ops import cross_entropy, hinge, max_margin, squared_error

torch = pytest.importorskip("torch")
functional = torch.nn.functional


@pytest.fixture
def random():
    return np.random.default_rng(21)


EXTREME = np.array([-1e4, -800.0, -30.0, -1.5, -0.25, 0.3, 2.0, 40.0, 800.0, 1e4])

ACTIVATIONS = {
    "sigmoid": (cr.sigmoid, torch.sigmoid),
    "tanh": (cr.tanh, torch.tanh),
    "hard_tanh": (cr.hard_tanh, functional.hardtanh),
    "relu": (cr.relu, torch.relu),
    "leaky_relu": (cr.leaky_relu, functional.leaky_relu),
    "leaky_relu(0.2)": (lambda x: cr.leaky_relu(x, 0.2), lambda x: functional.leaky_relu(x, 0.2)),
    "elu": (cr.elu, functional.elu),
    "elu(0.5)": (lambda x: cr.elu(x, 0.5), lambda x: functional.elu(x, 0.5)),
    "gelu": (cr.gelu, functional.gelu),
    "gelu(tanh)": (
        lambda x: cr.gelu(x, "tanh"),
        lambda x: functional.gelu(x, approximate="tanh"),
    ),
    "celu": (cr.celu, functional.celu),
    "celu(0.5)": (lambda x: cr.celu(x, 0.5), lambda x: functional.celu(x, 0.5)),
    "selu": (cr.selu, functional.selu),
    "relu6": (cr.relu6, functional.relu6),
    "softsign": (cr.softsign, functional.softsign),
    "mish": (cr.mish, functional.mish),
    # PyTorch's hardsigmoid has a slope of 1 / 6 in single precision.
    "hard_sigmoid": (cr.hard_sigmoid, lambda x: functional.relu6(x + 3) / 6),
    "hard_swish": (cr.hard_swish, functional.hardswish),
    "hard_shrink": (cr.hard_shrink, functional.hardshrink),
    "soft_shrink": (cr.soft_shrink, functional.softshrink),
    "glu": (cr.glu, functional.glu),
    "silu": (cr.silu, functional.silu),
    "softplus": (cr.softplus, lambda x: functional.softplus(x, threshold=1e9)),
    "log_sigmoid": (cr.log_sigmoid, functional.logsigmoid),
    "clip": (lambda x: cr.clip(x, -1, 0.5), lambda x: torch.clamp(x, -1, 0.5)),
    "erf": (cr.erf, torch.erf),
    "expm1": (lambda x: cr.expm1(cr.minimum(x, 1)), lambda x: torch.expm1(torch.clamp(x, max=1))),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_at_small_and_extreme_inputs(name):
    ours, theirs = ACTIVATIONS[name]
    # PyTorch's softplus overflows where its threshold does not cut in.
    points = EXTREME[EXTREME < 700] if name == "softplus" else EXTREME
    compare(ours, theirs, points, atol=1e-15)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_keeps_float32_and_stays_finite(name):
    ours, _ = ACTIVATIONS[name]
    x = cr.input("x", value=EXTREME.astype("float32"))
    (gradient,) = cr.gradients(ours(x).sum(), [x])
    assert ours(x).dtype == gradient.dtype == cr.float32
    assert np.isfinite(ours(x).value).all()
    assert np.isfinite(gradient.value).all()


def test_softplus_is_its_input_where_exp_overflows():
    x = cr.input("x", value=np.array([1e4, -1e4]))
    np.testing.assert_array_equal(cr.softplus(x).value, [1e4, 0.0])
    np.testing.assert_array_equal(cr.gradients(cr.softplus(x).sum(), [x])[0].value, [1.0, 0.0])


@pytest.mark.parametrize(
    ("ours", "at", "slope"),
    [
        (cr.relu, 0.0, 0.0),
        (cr.leaky_relu, 0.0, 0.01),
        (cr.elu, 0.0, 1.0),
        (cr.abs, 0.0, 0.0),
        (cr.sign, 0.5, 0.0),
        (lambda x: cr.maximum(x, 1.0), 1.0, 0.0),
        (lambda x: cr.minimum(x, 1.0), 1.0, 0.0),
        (lambda x: cr.maximum(1.0, x), 1.0, 1.0),
        (cr.hard_tanh, 1.0, 0.0),
        (cr.hard_tanh, -1.0, 0.0),
    ],
)
def test_the_stated_gradient_at_a_kink(ours, at, slope):
    """Of two equal operands the second wins; PyTorch shares half and half, and clamp passes."""
    assert cr.grad(lambda x: ours(x) + 0.0 * x)(at).item() == slope


def test_maximum_of_a_tensor_with_itself_passes_the_gradient_once():
    assert cr.grad(lambda x: cr.maximum(x, x))(3.0).item() == 1.0


def test_prelu_learns_its_slope(random):
    x = random.normal(size=(4, 3))
    slope = np.array([0.1, 0.25, 0.5])
    compare(cr.prelu, lambda x, slope: torch.where(x > 0, x, x * slope), x, slope)


def test_maxout_takes_the_largest_of_neighbours():
    x = cr.input("x", value=np.array([[1.0, 5.0, 2.0, 0.0, 3.0, 3.0]]))
    y = cr.maxout(x, 2)
    np.testing.assert_array_equal(y.value, [[5.0, 2.0, 3.0]])
    (gradient,) = cr.gradients(y.sum(), [x])
    np.testing.assert_array_equal(gradient.value, [[0, 1, 1, 0, 1, 0]])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_compiled_is_eager_and_passes_the_gradient_check(name):
    ours, _ = ACTIVATIONS[name]
    x = cr.input("x", value=np.linspace(-3.3, 3.4, 14))

    def with_gradient(x):
        return ours(x), *cr.gradients(ours(x).sum(), [x])

    step = cr.compile(with_gradient)
    for native, eager in zip(step(x.value), with_gradient(x), strict=True):
        np.testing.assert_allclose(native.value, eager.value, rtol=1e-12, atol=1e-13)
    assert cr.check_gradients(ours, x.value).ok


def test_activations_say_what_does_not_fit():
    with pytest.raises(cr.ShapeError, match=r"glu was given .* shape \(2, 3\).*even"):
        cr.glu(np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"gelu was given approximate='erf'"):
        cr.gelu(np.zeros(2), "erf")
    with pytest.raises(ValueError, match=r"celu was given alpha=0"):
        cr.celu(np.zeros(2), 0)


@pytest.mark.parametrize(("shape", "pieces"), [((2, 5), 2), ((), 1), ((4,), 0)])
def test_maxout_names_the_axis_that_does_not_divide(shape, pieces):
    with pytest.raises(cr.ShapeError, match=f"maxout was asked for groups of {pieces}"):
        cr.maxout(np.zeros(shape), pieces)


SCORES = {
    "random": np.random.default_rng(23).normal(size=(2, 3, 4)),
    "large": np.random.default_rng(24).normal(size=(2, 3, 4)) * 1e4,
    "equal": np.full((2, 3, 4), 7.0),
    "one masked": np.where(np.eye(3, 4, dtype=bool), -np.inf, 1.0) + np.zeros((2, 3, 4)),
}
SCALES = {
    "softmax": (cr.softmax, torch.softmax),
    "log_softmax": (cr.log_softmax, torch.log_softmax),
    "logsumexp": (cr.logsumexp, torch.logsumexp),
}


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("scores", SCORES)
@pytest.mark.parametrize("name", SCALES)
def test_scores_on_a_common_scale(name, scores, axis):
    ours, theirs = SCALES[name]
    compare(lambda x: ours(x, axis), lambda x: theirs(x, axis), SCORES[scores], atol=1e-10)


def test_logsumexp_keeps_its_axis_on_request():
    assert cr.logsumexp(np.zeros((2, 3)), axis=0, keepdims=True).shape == (1, 3)


def test_a_row_in_which_all_is_masked():
    """No probability can be given, so softmax is NaN, as in PyTorch; logsumexp is -inf."""
    masked = np.full(3, -np.inf)
    assert np.isnan(cr.softmax(masked).value).all()
    assert cr.logsumexp(masked).item() == -np.inf


@pytest.mark.parametrize("name", SCALES)
def test_scores_have_second_derivatives(name, random):
    ours, theirs = SCALES[name]
    x = random.normal(size=(2, 3))
    found = cr.hessian(lambda x: (ours(x, -1) ** 3).sum())(x)
    wanted = torch.autograd.functional.hessian(
        lambda x: (theirs(x, -1) ** 3).sum(), torch.tensor(x)
    )
    np.testing.assert_allclose(found.value, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("affine", [False, True])
def test_layer_norm(affine, random):
    x = random.normal(size=(2, 3, 5)) * 3 + 1
    more = [random.normal(size=5), random.normal(size=5)] if affine else []
    compare(cr.layer_norm, lambda x, *wb: functional.layer_norm(x, (5,), *wb), x, *more, atol=1e-10)


def test_layer_norm_of_equal_elements_is_finite():
    compare(cr.layer_norm, lambda x: functional.layer_norm(x, (4,)), np.full((2, 4), 3.0))


# -- losses ------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_cross_entropy(scale, random):
    scores, labels = random.normal(size=(6, 4)) * scale, random.integers(0, 4, 6)
    compare(
        lambda s: cross_entropy(s, labels),
        lambda s: functional.cross_entropy(s, torch.tensor(labels)),
        scores,
    )


def test_the_gradient_of_cross_entropy_is_p_minus_y(random):
    scores = cr.input("scores", value=random.normal(size=(2, 3, 4)))
    labels = random.integers(0, 4, (2, 3))
    (gradient,) = cr.gradients(cross_entropy(scores, labels), [scores])
    wanted = (cr.softmax(scores).value - np.eye(4)[labels]) / 6
    np.testing.assert_allclose(gradient.value, wanted, rtol=1e-12, atol=1e-15)


def test_cross_entropy_of_one_position_and_float32_labels_in_int32():
    scores = np.array([1.0, 2.0, 3.0], np.float32)
    loss = cross_entropy(scores, np.array(2, np.int32))
    assert (loss.shape, loss.dtype) == ((), cr.float32)


def test_hinge(random):
    scores, labels = random.normal(size=(6, 4)), random.integers(0, 4, 6)
    # PyTorch divides by the number of classes as well.
    compare(
        lambda s: hinge(s, labels),
        lambda s: functional.multi_margin_loss(s, torch.tensor(labels)) * 4,
        scores,
    )


def test_max_margin(random):
    compare(
        max_margin,
        lambda s, c: functional.margin_ranking_loss(s, c, torch.ones(7), margin=1.0),
        random.normal(size=7),
        random.normal(size=7),
    )


def test_squared_error(random):
    compare(
        squared_error, functional.mse_loss, random.normal(size=(3, 2)), random.normal(size=(3, 2))
    )


@pytest.mark.parametrize("loss", [cross_entropy, hinge])
def test_losses_of_classes_say_what_does_not_fit(loss):
    with pytest.raises(cr.DTypeError, match=r"integer labels but was given float64.*astype"):
        loss(np.zeros((2, 3)), np.zeros(2))
    with pytest.raises(cr.ShapeError, match=r"scores \[2, 3\] and labels \[3\]"):
        loss(np.zeros((2, 3)), np.zeros(3, int))
    with pytest.raises(cr.ShapeError, match=r"scores \[\] and labels \[\]"):
        loss(np.zeros(()), np.zeros((), int))
    with pytest.raises(cr.RangeError, match=r"the label 3 at position \(1,\).*have 3 classes"):
        loss(np.zeros((2, 3)), np.array([0, 3]))


def test_squared_error_refuses_to_broadcast():
    with pytest.raises(cr.ShapeError, match=r"predictions \[3, 1\] and targets \[3\]"):
        squared_error(np.zeros((3, 1)), np.zeros(3))
