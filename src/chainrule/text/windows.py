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
    `padding` stands where a neighbour would lie outside the sentence. Tokens follow one another
    as in the concatenated sentences. Raises `ValueError` if the window is negative or a sentence
    is not a one-dimensional array of integers.
    """
    if window < 0:
        raise ValueError(f"A window has 0 or more neighbours on each side; found {window}.")
    sentences = [_checked(ids, index) for index, ids in enumerate(ids_per_sentence)]
    lengths = np.array([len(ids) for ids in sentences], dtype=np.int64)
    padded = _padded(sentences, window, padding)
    # The k-th sentence is preceded by k gaps, and so is the window that starts in its gap.
    first = np.arange(lengths.sum()) + window * np.repeat(np.arange(len(lengths)), lengths)
    return sliding_window_view(padded, 2 * window + 1)[first]


def _padded(
    sentences: Sequence[npt.NDArray[np.int64]], window: int, padding: int
) -> npt.NDArray[np.int64]:
    """Return all sentences in one array, with a gap of `window` paddings before, between, after.

    One gap between two sentences is enough: each reads it from its own side.
    """
    gap = np.full(window, padding, dtype=np.int64)
    pieces = [piece for ids in sentences for piece in (gap, ids)]
    # The end has room for a whole window, so that a view exists even without a sentence.
    return np.concatenate([*pieces, gap, gap, [padding]])


def _checked(ids: npt.ArrayLike, index: int) -> npt.NDArray[np.int64]:
    array = np.asarray(ids)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(
            f"Sentence {index} should be a one-dimensional array of integer ids; found shape "
            f"{array.shape} of {array.dtype}. Look its words up in a vocabulary first."
        )
    return array.astype(np.int64, copy=False)
