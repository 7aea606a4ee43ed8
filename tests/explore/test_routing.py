"""What folded calls routed where: counts that a reader can check by hand."""

import numpy as np
import pytest

import chainrule as cr


def routed(output):
    """Return what the first paragraph of the explanation of a sum says."""
    return cr.Graph(output.sum()).explain().paragraphs[0].routed


def folded(*layers):
    return cr.nn.Sequential(*layers)


def image(rows):
    return cr.input("x", value=np.array(rows, np.float64)[None, None])


PICTURE = [[1, 5, 0, 2], [3, 4, 9, 8], [0, 0, 7, 7], [0, 0, 1, 2]]
FEW = np.array([[1.0, -1.0, 2.0], [0.0, 3.0, -2.0]])


@cr.gate
def larger(x, y):
    return cr.maximum(x, y)


@cr.gate
def clipped(x):
    return cr.minimum(cr.maximum(x, -1), 1.0)


CASES = {
    "relu": (lambda: cr.relu(cr.input("x", value=FEW)), ["passed 3 of 6 elements"]),
    "leaky_relu": (
        lambda: folded(cr.leaky_relu)(cr.input("x", value=FEW)),
        ["routed 3 of 6 elements to the left, 3 to the right"],
    ),
    "maximum": (
        lambda: larger(cr.input("x", value=FEW), cr.input("y", value=np.ones((2, 3)))),
        ["routed 2 of 6 elements to the left, 4 to the right"],
    ),
    "clip": (
        lambda: clipped(cr.input("x", value=FEW)),
        ["passed 4 of 6 elements", "passed 3 of 6 elements"],
    ),
    "pooling": (
        lambda: folded(cr.nn.MaxPool2d(2))(image(PICTURE)),
        ["sent to 4 winners among 16 candidates, by place [[2 1] [1 0]]; 2 ties went to the first"],
    ),
    "the largest of a row": (
        lambda: cr.max(cr.input("x", value=FEW), axis=1),
        ["sent to 2 winners among 6 candidates, by place [0 1 1]"],
    ),
    "a wide window": (
        lambda: folded(cr.nn.MaxPool2d(4))(image(PICTURE)),
        ["sent to 1 winner among 16 candidates"],
    ),
    "embedding": (
        lambda: cr.nn.Embedding(10, 2, random=0)(cr.input("ids", value=np.array([[1, 2], [1, 1]]))),
        ["used 2 of 10 rows in 4 lookups, one row 3 times"],
    ),
    "layers without a choice": (
        lambda: cr.nn.Linear(3, 2, dtype="float64", random=0)(cr.input("x", value=FEW)),
        [],
    ),
}


@pytest.mark.parametrize(("output", "said"), CASES.values(), ids=CASES)
def test_a_folded_call_says_what_it_routed(output, said):
    assert list(routed(output())) == said


def test_dropout_says_how_many_passed():
    x = cr.input("x", value=np.ones((10, 10)))
    y = cr.nn.Dropout(0.3, random=0)(x)
    kept = np.count_nonzero(y.read())
    assert routed(y) == (f"passed {kept} of 100 elements",)


def test_gates_that_no_gradient_passes_are_not_explained():
    assert routed(cr.log_softmax(cr.input("x", value=FEW))) == ()


def test_zeros_are_shown_as_a_share():
    x = cr.input("x", value=np.array([[0.0, 1.0, 2.0, 3.0], [0.0, 0.0, 4.0, 5.0]]))
    text = str(cr.Graph((x * x).sum()).explain())
    assert "a = x ∘ x = (2, 4) norm 31.29, 38% zeros" in text
    assert str(cr.Graph((x * 0).sum()).explain()).count("(2, 4) norm 0, all zeros") == 3
