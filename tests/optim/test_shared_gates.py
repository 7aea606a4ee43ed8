"""What depends on the step number alone is computed once per step, not once per parameter."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.trace import trace


@pytest.mark.parametrize("optimizer", [cr.optim.Adam, cr.optim.AdamW])
def test_the_powers_of_adam_are_taken_once(optimizer):
    parameters = [cr.parameter(np.ones(3), f"p{number}") for number in range(5)]
    own = optimizer(parameters, 0.1)

    def step():
        return own.minimize(sum((each * each).sum() for each in parameters))

    powers = [each for each in trace(step, (), ()).order if each.kind == "pow"]
    assert len(powers) == 2


def test_parameters_of_two_dtypes_are_corrected_in_their_own():
    pair = [cr.parameter(np.ones(3, kind), kind) for kind in ("float32", "float64")]
    optimizer = cr.optim.Adam(pair, 0.1)
    for _ in range(3):
        optimizer.minimize(sum((each.astype("float64") ** 2).sum() for each in pair))
    assert [each.dtype for each in pair] == [np.dtype("float32"), np.dtype("float64")]
    assert np.allclose(pair[0].value, pair[1].value, rtol=1e-5)
