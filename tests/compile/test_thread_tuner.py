"""The tuner chooses the faster of one thread and two, also when that changes."""

import pytest

from chainrule.compile.run.thread_tuner import ThreadTuner


def share_helped(tuner, seconds, calls):
    """Return how many of the calls used the second thread; `seconds` is (alone, helped)."""
    helped = 0
    for _ in range(calls):
        helped += tuner.two_threads
        tuner.record(seconds[tuner.two_threads])
    return helped / calls


@pytest.mark.parametrize(("seconds", "faster"), [((2.0, 1.0), True), ((1.0, 2.0), False)])
def test_most_calls_go_the_faster_way(seconds, faster):
    tuner = ThreadTuner()
    share_helped(tuner, seconds, 1000)
    found = share_helped(tuner, seconds, 10_000)
    assert found > 0.99 if faster else found < 0.01


def test_a_small_gain_is_not_worth_a_change():
    tuner = ThreadTuner()
    assert share_helped(tuner, (0.95, 1.0), 20_000) > 0.98


def test_calls_that_become_slower_are_noticed_at_once():
    tuner = ThreadTuner()
    share_helped(tuner, (2.0, 1.0), 5000)
    share_helped(tuner, (2.0, 5.0), 30)
    assert not tuner.two_threads
    share_helped(tuner, (2.0, 5.0), 5000)
    share_helped(tuner, (2.0, 1.0), 5000)
    assert tuner.two_threads


def test_one_slow_call_changes_nothing():
    tuner = ThreadTuner()
    share_helped(tuner, (2.0, 1.0), 5000)
    tuner.record(3.0)
    assert share_helped(tuner, (2.0, 1.0), 100) == 1
