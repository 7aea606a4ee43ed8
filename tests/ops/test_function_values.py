"""Every public composite function has values here: formulas in NumPy, and numbers by hand.

A function that is exported (`chainrule/ops/exports`, `chainrule.nn`, `chainrule.random`) without a
row fails the first test. A row is also compiled, and its gradient is checked. Extreme inputs are
compared elsewhere.
"""

import inspect
import math
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.grad import check_graph

X = np.array([[-2.0, -0.5, 0.0], [0.3, 1.0, 2.5]])
Y = np.array([[0.5, -1.0, 2.0], [1.5, 0.2, -0.3]])
P = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]])
ROWS = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
IDS = np.array([2, 0, 2])
LABELS = np.array([2, 0])
IMAGE = np.arange(16.0).reshape(1, 1, 4, 4)
SIGMOID = 1 / (1 + np.exp(-X))
SOFTMAX = np.exp(X) / np.exp(X).sum(-1, keepdims=True)
LOGS = np.log(SOFTMAX)
SPECIAL = np.array([1.0, np.nan, np.inf, -np.inf])
ERF = np.vectorize(math.erf)


@dataclass
class Case:
    """One call of a function, and what it must return.

    of several results, `part` is the number of the one that is compared
    """

    name: str
    wanted: Any
    operands: tuple[Any, ...] = (X,)
    options: dict[str, Any] = field(default_factory=dict)
    part: int | None = None

    def result(self, module, *operands):
        found = getattr(module, self.name)(*operands, **self.options)
        return found if self.part is None else found[self.part]


def case(name, wanted, *operands, part=None, **options):
    return Case(name, wanted, operands or (X,), options, part)


ACTIVATIONS = [
    case("sigmoid", SIGMOID),
    case("log_sigmoid", np.log(SIGMOID)),
    case("relu", np.maximum(X, 0)),
    case("relu6", np.clip(4 * X, 0, 6), 4 * X),
    case("leaky_relu", np.where(X > 0, X, 0.01 * X)),
    case("prelu", np.where(X > 0, X, [0.1, 0.2, 0.3] * X), X, [0.1, 0.2, 0.3]),
    case("elu", np.where(X > 0, X, np.exp(X) - 1)),
    case("celu", np.where(X > 0, X, 2 * (np.exp(X / 2) - 1)), X, 2.0),
    case("selu", 1.0507009873554805 * np.where(X > 0, X, 1.6732632423543772 * (np.exp(X) - 1))),
    case("gelu", X * (1 + ERF(X / np.sqrt(2))) / 2),
    case("gelu", X * (1 + np.tanh(np.sqrt(2 / np.pi) * (X + 0.044715 * X**3))) / 2, X, "tanh"),
    case("silu", X * SIGMOID),
    case("softplus", np.log1p(np.exp(X))),
    case("softsign", X / (1 + np.abs(X))),
    case("mish", X * np.tanh(np.log1p(np.exp(X)))),
    case("glu", X[:, :1] / (1 + np.exp(-X[:, 1:2])), X[:, :2]),
    case("maxout", [[2.0], [4.0], [6.0]], ROWS, 2),
    case("hard_tanh", np.clip(X, -1, 1)),
    case("hard_sigmoid", np.clip(X / 6 + 0.5, 0, 1)),
    case("hard_swish", X * np.clip(X / 6 + 0.5, 0, 1)),
    case("hard_shrink", [[-2.0, 0.0, 0.0], [0.0, 1.0, 2.5]]),
    case("soft_shrink", [[-1.5, 0.0, 0.0], [0.0, 0.5, 2.0]]),
    case("clip", np.clip(X, -1, 0.5), X, -1, 0.5),
]

NORMALISED = [
    case("softmax", SOFTMAX),
    case("log_softmax", LOGS),
    case("logsumexp", np.log(np.exp(X).sum(-1))),
    case("layer_norm", (X - X.mean(-1, keepdims=True)) / np.sqrt(X.var(-1) + 1e-5)[:, None]),
    case(
        "batch_norm",
        2 * (X - [1.0, 0.0, -1.0]) / np.sqrt(np.array([1.0, 4.0, 9.0]) + 1e-5) + 3,
        X,
        [1.0, 0.0, -1.0],
        [1.0, 4.0, 9.0],
        [2.0] * 3,
        [3.0] * 3,
    ),
    case(
        "local_response_norm",
        X / (1 + 0.5 / 3 * np.array([[4.25, 4.25, 0.25], [1.09, 7.34, 7.25]])) ** 0.75,
        X,
        3,
        alpha=0.5,
    ),
    case("norm", np.sqrt((X**2).sum(-1)), X, axis=-1),
    case("norm", np.abs(X).sum(), X, 1),
    case("norm", (np.abs(X) ** 3).sum(0) ** (1 / 3), X, 3, 0),
    case("norm", [2.0, 2.5], X, np.inf, 1),
]

REDUCED = [
    case("sum", X.sum(0), X, 0),
    case("mean", X.mean(1, keepdims=True), X, 1, keepdims=True),
    case("prod", X.prod(1), X, 1),
    case("var", X.var(0, ddof=1), X, 0, 1),
    case("std", X.std(1), X, 1),
    case("max", [0.3, 1.0, 2.5], X, 0),
    case("min", [-2.0, 0.3], X, 1),
    case("argmax", [2, 2], X, 1),
    case("argmin", 0, X),
    case("cumulative_sum", np.cumsum(X, 1), X, 1),
    case("all", [False, True], X, 1),
    case("any", [False, True], [[0.0, 0.0], [0.0, 2.0]], 1),
    case("isnan", [False, True, False, False], SPECIAL),
    case("isinf", [False, False, True, True], SPECIAL),
    case("isfinite", [True, False, False, False], SPECIAL),
]

MOVED = [
    case("reshape", X.reshape(3, 2), X, (3, -1)),
    case("permute_dims", X.T, X, (1, 0)),
    case("broadcast_to", [[1.0, 2.0], [1.0, 2.0]], [1.0, 2.0], (2, 2)),
    case("concat", np.concatenate([X, Y], 1), [X, Y], 1),
    case("stack", np.stack([X, Y], 1), [X, Y], 1),
    case("expand_dims", X[:, None], X, 1),
    case("squeeze", X, X[:, None]),
    case("flip", X[:, ::-1], X, 1),
    case("pad", [0.0, 1.0, 2.0, 0.0, 0.0], [1.0, 2.0], [(1, 2)]),
    case("astype", [-2, 0, 0], X[0], "int64"),
    case("asarray", [1, 2], [1, 2]),
    case("windows", [[1, 2], [2, 3]], [1, 2, 3], (2,)),
]

ROWS_TAKEN = [
    case("take", ROWS[IDS], ROWS, IDS),
    case("take_along_axis", [[2.0], [3.0], [6.0]], ROWS, [[1], [0], [1]]),
    case("add_rows", [[3.0, 4.0], [0.0, 0.0], [6.0, 8.0]], ROWS, IDS, 3),
    case("add_along_axis", [[1.0, 0.0], [0.0, 2.0]], [[1.0], [2.0]], [[0], [1]], 2),
    case("first_occurrence", [0, 1, 0], IDS),
    case("one_hot", [[0, 0, 1], [1, 0, 0], [0, 0, 1]], IDS, 3),
    case("put", [[1.0, 2.0], [3.0, 4.0], [0.0, 0.0]], ROWS, 2, 0.0),
]

U = np.array([0.1, 0.45, 0.6, 0.99])
PAIR = (
    np.array([[-1.5, 0.0, 2.0], [800.0, 1.0, -0.5]]),
    np.array([[0.5, 0.0, -0.0], [1.0, -2, 3.0]]),
)
SINC = np.array([0.0, 0.1, -0.3, 0.32, 0.5, 2.0])
ELEMENTS = [
    case("square", X**2),
    case("rsqrt", 1 / np.sqrt(U), U),
    case("frac", [[-0.0, -0.5, 0.0], [0.3, 0.0, 0.5]]),
    case("float_power", [0.5, 9.0], [2.0, 3.0], [-1, 2]),
    case("deg2rad", np.deg2rad(X)),
    case("rad2deg", np.rad2deg(X)),
    case("sinc", np.sinc(SINC), SINC),
    case("logaddexp", np.logaddexp(*PAIR), *PAIR),
    case("logaddexp2", np.logaddexp2(*PAIR), *PAIR),
    case(
        "xlogy", [0.0, 0.0, 2 * np.log(3), -np.inf], [0.0, 0.0, 2.0, 1.0], [0.0, np.inf, 3.0, 0.0]
    ),
    case("logit", np.log(U / (1 - U)), U),
    case("logit", [np.log(1 / 3), np.log(0.45 / 0.55), np.log(1.5), np.log(3)], U, 0.25),
    case("copysign", np.copysign(*PAIR), *PAIR),
    case("heaviside", np.heaviside(*PAIR), *PAIR),
    *(case(name, X) for name in ("positive", "real", "conj")),
    case("imag", np.zeros((2, 3)), X.tolist()),
    case("fmax", [1.0, 2.0, 3.0], [1.0, np.nan, 3.0], [0.0, 2.0, np.nan]),
    case("fmin", [0.0, 2.0, 3.0], [1.0, np.nan, 3.0], [0.0, 2.0, np.nan]),
    case(
        "isclose",
        [True, False, True, False],
        [1.0, 1.0, np.inf, np.nan],
        [1 + 1e-6, 1.1, np.inf, 0],
    ),
    case("isclose", [True], [np.nan], [np.nan], equal_nan=True),
    case("allclose", True, X, X + 1e-9),
    case("isposinf", [False, False, True, False], SPECIAL),
    case("isneginf", [False, False, False, True], SPECIAL),
    case("nan_to_num", [1.0, 0.5, 7.0, -9.0], SPECIAL, 0.5, 7.0, -9.0),
    case("lerp", [[-0.75, -0.75, 1.0], [1.5, 0.2, -0.3]], X, Y, [[0.5], [1.0]]),
    case("addcmul", X + 2 * Y * 3, X, Y, 3.0, value=2),
    case("addcdiv", X - Y / (X + 3), X, Y, X + 3, value=-1),
    case("ldexp", [4.0, 0.0, 2.0**1000], [1.0, 0.0, 2.0**-1000], [2, 5000, 2000]),
]

PRODUCTS = [
    case("matmul", ROWS @ ROWS.T, ROWS, ROWS.T),
    case("vecdot", (X * Y).sum(-1), X, Y),
    case("outer", np.outer(X[0], Y[0]), X[0], Y[0]),
    case("convolve", [[[[10.0, 14.0], [26.0, 30.0]]]], IMAGE[..., :3, :3], np.ones((1, 1, 2, 2))),
    case("max_pool", [[[[5.0, 7.0], [13.0, 15.0]]]], IMAGE, 2),
    case("average_pool", [[[[2.5, 4.5], [10.5, 12.5]]]], IMAGE, 2),
]

FILLED = [
    case("zeros", np.zeros((2, 3)), (2, 3)),
    case("ones", np.ones(3), 3),
    case("empty", np.zeros((2, 0)), (2, 0)),
    case("full", np.full((2, 3), 0.5), (2, 3), 0.5),
    case("zeros_like", np.zeros((2, 3))),
    case("ones_like", np.ones((2, 3))),
    case("empty_like", np.zeros((2, 3))),
    case("full_like", np.full((2, 3), -2.0), X, -2),
    case("arange", [3, 5, 7], 3, 9, 2),
    case("linspace", [0.0, 0.25, 0.5, 0.75], 0, 1, 4, endpoint=False),
    case("linspace", np.linspace(X, Y, 3), X, cr.asarray(Y), 3),
    case("eye", np.eye(2, 3, 1), 2, 3, k=1),
    case("tril", np.tril(X, 1), X, 1),
    case("triu", np.triu(X)),
    case("meshgrid", np.meshgrid(X[0], Y[0], P[:, 0]), X[0], Y[0], P[:, 0]),
    case("meshgrid", np.meshgrid(X[0], Y[0, :2], indexing="ij"), X[0], Y[0, :2], indexing="ij"),
]

BOX = np.arange(24.0).reshape(2, 3, 4)
REARRANGED = [
    case("moveaxis", np.moveaxis(BOX, (0, 2), (-1, 0)), BOX, (0, 2), (-1, 0)),
    case("swapaxes", np.swapaxes(BOX, 0, -1), BOX, 0, -1),
    case("matrix_transpose", np.swapaxes(BOX, 1, 2), BOX),
    case("rot90", np.rot90(X)),
    case("rot90", np.rot90(BOX, 3, (2, 1)), BOX, 3, (2, 1)),
    case("rot90", np.rot90(X, -2), X, -2),
    case("flipud", X[::-1]),
    case("fliplr", X[:, ::-1]),
    case("ravel", X.ravel()),
    case("flatten", BOX.reshape(2, 12), BOX, 1),
    case("unflatten", BOX.reshape(2, 3, 2, 2), BOX, -1, (-1, 2)),
    case("broadcast_arrays", np.broadcast_arrays(X, Y[0]), X, Y[0]),
    case("atleast_1d", [2.0], np.array(2.0)),
    case("atleast_2d", X[:1], X[0]),
    case("atleast_3d", X[:, :, None]),
    case("split", [BOX[..., :2], BOX[..., 2:]], BOX, 2, -1),
    case("array_split", [[-2.0, -0.5], [0.0]], X[0], 2),
    case("array_split", [[-2.0], [-0.5, 0.0], []], X[0], [1, 5]),
    case("chunk", [[-2.0, -0.5], [0.0]], X[0], 2),
    case("hsplit", [X[:, :1], X[:, 1:]], X, [1]),
    case("vsplit", [X[:1], X[1:]], X, 2),
    case("dsplit", np.dsplit(BOX, 2), BOX, 2),
    case("unstack", list(BOX.transpose(1, 0, 2)), BOX, 1),
    case("hstack", np.hstack([X, Y]), [X, Y]),
    case("hstack", [1.0, 2.0, 3.0], [1.0, np.array([2.0, 3.0])]),
    case("vstack", np.vstack([X, Y[0]]), [X, Y[0]]),
    case("dstack", np.dstack([X, Y]), [X, Y]),
    case("column_stack", np.column_stack([X[:, 0], Y]), [X[:, 0], Y]),
    case("block_diag", [[1, 2, 0], [0, 0, 3], [0, 0, 4]], np.array([1.0, 2.0]), [[3.0], [4.0]]),
    case("cartesian_prod", [[1, 3], [1, 4], [2, 3], [2, 4]], np.array([1.0, 2.0]), [3.0, 4.0]),
    case("roll", np.roll(X, 4), X, 4),
    case("roll", np.roll(BOX, (1, -1), (0, 2)), BOX, (1, -1), (0, 2)),
    case("repeat", np.repeat(X, 2), X, 2),
    case("repeat", np.repeat(X, [0, 1, 3], 1), X, [0, 1, 3], 1),
    case("tile", np.tile(X, (2, 1, 2)), X, (2, 1, 2)),
    case("tile", np.tile(BOX, 2), BOX, 2),
    case("select", np.select([X > 1, X < 0], [X, Y], 7), [X > 1, X < 0], [X, Y], 7),
    case("narrow", X[:, 1:], X, 1, -2, 2),
    case("index_select", X[:, IDS], X, 1, IDS),
    case("masked_fill", np.where(X > 0, 7, X), X, X > 0, 7),
    case("unfold", np.moveaxis([BOX[:, :2], BOX[:, 1:]], [0, 2], [1, 3]), BOX, 1, 2),
    case("diagonal", np.diagonal(BOX, 1, 2, 0), BOX, 1, 2, 0),
    case("diagonal", [0.3, 1.0], np.array([[0.0, 1.0], [0.3, 2.0], [3.0, 1.0]]), -1),
    case("diag", np.diag(X[0], -1), X[0], -1),
    case("diag", np.diag(X, 1), X, 1),
    case("diagflat", np.diagflat(X, 2), X, 2),
    case("diag_embed", [np.diag(X[0], 1), np.diag(X[1], 1)], X, 1),
    case("trace", np.trace(BOX, 1, 1, 2), BOX, 1, 1, 2),
    case("diff", np.diff(BOX, 2, 1), BOX, 2, 1),
    case("diff", np.diff(X, 1, 0, 5.0, Y), X, 1, 0, 5.0, Y),
    case("ediff1d", [-99.0, 1.5, 0.5, 88.0, 99.0], X[0], [88.0, 99.0], -99.0),
    case("trapezoid", np.trapezoid(X), X),
    case("trapezoid", np.trapezoid(X, Y, axis=0), X, Y, axis=0),
    case("trapezoid", np.trapezoid(X, [0.0, 1.0, 4.0]), X, [0.0, 1.0, 4.0]),
    case("cumulative_trapezoid", [[-1.25, -1.5], [0.65, 2.4]]),
    case("cumulative_trapezoid", (X[:1] + X[1:]) * (Y[1:] - Y[:1]) / 2, X, Y, axis=0),
    case("gradient", np.gradient(BOX**2, 2.0, axis=2), BOX**2, 2.0, axis=2),
    case("gradient", np.gradient(X**2, 2, [0, 1, 4]), X**2, 2, [0, 1, 4]),
    case(
        "gradient",
        np.gradient(BOX**3, [0, 1, 4], axis=1, edge_order=2),
        BOX**3,
        [0, 1, 4],
        axis=1,
        edge_order=2,
    ),
]

CONTRACTED = [
    case("einsum", X @ Y.T, "ij,kj->ik", X, Y),
    case("tensordot", np.tensordot(BOX, BOX, ((0, 2), (0, 2))), BOX, BOX, ((0, 2), (0, 2))),
    case("tensordot", np.tensordot(BOX, BOX[0].T, 1), BOX, BOX[0].T, 1),
    case("dot", np.dot(BOX, BOX.mT), BOX, BOX.mT),
    case("dot", X @ Y.T, X, Y.T),
    case("inner", np.inner(BOX, BOX[0]), BOX, BOX[0]),
    case("vdot", np.vdot(X, Y), X, Y),
    case("kron", np.kron(X, Y), X, Y),
    case("kron", np.kron(BOX, X[0]), BOX, X[0]),
    case("cross", np.cross(X, Y), X, Y),
    case("cov", np.cov(X)),
    case("cov", np.cov(X[0], ddof=0), X[0], 0),
    case("corrcoef", np.corrcoef(X)),
]

BINARY = -(P * np.log(SIGMOID) + (1 - P) * np.log(1 - SIGMOID))
PICKED = LOGS[[0, 1], LABELS]
DISTANCE = np.abs(X - Y)
LOSSES = [
    case("cross_entropy", -PICKED.mean(), X, LABELS),
    case("cross_entropy", -(P * LOGS).sum(-1), X, P, reduction="none"),
    case("negative_log_likelihood", -PICKED.sum(), LOGS, LABELS, reduction="sum"),
    case(
        "binary_cross_entropy", -(P * np.log(SIGMOID) + (1 - P) * np.log(1 - SIGMOID)).mean(), X, P
    ),
    case("hinge", [0.5, 4.9], X, LABELS, reduction="none"),
    case("max_margin", np.maximum(0, 1 - X + Y).mean(), X, Y),
    case("squared_error", ((X - Y) ** 2).mean(), X, Y),
    case("absolute_error", DISTANCE.mean(), X, Y),
    case("huber", np.where(DISTANCE < 1, DISTANCE**2 / 2, DISTANCE - 0.5).mean(), X, Y),
    case("kl_divergence", (P * (np.log(P) - LOGS)).sum(-1).mean(), LOGS, P),
]

ANGLES = np.arange(3)[:, None] / [1.0, 100.0]
WAVES = np.stack([np.sin(ANGLES), np.cos(ANGLES)], -1).reshape(3, 4)
OF_NN = [
    case("l2", 11.0, [cr.parameter([1.0, 2.0]), cr.parameter([2.0, np.sqrt(2.0)])]),
    case("l1", 6.0, [cr.parameter([1.0, -2.0]), cr.parameter([-3.0])]),
    case("sequence_mask", [[True, False, False], [True, True, True]], [1, 3], 3),
    case(
        "sinusoidal_positions", np.stack([np.sin(ANGLES), np.cos(ANGLES)], -1).reshape(3, 4), 3, 4
    ),
]


def shuffled(words):
    """Durstenfeld (1964), from the front."""
    order = list(range(len(words)))
    for i, word in enumerate(words):
        j = word % (i + 1)
        order[i], order[j] = order[j], order[i]
    return order


# the first vector of the known answers of Philox 4x32-10
BITS = np.array([0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8], np.uint32).view(np.int32)
U = np.where(BITS < 0, -(BITS + 0.5), 2.0**32 - BITS - 0.5) / 2**32
NORMAL = NormalDist()
LATER = cr.ops.philox([np.uint64(word) for word in (0, 0, 0, 2**30)], (0, 0))
WORDS = [
    ((int(high) + 2**31) // 4 << 32) + (int(low) ^ 2**31)
    for high, low in zip(BITS, LATER, strict=True)
]
GUMBEL = -np.log(-np.log(1 - U))
OF_RANDOM = [
    case("bits", BITS, [0, 0], (4,)),
    case("uniform", [0.899045, 0.380521, 0.235707, 0.105481], [0, 0], (4,)),
    case("uniform", 6 * ((BITS >> 8) / 2**24 + 0.5) - 3, [0, 0], (4,), low=-3, high=3),
    case("bernoulli", [False, True, True, True], [0, 0], 0.4, (4,)),
    case("bernoulli", [True, False, True, False], [0, 0], [1.0, 0.0, 0.4, 0.1]),
    case("normal", [NORMAL.inv_cdf(u) for u in U], [0, 0], (4,)),
    case("normal", [3 + 2 * NORMAL.inv_cdf(u) for u in U], [0, 0], (4,), "float32", 3, 2),
    case("truncated_normal", [NORMAL.inv_cdf(u / 2) for u in U], [0, 0], -np.inf, 0, (4,)),
    case("exponential", -2 * np.log(1 - U), [0, 0], (4,), scale=2.0),
    case("gumbel", GUMBEL, [0, 0], (4,)),
    case("logistic", np.log(U / (1 - U)), [0, 0], (4,)),
    case("laplace", np.where(U < 0.5, np.log(2 * U), -np.log(2 - 2 * U)), [0, 0], (4,)),
    case("cauchy", np.tan(np.pi * (U - 0.5)), [0, 0], (4,)),
    case("categorical", GUMBEL.reshape(2, 2).argmax(1), [0, 0], np.zeros((2, 2))),
    case("randint", (BITS.astype(np.int64) + 2**31) * 10 // 2**32 - 5, [0, 0], -5, 5, (4,)),
    case("permutation", shuffled(WORDS), [0, 0], 4),
    case("split", [BITS[::2].astype(np.int64) * 2**30 + (BITS[1::2] >> 2)], [0, 0], 1),
]

M = np.array([[3.0, 1.0, 2.0, np.nan], [0.5, np.nan, -1.0, 4.0]])
STEPS = [-1.0, 0.1, 2.0]
SORTED = [
    case("sort", np.sort(X[:, ::-1], 1), X[:, ::-1], 1),
    case("sort", -np.sort(-X, 0), X, 0, descending=True),
    case("argsort", np.argsort(Y, 1), Y),
    case("msort", np.sort(Y, 0), Y),
    case("topk", [[2.0, 0.5], [1.5, 0.2]], Y, 2, part=0),
    case("topk", [[1], [2]], Y, 1, largest=False, part=1),
    case("kthvalue", [0.5, 0.2], Y, 2, part=0),
    case("kthvalue", [[0], [1]], Y, 2, keepdims=True, part=1),
    case("searchsorted", [[0, 1, 1], [2, 2, 3]], STEPS, X),
    case("bucketize", np.digitize(X, STEPS, right=True), X, STEPS),
    case("digitize", np.digitize(X, STEPS), X, STEPS),
    case("isin", np.isin(X, [0.3, 0.0]), X, [0.0, 0.3, 7.0]),
    case("count_nonzero", [2, 3], X, 1),
]
OF_VALUES = [  # results whose shape depends on values: not in a compiled function
    case("flatnonzero", [0, 1, 3, 4, 5], [[-2, -1, 0], [1, 1, 2]]),
    case("nonzero", [0, 0, 1, 1, 1], [[-2, -1, 0], [1, 1, 2]], part=0),
    case("argwhere", [[0, 1], [1, 0]], [[0, 2], [1, 0]]),
    case("unique_all", [1, 2, 0], [3, 0, 1, 0], part=1),
    case("unique_counts", [2, 1, 1], [3, 0, 1, 0], part=1),
    case("unique_inverse", [2, 0, 1, 0], [3, 0, 1, 0], part=1),
    case("unique_values", [0, 1, 3], [3, 0, 1, 0]),
]
CUMULATIVE = [
    case("cumulative_prod", np.cumprod(X, 1), X, 1),
    case("cumulative_prod", [1, 2, 6], [2, 3], include_initial=True),
    case("cumulative_sum", [[0.0, 1.0, 3.0], [0.0, 3.0, 7.0]], ROWS[:2], 1, include_initial=True),
    case("cummax", np.maximum.accumulate(Y, 1), Y, 1, part=0),
    case("cummax", [[0, 0, 2], [0, 0, 0]], Y, 1, part=1),
    case("cummin", np.minimum.accumulate(Y, 0), Y, 0, part=0),
    case("logcumsumexp", np.logaddexp.accumulate(X, 1), X, 1),
]
SCATTERED = [
    case("scatter", [[1.0, 9.0], [8.0, 4.0], [5.0, 7.0]], ROWS, [[1], [0], [1]], [[9], [8], [7]]),
    case("scatter", [[1.0, 2.0], [4.0, 6.0], [5.0, 6.0]], ROWS, [[1]], [[1, 2]], 0, "add"),
    case(
        "scatter",
        [[4.0, 2.0], [0.0, 4.0], [7.0, 6.0]],
        ROWS,
        [[0, 0]] * 3,
        [[4, 0], [0, 0], [7, 2]],
        reduce="max",
        include_self=False,
    ),
    case(
        "scatter",
        [[0.0, 2.0], [0.0, 4.0], [2.0, 6.0]],
        ROWS,
        [[0, 0]] * 3,
        [[4, 0], [0, 0], [7, 2]],
        reduce="min",
    ),
    case(
        "scatter",
        [[4.0, 2.0], [0.0, 4.0], [70.0, 6.0]],
        ROWS,
        [[0, 0]] * 3,
        [[4, 1], [0, 0], [7, 2]],
        reduce="prod",
    ),
    case(
        "scatter",
        [[2.0, 2.0], [1.0, 4.0], [5.0, 6.0]],
        ROWS,
        [[0, 0]] * 3,
        [[4, 1], [0, 0], [8, 2]],
        reduce="mean",
    ),
    case(
        "index_add",
        [[8.0, 9.0], [3.0, 4.0], [14.0, 15.0]],
        ROWS,
        [2, 0],
        [[9.0, 9.0], [7.0, 7.0]],
    ),
    case("segment_sum", [[3.0, 4.0], [0.0, 0.0], [6.0, 8.0]], ROWS, IDS, 3),
    case("segment_mean", [[3.0, 4.0], [0.0, 0.0], [3.0, 4.0]], ROWS, IDS, 3),
    case("segment_prod", [[3.0, 4.0], [1.0, 1.0], [5.0, 12.0]], ROWS, IDS, 3),
    case("segment_max", [[3.0, 4.0], [5.0, 6.0]], ROWS, [1, 0, 1], 2),
    case("segment_min", [[3.0, 4.0], [1.0, 2.0]], ROWS, [1, 0, 1], 2),
]
STATISTICS = [
    case("median", np.median(X), X),
    case("median", np.median(X, 1), X, 1),
    case("nanmedian", np.nanmedian(M, 1), M, 1),
    case("quantile", np.quantile(X, [0.2, 0.5], axis=1), X, [0.2, 0.5], 1),
    case("nanquantile", np.nanquantile(M, 0.3, axis=1), M, 0.3, 1),
    case("percentile", np.percentile(X, 30, axis=0), X, 30, 0),
    *(
        case("quantile", np.quantile(X, 0.3, axis=1, method=each), X, 0.3, 1, method=each)
        for each in ("lower", "higher", "midpoint", "nearest")
    ),
    case("nansum", np.nansum(M, 1), M, 1),
    case("nanprod", np.nanprod(M, 1), M, 1),
    case("nanmax", np.nanmax(M, 1), M, 1),
    case("nanmin", np.nanmin(M, 1), M, 1),
    case("nanmean", np.nanmean(M, 1), M, 1),
    case("nanvar", np.nanvar(M, 1, ddof=1), M, 1, 1),
    case("nanstd", np.nanstd(M, 1), M, 1),
    case("average", np.average(X, 1, [1.0, 2.0, 3.0]), X, 1, [1.0, 2.0, 3.0]),
    case("aminmax", [-2.0, 0.3], X, 1, part=0),
    case("mode", [-1.0, 2.0], [[0.0, -1.0, -1.0], [3.0, 2.0, 4.0]], part=0),
    case("ptp", np.ptp(X, 1), X, 1),
    case("bincount", [1, 0, 2], IDS),
    case("bincount", [0.5, 0.0, 3.0, 0.0], IDS, [1.0, 0.5, 2.0], length=4),
    case("histogram", np.histogram(X, 4)[0], X, 4, part=0),
    case(
        "histogram",
        np.histogram(X, [-1, 0, 1], density=True)[0],
        X,
        [-1.0, 0.0, 1.0],
        density=True,
        part=0,
    ),
    case("histogram", np.histogram(X, 3)[1], X, 3, part=1),
]

FUNCTIONS = [*ACTIVATIONS, *NORMALISED, *REDUCED, *MOVED, *ROWS_TAKEN, *ELEMENTS, *PRODUCTS]
FUNCTIONS += [*SORTED, *OF_VALUES, *CUMULATIVE, *SCATTERED, *STATISTICS]
FUNCTIONS += [*FILLED, *REARRANGED, *CONTRACTED]
CASES = [
    *((cr, each) for each in FUNCTIONS),
    *((cr.nn, each) for each in LOSSES + OF_NN),
    *((cr.random, each) for each in OF_RANDOM),
]
DO_NOT_COMPUTE = {
    *("functional_call", "gate", "compile", "load", "save", "summary"),
    *("add_lora", "merge_lora", "lora_merged"),
    *("can_cast", "finfo", "from_dlpack", "iinfo", "isdtype", "result_type"),
}
READ_THE_SHAPE = {"zeros_like", "ones_like", "empty_like", "full_like"}


def composite(module):
    """Return the names of a module's functions that are no primitives, with layers' functions."""
    public = {name: getattr(module, name) for name in dir(module) if not name.startswith("_")}
    return {
        name
        for name, each in public.items()
        if inspect.isfunction(each) or isinstance(each, cr.ops.NamedGate)
    }


def test_every_public_composite_function_has_a_value_here():
    public = composite(cr.ops.exports.functions)
    public |= composite(cr.nn) | composite(cr.random)
    assert public - {each.name for _, each in CASES} == DO_NOT_COMPUTE


def parts(found):
    """Return the results of a function that returns several, in order; else the only one."""
    return list(found) if isinstance(found, list | tuple) else [found]


def wanted_parts(case, count):
    """Return the wanted value of every result."""
    return [np.asarray(each) for each in (case.wanted if count != 1 else [case.wanted])]


@pytest.mark.parametrize(
    ("module", "case"), CASES, ids=[f"{i}-{each.name}" for i, (_, each) in enumerate(CASES)]
)
def test_value(module, case):
    results = parts(case.result(module, *case.operands))
    for found, wanted in zip(results, wanted_parts(case, len(results)), strict=True):
        assert found.shape == wanted.shape
        tolerance = 1e-5 if found.dtype == np.float32 else 1e-12
        np.testing.assert_allclose(np.asarray(found), wanted, rtol=tolerance, atol=tolerance)


def is_float(x):
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


OF_FLOATS = [
    pytest.param(module, each, id=f"{i}-{each.name}")
    for i, (module, each) in enumerate(CASES)
    if is_float(each.operands[0])
]


@pytest.mark.native
@pytest.mark.parametrize(("module", "case"), OF_FLOATS)
def test_compiled_value_is_the_eager_one(module, case):
    x, *others = case.operands
    step = cr.compile(lambda x: case.result(module, x, *others))
    results = parts(step(x))
    for found, wanted in zip(results, wanted_parts(case, len(results)), strict=True):
        np.testing.assert_allclose(found.value, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("module", "case"), OF_FLOATS)
def test_gradient_is_that_of_central_differences(module, case):
    x, *others = case.operands
    at = cr.input("x", value=np.where(np.isfinite(x), x, 0.0))
    results = parts(case.result(module, at, *others))
    result = results[0] if len(results) == 1 else sum((each * each).sum() for each in results)
    if result.dtype.kind == "f" and case.name not in READ_THE_SHAPE:
        assert check_graph(result).ok


@pytest.mark.parametrize(("module", "case"), OF_FLOATS)
def test_a_mapped_call_is_that_of_every_example(module, case):
    x, *others = case.operands
    mapped = cr.vmap(lambda x: case.result(module, x, *others), -1, -1)
    results = parts(mapped(np.stack([x, np.flip(x), x], -1)))
    for found, wanted in zip(results, wanted_parts(case, len(results)), strict=True):
        assert found.shape == (*wanted.shape, 3)
        for i in (0, 2):
            np.testing.assert_allclose(found.value[..., i], wanted, rtol=1e-12, atol=1e-12)


UNSIGNED_HAVE_NO = {"clip", "hard_tanh", "diff", "ediff1d", "full_like"}
"""Functions whose limits or results are below 0 here, which an unsigned dtype cannot hold."""


def whole(operand, dtype):
    """Return small integers in place of floats, and ids in a dtype."""
    array = np.asarray(operand) if isinstance(operand, np.ndarray | list) else None
    if array is None or array.dtype.kind not in "fi":
        return operand
    if array.dtype.kind == "i":
        return array.astype(dtype)
    return np.random.default_rng(array.size).integers(0, 4, array.shape).astype(dtype)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint32"])
@pytest.mark.parametrize(("module", "case"), OF_FLOATS)
def test_small_integers_give_what_large_ones_give(module, case, dtype):
    """A function that negates or subtracts integers before it converts them would wrap around."""
    if dtype.startswith("u") and case.name in UNSIGNED_HAVE_NO:
        return
    x, *others = case.operands
    if case.name not in ("cross_entropy", "quantile"):  # which take probabilities
        others = [whole(each, dtype) for each in others]

    def of(each):
        return case.result(module, whole(x, each), *others)

    for found, wanted in zip(parts(of(dtype)), parts(of("int64")), strict=True):
        assert found.shape == wanted.shape
        assert found.dtype == (wanted.dtype if wanted.dtype.kind != "i" else found.dtype)
        np.testing.assert_allclose(np.asarray(found), np.asarray(wanted), rtol=1e-12)
