"""Advice on word vectors: figures, rules, and what follows from them."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.ner import Settings, Tagger, advise, train
from chainrule.ner.advice import Difference, Trial
from chainrule.ner.advice.bootstrap import bootstrap, entity_counts, f1
from chainrule.ner.advice.corpus_figures import corpus_figures
from chainrule.ner.advice.recommendation import recommendation
from chainrule.ner.advice.rules import rules
from chainrule.ner.advice.trainings import brief_epochs, differences
from chainrule.ner.advice.trial import MODES
from chainrule.text import Sentence, SentenceError
from chainrule.text.vectors import WordVectors

TRAIN = [
    Sentence(("Ada", "saw", "New", "York", "."), ("B-PER", "O", "B-LOC", "I-LOC", "O")),
    Sentence(("ada", "left", "xyzzy", "."), ("B-PER", "O", "B-LOC", "O")),
] * 10
DEV = [Sentence(("Bo", "saw", "Plugh", "."), ("B-PER", "O", "B-LOC", "O"))]
WORDS = (".", "saw", "ada", "bo", "left", "new")
VECTORS = WordVectors(WORDS, np.random.default_rng(0).normal(size=(len(WORDS), 4)))
TINY = Settings(hidden=8, window=1, affix_size=0, characters="none", batch_size=8, epochs=4)


def corpus_of(words):
    return replace(corpus_figures(TRAIN), words=words)


def test_sizes_are_counted_as_they_are_written():
    found = corpus_figures(TRAIN)
    assert (found.sentences, found.tokens, found.words, found.types) == (20, 90, 90, 8)
    assert found.entities == {"PER": 20, "LOC": 20}
    assert found.entity_tokens == 10 * (1 + 2 + 1 + 1)


def test_words_of_characters_are_what_blanks_separate():
    text = "서울 에서  왔다 "
    assert corpus_figures([Sentence(tuple(text), ("O",) * len(text))] * 2).words == 6
    found = advise([Sentence(tuple("北京大学"), ("O",) * 4)])
    assert found.corpus.words is None
    assert [each.says for each in found.rules] == ["gives no answer"] * 3


@pytest.mark.parametrize(
    ("words", "freeze", "fine_tune"),
    [
        (99_999, "applies", "does not apply"),
        (100_000, "gives no answer", "gives no answer"),
        (203_621, "gives no answer", "gives no answer"),
        (1_000_000, "gives no answer", "gives no answer"),
        (1_000_001, "does not apply", "applies"),
    ],
)
def test_the_rules_of_labelled_words(words, freeze, fine_tune):
    found = {each.advice: each for each in rules(corpus_of(words), None)}
    assert (found["freeze"].says, found["fine-tune"].says) == (freeze, fine_tune)
    assert all(f"{words:,}" in found[each].why for each in ("freeze", "fine-tune"))
    assert found["from scratch"].says == "gives no answer"


@pytest.mark.parametrize(
    ("raw", "says"), [(0, "does not apply"), (10**8, "does not apply"), (10**8 + 1, "applies")]
)
def test_the_rule_of_raw_text(raw, says):
    found = advise(TRAIN, vectors=VECTORS, raw_words=raw)
    assert found.rules[2].says == says
    assert found.recommendation.from_scratch == (says == "applies")
    assert ("chainrule vectors train" in str(found)) == (says == "applies")


def test_coverage_is_that_of_the_look_up():
    found = advise(TRAIN, vectors=VECTORS).coverage
    assert found.forms["exact"] == (20 + 10 + 10 + 10, 4)  # . saw ada left
    assert found.forms["lower case"] == (20, 2)  # Ada, New
    assert found.forms["unknown"] == (20, 2)
    assert found.examples == {"York": 10, "xyzzy": 10}
    assert found.unknown == pytest.approx(20 / 90)
    assert found.entity_unknown == pytest.approx(20 / 50)


def test_similarity_compares_frequent_words_with_the_first_of_the_file():
    found = advise(TRAIN, vectors=VECTORS).similarity
    assert found.frequent == 7  # ada and Ada are one word of the file
    assert found.shared == pytest.approx(5 / 7)
    assert found.median_rank == 3
    assert found.correlation > 0.5
    listed = WordVectors(sorted(WORDS), VECTORS.table)
    assert advise(TRAIN, vectors=listed).similarity is None
    assert "alphabetical" in str(advise(TRAIN, vectors=listed))


def test_held_out_words_that_fine_tuning_leaves_behind():
    found = advise(TRAIN, DEV, vectors=VECTORS)
    assert found.held_out.unseen == pytest.approx(2 / 4)  # Bo, Plugh
    assert found.held_out.left_behind == pytest.approx(1 / 4)  # Bo
    assert not found.split


def test_without_held_out_data_the_last_tenth_is_held_out_and_it_says_so():
    found = advise([*TRAIN, *DEV, *DEV])
    assert found.corpus.sentences == 22
    assert found.held_out.sentences == 2
    assert found.held_out.unseen == pytest.approx(1 / 2)
    assert found.split
    assert "the last tenth of the labelled set, 2 sentences" in str(found)
    assert advise(TRAIN[:9]).held_out is None


def test_without_vectors_there_is_nothing_to_choose():
    found = advise(TRAIN)
    assert (found.coverage, found.similarity, found.recommendation.mode) == (None, None, None)
    assert "No vectors were given" in str(found)
    foreign = WordVectors(["слово"], np.ones((1, 2)))
    assert "Nothing in the labelled set has a vector" in str(advise(TRAIN, vectors=foreign))


def test_everything_is_said_in_the_text_and_in_json():
    text, data = str(advise(TRAIN, DEV, vectors=VECTORS)), advise(TRAIN, vectors=VECTORS).as_dict()
    for part in ("90", "PER 20", "York, xyzzy", "applies: 90 labelled words", "--vectors-mode fre"):
        assert part in text
    assert json.loads(json.dumps(data))["recommendation"]["mode"] == "freeze"
    assert data["labelled"]["words"] == 90
    assert len(data["rules"]) == 3


def trial_of(means, unclear=()):
    order = sorted(means, key=means.get, reverse=True)
    return Trial(
        {mode: np.array([mean, mean + 1]) for mode, mean in means.items()},
        {
            mode: Difference(1.0, -0.5 if mode in unclear else 0.5, 2.0)
            for mode in order
            if mode != order[0]
        },
        epochs=3,
        sentences=10,
        seconds=dict.fromkeys(means, 1.0),
        requested=2,
    )


TUNED = {"freeze": 80.0, "fine-tune": 85.0, "retrain": 70.0}


@pytest.mark.parametrize(
    ("words", "trial", "mode", "basis", "says"),
    [
        (50_000, None, "freeze", "rule", "fewer than about 100,000"),
        (2_000_000, None, "fine-tune", "rule", "more than about 1,000,000"),
        (200_000, None, None, "nothing", "--try"),
        (200_000, trial_of(TUNED), "fine-tune", "trial", "fine-tune wins"),
        (50_000, trial_of(TUNED), "fine-tune", "trial", "the trial is of this data"),
        (2_000_000, trial_of(TUNED), "fine-tune", "trial", "says the same"),
        (200_000, trial_of(TUNED, ["freeze"]), None, "nothing", "No clear winner: fine-tune"),
        (200_000, trial_of(TUNED, ["freeze"]), None, "nothing", "retrain is clearly below"),
        (50_000, trial_of(TUNED, ["freeze"]), "freeze", "rule", "decides between them"),
        (50_000, trial_of(TUNED, ["retrain"]), "fine-tune", "trial", "clearly above"),
    ],
)
def test_a_clear_trial_decides_then_the_rule(words, trial, mode, basis, says):
    whole = advise(TRAIN, vectors=VECTORS)
    known = rules(corpus_of(words), None)
    found = recommendation("words", known, whole.coverage, None, trial)
    assert (found.mode, found.basis) == (mode, basis)
    assert found.left == (("fine-tune", "freeze") if trial and mode is None else ())
    assert says in " ".join(found.reasons)


def test_what_a_trial_cannot_tell_is_said():
    nothing = Trial(
        {mode: np.zeros(1) for mode in MODES},
        {mode: Difference(0.0, 0.0, 0.0) for mode in MODES[1:]},
        epochs=1,
        sentences=1,
        seconds=dict.fromkeys(MODES, 1.0),
        requested=1,
    )
    assert "no entity was found" in nothing.verdict
    single = replace(nothing, f1={mode: np.array([1.0]) for mode in MODES})
    assert "intervals leave out what a seed changes" in single.verdict
    assert single.winner is None


def test_counts_of_sentences_give_the_f1_of_conlleval():
    tagger = Tagger.for_corpus(TRAIN, TINY, VECTORS)
    tags = tagger.tag([each.words for each in TRAIN])
    counts = entity_counts(TRAIN, tags)
    assert counts.sum(axis=0)[1] > 0
    assert f1(counts.sum(axis=0)) == pytest.approx(tagger.evaluate(TRAIN).overall.f1)
    assert f1([0, 0, 0]) == 0


def drawn_counts(shares, seed, sentences=120, seeds=3):
    """Return counts of ways that find so large shares of the entities, one in each sentence."""
    random = np.random.default_rng(seed)
    right = random.random((len(shares), seeds, sentences)) < np.array(shares)[:, None, None]
    ones = np.ones_like(right)
    return np.stack([right, ones, ones], axis=-1).astype(np.int64)


def scored(counts):
    return dict(zip(MODES, f1(counts.sum(axis=2)), strict=True))


def test_an_interval_contains_the_true_difference_about_as_often_as_it_says():
    hits = 0
    for seed in range(30):
        samples = bootstrap(drawn_counts([0.8, 0.7], seed), np.random.default_rng(1))
        low, high = np.percentile(samples[:, 0] - samples[:, 1], [2.5, 97.5])
        hits += low <= 10 <= high
    assert 26 <= hits <= 30


def test_equal_ways_have_no_clear_difference_and_others_have():
    counts = drawn_counts([0.9, 0.9, 0.5], seed=4)
    found = differences(scored(counts), counts)
    assert found.pop("retrain").is_clear
    (other,) = found.values()
    assert not other.is_clear
    assert other.low <= other.mean <= other.high
    same = np.repeat(counts[:1], 3, axis=0)
    assert all(str(each).startswith("0.00") for each in differences(scored(same), same).values())


def test_brief_trainings_make_about_1500_steps():
    chosen = Settings(batch_size=256, epochs=15)
    assert [brief_epochs(n, chosen) for n in (1000, 62_730, 203_621, 10**7)] == [15, 7, 3, 3]


def test_a_trial_has_the_f1_of_trainings_with_these_settings():
    begun = []
    found = advise(
        TRAIN,
        DEV,
        vectors=VECTORS,
        seeds=2,
        epochs=2,
        settings=TINY,
        on_training=lambda mode, seed: begun.append((mode, seed)),
    )
    trial = found.trial
    assert begun == [(mode, seed) for seed in (0, 1) for mode in MODES]
    assert (trial.epochs, trial.seeds, trial.requested, trial.sentences) == (2, 2, 2, 1)
    own = TINY.model_copy(update={"epochs": 2, "patience": 2, "vectors_mode": "freeze", "seed": 1})
    tagger = Tagger.for_corpus(TRAIN, own, VECTORS)
    train(tagger, TRAIN, DEV)
    assert trial.f1["freeze"][1] == pytest.approx(tagger.evaluate(DEV).overall.f1)
    assert trial.verdict in str(found).replace("\n", " ") or "No clear winner" in str(found)
    assert set(found.as_dict()["trial"]["f1"]) == set(MODES)


@pytest.mark.parametrize(("after", "compared"), [(0, None), (4, 1)])
def test_ctrl_c_compares_the_seeds_that_all_modes_were_trained_with(after, compared):
    begun = []

    def on_batch(words):
        if len(begun) > after:
            raise KeyboardInterrupt

    found = advise(
        TRAIN,
        DEV,
        vectors=VECTORS,
        seeds=3,
        settings=TINY,
        on_training=lambda mode, seed: begun.append(mode),
        on_batch=on_batch,
    )
    assert len(begun) == after + 1
    assert (found.trial and found.trial.seeds) == compared
    if compared:
        assert "1 of 3 seeds" in str(found)


def test_ctrl_c_between_trainings_keeps_those_that_are_done(monkeypatch):
    made, for_corpus = [], Tagger.for_corpus

    def interrupted(*arguments):
        made.append(arguments)
        if len(made) > len(MODES):
            raise KeyboardInterrupt
        return for_corpus(*arguments)

    monkeypatch.setattr(Tagger, "for_corpus", interrupted)
    found = advise(TRAIN, DEV, vectors=VECTORS, seeds=2, epochs=1, settings=TINY, compiled=False)
    assert found.trial.seeds == 1


@pytest.mark.parametrize(
    ("arguments", "options", "says"),
    [
        ((TRAIN,), {"seeds": 1}, "no vectors were given"),
        ((TRAIN[:5],), {"seeds": 1, "vectors": VECTORS}, "Give --dev FILE"),
        ((TRAIN, []), {"seeds": 1, "vectors": VECTORS}, "no held-out sentences were given"),
        ((TRAIN, [Sentence((), ())]), {"seeds": 1, "vectors": VECTORS}, "1 held-out sentences is"),
        ((TRAIN,), {"seeds": -1, "vectors": VECTORS}, "Give at least 1"),
        ((TRAIN,), {"seeds": 1, "epochs": 0, "vectors": VECTORS}, "Give at least one"),
        ((TRAIN,), {"epochs": 2, "vectors": VECTORS}, "seeds=0 trains nothing"),
        ((TRAIN,), {"raw_words": -1}, "Give 0 or more"),
        (([],), {}, "holds no word"),
        (([Sentence(("a",), ("O",))] * 20,), {"seeds": 1, "vectors": VECTORS}, "no entity"),
    ],
)
def test_what_cannot_be_advised_on_is_said(arguments, options, says):
    with pytest.raises(cr.ChainruleError, match=says):
        advise(*arguments, **options)


def test_sentences_without_tags_are_refused():
    with pytest.raises(SentenceError):
        advise([["Ada", "ran"]])


PAIRS = st.tuples(st.text(min_size=1, max_size=4), st.sampled_from(["O", "B-A", "I-A", "S-[b]"]))
SENTENCES = st.lists(st.lists(PAIRS, max_size=6), min_size=1, max_size=12)


@settings(max_examples=25)
@given(SENTENCES)
def test_any_labelled_sentences_are_measured(drawn):
    sentences = [
        Sentence(tuple(word for word, _ in each), tuple(tag for _, tag in each)) for each in drawn
    ]
    if not any(map(len, drawn)):
        with pytest.raises(cr.ChainruleError, match="holds no word"):
            advise(sentences, vectors=VECTORS)
        return
    found = advise(sentences, vectors=VECTORS)
    assert sum(tokens for tokens, _ in found.coverage.forms.values()) == found.corpus.tokens
    assert 0 <= found.coverage.unknown <= 1
    text = str(found)
    assert f"{found.corpus.sentences}" in text
    assert "\x1b" not in text
