"""The summation tree and the blocks of a batch, without processes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.distributed.blocks import Blocks
from chainrule.distributed.summation_tree import Span, additions, children, nodes_within
from chainrule.distributed.tree_sum import Buffers, SumStack

SIZES = st.integers(1, 40)


def added(schedule, terms):
    stack = SumStack(schedule, Buffers(), "sums", terms[0].size, terms[0].dtype)
    for each in terms:
        stack.push([each])
    assert stack.is_full
    return [np.array(each) for each in stack.sums[: stack.height]]


def by_recursion(node, terms):
    """Return the sum of the terms below a node, None without any: the definition."""
    if node.first >= len(terms):
        return None
    if node.end - node.first == 1:
        return terms[node.first]
    left, right = (by_recursion(each, terms) for each in children(node))
    return left if right is None else left + right


@given(SIZES, SIZES, SIZES, st.integers(0, 99))
def test_every_number_of_ranks_adds_in_the_order_of_the_tree(examples, most, ranks, seed):
    blocks = Blocks(examples, most, ranks)
    terms = np.random.default_rng(seed).normal(size=(blocks.count, 3)).astype(np.float32)
    nodes = []
    for rank in range(ranks):
        own = [terms[each] for each in blocks.owned(rank)]
        if own:
            nodes += added(blocks.additions(rank), own)
    (total,) = added(blocks.last_additions(), nodes)
    assert total.tobytes() == by_recursion(blocks.root, list(terms)).tobytes()


@given(SIZES, SIZES, SIZES)
def test_blocks_hold_every_example_once(examples, most, ranks):
    blocks = Blocks(examples, most, ranks)
    owned = [block for rank in range(ranks) for block in blocks.owned(rank)]
    assert owned == list(range(blocks.count))
    assert blocks.count <= most
    seen = [i for block in owned for i in range(examples)[blocks.rows(block)]]
    assert seen == list(range(examples))
    assert sum(map(blocks.share, owned)) == pytest.approx(1)
    counts = [len(blocks.owned(rank)) for rank in range(ranks)]
    assert counts == sorted(counts, reverse=True)
    assert max(counts) - min(counts) <= 1


def test_few_ranks_own_at_most_two_nodes_of_12_blocks():
    most = {
        ranks: max(len(Blocks(36, 12, ranks).nodes(rank)) for rank in range(ranks))
        for ranks in (1, 2, 3, 4, 6, 12)
    }
    assert most == {1: 1, 2: 1, 3: 2, 4: 2, 6: 1, 12: 1}


def test_a_stack_holds_few_sums_at_once():
    blocks = Blocks(4096, 4096, 1)
    stack = SumStack(blocks.additions(0), Buffers(), "sums", 1, np.dtype("float32"))
    assert len(stack.sums) == 13


def test_nodes_and_additions_of_a_small_tree():
    root = Span(0, 6)
    assert children(root) == (Span(0, 4), Span(4, 6))
    assert nodes_within(Span(1, 6), root) == [Span(1, 2), Span(2, 4), Span(4, 6)]
    assert nodes_within(Span(6, 9), root) == []
    terms = [Span(0, 1), Span(1, 2), Span(2, 4), Span(4, 6)]
    assert additions(terms, [root]) == [0, 1, 1, 1]
    assert additions(terms[1:], [Span(1, 2), Span(2, 4), Span(4, 6)]) == [0, 0, 0]


def test_memory_of_a_place_is_used_again_until_its_form_changes():
    buffers = Buffers()
    first = buffers.array("a", 3, np.dtype("float32"))
    assert buffers.array("a", 3, np.dtype("float32")) is first
    assert buffers.array("b", 3, np.dtype("float32")) is not first
    assert buffers.array("a", 3, np.dtype("float64")).dtype == "float64"
