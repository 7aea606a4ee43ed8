"""Taggers can be pickled and copied, trained ones and those with a tokenizer of a network."""

import copy
import pickle

import pytest
from pretrained_corpus import CORPUS, write_net

from chainrule.ner import Settings, Tagger, open_encoder, train

SMALL = {"hidden": 8, "epochs": 2, "batch_size": 16}
WORDS = [each.words for each in CORPUS]


@pytest.mark.native
@pytest.mark.parametrize("encoder", ["window", "bilstm", "pretrained"])
def test_copies_find_what_the_tagger_finds_and_learn_apart(tmp_path, encoder):
    settings = Settings(encoder=encoder, **SMALL)
    net = None
    if encoder == "pretrained":
        pytest.importorskip("tokenizers")
        net = open_encoder(write_net(tmp_path / "net"), settings)
    tagger = Tagger.for_corpus(CORPUS, settings, net=net)
    train(tagger, CORPUS, CORPUS)
    expected = [each.tolist() for each in tagger.probabilities(WORDS)]
    for other in (pickle.loads(pickle.dumps(tagger)), copy.deepcopy(tagger)):
        assert [each.tolist() for each in other.probabilities(WORDS)] == expected
        assert other.tag(WORDS) == tagger.tag(WORDS)
        train(other, CORPUS, CORPUS)
        assert [each.tolist() for each in other.probabilities(WORDS)] != expected
    assert [each.tolist() for each in tagger.probabilities(WORDS)] == expected
