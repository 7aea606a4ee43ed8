"""Results that no argument changes are made once, and nobody can write them."""

import numpy as np
import pytest

import chainrule as cr

pytestmark = pytest.mark.native


@pytest.mark.parametrize("name", ["isnan", "isinf", "isfinite"])
@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int32", "uint32", "int64"])
@pytest.mark.parametrize("shape", [(), (1,), (0, 3), (5, 7), (300, 400)])
def test_integers_are_finite(name, dtype, shape):
    x, function = np.ones(shape, dtype), cr.compile(getattr(cr, name))
    for _ in range(2):
        found = function(x)
        wanted = getattr(np, name)(x)
        np.testing.assert_array_equal(found.value, wanted)
        assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)


def test_they_are_read_only_and_may_be_arguments_and_operands():
    step = cr.compile(lambda x: (cr.zeros((300, 400)), x + cr.ones(400), cr.isnan(x.astype(int))))
    x = np.random.default_rng(0).normal(size=(300, 400))
    first, second = step(x), step(2 * x)
    for found, scale in ((first, 1), (second, 2)):
        zeros, total, flags = (each.value for each in found)
        np.testing.assert_array_equal(total, scale * x + 1)
        assert not zeros.any()
        assert not flags.any()
        with pytest.raises(ValueError, match="read-only"):
            zeros[0] = 1
    np.testing.assert_array_equal(step(first[0])[1].value, np.ones((300, 400)))


def test_a_captured_constant_is_returned_unchanged():
    given = np.arange(6.0).reshape(2, 3)
    table = cr.asarray(given)
    given[:] = 0
    step = cr.compile(lambda x: (table, table.T, x * table))
    for _ in range(2):
        whole, turned, product = (each.value for each in step(np.full((2, 3), 2.0)))
        np.testing.assert_array_equal(whole, np.arange(6.0).reshape(2, 3))
        np.testing.assert_array_equal(turned, whole.T)
        np.testing.assert_array_equal(product, 2 * whole)
