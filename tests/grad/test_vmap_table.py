"""Every primitive, mapped over every combination of its operands, is a loop over the examples."""

from itertools import product

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import is_float
from numerical import drawn, inputs

SIZE = 3

ONE_BY_ONE = {
    "first_occurrence": "finds equal ids by hashing, which is sequential in one example",
    "true_positions": "counts the true elements of one example",
    "idle_adam": "has one number of steps per call",
}


def cases(primitive):
    """Yield an example and the axis of the batch in each operand, None for one without."""
    for example in primitive.examples:
        count = len(example.operands)
        for mapped in product((True, False), repeat=count):
            if any(mapped):
                ends = [-1 if i % 2 else 0 for i in range(count)]
                yield (
                    example,
                    tuple(
                        end if is_mapped else None
                        for end, is_mapped in zip(ends, mapped, strict=True)
                    ),
                )


def of_batch(primitive, operand, axis, random):
    """Return an array for an operand, of all examples if it has an axis of them."""
    found = [drawn(operand, random) for _ in range(1 if axis is None else SIZE)]
    if primitive.name == "searchsorted" and operand.shape:  # its rows are in ascending order
        found = [np.sort(each) for each in found]
    return found[0] if axis is None else np.stack(found, axis)


def moving(primitive, xs):
    return [x for i, x in enumerate(xs) if is_float(x.dtype) and primitive.takes_gradient(i)]


def results(output, primitive, xs):
    """Return the output and the gradients of a weighted sum of its elements."""
    if not is_float(output.dtype) or not moving(primitive, xs):
        return [output]
    upstream = np.cos(np.arange(output.size)).reshape(output.shape)
    return [output, *cr.gradients(output, moving(primitive, xs), upstream)]


def mapped_results(primitive, example, axes, xs):
    def one(*operands):
        return cr.apply(primitive, *operands, **example.attributes)

    return results(cr.vmap(one, in_axes=axes)(*xs), primitive, xs)


def looped_results(primitive, example, axes, xs):
    def at(x, axis, i):
        return x if axis is None else x[i] if axis == 0 else x[..., i]

    outputs = [
        cr.apply(
            primitive,
            *(at(x, axis, i) for x, axis in zip(xs, axes, strict=True)),
            **example.attributes,
        )
        for i in range(SIZE)
    ]
    return results(cr.stack(outputs), primitive, xs)


def assert_equal(found, wanted):
    for each, other in zip(found, wanted, strict=True):
        assert (each is None) == (other is None)
        if each is not None:
            assert (each.shape, each.dtype) == (other.shape, other.dtype)
            np.testing.assert_allclose(each.value, other.value, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("primitive", cr.PRIMITIVES.values(), ids=lambda each: each.name)
def test_a_mapped_gate_is_a_loop_over_the_examples(primitive):
    random = np.random.default_rng(8)
    for example, axes in cases(primitive):
        pairs = zip(example.operands, axes, strict=True)
        xs = inputs([of_batch(primitive, operand, axis, random) for operand, axis in pairs])
        found = mapped_results(primitive, example, axes, xs)
        assert_equal(found, looped_results(primitive, example, axes, xs))


@pytest.mark.native
@pytest.mark.parametrize("primitive", cr.PRIMITIVES.values(), ids=lambda each: each.name)
def test_a_mapped_gate_compiles(primitive):
    """All combinations of operands are compiled together, which is cheap."""
    random = np.random.default_rng(9)
    chosen = list(cases(primitive))[:12]
    arrays = [
        [of_batch(primitive, *pair, random) for pair in zip(example.operands, axes, strict=True)]
        for example, axes in chosen
    ]

    def all_of(arrays):
        return [
            mapped_results(primitive, example, axes, xs)
            for (example, axes), xs in zip(chosen, arrays, strict=True)
        ]

    for found, (example, axes), xs in zip(cr.compile(all_of)(arrays), chosen, arrays, strict=True):
        assert_equal(found, mapped_results(primitive, example, axes, inputs(xs)))


def test_every_primitive_says_how_it_is_mapped():
    """Without a rule a gate runs as a scan, with a warning; these declare the scan."""
    assert [name for name, each in cr.PRIMITIVES.items() if each.batching is None] == []
    scans = {name for name, each in cr.PRIMITIVES.items() if each.vmap == "scan"}
    assert scans == ONE_BY_ONE.keys()
