"""The nets whose costs are compared: what a layer, a net and a training of size n compute."""

import pytest

from chainrule.lecture.grown_nets import Growth, layer, net, training


@pytest.mark.parametrize("n", [8, 16])
def test_flop_are_those_of_products_and_activations(n):
    assert layer(n)[0] == 2 * n**3 + n**2
    assert net(n)[0] == n * layer(n)[0]
    assert 5 * n**5 < training(n)[0] < 8 * n**5


def test_exponents_are_those_of_the_counts_and_of_the_times():
    assert Growth([1, 2, 4], [1, 8, 64], [3.0, 12.0, 48.0]).exponents == pytest.approx((3, 2))
