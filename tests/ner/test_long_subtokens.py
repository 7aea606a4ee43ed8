"""Sentences of more sub-tokens than the largest padded length of the table."""

from types import SimpleNamespace

import numpy as np
import pytest

from chainrule.ner.sentence_scorer import SentenceScorer


@pytest.mark.parametrize("longest", [8, 20, 4096, 8192])
def test_no_sentence_is_left_out(longest):
    scorer = object.__new__(SentenceScorer)
    scorer._splitter = SimpleNamespace(longest=longest, room=longest - 2)
    tokens = [SimpleNamespace(ids=np.zeros(count, np.int32)) for count in (3, longest - 2, 5)]
    found = [int(each) for chosen, _ in scorer._batches(tokens) for each in chosen]
    assert sorted(found) == [0, 1, 2]
