"""Random small graphs of kinds that the explorer page computes."""

import numpy as np

import chainrule as cr

_UNARY = [
    cr.tanh,
    cr.sigmoid,
    cr.exp,
    cr.sin,
    cr.relu,
    cr.abs,
    cr.softplus,
    cr.gelu,
    cr.silu,
    cr.softsign,
    lambda x: cr.log(cr.abs(x) + 1),
    lambda x: cr.sqrt(x * x + 0.5),
    lambda x: -x,
    lambda x: 1 / (x * x + 1),
    lambda x: x**2,
    lambda x: x * 0.5,
    cr.floor,
    cr.stop_gradient,
    cr.atan,
    cr.erf,
    lambda x: cr.clip(x, -1, 1),
]
_BINARY = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / (b * b + 1),
    cr.maximum,
    cr.minimum,
    lambda a, b: cr.where(a > b, a, b * 2),
    cr.hypot,
    cr.logaddexp,
    lambda a, b: cr.where(cr.less_equal(a, 0), b, a),
    cr.atan2,
]
_OF_MATRICES = [
    lambda x: cr.softmax(x, axis=-1),
    lambda x: cr.log_softmax(x, axis=-1),
    lambda x: x.T @ x @ x.T,
    lambda x: x[::-1],
    lambda x: x[:, 1:].sum(axis=1, keepdims=True) + x,
    lambda x: x - x.mean(axis=0),
    lambda x: cr.max(x, axis=1, keepdims=True) * x,
    lambda x: cr.min(x, axis=0) + x,
    lambda x: cr.concat([x[:1], x[1:] * 2], axis=0),
    lambda x: cr.take(x, np.array([0, 1, 0]), axis=0),
    lambda x: cr.cumulative_sum(x, axis=1),
    lambda x: cr.pad(x, [(1, 0), (0, 0)])[1:],
    lambda x: cr.take_along_axis(x, cr.argmax(x, axis=1, keepdims=True), axis=1) + x,
    lambda x: cr.logsumexp(x, axis=1, keepdims=True) - x,
    lambda x: cr.layer_norm(x) * 0.5,
]


def random_graph(seed):
    """Return a graph of inputs of one dtype, shapes that broadcast, and up to a dozen calls."""
    random = np.random.default_rng(seed)
    dtype = ["float64", "float32"][seed % 2]
    rows, columns = int(random.integers(2, 4)), int(random.integers(2, 5))
    shapes = [(), (columns,), (rows, 1), (rows, columns)]
    pool = [
        cr.input(f"x{i}", value=random.normal(size=shape).astype(dtype))
        for i, shape in enumerate(shapes)
    ]
    for _ in range(int(random.integers(4, 12))):
        pool.append(_applied(random, pool))
    total = sum((each.mean() for each in pool[len(shapes) :]), start=pool[0] * 0.5)
    weights = random.normal(size=(columns, 3)).astype(dtype)
    return cr.Graph(total + (pool[3] @ weights).sum())


def _applied(random, pool):
    """Return one call on tensors of the pool."""
    pick = lambda group: group[int(random.integers(len(group)))]  # noqa: E731
    matrices = [each for each in pool if each.ndim == 2 and min(each.shape) > 1]
    match int(random.integers(3)):
        case 0:
            return pick(_UNARY)(pick(pool))
        case 1:
            return pick(_BINARY)(*_fitting(random, pool))
        case _:
            return pick(_OF_MATRICES)(pick(matrices))


def _fitting(random, pool):
    """Return two tensors of the pool that broadcast."""
    while True:
        a, b = (pool[int(random.integers(len(pool)))] for _ in range(2))
        try:
            np.broadcast_shapes(a.shape, b.shape)
        except ValueError:
            continue
        return a, b
