"""Word windows: each word together with its neighbours.

"museums in Paris are amazing": the middle word is classified from the vectors of all five.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view


def window_ids(
    ids_per_sentence: Sequence[npt.ArrayLike], window: int, padding: int = 0
) -> npt.NDArray[np.int64]:
    """Return the ids around every token of every sentence, int64 (tokens, 2 * window + 1).

    Column `window` is the token itself, columns to the left and right are its neighbours, and
    neighbours outside of the sentence are `padding`. Tokens follow one another
    as in the concatenated sentences. Raises `ValueError` if the window is negative or a sentence
    is not a one-dimensional array of integers.
    """
    if window < 0:
        raise ValueError(f"A window has 0 or more neighbours on each side; found {window}.")
    sentences = [_checked(ids, index) for index, ids in enumerate(ids_per_sentence)]
    lengths = np.array([len(ids) for ids in sentences], dtype=np.int64)
    flat = np.concatenate([*sentences, np.empty(0, np.int64)])
    return flat_windows(flat, lengths, window, padding)


def flat_windows(
    ids: npt.NDArray[np.int64], lengths: npt.ArrayLike, window: int, padding: int = 0
) -> npt.NDArray[np.int64]:
    """Return the result of `window_ids` for sentences of `lengths` in one array."""
    sizes = np.asarray(lengths, np.int64)
    # The k-th sentence comes after k + 1 gaps of `window` paddings; its neighbours share a gap.
    places = np.arange(len(ids)) + window * np.repeat(np.arange(1, len(sizes) + 1), sizes)
    padded = np.full(len(ids) + window * (len(sizes) + 2) + 1, padding, np.int64)
    padded[places] = ids
    windows: npt.NDArray[np.int64] = sliding_window_view(padded, 2 * window + 1)[places - window]
    return windows


def _checked(ids: npt.ArrayLike, index: int) -> npt.NDArray[np.int64]:
    array = np.asarray(ids)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(
            f"Sentence {index} should be a one-dimensional array of integer ids; found shape "
            f"{array.shape} of {array.dtype}. Look its words up in a vocabulary first."
        )
    return array.astype(np.int64, copy=False)
