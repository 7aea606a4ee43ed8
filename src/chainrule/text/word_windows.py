"""Word windows: the ids of each word and of its neighbours.

Example: in "museums in Paris are amazing", the window of Paris with two neighbours on each side
contains all five words.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view


def window_ids(
    ids_per_sentence: Sequence[npt.ArrayLike], window: int, padding: int = 0
) -> npt.NDArray[np.int64]:
    """Return the ids around every token of every sentence, int64 (tokens, 2 * window + 1).

    ids_per_sentence  a one-dimensional integer array per sentence
    window            the number of neighbours on each side
    padding           the id of neighbours outside the sentence

    Column `window` is the token itself; the columns to its left and right are its neighbours. Rows
    are in the order of the concatenated sentences. Raises `ValueError` if `window` is negative or a
    sentence is not a one-dimensional array of integers.
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
    """Return the result of `window_ids` for concatenated sentences of the given lengths."""
    sizes = np.asarray(lengths, np.int64)
    # Sentence k follows k + 1 gaps of `window` paddings; adjacent sentences share a gap.
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
