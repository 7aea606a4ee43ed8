"""What claims measure layers with: outputs, and the gradient that arrives at each."""

import numpy as np

from chainrule.lecture.signals import signals


def test_outputs_and_gradients_of_layers_worked_out_by_hand():
    layers = [lambda x: 2 * x, lambda x: x * x, lambda x: -x]
    x = np.array([1.0, 3.0])
    outputs, gradients = signals(layers, x, lambda top: (top * np.array([1.0, 10.0])).sum())
    np.testing.assert_allclose(outputs, [[2, 6], [4, 36], [-4, -36]])
    np.testing.assert_allclose(gradients, [[-4, -120], [-1, -10], [1, 10]])
