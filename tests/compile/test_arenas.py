"""Programs of one compiled function use the same memory, one after the other."""

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.run.arenas import Arenas

pytestmark = pytest.mark.native

SIZES = (40, 4000, 7, 40_000, 300, 40)


@cr.compile
def chained(x, ids):
    return cr.sum(cr.cumulative_sum(cr.exp(x)) * cr.take(x, ids)), x[:3] + 1


def expected(x, ids):
    return np.sum(np.cumsum(np.exp(x)) * x[ids]), x[:3] + 1


def arguments(size, seed=0):
    random = np.random.default_rng(seed)
    return random.standard_normal(size), random.integers(0, size, size)


def close(found, wanted):
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one.read(), other, rtol=1e-9)


def test_all_shapes_use_one_block_of_memory_the_largest():
    for size in SIZES:
        close(chained(*arguments(size)), expected(*arguments(size)))
    (arena,) = chained._arenas.free
    assert arena.bytes.nbytes == max(
        version.program._idle[0].nbytes for (version,) in chained._versions.values()
    )


def test_a_block_that_is_too_small_is_given_back():
    function = cr.compile(lambda x: cr.cumulative_sum(cr.exp(x)) * 2)
    known = []
    for size in (10, 1000, 100_000):
        function(np.zeros(size))
        known.append(weakref.ref(function._arenas.free[0].bytes))
    gc.collect()
    assert [each() is None for each in known] == [True, True, False]


def test_an_id_out_of_range_is_found_whatever_other_shapes_left_in_memory():
    for size in SIZES:
        x, ids = arguments(size)
        close(chained(x, ids), expected(x, ids))
        ids[-1] = size
        with pytest.raises(cr.RangeError):
            chained(x, ids)
        close(chained(*arguments(size, 1)), expected(*arguments(size, 1)))


def test_a_call_that_ends_after_another_thread_began_another_shape_keeps_no_memory(monkeypatch):
    function = cr.compile(lambda x: cr.cumulative_sum(cr.exp(x)) * 2)
    function(np.zeros(10))
    slow, inner = function._last, Arenas.give_back

    def meanwhile(arenas, arena):
        monkeypatch.undo()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(function, np.zeros(1000)).result()
        inner(arenas, arena)

    monkeypatch.setattr(Arenas, "give_back", meanwhile)
    function(np.zeros(10))
    assert function._last is not slow
    assert [each._arena.nbytes for each in slow.program._idle] == [0]


def test_threads_that_call_different_shapes_do_not_share_memory():
    def called(seed):
        for size in SIZES * 5:
            given = arguments(size, seed)
            close(chained(*given), expected(*given))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(called, range(4)))
