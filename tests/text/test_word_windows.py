"""Each token gets the ids of its neighbours, and padding where the sentence is over."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.text import window_ids
from counting import calls


def test_museums_in_paris_are_amazing() -> None:
    windows = window_ids([[11, 12, 13, 14, 15], [21]], window=2)
    assert windows.tolist() == [
        [0, 0, 11, 12, 13],
        [0, 11, 12, 13, 14],
        [11, 12, 13, 14, 15],
        [12, 13, 14, 15, 0],
        [13, 14, 15, 0, 0],
        [0, 0, 21, 0, 0],
    ]
    assert windows.dtype == np.int64


@given(st.lists(st.lists(st.integers(0, 99))), st.integers(0, 4), st.integers(-1, 3))
def test_windows_are_what_a_loop_would_gather(
    sentences: list[list[int]], window: int, padding: int
) -> None:
    expected = [
        [ids[j] if 0 <= j < len(ids) else padding for j in range(i - window, i + window + 1)]
        for ids in sentences
        for i in range(len(ids))
    ]
    windows = window_ids(sentences, window, padding)
    assert windows.shape == (len(expected), 2 * window + 1)
    assert windows.dtype == np.int64
    assert windows.tolist() == expected


def test_windows_are_a_copy_that_may_be_changed() -> None:
    ids = np.array([1, 2, 3])
    windows = window_ids([ids], 1)
    windows[0, 1] = 9
    assert ids.tolist() == [1, 2, 3]
    assert windows[1, 0] == 1


def test_tokens_cost_no_call_each() -> None:
    """Sentences are taken one by one, but their tokens all at once."""
    short, long = [np.arange(20)] * 100, [np.arange(2_000)] * 100
    assert window_ids(long, window=5).shape == (200_000, 11)
    needed = calls(lambda: window_ids(short, window=5))
    assert 100 < needed < 1_000
    assert calls(lambda: window_ids(long, window=5)) == needed


def test_a_negative_window_is_an_error() -> None:
    with pytest.raises(ValueError, match="0 or more neighbours on each side; found -1"):
        window_ids([[1]], window=-1)


@pytest.mark.parametrize("ids", [[1.5], ["cat"], [[1], [2]], 3])
def test_a_sentence_that_is_no_row_of_ids_is_named(ids: object) -> None:
    with pytest.raises(ValueError, match=r"Sentence 1 should be a one-dim.*Look its words up"):
        window_ids([[1], ids], window=1)  # type: ignore[list-item]
