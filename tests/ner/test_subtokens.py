"""Sub-tokens of words, and the windows in which a pretrained network reads them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pretrained_corpus import CORPUS, PIECES, write_net

from chainrule.ner.subtoken_windows import (
    most_context,
    steps_for,
    tokens_read,
    window_begins,
    windows_of,
    windows_of_part,
)
from chainrule.ner.subtokens import SubTokenizer
from chainrule.pretrained import load

pytest.importorskip("tokenizers")
WORDS = st.lists(st.sampled_from(["Carla", "Ada", "Turinville", "?", "Adavilles"]), min_size=1)


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    return load(write_net(tmp_path_factory.mktemp("net") / "bert"))


def test_the_first_sub_token_of_each_word_is_known(net):
    (found,) = SubTokenizer(net).split([["Carla", "greets", "Turinville"]])
    names = net.tokenizer.tokens(found.ids.tolist())
    assert names == ["carl", "##a", "greet", "##s", "turin", "##ville"]
    assert found.firsts.tolist() == [0, 2, 4]


@pytest.mark.parametrize("odd", ["\u200b", "\x00", "\ud800", "", " "])
def test_a_word_without_sub_tokens_is_the_unknown_one(net, odd):
    unknown = net.tokenizer.special_ids["unk"]
    found = SubTokenizer(net).split([[odd, "Ada", odd, odd], [odd]])
    assert [len(each.firsts) for each in found] == [4, 1]
    ada = 5 + PIECES.index("ada")
    assert found[0].ids[found[0].firsts].tolist() == [unknown, ada, unknown, unknown]
    assert found[1].ids.tolist() == [unknown]


def test_special_tokens_are_those_that_the_tokenizer_puts_around_a_sentence(net):
    splitter = SubTokenizer(net, 8)
    named = net.tokenizer.special_ids
    assert (splitter.before.tolist(), splitter.after.tolist()) == ([named["cls"]], [named["sep"]])
    assert splitter.room == 6


@given(count=st.integers(1, 60), room=st.integers(1, 12))
def test_windows_cover_a_sentence_and_each_position_is_in_the_one_with_most_context(count, room):
    begins = window_begins(count, room)
    positions = np.arange(count)
    chosen = most_context(positions, begins, count, room)
    ends = [min(begin + room, count) for begin in begins]

    def context(position, window):
        begin, end = begins[window], ends[window]
        if not begin <= position < end:
            return -1
        left = count if begin == 0 else position - begin
        right = count if end == count else end - 1 - position
        return min(left, right)

    for position, window in zip(positions.tolist(), chosen.tolist(), strict=True):
        own = context(position, window)
        assert own >= 0
        assert own == max(context(position, other) for other in range(len(begins)))


@given(sentences=st.lists(WORDS, min_size=1, max_size=4), longest=st.integers(4, 24))
def test_places_lead_to_the_first_sub_token_of_each_word(net, sentences, longest):
    splitter = SubTokenizer(net, longest)
    subtokens = splitter.split(sentences)
    extent = int(tokens_read(subtokens, splitter).max())
    steps = steps_for(extent, max(map(len, sentences)), splitter)
    windows = windows_of(subtokens, splitter, extent, steps)
    assert windows.ids.shape[1] <= longest
    flat = windows.ids.reshape(-1)
    for each, places in zip(subtokens, windows.places, strict=True):
        count = len(each.firsts)
        assert flat[places[:count]].tolist() == each.ids[each.firsts].tolist()
        assert not places[count:].any()
    inside = np.arange(extent) < windows.counts[:, None]
    assert (windows.ids[~inside] == splitter.padding).all()


def test_one_window_per_sentence_if_all_fit(net):
    splitter = SubTokenizer(net)
    subtokens = splitter.split([each.words for each in CORPUS])
    windows = windows_of(subtokens, splitter, 12, 10)
    assert windows.ids.shape == (len(CORPUS), 12)
    assert windows.counts.tolist() == [len(each.ids) + 2 for each in subtokens]


@given(sentences=st.lists(WORDS, min_size=2, max_size=5), longest=st.integers(4, 24), cut=st.data())
def test_a_part_of_a_batch_has_the_windows_of_its_sentences(net, sentences, longest, cut):
    splitter = SubTokenizer(net, longest)
    subtokens = splitter.split(sentences)
    extent = int(tokens_read(subtokens, splitter).max())
    steps = steps_for(extent, max(map(len, sentences)), splitter)
    windows = windows_of(subtokens, splitter, extent, steps)
    first = cut.draw(st.integers(0, len(sentences) - 1))
    rows = slice(first, cut.draw(st.integers(first + 1, len(sentences))))
    part = windows_of_part(windows, rows, splitter.padding)
    assert len(part.ids) == len(part.counts)
    assert len(part.ids) in (len(part.places), *(1 << each for each in range(8)))
    flat = part.ids.reshape(-1)
    for each, places in zip(subtokens[rows], part.places, strict=True):
        count = len(each.firsts)
        assert flat[places[:count]].tolist() == each.ids[each.firsts].tolist()
        assert not places[count:].any()
    inside = np.arange(extent) < part.counts[:, None]
    assert (part.ids[~inside] == splitter.padding).all()
