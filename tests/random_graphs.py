"""Random functions made of the public operations, drawn by hypothesis.

A function is a list of moves: the name of an operation and numbers that say which of the values so
far it takes, and in what way. A move that does not fit its operands is left out, so that every list
is a function, and lists shrink well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

import chainrule as cr

Array = np.ndarray[Any, Any]
LARGEST = 4096
SPECIAL = (np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-40, -1e-40, 1e30, -1e30, 88.8, -104.0)

# What gives the same bits however it is computed, from operands that are the same bits.
EXACT = {
    *("add", "subtract", "multiply", "divide", "negative", "reciprocal", "abs", "sqrt", "floor"),
    *(
        "ceil",
        "trunc",
        "round",
        "sign",
        "maximum",
        "minimum",
        "where",
        "equal",
        "not_equal",
        "less",
        "less_equal",
    ),
    *("greater", "greater_equal", "logical_and", "logical_or", "logical_not", "astype", "identity"),
    *("broadcast_to", "reshape", "permute_dims", "slice", "pad", "concat", "take", "windows"),
    *("take_along_axis", "argmax", "argmin", "first_occurrence", "stop_gradient", "isnan"),
}


def is_exact(node: cr.Tensor, known: dict[cr.Tensor, bool]) -> bool:
    """Say whether a value is made of leaves by operations that leave no choice in rounding."""
    if node not in known:
        fine = node.primitive is None or node.primitive.name in EXACT
        known[node] = fine and all(is_exact(each, known) for each in node.inputs)
    return known[node]


# -- operations ------------------------------------------------------------------------------------

SMOOTH = {
    **{name: getattr(cr, name) for name in ("tanh", "sin", "cos", "erf", "sigmoid", "softplus")},
    **{name: getattr(cr, name) for name in ("gelu", "silu", "negative", "softmax", "layer_norm")},
    "square": lambda x: x * x,
    "root": lambda x: cr.sqrt(x * x + 0.5),
    "bounded exponential": lambda x: cr.exp(cr.tanh(x)),
    "log_softmax": lambda x: cr.log_softmax(x),
    "logsumexp": lambda x: cr.logsumexp(x, -1),
    "centred": lambda x: x - x.mean(-1, keepdims=True),
    "scaled by its largest": lambda x: x / (cr.max(cr.abs(x), -1, keepdims=True) + 1.0),
    "by squeezed row sums": lambda x: x * x.sum(-1),
    "by its column sums": lambda x: x * x.sum(0),
    "by the sum of all": lambda x: x - x.sum(),
    "running total": lambda x: cr.cumulative_sum(x, -1),
    "twice centred": lambda x: (x - x.mean(-1, keepdims=True)) * x.mean(0),
}
ROUGH = {
    **{name: getattr(cr, name) for name in ("exp", "log", "sqrt", "reciprocal", "log1p", "expm1")},
    **{name: getattr(cr, name) for name in ("abs", "relu")},
    "to the third": lambda x: x**3,
    "clipped": lambda x: cr.clip(x, -1.0, 0.5),
}
STEPPED = {
    **{name: getattr(cr, name) for name in ("floor", "ceil", "trunc", "round")},
    **{name: getattr(cr, name) for name in ("sign", "isnan", "isfinite")},
    "truth": lambda x: x.astype("bool"),
    "argmax": lambda x: cr.argmax(x, -1),
    "argmin": lambda x: cr.argmin(x, -1),
}
ANY_KIND = {
    "to float32": lambda x: x.astype("float32") if x.dtype.kind != "f" else x,
    "to float64": lambda x: x.astype("float64") if x.dtype.kind != "f" else x,
}
SMOOTH_PAIRS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / (b * b + 1.0),
    "first row": lambda a, b: a + b[:1],
    "maximum": cr.maximum,
    "minimum": cr.minimum,
}
PAIRS = {
    "exact /": lambda a, b: a / b,
    "less": lambda a, b: a < b,
    "greater or equal": lambda a, b: a >= b,
    "not equal": cr.not_equal,
}
PRODUCTS = {
    "@": lambda a, b: a @ b,
    "@T": lambda a, b: a @ b.T,
    "T@": lambda a, b: a.T @ b,
    "(@)T": lambda a, b: (a @ b).T,
    "(T@T)T": lambda a, b: (a.T @ b.T).T,
    "@ of a row": lambda a, b: a @ b[0],
    "batch @T": lambda a, b: a @ cr.permute_dims(b, (0, 2, 1)),
    "outer": lambda a, b: cr.outer(a.reshape(-1), b.reshape(-1)),
}


def reduced(x, how):
    """Sum, mean or extrema over the axes whose bits are set in `how`."""
    function = (cr.sum, cr.mean, cr.max, cr.min)[how % 4]
    axes = tuple(axis for axis in range(x.ndim) if how >> (3 + axis) & 1) or (-1,)
    return function(x, axes, keepdims=bool(how & 4))


def moved(x, how):
    """Put the elements elsewhere."""
    kinds = [
        lambda: x.reshape(-1),
        lambda: x.reshape(1, *x.shape),
        lambda: x.reshape(*x.shape, 1),
        lambda: x.reshape(x.shape[0], -1),
        lambda: x.T,
        lambda: cr.permute_dims(x, np.roll(range(x.ndim), 1).tolist()),
        lambda: cr.flip(x),
        lambda: x[1:],
        lambda: x[:-1],
        lambda: x[::2],
        lambda: x[:, 1:],
        lambda: x[:, ::-2],
        lambda: x[0],
        lambda: x[..., -1],
        lambda: x[:, :1],
        lambda: cr.pad(x, [(1, 0)] * x.ndim),
        lambda: cr.squeeze(x, 0),
    ]
    return kinds[how % len(kinds)]()


def chosen(x, ids, how):
    """Look up, pick and spread by ids, which are brought inside by a remainder."""

    def inside(axis):
        return cr.remainder(ids, x.shape[axis]) if x.size else ids[1:0]

    rows = x.reshape(x.shape[0], -1)
    drawn = np.random.default_rng(how)
    known = drawn.integers(0, x.shape[0], (3, 2)[: 1 + how % 2])
    picks = drawn.integers(0, x.shape[-1], (*x.shape[:-1], 1 + (how % 5 == 4)))
    kinds = [
        lambda: cr.take(x, inside(0), 0),
        lambda: cr.take(x, known, 0),
        lambda: cr.take(x, inside(-1), -1),
        lambda: cr.take_along_axis(x, picks, -1),
        lambda: cr.take_along_axis(rows, inside(1)[: rows.shape[0]].reshape(-1, 1), 1),
        lambda: cr.add_along_axis(cr.take_along_axis(x, picks, -1), picks, x.shape[-1], -1),
        lambda: x * cr.one_hot(cr.argmax(cr.stop_gradient(x * 0 + 1), -1), x.shape[-1], x.dtype),
        lambda: cr.add_rows(x, cr.asarray(drawn.integers(0, 3, x.shape[:1])), 3),
        lambda: cr.nn.cross_entropy(rows, drawn.integers(0, rows.shape[1], rows.shape[0])),
    ]
    return kinds[how % len(kinds)]()


def joined(a, b, how):
    """Put two side by side."""
    kinds = [
        lambda: cr.concat([a, b]),
        lambda: cr.concat([a, a * 2.0, b], -1),
        lambda: cr.stack([a, b]),
        lambda: cr.stack([b, a], -1),
        lambda: cr.where(b < b.mean(), a, b) if is_exact(a, {}) else cr.concat([b, a[:1]]),
    ]
    return kinds[how % len(kinds)]()


# -- functions -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Move:
    """One operation: which values it takes, and how."""

    name: str
    first: int
    second: int
    how: int


Apply = Callable[[list[cr.Tensor], Move], cr.Tensor]


def _floats(values: Sequence[cr.Tensor]) -> list[cr.Tensor]:
    return [each for each in values if each.dtype.kind == "f"]


def _picked(values: Sequence[cr.Tensor], number: int) -> cr.Tensor:
    """Return a value, the latest one for 0."""
    return values[-1 - number % len(values)]


def _exactly(values: Sequence[cr.Tensor]) -> list[cr.Tensor]:
    known: dict[cr.Tensor, bool] = {}
    return [each for each in values if is_exact(each, known)]


def _one(function: Callable[..., cr.Tensor], among: Callable[..., Any] = _floats) -> Apply:
    return lambda values, move: function(_picked(among(values), move.first))


def _two(function: Callable[..., cr.Tensor], among: Callable[..., Any] = _floats) -> Apply:
    return lambda values, move: function(
        _picked(among(values), move.first), _picked(among(values), move.second)
    )


def _ids(values: Sequence[cr.Tensor]) -> list[cr.Tensor]:
    return [each for each in values if each.dtype.kind == "i"]


def _exact_floats(values: Sequence[cr.Tensor]) -> list[cr.Tensor]:
    return _exactly(_floats(values))


def _where(values: list[cr.Tensor], move: Move) -> cr.Tensor:
    flags = [each for each in values if each.dtype.kind == "b"]
    a, b = (_picked(_floats(values), each) for each in (move.first, move.second))
    return cr.where(_picked(flags, move.how), a, b)


def _truths(values: list[cr.Tensor], move: Move) -> cr.Tensor:
    flags = [each for each in values if each.dtype.kind == "b"]
    a, b = _picked(flags, move.first), _picked(flags, move.second)
    return (cr.logical_and, cr.logical_or, lambda a, b: cr.logical_not(b))[move.how % 3](a, b)


def _whole_numbers(values: list[cr.Tensor], move: Move) -> cr.Tensor:
    a, b = _picked(_ids(values), move.first), _picked(_ids(values), move.second)
    kinds = [cr.add, cr.multiply, cr.maximum, cr.subtract, lambda a, b: a - a.sum()]
    return kinds[move.how % len(kinds)](a, b)


SMOOTH_MOVES: dict[str, Apply] = {
    **{name: _one(function) for name, function in SMOOTH.items()},
    **{name: _two(function) for name, function in SMOOTH_PAIRS.items()},
    **{name: _two(function) for name, function in PRODUCTS.items()},
    "reduced": lambda v, move: reduced(_picked(_floats(v), move.first), move.how),
    "moved": lambda v, move: moved(_picked(_floats(v), move.first), move.how),
    "chosen": lambda v, move: chosen(
        _picked(_floats(v), move.first), _picked(_ids(v), move.second), move.how
    ),
    "joined": lambda v, move: joined(
        _picked(_floats(v), move.first), _picked(_floats(v), move.second), move.how
    ),
}
MOVES: dict[str, Apply] = {
    **SMOOTH_MOVES,
    **{name: _one(function) for name, function in ROUGH.items()},
    **{name: _one(function, _exact_floats) for name, function in STEPPED.items()},
    **{name: _one(function, list) for name, function in ANY_KIND.items()},
    **{name: _two(function, _exact_floats) for name, function in PAIRS.items()},
    "moved, any kind": lambda v, move: moved(_picked(v, move.first), move.how),
    "where": _where,
    "truths": _truths,
    "whole numbers": _whole_numbers,
}


WEIGHTS = {"reduced": 9, "moved": 9, "chosen": 9, "joined": 4, "where": 3, "truths": 2}


@dataclass(frozen=True)
class Drawn:
    """A random function of inputs of `shapes` and `dtypes`; ids are the last input.

    results    which of the values it returns, among those that it made
    gradients  whether it also returns the gradients of a scalar made of them
    """

    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[str, ...]
    moves: tuple[Move, ...]
    results: tuple[int, ...]
    gradients: bool

    def values(self, *inputs: cr.Tensor) -> list[cr.Tensor]:
        """Return the inputs and what the moves make of them."""
        values = list(inputs)
        for move in self.moves:
            try:
                new = MOVES[move.name](values, move)
            except (cr.ChainruleError, ValueError, IndexError, TypeError, ZeroDivisionError):
                continue
            if new.size <= max(LARGEST, *(each.size for each in inputs)):
                values.append(new)
        return values

    def __call__(self, *inputs: cr.Tensor) -> tuple[cr.Tensor, ...]:
        values = self.values(*inputs)
        made = values[len(inputs) :] or _floats(values)
        results = tuple(dict.fromkeys(_picked(made, each) for each in self.results))
        return (*results, *self.slopes(inputs, results)) if self.gradients else results

    def slopes(self, inputs: Sequence[cr.Tensor], results: Sequence[cr.Tensor]) -> list[cr.Tensor]:
        """Return the gradients of the weighted sum of all floating-point results."""
        moving = _floats(inputs)
        try:
            loss = scalar_of(results)
            found = cr.gradients(loss, moving)
        except cr.ChainruleError:
            return []
        return [each for each in found if each is not None]

    def arrays(self, random: np.random.Generator, special: float) -> list[Array]:
        """Return inputs; of floats, `special` of the elements are NaN, inf, -0, denormal, big."""
        return [
            _array(shape, np.dtype(dtype), random, special)
            for shape, dtype in zip(self.shapes, self.dtypes, strict=True)
        ]


def scalar_of(results: Sequence[cr.Tensor]) -> cr.Tensor:
    """Return a scalar in which every element of every floating-point result counts otherwise."""
    terms = [
        (each * np.linspace(0.5, 1.5, each.size, dtype=each.dtype).reshape(each.shape)).mean()
        for each in results
        if each.dtype.kind == "f" and each.size
    ]
    return sum((each.astype("float64") for each in terms), cr.asarray(0.0))


def _array(shape: Any, dtype: Any, random: np.random.Generator, special: float) -> Array:
    if dtype.kind == "b":
        return random.random(shape) < 0.5
    if dtype.kind == "i":
        return random.integers(0, 12, shape).astype(dtype)
    values = np.round(random.uniform(-2, 2, shape), 2)
    return np.where(random.random(shape) < special, random.choice(SPECIAL, shape), values).astype(
        dtype
    )


@st.composite
def functions(
    draw: Any,
    extents: Sequence[int] = (0, 1, 2, 3, 3, 4, 5),
    names: Sequence[str] = tuple(MOVES),
    most: int = 12,
    gradients: bool | None = None,
    dtypes: Sequence[str] = ("float64", "float32"),
    others: bool = True,
    deepest: int = 9,
) -> Drawn:
    """Draw a function whose inputs have extents among three, so that they often fit.

    others   whether truths and integers may be among the inputs
    deepest  the largest extent of a third axis
    """
    n, m, k = (draw(st.sampled_from(extents)) for _ in range(3))
    k = min(k, deepest)
    kinds = [
        (n, m),
        (m,),
        (),
        (n, 1),
        (1, m),
        (n, n),
        (m, k),
        (k, n, m),
        (k, 1, m),
        (n,),
        (n, 1, m),
    ]
    shapes = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=3))
    dtype = draw(st.sampled_from(dtypes))
    kinds = [("bool", (n, m)), ("int32", (m,))]
    more = draw(st.lists(st.sampled_from(kinds), max_size=2 if others else 0))
    names = [name for name in names for _ in range(WEIGHTS.get(name, 1))]
    number = st.integers(0, 255)
    moves = st.builds(Move, st.sampled_from(names), st.integers(0, 7), st.integers(0, 7), number)
    return Drawn(
        (*shapes, *(shape for _, shape in more), (max(n, 1),)),
        (*(dtype for _ in shapes), *(kind for kind, _ in more), "int64"),
        tuple(draw(st.lists(moves, min_size=min(4, most), max_size=most))),
        tuple(draw(st.lists(st.integers(0, 7), min_size=1, max_size=3))),
        draw(st.booleans()) if gradients is None else gradients,
    )
