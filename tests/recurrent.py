"""Cells, the loop that `cr.scan` means, and how the two are compared."""

import numpy as np

import chainrule as cr
from chainrule.graph import topological_order
from numerical import inputs

BATCH, STATE, ENTERING, STEPS = 3, 4, 5, 6


def unrolled(cell, state, xs, *, length=None, reverse=False):
    """The meaning of `cr.scan`: a Python loop."""
    many = xs if isinstance(xs, tuple) else (xs,)
    steps = length if xs is None else many[0].shape[0]
    outputs = [None] * steps
    for t in reversed(range(steps)) if reverse else range(steps):
        x = None if xs is None else tuple(each[t] for each in many)
        state, outputs[t] = cell(state, x if xs is None or isinstance(xs, tuple) else x[0])
    if outputs[0] is None:
        return state, None
    if isinstance(outputs[0], tuple):
        return state, tuple(cr.stack(each) for each in zip(*outputs, strict=True))
    return state, cr.stack(outputs)


def weighed(results, random):
    """A scalar that depends on all results, and not linearly."""
    results = results if isinstance(results, tuple) else (results,)
    flat = [x for each in results for x in (each if isinstance(each, tuple) else (each,))]
    terms = [(each * each * random.normal(size=each.shape)).sum() for each in flat if each.size]
    return sum(terms)


def read(gradient, x):
    return np.zeros(x.shape) if gradient is None else gradient.value


def assert_same(build, xs, rtol=1e-10, atol=1e-12, seed=3):
    """Compare values and gradients of `build(scan)`, which returns the results to look at."""
    found, wanted = build(cr.scan), build(unrolled)
    losses = [weighed(each, np.random.default_rng(seed)) for each in (found, wanted)]
    np.testing.assert_allclose(losses[0].value, losses[1].value, rtol=rtol, atol=atol)
    pairs = zip(*(cr.gradients(each, xs) for each in losses), strict=True)
    for x, (ours, theirs) in zip(xs, pairs, strict=True):
        np.testing.assert_allclose(read(ours, x), read(theirs, x), rtol=rtol, atol=atol)
        assert ours is None or (ours.shape, ours.dtype) == (x.shape, x.dtype)


def scans_of(*tensors):
    return [each for each in topological_order(tensors) if each.kind == "scan"]


def operands(random, dtype="float64", steps=STEPS):
    shapes = [(steps, BATCH, ENTERING), (BATCH, STATE), (ENTERING, STATE), (STATE, STATE), (STATE,)]
    return inputs([random.normal(size=shape, scale=0.7).astype(dtype) for shape in shapes])


def elman(w, u, b):
    def cell(h, x):
        h = cr.tanh(x @ w + h @ u.T + b)
        return h, h * 2.0

    return cell


WHICH = {
    "both": lambda last, all_: (last, all_),
    "final state only": lambda last, all_: last,
    "outputs only": lambda last, all_: all_,
    "one output": lambda last, all_: all_[0],
    "some outputs": lambda last, all_: all_[len(all_) // 2 :],
}


def lstm(layer, n):
    def cell(state, x):
        h, c = state
        gates = x + layer(h)
        opened, kept = cr.sigmoid(gates[:, :n]), cr.sigmoid(gates[:, n : 2 * n])
        candidate, shown = cr.tanh(gates[:, 2 * n : 3 * n]), cr.sigmoid(gates[:, 3 * n :])
        c = kept * c + opened * candidate
        h = shown * cr.tanh(c)
        return (h, c), h

    return cell


def gru(layer, candidate_layer, n):
    def cell(h, x):
        both = cr.sigmoid(x[:, : 2 * n] + layer(h))
        reset, update = both[:, :n], both[:, n:]
        candidate = cr.tanh(x[:, 2 * n :] + candidate_layer(reset * h))
        h = (1 - update) * candidate + update * h
        return h, None

    return cell


def layers(random):
    return [
        cr.nn.Linear(STATE, width, random=random, dtype="float64") for width in (2 * STATE, STATE)
    ]


def backward_bodies(loss, wrt):
    forward = set(scans_of(loss))
    gradients = [each for each in cr.gradients(loss, wrt) if each is not None]
    return [each.attributes["body"] for each in scans_of(*gradients) if each not in forward]
