"""The queue of a server: which requests are answered together, in which order, by which model."""

import asyncio
import threading
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.serve.batch_queue import BatchQueue
from chainrule.serve.errors import AnswerError


class Upper:
    """A model that answers with capitals, once it may, and keeps the batches it was given."""

    def __init__(self, open_=True):
        self.batches, self.gate = [], threading.Event()
        if open_:
            self.gate.set()

    def answers(self, items):
        self.gate.wait(30)
        self.batches.append(list(items))
        if "fail" in items:
            raise ValueError("made to fail")
        if "panic" in items:
            raise KeyboardInterrupt
        return [each.upper() for each in items]


def run(work, batch=1000, linger=0.001):
    """Run an asynchronous function of a queue."""

    async def inside():
        async with running(batch, linger) as queue:
            return await asyncio.wait_for(work(queue), 30)

    return asyncio.run(inside())


@asynccontextmanager
async def running(batch, linger):
    queue = BatchQueue(batch, linger, lambda *_: None)
    queue.start()
    try:
        yield queue
    finally:
        await asyncio.to_thread(queue.stop, 30)
        assert not queue.is_alive


async def first_taken(queue, model):
    """Submit a request and wait until the worker has it."""
    future = queue.submit(model, ["first"])
    while len(queue):
        await asyncio.sleep(0.001)
    return future


def test_what_waits_is_answered_together():
    model = Upper(open_=False)

    async def work(queue):
        futures = [await first_taken(queue, model)]
        futures += [queue.submit(model, [f"a{i}", f"b{i}"]) for i in range(5)]
        model.gate.set()
        return await asyncio.gather(*futures)

    assert run(work) == [["FIRST"], *([f"A{i}", f"B{i}"] for i in range(5))]
    assert [len(each) for each in model.batches] == [1, 10]


def test_a_queue_that_was_stopped_can_be_started_again():
    queue, model = BatchQueue(1000, 0.001, lambda *_: None), Upper()

    async def work():
        queue.start()
        found = await asyncio.wait_for(queue.submit(model, ["a"]), 30)
        await asyncio.to_thread(queue.stop, 30)
        return found, queue.is_alive

    assert [asyncio.run(work()) for _ in range(2)] == [(["A"], False)] * 2


def test_a_batch_has_a_size_and_takes_at_least_one_item():
    model = Upper(open_=False)

    async def work(queue):
        futures = [await first_taken(queue, model)]
        futures += [queue.submit(model, ["x" * 50]), queue.submit(model, ["a", "b", "c", "d"])]
        futures += [queue.submit(model, ["e"])]
        model.gate.set()
        return await asyncio.gather(*futures)

    assert run(work, batch=6)[1:] == [["X" * 50], ["A", "B", "C", "D"], ["E"]]
    assert model.batches == [["first"], ["x" * 50], ["a", "b", "c"], ["e", "d"]]


def test_a_cancelled_request_is_not_computed():
    model = Upper(open_=False)

    async def work(queue):
        first = await first_taken(queue, model)
        gone, stays = queue.submit(model, ["gone"]), queue.submit(model, ["stays"])
        gone.cancel()
        model.gate.set()
        return await first, await stays

    assert run(work) == (["FIRST"], ["STAYS"])
    assert model.batches == [["first"], ["stays"]]


def test_requests_of_two_models_are_in_batches_of_their_own_and_in_order():
    old, new = Upper(open_=False), Upper()

    async def work(queue):
        futures = [await first_taken(queue, old)]
        futures += [queue.submit(model, [name]) for model, name in zip((old, new) * 3, "abcdef")]  # noqa: B905
        old.gate.set()
        return await asyncio.gather(*futures)

    assert run(work) == [["FIRST"], ["A"], ["B"], ["C"], ["D"], ["E"], ["F"]]
    assert old.batches == [["first"], ["a", "c", "e"]]
    assert new.batches == [["b", "d", "f"]]


@pytest.mark.parametrize("item", ["fail", "panic"])
def test_a_failure_meets_its_request_alone_and_the_worker_goes_on(item):
    model = Upper(open_=False)

    async def work(queue):
        futures = [await first_taken(queue, model)]
        futures += [queue.submit(model, [each]) for each in ("a", item, "b")]
        model.gate.set()
        found = await asyncio.gather(*futures, return_exceptions=True)
        return [*found, await queue.submit(model, ["c"])]

    first, a, failure, b, c = run(work)
    assert [first, a, b, c] == [["FIRST"], ["A"], ["B"], ["C"]]
    assert isinstance(failure, AnswerError)


def test_stopping_answers_what_waits():
    model = Upper(open_=False)

    async def work():
        queue = BatchQueue(1, 0.001, lambda *_: None)
        queue.start()
        futures = [queue.submit(model, [each]) for each in "abc"]
        stopping = asyncio.get_running_loop().run_in_executor(None, queue.stop, 30)
        model.gate.set()
        await stopping
        return await asyncio.gather(*futures)

    assert asyncio.run(work()) == [["A"], ["B"], ["C"]]


@settings(max_examples=40)
@given(
    requests=st.lists(st.lists(st.text("ab", max_size=9), max_size=7), max_size=12),
    batch=st.integers(1, 30),
)
def test_every_request_gets_its_answers_in_order(requests, batch):
    model = Upper()

    async def work(queue):
        return await asyncio.gather(*[queue.submit(model, each) for each in requests])

    assert run(work, batch) == [[item.upper() for item in each] for each in requests]
    assert sum(map(len, model.batches)) == sum(map(len, requests))
