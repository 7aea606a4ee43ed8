"""Streams give every word as a target once, in order, and documents of raw text are separated."""

import numpy as np
import pytest

from chainrule.ulmfit import UlmfitError, documents
from chainrule.ulmfit.token_streams import BEGINS, IDS, TokenStreams

DOCUMENTS = [np.arange(0, 7), np.arange(7, 12), np.arange(12, 32)]


def test_pieces_of_streams_follow_one_another():
    data = TokenStreams(DOCUMENTS, 3, 4)
    pieces = list(data(1))
    assert len(data) == len(pieces) == 2
    joined = np.concatenate([each[IDS] for each in pieces], axis=1)
    np.testing.assert_array_equal(joined, np.arange(30).reshape(3, 10)[:, :8])
    targets = np.concatenate([each["targets"] for each in pieces], axis=1)
    np.testing.assert_array_equal(targets, joined + 1)
    assert [each[BEGINS].tolist() for each in pieces] == [[True] * 3, [False] * 3]


def test_documents_are_shuffled_by_seed_and_epoch():
    data = TokenStreams(DOCUMENTS, 1, 31, seed=4)
    orders = [next(iter(data(epoch)))[IDS].ravel().tolist() for epoch in (1, 1, 2, 3, 4, 5)]
    assert orders[0] == orders[1]
    assert len({tuple(each) for each in orders}) > 1
    assert all(sorted(each)[:3] == [0, 1, 2] or 31 not in each for each in orders)
    assert data.settings()["content"] != TokenStreams(DOCUMENTS[::-1], 1, 31).settings()["content"]


def test_short_texts_have_shorter_pieces_and_too_short_ones_are_refused():
    data = TokenStreams(DOCUMENTS, 4, 72)
    assert (data.steps, len(data)) == (7, 1)
    with pytest.raises(UlmfitError, match="32 words, too few for 17 streams"):
        TokenStreams(DOCUMENTS, 17, 72)


def test_documents_of_raw_text_are_separated_by_empty_lines(tmp_path):
    path = tmp_path / "raw.txt"
    path.write_bytes("\ufeffOne text,\nwrapped.\n \t\nAnother ONE\r\n\r\n\n\n".encode())
    assert list(documents([path, path]))[:2] == [
        ["xxbos", "xxmaj", "one", "text", ",", "wrapped", "."],
        ["xxbos", "xxmaj", "another", "xxup", "one"],
    ]
    path.write_bytes(b"ab\xff")
    with pytest.raises(UlmfitError, match="not UTF-8 text, from byte 2 on"):
        list(documents([path]))
