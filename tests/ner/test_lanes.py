"""Many sentences at once: lanes hold every word, and their tags are those of the plain path."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.ner import Gazetteer, Settings, Tagger, form_cache
from chainrule.ner.decode import decode
from chainrule.ner.lanes import lanes_of
from chainrule.ner.viterbi import best_sequences
from chainrule.text import Sentence, transitions

LENGTHS = st.lists(st.integers(0, 40), max_size=60)
TAGS = ["B-PER", "E-PER", "I-PER", "O", "S-PER"]


@settings(deadline=None)
@given(LENGTHS, st.integers(0, 3), st.sampled_from([128, 512, 4096]))
def test_lanes_hold_every_word_once_with_gaps_between_sentences(lengths, margin, positions):
    rows = np.arange(1, sum(lengths) + 1)
    first = {int(end - size) for end, size in zip(np.cumsum(lengths), lengths, strict=True) if size}
    found = []
    for lanes in lanes_of(rows, lengths, margin, positions):
        assert lanes.numbers.size <= positions + 2 * margin * lanes.numbers.shape[1]
        inside = lanes.numbers[margin : len(lanes.numbers) - margin]
        found.append(inside.reshape(-1)[lanes.slots])
        assert np.count_nonzero(lanes.numbers) == len(lanes.slots)
        for lane in lanes.numbers.T:
            assert not lane[:margin].any()
            assert not lane[len(lane) - margin :].any()
            for place in np.flatnonzero(lane):
                gap = lane[max(0, place - max(1, margin)) : place]
                assert not gap.any() if lane[place] - 1 in first else gap[-1] == lane[place] - 1
    assert np.concatenate([rows[:0], *found]).tolist() == rows.tolist()


def test_a_sentence_longer_than_a_lane_makes_longer_lanes():
    (lanes,) = lanes_of(np.arange(1, 1001), [3, 990, 7], 2, 4096)
    assert lanes.numbers.shape[0] == 1024 + 4
    assert np.count_nonzero(lanes.numbers) == 1000


@settings(deadline=None, max_examples=30)
@given(LENGTHS, st.integers(0, 2**32 - 1), st.booleans())
def test_the_best_sequences_are_those_of_decode_also_in_ties(lengths, seed, has_scores):
    random = np.random.default_rng(seed)
    rules = [np.where(each, 0.0, -np.inf) for each in transitions(TAGS)]
    if has_scores:
        rules = [each + random.integers(-2, 3, each.shape) for each in rules]
    scores = random.integers(-3, 4, (sum(lengths), len(TAGS))).astype(np.float32)
    found = [np.empty(0, np.int64)]
    for lanes in lanes_of(np.arange(1, len(scores) + 1), lengths, 0, 512):
        table = np.concatenate([random.normal(size=(1, len(TAGS))), scores])
        tags = best_sequences(table[lanes.numbers], lanes.numbers > 0, *rules)
        found.append(tags.read().reshape(-1)[lanes.slots])
    assert np.concatenate(found).tolist() == decode(scores, lengths, *rules).tolist()


def corpus():
    random = np.random.default_rng(0)
    words = [f"{start}{end}" for start in "aBcDeFg" for end in ("x", "Y", "", "12", "ing", "ß")]
    tags = ["O", "B-PER", "O", "B-LOC", "O"]
    sizes = [*random.integers(1, 30, 150), 1, 64, 65, 127, 128, 129, 300]
    return [
        Sentence(tuple(random.choice(words, size)), tuple(random.choice(tags, size)))
        for size in sizes
    ]


@pytest.mark.native
@pytest.mark.parametrize(
    ("encoder", "decoder"),
    [("window", "crf"), ("window", "softmax"), ("cnn", "crf"), ("bilstm", "crf")],
)
def test_native_tags_are_those_of_the_reference_evaluator(encoder, decoder):
    chosen = Settings(
        encoder=encoder, decoder=decoder, word_size=8, hidden=12, character_size=4, outside_bias=-1
    )
    data = corpus()
    native, plain = (
        Tagger.for_corpus(data, chosen, compiled=compiled) for compiled in (True, False)
    )
    random = np.random.default_rng(1)
    for one, other in zip(native.network.parameters(), plain.network.parameters(), strict=True):
        value = random.normal(0, 0.5, one.shape).astype(np.float32)
        one.assign(value)
        other.assign(value)
    sentences = [each.words for each in data] + [(), ("unseen", "words", ".")]
    tags = native.tag(sentences)
    assert tags == plain.tag(sentences)
    assert tags[:3] == [native.tag([each])[0] for each in sentences[:3]]
    assert len({tag for each in tags for tag in each}) > 3


def in_columns(tagger, sentences):
    blocks = [
        "".join(f"{word}\t{tag}\n" for word, tag in zip(words, tags, strict=True)) + "\n"
        for words, tags in zip(sentences, tagger.tag(sentences), strict=True)
        if words
    ]
    return "".join(blocks)


def test_columns_are_the_words_and_their_tags(monkeypatch):
    tagger = Tagger.for_corpus(corpus(), Settings(word_size=8, hidden=12, characters="none"))
    sentences = [(), *(each.words for each in corpus()), (), ["x\u2028y"], ()]
    wanted = in_columns(tagger, sentences)
    assert tagger.columns(sentences) == wanted
    monkeypatch.setattr("chainrule.ner.tagger._TAGGED_AT_ONCE", 50)
    assert tagger.columns(sentences) == wanted
    assert tagger.columns([]) == tagger.columns([[]]) == ""
    with pytest.raises(cr.ChainruleError, match="It would be read character by character"):
        tagger.columns(["Ada"])


@pytest.mark.parametrize("kind", ["gazetteer", "case", "characters"])
def test_texts_have_the_tags_of_their_sentences_where_features_read_these(kind):
    data, names = corpus(), None
    if kind == "characters":
        data = [Sentence(tuple("김철수는"), ("B-PER", "I-PER", "I-PER", "O"))] * 5
    if kind == "gazetteer":
        names = Gazetteer([("PER", "aY Bx"), ("LOC", "c12")])
    augment = ("case",) if kind == "case" else ()
    chosen = Settings(word_size=8, hidden=12, characters="none", augment=augment)
    tagger = Tagger.for_corpus(data, chosen, gazetteer=names)
    random = np.random.default_rng(1)
    for weight in tagger.network.parameters():
        weight.assign(random.normal(size=weight.shape).astype(np.float32))
    text = "aY Bx c12 ran. It\nAY BX\n\n김철수는 철수\nay bx C12"
    wanted = in_columns(tagger, tagger.split(text))
    assert tagger.columns_of(tagger.tokenizer()(text)) == wanted
    assert len({row.split("\t")[-1] for row in wanted.split("\n")}) > 2


def test_a_sentence_may_have_more_different_words_than_the_cache_has_rows(monkeypatch):
    tagger = Tagger.for_corpus(corpus(), Settings(word_size=8, hidden=12, characters="none"))
    words = [f"w{number}" for number in range(40)]
    expected = tagger.tag([words, ["aY"]])
    columns = tagger.columns([words, ["aY"]])
    monkeypatch.setattr(form_cache, "_MOST_ROWS", 8)
    small = Tagger.for_corpus(corpus(), Settings(word_size=8, hidden=12, characters="none"))
    assert small.tag([words, ["aY"]]) == expected
    assert small.tag([["aY"], words]) == expected[::-1]
    assert small.columns([words, ["aY"]]) == columns


def test_kept_rows_of_words_are_computed_again_when_they_may_be_others(monkeypatch):
    data, chosen = corpus(), Settings(word_size=8, hidden=12, characters="none")
    monkeypatch.setattr(form_cache, "_MOST_ROWS", 12)
    tagger = Tagger.for_corpus(data, chosen)
    read = tagger.tokenizer()
    texts = ["aY Bx c12", "aY Bx FY gx", "unseen aY", "gß Fing ex e12 eß Dß D12 Dx aY", "aY Bx"]
    random = np.random.default_rng(1)
    for text in [*texts, *texts]:
        assert tagger.columns_of(read(text)) == in_columns(tagger, tagger.split(text))
        for weight in (tagger.network.vectors.words.weight, tagger.network.encoder.hidden.weight):
            weight.assign(random.normal(size=weight.shape).astype(np.float32))
        assert tagger.columns_of(read(text)) == in_columns(tagger, tagger.split(text))


def test_scores_that_are_not_finite_are_refused_not_decoded():
    tagger = Tagger.for_corpus(corpus(), Settings(word_size=8, hidden=12, characters="none"))
    tagger.network.scores.bias.assign(np.full(9, np.nan, np.float32))
    for sentences in ([["aY"]], [["aY"], ["x"]]):
        with pytest.raises(cr.ChainruleError, match="scores of the tags are not finite"):
            tagger.tag(sentences)
