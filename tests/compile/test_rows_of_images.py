"""Rows of images around the extents of vectors: stride 2, and places with gaps between rows."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.kernels.tile_sums import lanes_of
from chainrule.compile.kernels.window_product_text import WindowsProduct

pytestmark = pytest.mark.native

WIDTHS = [
    *(("float32", width) for width in (1, 2, 3, 16, 31, 32, 33, 34, 63, 66, 127, 130)),
    *(("float64", width) for width in (8, 15, 17, 18, 65)),
]


def whole_numbers(seed, dtype, *shape):
    """Return small integers, whose sums of products are exact in any order."""
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(dtype)


def assert_exact(function, *arrays):
    """Check that the compiled results and gradients are those of the reference, bit for bit."""

    def differentiated(*xs):
        y = function(*xs)
        return (y, *cr.gradients(y, xs, whole_numbers(9, str(y.dtype), *y.shape)))

    wanted = differentiated(*(cr.input(f"x{i}", value=each) for i, each in enumerate(arrays)))
    step = cr.compile(differentiated)
    for _ in range(2):
        for native, reference in zip(step(*arrays), wanted, strict=True):
            np.testing.assert_array_equal(native.value, reference.value)


@pytest.mark.parametrize(("dtype", "width"), WIDTHS)
def test_images_with_stride_2_are_sorted_and_put_back_exactly(dtype, width):
    x = whole_numbers(0, dtype, 2, 3, 5, width)
    w = whole_numbers(1, dtype, 17, 3, 3, min(3, width + 2))
    assert_exact(lambda x, w: cr.convolve(x, w, 2, padding=1), x, w)


@pytest.mark.parametrize("step", [(2, 1), (1, 2), (2, 3), (3, 2)])
def test_only_one_axis_has_stride_2(step):
    x = whole_numbers(0, "float32", 2, 3, 9, 40)
    w = whole_numbers(1, "float32", 5, 3, 3, 3)
    assert_exact(lambda x, w: cr.convolve(x, w, step, padding=[(1, 1), (2, 0)]), x, w)


@pytest.mark.parametrize("width", [4, 13, 15, 16, 17, 28, 33])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_places_of_all_rows_follow_each_other_in_the_result(dtype, width):
    x, w = whole_numbers(0, dtype, 2, 8, 6, width), whole_numbers(1, dtype, 10, 4, 3, 3)
    assert_exact(lambda x, w: cr.convolve(x, w, padding=1, groups=2), x, w)


def test_no_images_have_no_places():
    x, w = whole_numbers(0, "float32", 0, 3, 9, 40), whole_numbers(1, "float32", 5, 3, 3, 3)
    assert_exact(lambda x, w: cr.convolve(x, w, 2, padding=1), x, w)


@pytest.mark.parametrize(("stride", "width"), [(1, 15), (2, 63), (2, 40), (3, 50)])
def test_vectors_are_read_inside_of_the_padded_image(monkeypatch, stride, width):
    made, of = [], WindowsProduct.of
    monkeypatch.setattr(
        WindowsProduct, "of", lambda self, *rest: made.append(self) or of(self, *rest)
    )
    x, w = whole_numbers(0, "float32", 2, 3, 5, width), whole_numbers(1, "float32", 17, 3, 3, 3)
    assert_exact(lambda x, w: cr.convolve(x, w, stride, padding=1), x, w)
    assert len(made) >= 2
    for product in made:
        lanes = lanes_of(product.image.images.dtype)
        for sums, spans in zip(product.sums, product.tiles.spans, strict=True):
            starts = spans[:, 0]
            assert starts.min() + sums.offsets.min() >= 0
            assert starts.max() + sums.offsets.max() + lanes <= product.image.room
