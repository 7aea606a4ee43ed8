"""checkpoint: the same gradients, with values computed again and memory that falls."""

import tracemalloc

import numpy as np
import pytest

import chainrule as cr

torch = pytest.importorskip("torch")
RANDOM = np.random.default_rng(0)
W = cr.parameter(RANDOM.normal(size=(3, 3)) / 2, "W")
TABLE = cr.parameter(RANDOM.normal(size=(7, 3)), "table", table=True)
X = RANDOM.normal(size=(4, 3))


def block(x):
    return cr.tanh(x @ W) * x


def chain(wrap):
    def function(x):
        for _ in range(3):
            x = wrap(block)(x)
        return x

    return function


def pair(wrap):
    def function(x):
        a, rest = wrap(lambda x, scale: (x * W[0], {"b": cr.sin(x @ W), "n": 3}))(x, 2.0)
        return a * rest["b"] * rest["n"]

    return function


def nested(wrap):
    return wrap(lambda x: wrap(block)(wrap(block)(x)) + x)


def lookup(wrap):
    ids = np.array([1, 3, 1, 6])
    return lambda x: wrap(lambda x, ids: cr.tanh(TABLE[ids] * x))(x, ids)


def dropped(wrap):
    keys = cr.random.Stream(5)

    def inside(x):
        return cr.where(cr.random.bernoulli(keys.key(), 0.5, x.shape), cr.exp(x) * W[0], 0.0)

    return lambda x: wrap(inside)(x)


def scanned(wrap):
    def cell(state, x):
        return wrap(lambda s, x: cr.tanh(s @ W + x))(state, x), None

    return lambda x: cr.scan(cell, x[0], x)[0]


FUNCTIONS = [chain, pair, nested, lookup, scanned]


def plainly(function):
    return function


@pytest.mark.parametrize("made", FUNCTIONS)
@pytest.mark.parametrize("compiled", [False, True])
def test_gradients_are_those_without(made, compiled):
    def derivatives(wrap):
        def both(x):
            x = cr.asarray(x)
            output = made(wrap)(x)
            found = cr.gradients((output**2).sum(), [x, W, TABLE])
            return output, [each for each in found if each is not None]

        return both

    ours, theirs = derivatives(cr.checkpoint), derivatives(plainly)
    x = cr.input("x", value=X)
    output, found = (cr.compile(ours) if compiled else ours)(x)
    wanted, others = theirs(x)
    np.testing.assert_allclose(output.value, wanted.value, rtol=1e-13)
    assert len(found) == len(others)
    for each, other in zip(found, others, strict=True):
        np.testing.assert_allclose(each.value, other.value, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("made", FUNCTIONS)
def test_derivatives_of_every_kind(made):
    function = made(cr.checkpoint)
    assert cr.check_gradients(function, X).ok
    direction = np.ones_like(X)
    found = cr.jvp(function, [X], [direction])[1]
    np.testing.assert_allclose(found.value, cr.jvp(made(plainly), [X], [direction])[1].value)

    def slope(x, made):
        return (cr.grad(lambda x: (made(x) ** 2).sum())(x) ** 2).sum()

    found = cr.compile(cr.grad(slope))(X, function)
    np.testing.assert_allclose(found.value, cr.grad(slope)(X, made(plainly)).value, rtol=1e-9)


@pytest.mark.parametrize("compiled", [False, True])
def test_random_numbers_are_those_of_the_forward(compiled):
    def gradient(function):
        def both(x):
            output = function(x)
            return output, cr.gradients(output.sum(), [W])[0]

        return cr.compile(both) if compiled else both

    for _ in range(2):
        ours, theirs = gradient(dropped(cr.checkpoint)), gradient(dropped(plainly))
        for _ in range(3):
            for each, other in zip(ours(X), theirs(X), strict=True):
                np.testing.assert_allclose(each.value, other.value, rtol=1e-12)


def test_rows_of_a_table_stay_rows():
    loss = lookup(cr.checkpoint)(X).sum()
    (gradient,) = cr.gradients(loss, [TABLE])
    assert gradient.primitive.name == "add_rows"


LAYERS, WIDTH, ROWS = 48, 16, 500
WEIGHTS = [cr.parameter(RANDOM.normal(size=(WIDTH, WIDTH)) / 4, f"w{i}") for i in range(LAYERS)]
WIDE = RANDOM.normal(size=(ROWS, WIDTH))


def deep(every):
    def layers(x, start, stop):
        for each in WEIGHTS[start:stop]:
            x = cr.tanh(x @ each)
        return x

    def loss(x):
        for start in range(0, LAYERS, every):
            step = cr.checkpoint(lambda x, start=start: layers(x, start, start + every))
            x = (step if every < LAYERS else lambda x: layers(x, 0, LAYERS))(x)
        return (x**2).sum()

    return lambda x: cr.gradients(loss(x), WEIGHTS)


def test_the_arena_of_a_deep_net_holds_a_square_root():
    arenas, found = {}, {}
    for every in (LAYERS, 7):
        step = cr.compile(deep(every))
        found[every] = step(WIDE)
        arenas[every] = step.stages["plan"].result.layout.nbytes
    layer = WIDE.nbytes
    assert arenas[LAYERS] > LAYERS * layer
    assert arenas[7] < 0.5 * arenas[LAYERS]
    for ours, theirs in zip(found[7], found[LAYERS], strict=True):
        np.testing.assert_allclose(ours.value, theirs.value, rtol=1e-11, atol=1e-11)


def test_eager_memory_falls_too():
    peaks = {}
    for every in (LAYERS, 7):
        gradient = deep(every)
        tracemalloc.start()
        gradient(WIDE)
        peaks[every] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peaks[7] < 0.5 * peaks[LAYERS]


def cell(state, x):
    new = cr.tanh(state @ W + x)
    return new, (new * 2, x.sum())


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("steps", "every"), [(9, True), (11, 4), (2, 1), (5, 100)])
def test_a_scan_in_segments(steps, every, reverse):
    x = np.random.default_rng(steps).normal(size=(steps, 3))

    def run(x, checkpoint):
        last, (outputs, sums) = cr.scan(
            cell, cr.asarray(np.zeros(3)), x, reverse=reverse, checkpoint=checkpoint
        )
        return cr.concat([last, outputs.reshape(-1), sums])

    assert cr.check_gradients(lambda x: run(x, every), x, samples=4).ok
    assert run(x, every).shape == run(x, False).shape
    loss = [lambda x, k=k: (run(x, k) ** 2).sum() for k in (every, False)]
    found, wanted = cr.compile(cr.grad(loss[0]))(x), cr.grad(loss[1])(x)
    np.testing.assert_allclose(found.value, wanted.value, rtol=1e-11, atol=1e-13)


def test_a_scan_of_numbers_without_inputs():
    found = cr.scan(lambda s, _: ((s[0] + 1, s[1] * 0.5), None), (0, 1.0), length=7, checkpoint=2)
    assert [each.item() for each in found[0]] == [7, 0.5**7]
    assert found[1] is None


def test_memory_of_a_long_scan_grows_with_the_square_root():
    def arena(steps, checkpoint):
        def loss(x):
            state, _ = cr.scan(
                lambda s, x: (cr.tanh(s @ W + x) * s, None),
                cr.asarray(np.ones((50, 3))),
                x,
                checkpoint=checkpoint,
            )
            return cr.gradients((state**2).sum(), [W])[0]

        step = cr.compile(loss)
        step(np.ones((steps, 50, 3)))
        return step.stages["plan"].result.layout.nbytes

    plain = [arena(steps, False) for steps in (400, 1600)]
    ours = [arena(steps, True) for steps in (400, 1600)]
    assert plain[1] > 3.5 * plain[0]
    assert ours[1] < 2.5 * ours[0]
    assert ours[1] < 0.2 * plain[1]


def test_errors_are_sentences():
    with pytest.raises(ValueError, match="scan was given checkpoint=-1"):
        cr.scan(cell, cr.asarray(np.zeros(3)), X, checkpoint=-1)
    norm = cr.nn.BatchNorm(3)
    with pytest.raises(cr.ImmutableError, match="The function of a checkpoint updates a parameter"):
        cr.compile(lambda x: cr.checkpoint(norm)(x))(X)
    with pytest.raises(cr.UnboundInputError, match="the function of a checkpoint was traced"):
        cr.checkpoint(lambda x: x * x[0, 0].item())(X)
    assert cr.checkpoint(lambda x: None)(X) is None
