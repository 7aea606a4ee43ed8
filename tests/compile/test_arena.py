"""Blocks in the arena that are in use together never overlap, and free memory is used again."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.compile.plan.arena import LINE, Lifetime, aligned, assign_offsets, lifetimes

LIVES = st.lists(
    st.tuples(st.integers(0, 1000), st.integers(0, 30), st.integers(0, 30)), max_size=25
).map(
    lambda drawn: {
        name: Lifetime(nbytes, min(times), max(times))
        for name, (nbytes, *times) in enumerate(drawn)
    }
)


def whole_lines(nbytes):
    return -(-max(nbytes, 1) // LINE) * LINE


def are_together(a, b):
    return a.first <= b.last and b.first <= a.last


@given(LIVES)
def test_blocks_alive_together_never_overlap(blocks):
    offsets, size = assign_offsets(blocks)
    assert offsets.keys() == blocks.keys()
    for a, b in combinations(blocks, 2):
        if are_together(blocks[a], blocks[b]):
            low, high = sorted((a, b), key=offsets.__getitem__)
            assert offsets[low] + max(blocks[low].nbytes, 1) <= offsets[high]
    assert all(offsets[each] + life.nbytes <= size for each, life in blocks.items())


@given(LIVES)
def test_blocks_stand_at_cache_lines_in_no_more_room_than_without_sharing(blocks):
    offsets, size = assign_offsets(blocks)
    assert all(offset % LINE == 0 for offset in offsets.values())
    assert size <= sum(whole_lines(each.nbytes) for each in blocks.values())
    needed = [
        sum(whole_lines(each.nbytes) for each in blocks.values() if each.first <= now <= each.last)
        for now in range(31)
    ]
    assert size >= max(needed)


@given(st.lists(st.lists(st.integers(0, 9), max_size=4), max_size=12), st.sets(st.integers(0, 9)))
def test_a_block_lives_from_its_first_use_to_its_last_and_a_result_to_the_end(uses, kept):
    sizes = dict.fromkeys(range(8), 64)
    found = lifetimes(uses, sizes, kept)
    for block in range(10):
        times = [time for time, used in enumerate(uses) if block in used]
        if not times or block not in sizes:
            assert block not in found
        else:
            last = len(uses) if block in kept else times[-1]
            assert found[block] == Lifetime(64, times[0], last)


def test_what_follows_one_another_shares_two_places():
    chain = {number: Lifetime(4096, number, number + 1) for number in range(100)}
    assert assign_offsets(chain)[1] == 2 * 4096


def test_neighbouring_free_places_become_one():
    small = {("small", number): Lifetime(64, 0, 1) for number in range(8)}
    offsets, size = assign_offsets(
        small | {"big": Lifetime(8 * 64, 2, 3), "bigger": Lifetime(640, 4, 5)}
    )
    assert (offsets["big"], offsets["bigger"], size) == (0, 0, 640)


def test_no_blocks_need_no_memory():
    assert assign_offsets({}) == ({}, 0)
    assert aligned(0).nbytes == 0


def test_memory_starts_at_a_cache_line():
    for nbytes in (1, 63, 64, 1000):
        memory = aligned(nbytes)
        assert memory.nbytes == nbytes
        assert memory.__array_interface__["data"][0] % LINE == 0


@pytest.mark.native
def test_a_long_chain_of_products_needs_the_memory_of_three_of_them():
    def chain(x):
        for _ in range(100):
            x = x @ x
        return x

    x = np.eye(32)
    step = cr.compile(chain)
    np.testing.assert_array_equal(step(x).value, x)
    assert step.stages["plan"].result.bytes <= 3 * x.nbytes
