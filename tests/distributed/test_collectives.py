"""Collectives: against NumPy, their derivatives, and the communicator of one process."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.distributed import (
    DistributedError,
    OneProcess,
    Parallel,
    all_reduce,
    communicator,
    rank_sum,
)
from launching import needs_mpi, script


@needs_mpi
@pytest.mark.parametrize("count", [1, 3])
def test_collectives_of_mpi_agree_with_numpy_and_gradients_with_differences(count):
    script(count, "collectives+derivatives")


def test_one_process_has_sums_of_one_term():
    between, rows = OneProcess(), np.arange(6.0).reshape(3, 2)
    for found in (
        between.all_reduce(rows),
        between.all_reduce(rows, "max"),
        between.gather_rows(rows),
        between.broadcast(rows),
        rank_sum(rows, between),
    ):
        assert np.array_equal(found, rows)
        assert not np.shares_memory(found, rows)
    assert between.gather_objects("a") == ["a"]
    assert between.broadcast_object("a") == "a"
    between.barrier()
    transfer = between.start_all_reduce(rows)
    transfer.wait()
    assert transfer.done()
    with pytest.raises(DistributedError, match="sent to rank 1, but this process works alone"):
        between.start_send(rows, 1, 0)
    with pytest.raises(DistributedError, match="awaited from rank 1"):
        between.start_receive(rows, 1, 0)


def test_a_plain_process_works_alone():
    assert isinstance(communicator(), OneProcess)
    assert (communicator().rank, communicator().size) == (0, 1)


def test_a_sum_over_ranks_is_a_gate_with_derivatives():
    x = cr.parameter(np.array([0.3, -1.2]))
    cr.check_gradients(lambda x: (all_reduce(cr.sin(x)) * x).sum(), x)
    hessian = cr.hessian(lambda x: (all_reduce(x) ** 3).sum())(np.array([1.0, 2.0]))
    np.testing.assert_allclose(np.asarray(hessian), np.diag([6.0, 12.0]))
    _, tangent = cr.jvp(lambda x: all_reduce(x * x), (x,), (np.ones(2),))
    np.testing.assert_allclose(tangent.value, 2 * x.value)


@pytest.mark.native
def test_compiled_functions_run_the_gate_between_native_code():
    @cr.compile
    def function(x):
        return cr.exp(all_reduce(cr.tanh(x)) * 2)

    x = np.linspace(-1, 1, 5)
    np.testing.assert_allclose(function(x).value, np.exp(np.tanh(x) * 2), rtol=1e-12)
    assert "on the reference evaluator: all_reduce" in function.report()


def test_a_constant_of_a_compiled_function_is_refused():
    @cr.compile
    def function(x):
        return x + all_reduce(cr.asarray(np.ones(3)))

    with pytest.raises(DistributedError, match="added up only once, while the function is traced"):
        function(np.ones(3))


def test_bools_are_refused():
    with pytest.raises(cr.DTypeError, match=r"all_reduce was given .* of dtype bool\. Give"):
        all_reduce(np.array([True]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"blocks": 0}, "Give a number from 1 to 8192"),
        ({"blocks": 9000}, "Give a number from 1 to 8192"),
        ({"bucket_bytes": 0}, "Give the bytes of the gradients"),
        ({"summation": "fast"}, "Choose 'fixed order' or 'any order'"),
    ],
)
def test_settings_are_checked(options, message):
    with pytest.raises(DistributedError, match=message):
        Parallel(**options)


@needs_mpi
@pytest.mark.native
def test_the_report_says_what_was_sent_and_overlapped():
    lines = script(2, "overlapped").splitlines()
    assert "2 blocks on 2 processes" in lines[0]
    assert any("on the reference evaluator: start_reduction" in each for each in lines)
    words = lines[-1].split()
    assert lines[-1].startswith("messages: 6.0 exchanges and ")
    sent = float(words[words.index("MB") - 1])
    parameters = 6 * (300 * 300 + 300) * 4 / 1e6
    assert sent == pytest.approx(parameters, rel=0.01)  # half of the sums there, half of it back
    overlap = next(each for each in words if each.endswith("%"))
    assert 0 < float(overlap.rstrip("%")) <= 100
