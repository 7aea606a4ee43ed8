"""take_along_axis where the other axes broadcast, beside NumPy."""

import numpy as np
import pytest

import chainrule as cr

SHAPES = [
    ((4, 3), (1, 2), 1),
    ((4, 3), (4, 2), 1),
    ((1, 3), (4, 2), 1),
    ((2, 3, 4), (1, 1, 2), -1),
    ((2, 3, 4), (2, 5, 1), 1),
    ((2, 1, 4), (1, 3, 2), 2),
    ((1, 4), (3, 4), 0),
    ((3, 1), (2, 4), 0),
    ((3,), (5,), 0),
    ((3, 0), (1, 0), 0),
    ((0, 3), (1, 2), 1),
]


def wanted_places(x, ids, axis):
    wide = np.broadcast_shapes(
        *((*each[:axis], 1, *each[axis + 1 :]) for each in (x.shape, ids.shape))
    )
    full = [*wide]
    full[axis] = ids.shape[axis]
    places = list(np.indices(full, sparse=True))
    spread = np.broadcast_to(ids, full)
    places = [p if x.shape[i] > 1 else np.zeros_like(p) for i, p in enumerate(places)]
    places[axis] = spread
    return tuple(places)


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize(("shape", "of_ids", "axis"), SHAPES, ids=str)
def test_value_and_gradient(shape, of_ids, axis, compiled):
    random = np.random.default_rng(3)
    x, ids = random.normal(size=shape), random.integers(0, shape[axis], of_ids)
    places = wanted_places(x, ids, axis % len(shape))
    wanted = x[places]

    def both(x, ids):
        value = cr.take_along_axis(x, ids, axis)
        return value, cr.grad(lambda x: (cr.take_along_axis(x, ids, axis) ** 2).sum())(x)

    value, gradient = (cr.compile(both) if compiled else both)(cr.asarray(x), cr.asarray(ids))
    np.testing.assert_array_equal(value.read(), wanted)
    slope = np.zeros(shape)
    np.add.at(slope, places, 2 * wanted)
    np.testing.assert_allclose(gradient.read(), slope, rtol=1e-12)


@pytest.mark.parametrize(("shape", "of_ids"), [((4, 3), (2, 3)), ((4, 3), (3,)), ((3,), (1, 3))])
def test_what_does_not_broadcast(shape, of_ids):
    with pytest.raises(cr.ShapeError, match=r"apart from axis .* must be equal, or 1"):
        cr.take_along_axis(np.zeros(shape), np.zeros(of_ids, int))


def test_ids_outside_are_errors():
    for bad in (-1, 3):
        with pytest.raises(cr.RangeError, match=f"the id {bad} at position"):
            cr.take_along_axis(np.zeros((4, 3)), np.array([[bad]]), 1)
