"""Addresses of arrays are those that NumPy tells."""

import numpy as np
import pytest

from chainrule.compile.plan.addresses import address_of

WHOLE = np.arange(24, dtype=np.float32).reshape(4, 6)
READ_ONLY = WHOLE.copy()
READ_ONLY.flags.writeable = False

ARRAYS = {
    "a whole": WHOLE,
    "columns": WHOLE[:, 2:],
    "reversed": WHOLE[::-1, ::-1],
    "transposed": WHOLE.T,
    "read-only": READ_ONLY,
    "a scalar": np.array(3.0),
    "without elements": np.empty((0, 3)),
    "bytes at an odd place": np.frombuffer(b"-" * 9, np.float32, offset=1),
    "repeated": np.broadcast_to(np.float64(1), (5, 5)),
    "a record": np.zeros(3, [("a", np.int8), ("b", np.int64)])["b"],
}


@pytest.mark.parametrize("name", ARRAYS)
def test_the_address_is_that_of_the_interface_of_arrays(name):
    array = ARRAYS[name]
    assert address_of(array) == array.__array_interface__["data"][0]
