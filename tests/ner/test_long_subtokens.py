"""Sentences of more sub-tokens than the largest padded length of the table."""

import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
from pretrained_corpus import CORPUS, write_net

from chainrule.ner import Settings, Tagger
from chainrule.ner.encoder_folder import open_encoder
from chainrule.ner.form_table import FormTable
from chainrule.ner.sentence_scorer import SentenceScorer
from chainrule.ner.subtoken_windows import most_context, pieces_of, window_begins
from chainrule.ner.subtokens import SubTokens
from chainrule.ner.training_batches import TrainingBatches
from chainrule.text import Sentence


@pytest.mark.parametrize("longest", [8, 20, 4096, 8192])
def test_no_sentence_is_left_out(longest):
    scorer = object.__new__(SentenceScorer)
    scorer._splitter = SimpleNamespace(longest=longest, room=longest - 2)
    tokens = [SimpleNamespace(ids=np.zeros(count, np.int32)) for count in (3, longest - 2, 5)]
    found = [int(each) for chosen, _ in scorer._batches(tokens) for each in chosen]
    assert sorted(found) == [0, 1, 2]


@pytest.fixture(scope="module")
def tagger(tmp_path_factory):
    pytest.importorskip("tokenizers")
    settings = Settings(encoder="pretrained", word_size=0, characters="none", max_length=16)
    net = open_encoder(write_net(tmp_path_factory.mktemp("net") / "bert"), settings)
    return Tagger.for_corpus(CORPUS, settings, compiled=False, net=net)


def test_the_windows_of_a_sentence_share_out_its_words():
    random = np.random.default_rng(0)
    for room in (1, 2, 5, 14):
        for size in (1, 2, 13, 14, 15, 200):
            firsts = np.flatnonzero(random.random(size) < 0.6)
            firsts = np.union1d([0], firsts)
            tokens = SubTokens(np.arange(size, dtype=np.int32), firsts)
            pieces = pieces_of(tokens, room)
            shared = np.concatenate([words for _, words in pieces])
            assert shared.tolist() == list(range(len(firsts)))
            for piece, words in pieces:
                assert len(piece.ids) <= room
                assert piece.ids[piece.firsts].tolist() == firsts[words].tolist()


def test_the_window_of_most_context_is_the_best_of_all():
    for room in (1, 2, 3, 4, 7, 14):
        for count in (1, room, room + 1, 3 * room + 1, 100):
            begins = window_begins(count, room)
            found = most_context(np.arange(count), begins, count, room)
            ends = [min(begin + room, count) for begin in begins]
            for position, number in enumerate(found):
                contexts = [
                    min(
                        count if begin == 0 else position - begin,
                        count if end == count else end - 1 - position,
                    )
                    if begin <= position < end
                    else -1
                    for begin, end in zip(begins, ends, strict=True)
                ]
                assert number == contexts.index(max(contexts)), (room, count, position)


def test_the_words_of_a_huge_sentence_are_shared_out_in_little_memory():
    count = 200_000
    tokens = SubTokens(np.zeros(count, np.int32), np.arange(count))
    tracemalloc.start()
    try:
        pieces = pieces_of(tokens, 6)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(len(words) for _, words in pieces) == count
    assert peak < 1000 * count  # bytes; one for every pair of words and windows would be 13 GB


def test_scores_are_those_of_the_network_that_reads_all_windows(tagger):
    sentences = [CORPUS[3].words * 9, CORPUS[0].words, CORPUS[1].words * 4]
    data = [Sentence(each, ("O",) * len(each)) for each in sentences]
    found = tagger._scorer.scores(tagger.lexicon.flat(sentences))
    begin = 0
    for each, words in zip(data, sentences, strict=True):
        (batch,) = TrainingBatches(tagger, [each])(1)
        batch = (*batch[:4], *_known(tagger, words, batch))
        expected = tagger.network(*batch).read()[0, : len(words)]
        np.testing.assert_allclose(found[begin : begin + len(words)], expected, atol=1e-5)
        begin += len(words)


def _known(tagger, words, batch):
    """Return the features of words as tagging reads them: none of them is dropped."""
    table = FormTable(tagger.lexicon, tagger.lexicon.flat([words]).words)
    steps = batch[-1].shape[1]
    places = np.append(np.arange(len(words)), np.full(steps - len(words), -1))
    return table.features(places[None]).values()


def test_what_is_computed_at_once_does_not_grow_with_the_sentence(tagger):
    words = (CORPUS[3].words * 1000)[:5000]
    scorer, shapes = tagger._scorer, []
    compute = scorer._scores

    def recorded(lengths, ids, *others):
        shapes.append(ids.shape)
        return compute(lengths, ids, *others)

    scorer._scores = recorded
    try:
        tags, short = tagger.tag([words, CORPUS[0].words])
    finally:
        scorer._scores = compute
    assert (len(tags), len(short)) == (5000, len(CORPUS[0].words))
    assert len(shapes) > 10
    assert max(rows * extent for rows, extent in shapes) <= 2048
