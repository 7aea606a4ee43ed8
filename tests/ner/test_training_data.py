"""Training data that a tagger cannot learn from is a sentence, before anything is trained."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.ner import Settings, Tagger, recommended, train
from chainrule.ner.training_batches import TrainingBatches
from chainrule.text import Sentence

TRAIN = [Sentence(("Ada", "ran"), ("B-PER", "O"))] * 3
NEW = [Sentence(("Bonn", "and", "Rome", "won"), ("B-LOC", "O", "B-CITY", "O"))]
SMALL = Settings(window=1, word_size=2, hidden=2, epochs=1)

BAD = {
    "no sentences": ([], TRAIN, "The training data holds no word in 0 sentences"),
    "no words": ([Sentence((), ())] * 2, TRAIN, "The training data holds no word in 2 sentences"),
    "nothing held out": (TRAIN, [], "The held-out data holds no word in 0 sentences"),
    "new types": (
        TRAIN + NEW,
        TRAIN,
        "of the types CITY, LOC, and this tagger knows PER. Make",
    ),
}


@pytest.mark.parametrize(("learned", "dev", "says"), BAD.values(), ids=BAD)
def test_bad_data_raises_an_error_at_once(learned, dev, says):
    tagger = Tagger.for_corpus(TRAIN, SMALL)
    before = tagger.network.state()
    with pytest.raises(cr.train.TrainingError, match=says):
        train(tagger, learned, dev)
    for name, value in tagger.network.state().items():
        np.testing.assert_array_equal(value, before[name])


def test_targets_of_types_that_are_not_known_list_both():
    with pytest.raises(cr.train.TrainingError, match="types CITY, LOC, and this tagger knows PER"):
        Tagger.for_corpus(TRAIN, SMALL).targets(NEW)
    nothing = Tagger.for_corpus([Sentence(("ran",), ("O",))], SMALL)
    with pytest.raises(cr.train.TrainingError, match="and this tagger knows none"):
        nothing.targets(NEW)


def test_sentences_without_words_are_no_trouble_among_others():
    tagger = Tagger.for_corpus(TRAIN, SMALL)
    found = train(tagger, [*TRAIN, Sentence((), ())], [Sentence((), ()), *TRAIN])
    assert np.isfinite(found["loss"]).all()


@pytest.mark.parametrize("settings", [{"hidden": 10**12}, {"word_size": 10**13}, {"hidden": 2**70}])
def test_a_network_larger_than_memory_raises_an_error_at_once(settings):
    with pytest.raises(cr.ChainruleError, match=r"bytes of weights, more than .*Choose smaller"):
        Tagger.for_corpus(TRAIN, Settings(**settings))


def test_settings_are_recommended_by_encoder_and_vectors():
    assert recommended("window", False) == Settings()
    assert recommended("window", True).unknown_rate > Settings().unknown_rate
    assert recommended("bilstm", True).encoder == "bilstm"
    assert recommended("bilstm", True).affix_size == 0


def test_a_share_of_affixes_is_unknown_in_training():
    corpus = [Sentence(("Adam", f"Adam{ending}"), ("O", "O")) for ending in "abcde"] * 20
    shares = []
    for dropout in (0.0, 0.5):
        tagger = Tagger.for_corpus(corpus, Settings(batch_size=1000, affix_dropout=dropout))
        place = 1 + tagger.network.vectors.inputs.index("affixes")
        batches = TrainingBatches(tagger, corpus)
        first, second = (next(iter(batches(epoch)))[place] for epoch in (1, 2))
        shares.append((first > 1).mean())
    assert not np.array_equal(first, second)
    assert 0.4 < shares[1] / shares[0] < 0.6
