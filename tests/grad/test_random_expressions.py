"""Random small expressions: their gradients are those of central differences."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from numerical import assert_gradients

UNARY = {
    "sin": cr.sin,
    "tanh": cr.tanh,
    "exp of tanh": lambda x: cr.exp(cr.tanh(x)),
    "softplus": cr.softplus,
    "sigmoid": cr.sigmoid,
    "gelu": cr.gelu,
    "log of a square": lambda x: cr.log(x * x + 1),
    "root": lambda x: cr.sqrt(x * x + 0.5),
    "transpose": lambda x: x.T,
    "flip": cr.flip,
    "softmax": cr.softmax,
    "logsumexp": lambda x: cr.logsumexp(x, 0, keepdims=True) + x,
    "layer_norm": cr.layer_norm,
    "centred": lambda x: x - x.mean(0, keepdims=True),
    "running total": lambda x: cr.cumulative_sum(x, 1),
    "row": lambda x: x[1] * x,
    "column": lambda x: x[:, 1:2] + x,
    "steps": lambda x: cr.pad(x[::2, ::-1], [(0, 1), (0, 0)]),
    "rows": lambda x: cr.take(x, [2, 0, 0]),
    "rows added": lambda x: cr.add_rows(x, [1, 1, 0], 3),
    "reshape": lambda x: x.reshape(9)[::-1].reshape(3, 3),
    "variance": lambda x: x * cr.var(x, 1, keepdims=True),
    "windows": lambda x: cr.windows(cr.pad(x, [(0, 0), (1, 0)]), (2,)).sum(-1),
    "prod": lambda x: cr.prod(x, 0, keepdims=True) + x,
    "put": lambda x: cr.put(x, (0, slice(None)), x[2]),
}
BINARY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / (b * b + 1),
    "@": lambda a, b: a @ b,
    "vector": lambda a, b: a @ b[0],
    "^": lambda a, b: (a * a + 0.5) ** cr.tanh(b),
    "concat": lambda a, b: cr.concat([a, b[:1]])[1:],
    "where": lambda a, b: cr.where(np.eye(3, dtype=bool), a, b),
    "stack": lambda a, b: cr.stack([a, b], 1).mean(1),
    "outer": lambda a, b: cr.outer(a[0], b[:, 0]),
}


@st.composite
def expressions(draw):
    """Draw a function of two 3 x 3 tensors, as the list of its steps."""
    steps = []
    for known in range(2, 2 + draw(st.integers(1, 6))):
        name = draw(st.sampled_from([*UNARY, *BINARY]))
        steps.append(
            (name, *(draw(st.integers(0, known - 1)) for _ in range(1 + (name in BINARY))))
        )
    return tuple(steps)


def run(steps, *operands):
    values = list(operands)
    for name, *places in steps:
        value = (UNARY | BINARY)[name](*(values[each] for each in places))
        values.append(value + np.zeros((3, 3)))
    return (cr.sin(values[-1]) * WEIGHTS).sum()


WEIGHTS = np.random.default_rng(51).normal(size=(3, 3))


@settings(max_examples=120, deadline=None, derandomize=True)
@given(expressions(), st.integers(0, 2**32 - 1))
def test_gradients_of_random_expressions(steps, seed):
    arrays = np.random.default_rng(seed).uniform(-1.2, 1.2, (2, 3, 3))
    assert_gradients(lambda *xs: run(steps, *xs), *arrays, rtol=2e-4)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(expressions(), st.integers(0, 2**32 - 1))
def test_forward_mode_agrees_with_reverse_mode(steps, seed):
    random = np.random.default_rng(seed)
    arrays, directions = random.uniform(-1.2, 1.2, (2, 2, 3, 3))
    _, tangent = cr.jvp(lambda *xs: run(steps, *xs), arrays, directions)
    found = cr.grad(lambda *xs: run(steps, *xs), (0, 1))(*arrays)
    wanted = sum(np.sum(g.value * t) for g, t in zip(found, directions, strict=True))
    np.testing.assert_allclose(tangent.item(), wanted, rtol=1e-9, atol=1e-11)
