"""Derivations where terms cancel: rounding errors are no mistakes, and mistakes are found."""

import numpy as np
import pytest

import chainrule as cr

ONE_CLASS, TWO_ROWS = [[0.3], [1.2]], [[0.1, 0.7, -0.3], [1.0, 2.0, 4.0]]
ZERO_ROW = [[0.0, 0.0, 0.0], [1.0, 2.0, 4.0]]
LOSSES = {
    "cross-entropy over one class": (lambda x: cr.nn.cross_entropy(x, [0, 0]), ONE_CLASS),
    "log-softmax over one class": (lambda x: (3 * cr.log_softmax(x)).sum(), ONE_CLASS),
    "softmax over one class": (lambda x: (3 * cr.softmax(x)).sum(), ONE_CLASS),
    "a sum of normalised rows": (lambda x: cr.layer_norm(x).sum(), TWO_ROWS),
    "a sum with a row of zeros": (lambda x: cr.layer_norm(x).sum(), ZERO_ROW),
    "a sum of rows of zeros": (lambda x: cr.layer_norm(x).sum(), np.zeros((2, 3))),
    "equal terms": (lambda x: (cr.sin(x) ** 2 + cr.cos(x) ** 2).sum(), TWO_ROWS),
}


@pytest.mark.parametrize("elements", [False, True], ids=["matrices", "elements"])
@pytest.mark.parametrize("name", LOSSES)
def test_terms_that_cancel_are_right(name, elements):
    loss, value = LOSSES[name]
    derivation = cr.Graph(loss(cr.input("x", value=value))).derivation(elements=elements)
    assert derivation.ok, str(derivation)
    assert "every line agrees with central differences" in str(derivation).splitlines()[-1]


@pytest.mark.parametrize("name", [each for each in LOSSES if "zeros" not in each])
def test_their_gradients_pass_the_check(name):
    loss, value = LOSSES[name]
    report = cr.check_gradients(loss, np.array(value))
    assert report.ok, str(report)


@pytest.mark.parametrize("error", [1e-3, 1e-6, -1e-8])
def test_a_term_that_does_not_cancel_is_wrong(error):
    @cr.gate
    def share(x):
        return cr.exp(x - cr.logsumexp(x, axis=-1, keepdims=True))

    @share.backward
    def share_backward(upstream, output, x):
        total = (upstream * output).sum(axis=-1, keepdims=True)
        return output * (upstream - (1 + error) * total)

    derivation = cr.Graph(share(cr.input("x", value=ONE_CLASS)).sum()).derivation()
    assert not derivation.ok
    assert "✗" in str(derivation)


def test_a_line_about_classes_that_do_not_exist_is_on_no_kink():
    loss, value = LOSSES["cross-entropy over one class"]
    text = str(cr.Graph(loss(cr.input("x", value=value))).derivation())
    assert "for a wrong class" in text
    assert "kink" not in text
