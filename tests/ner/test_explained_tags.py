"""Why a word has its tag: contributions that sum, the runner-up, and flips that are real."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pretrained_corpus import CORPUS, write_net
from typer.testing import CliRunner

from chainrule.cli import app
from chainrule.ner import Gazetteer, ModelError, Settings, Tagger, explain, save, train
from chainrule.ner.encoder_folder import open_encoder
from chainrule.ner.explaining.routes import routes_through, weights_between
from chainrule.text import Sentence
from chainrule.text.vectors import WordVectors

pytestmark = pytest.mark.native
SMALL = {"word_size": 8, "capital_size": 4, "affix_size": 4, "character_size": 5, "hidden": 12}
QUICK = {"epochs": 12, "patience": 12, "learning_rate": 0.03, "batch_size": 16}
WORDS = list(CORPUS[3].words)


def made(corpus=CORPUS, trained=True, vectors=None, gazetteer=None, net=None, **chosen):
    tagger = Tagger.for_corpus(
        corpus, Settings(**(SMALL | QUICK | chosen)), vectors=vectors, gazetteer=gazetteer, net=net
    )
    if trained:
        train(tagger, corpus, corpus)
    return tagger


@pytest.fixture(scope="module")
def tagger():
    return made()


def check(tagger, found, tolerance=1e-3):
    """Check what an explanation promises, against the tagger itself."""
    scores, (across, start, end) = tagger.sequence_scores(found.sentence)
    numbers = [tagger.tags.index(tag) for tag in found.chosen.tags]
    total = scores[range(len(numbers)), numbers].sum() + start[numbers[0]] + end[numbers[-1]]
    total += sum(across[i, j] for i, j in itertools.pairwise(numbers))
    assert found.chosen.total == pytest.approx(total, abs=1e-5)
    assert found.score == pytest.approx(scores[found.place, tagger.tags.index(found.tag)], abs=1e-5)
    assert found.network_margin + found.transition_margin == pytest.approx(found.margin, abs=1e-6)
    sums = [sum(getattr(word, name) for word in found.words) for name in ("value", "between")]
    ends = (found.baseline_score, found.score), (found.baseline_margin, found.network_margin)
    missed = found.unexplained, found.unexplained_margin
    weights = weights_between(found.chosen, found.runner_up, tagger.tags)
    size = np.abs(scores[weights != 0]).max()
    for total, (before, after), rest in zip(sums, ends, missed, strict=True):
        assert before + total + rest == pytest.approx(after, abs=1e-4)
        assert (
            abs(rest) <= tolerance * max(size, abs(before), abs(after), abs(after - before)) + 1e-4
        )
    for word in found.words:
        assert sum(part.value for part in word.parts) == pytest.approx(word.value, abs=1e-9)
        assert sum(part.between for part in word.parts) == pytest.approx(word.between, abs=1e-9)
    check_flip(tagger, found)


def check_flip(tagger, found):
    if found.flip is None:
        return
    words = [*found.sentence]
    assert words[found.flip.place] == found.flip.word
    words[found.flip.place] = found.flip.becomes
    place = found.place
    scores, rules = tagger.sequence_scores(words)
    best = routes_through(scores, rules, place, tagger.tags)[0]
    assert best.tag == found.flip.tag != found.predicted[place]


@pytest.mark.parametrize("encoder", ["window", "cnn", "bilstm"])
@pytest.mark.parametrize("decoder", ["crf", "softmax"])
def test_contributions_sum_to_the_score_and_to_the_margin(encoder, decoder):
    characters = "lstm" if encoder == "cnn" else "convolution"
    tagger = made(encoder=encoder, decoder=decoder, characters=characters, outside_bias=-0.5)
    found = explain(tagger, WORDS)
    assert [each.place for each in found] == [
        place for place, tag in enumerate(tagger.tag([WORDS])[0]) if tag != "O"
    ]
    for each in found[:2]:
        check(tagger, each)
        assert each.is_predicted
        assert each.margin >= 0
        if decoder == "softmax":
            assert each.transition_margin == 0
        if encoder == "window":
            assert {word.place for word in each.words} >= {each.place}


def test_a_tag_that_is_not_predicted_is_behind_the_predicted_one(tagger):
    (found,) = explain(tagger, WORDS, "Turinville", "O")
    check(tagger, found)
    assert not found.is_predicted
    assert found.margin < 0
    assert found.runner_up.tag == found.predicted[found.place]
    assert found.flip is None or found.flip.tag == "O"


def test_the_baseline_is_padding_or_zeros():
    tagger = made(trained=False, characters="none")
    (padding,) = explain(tagger, WORDS, 1, flips=False)
    lengths, width = np.array([1], np.int64), 5
    shapes = {"words": (), "capitals": (), "affixes": (6,)}
    inputs = tagger.network.vectors.inputs
    empty = [np.zeros((1, width, *shapes[name]), np.int64) for name in inputs]
    scores = tagger.network(lengths, *empty).read()[0, 0]
    number = tagger.tags.index(padding.tag)
    assert padding.baseline_score == pytest.approx(scores[number], abs=1e-5)
    (zeros,) = explain(tagger, WORDS, 0, baseline="zeros", flips=False)
    check(tagger, zeros)
    assert any(word.place is None and word.value for word in zeros.words)
    assert padding.tried == 0


def test_one_gradient_is_an_estimate_that_says_what_it_misses(tagger):
    (exact,), (found,) = (
        explain(tagger, WORDS, "Carla", method=method, flips=False)
        for method in ("integrated gradients", "gradient times input")
    )
    total = found.baseline_score + sum(each.value for each in found.words) + found.unexplained
    assert total == pytest.approx(exact.score, abs=1e-4)
    assert abs(found.unexplained) > abs(exact.unexplained)


def test_routes_are_the_best_sequences_with_each_tag():
    random = np.random.default_rng(0)
    tags = ["O", "B", "I"]
    scores = random.normal(size=(4, 3))
    across, start, end = random.normal(size=(3, 3)), random.normal(size=3), random.normal(size=3)
    across[0, 2] = start[2] = -np.inf
    found = {each.tag: each for each in routes_through(scores, (across, start, end), 2, tags)}
    best = dict.fromkeys(tags, -np.inf)
    for sequence in itertools.product(range(3), repeat=4):
        total = scores[range(4), sequence].sum() + start[sequence[0]] + end[sequence[-1]]
        total += sum(across[i, j] for i, j in itertools.pairwise(sequence))
        tag = tags[sequence[2]]
        best[tag] = max(best[tag], total)
    for tag, total in best.items():
        assert found[tag].total == pytest.approx(total)
        assert found[tag].tags[2] == tag


def test_case_alone_flips_a_tag_where_case_decides():
    rows = [(name, other) for name in ("adam", "berta", "carl") for other in ("runs", "sits")]
    corpus = [
        Sentence((case(name), other), ("B-PER" if case is str.title else "O", "O"))
        for name, other in rows
        for case in (str.title, str.lower)
    ]
    tagger = made(corpus, characters="none", affix_size=0, epochs=30, input_dropout=0.1)
    (found,) = explain(tagger, ["Berta", "runs"], "Berta")
    check(tagger, found)
    assert found.flip.place == 0
    assert found.flip.becomes == "berta"
    assert found.flip.tag == "O"


def test_no_flip_is_reported_where_words_do_not_matter():
    tagger = made(trained=False)
    tagger.network.scores.weight.assign(np.zeros_like(tagger.network.scores.weight.read()))
    (found,) = explain(tagger, WORDS, 0)
    assert found.flip is None
    assert found.tried > 10
    assert f"None of the {found.tried} changes" in str(found)


def test_rows_are_named_down_to_affixes_given_vectors_and_marks():
    names = ["ada", "carl", "turin", "saw"]
    vectors = WordVectors(names, np.random.default_rng(0).normal(size=(4, 8)).astype(np.float32))
    tagger = made(
        vectors=vectors,
        gazetteer=Gazetteer([("LOC", "Turin"), ("PER", "Ada Ville")]),
        augment=("case",),
        vectors_mode="freeze",
    )
    (found,) = explain(tagger, ["Ada", "saw", "Turin", "xyz"], "Turin")
    check(tagger, found)
    parts = {(part.feature, part.name) for part in found.words[2].parts}
    assert {("word", "turin"), ("given vector", "turin"), ("gazetteer", "S-LOC")} <= parts
    assert ("capitals", "initial") in parts
    assert sum(feature in ("prefix", "suffix") for feature, _ in parts) >= 5
    unknown = {(part.feature, part.name) for part in found.words[3].parts}
    assert {("word", "xyz (unknown)"), ("given vector", "xyz (unknown)")} <= unknown
    frozen = [part.value for part in found.words[2].parts if part.feature == "word"]
    assert frozen == [0.0]


def test_characters_are_units_with_affixes_of_the_text_around_them():
    corpus = [
        Sentence(tuple("갑을병"), ("O", "B-LC", "O")),
        Sentence(tuple("병을갑"), ("O", "O", "O")),
    ] * 4
    tagger = made(corpus, characters="none", window=1, epochs=30)
    (found,) = explain(tagger, "갑을병", "을")
    check(tagger, found)
    assert ("prefix", "을병-") in {(p.feature, p.name.split(" ")[0]) for p in found.words[1].parts}
    assert "갑<b>을</b>병" in found.html()


@pytest.mark.parametrize("features", [True, False])
@pytest.mark.parametrize("longest", [None, 8])
def test_a_pretrained_encoder_is_explained_to_its_sub_tokens(tmp_path, features, longest):
    pytest.importorskip("tokenizers")
    none = {"word_size": 0, "capital_size": 0, "affix_size": 0, "characters": "none"}
    chosen = Settings(
        encoder="pretrained", max_length=longest, **(SMALL if features else SMALL | none)
    )
    net = open_encoder(write_net(tmp_path / "bert"), chosen)
    tagger = Tagger.for_corpus(CORPUS, chosen, net=net)
    (found,) = explain(tagger, WORDS, "Carla")
    check(tagger, found)
    names = {part.name for part in found.words[4].parts if part.feature == "sub-token"}
    assert names == {"carl", "##a"}


def test_what_there_is_not_is_an_error(tagger):
    for match, arguments, options in (
        ("8", (WORDS, 12), {}),
        ("no such word", (WORDS, "Paris"), {}),
        ("2 times. Give one of its numbers: 0, 2", (["Ada", "saw", "Ada"], "Ada"), {}),
        ("The tagger has O, B-LOC", (WORDS, 0, "B-XX"), {}),
        ("no sequence", (["Ada"], 0, "I-PER"), {}),
        ("no words", ([], 0), {}),
        ("1.5", (WORDS, 1.5), {}),
        ("truth value", (WORDS, True), {}),
        ("truth value", (WORDS, np.bool(True)), {}),
        ("'padding' or 'zeros'", (WORDS, 0), {"baseline": "mean"}),
        ("gradient times", (WORDS, 0), {"method": "lime"}),
        ("above 0", (WORDS, 0), {"tolerance": 0.0}),
        ("above 0", (WORDS, 0), {"tolerance": float("nan")}),
    ):
        match = match if match != "8" else f"{len(WORDS)} words"
        with pytest.raises(ModelError, match=match):
            explain(tagger, *arguments, **options)
    assert explain(tagger, "") == []


@given(text=st.text(max_size=30))
@settings(max_examples=12, deadline=None)
def test_any_text_is_explained_and_shown(tagger, text):
    words = tagger.split(text)
    if not any(words):
        return
    (found,) = explain(tagger, text, 0, method="gradient times input", flips=False)
    page = found.html()
    assert all(each.isprintable() or each == "\n" for each in str(found))
    assert "<script" not in page
    json.dumps(found.as_dict())


def test_pages_escape_words_and_hold_every_number(tagger):
    words = ["Ada", "<script>alert(1)</script>", "\x1b[31m&", "Turin"]
    (found,) = explain(tagger, words, "Turin")
    page, text = found.html(), str(found)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page + text
    for shown in (page, text, found.__rich__().plain):
        assert all(f"{each.value:+.4f}" in shown for each in found.words)
        assert found.runner_up.tag in shown
    assert "prefers-color-scheme: dark" in page
    assert "http" not in page


@pytest.fixture(scope="module")
def folder(tagger, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model") / "m"
    save(tagger, folder)
    return folder


def run(folder, *arguments):
    return CliRunner().invoke(app, ["ner", "explain", "--model", str(folder), *arguments])


def test_the_command_prints_writes_and_draws(folder, tmp_path):
    pytest.importorskip("matplotlib")
    text = " ".join(WORDS)
    shown = run(folder, text, "--word", "Carla")
    assert shown.exit_code == 0
    assert shown.stdout.startswith("Carla: ")
    number = run(folder, text, "--word", "4", "--format", "json")
    (found,) = json.loads(number.stdout)
    assert found["word"] == "Carla"
    assert found["words"][0]["parts"][0]["feature"] == "word"
    undecoded = run(folder, "Ada \udcff", "--word", "1", "--format", "json")  # a byte of no text
    assert undecoded.stdout.isascii()
    assert json.loads(undecoded.stdout)[0]["word"] == "\udcff"
    page, picture = tmp_path / "a.html", tmp_path / "a.svg"
    result = run(
        folder, text, "--word", "Carla", "--format", "html", "--out", str(page), "--picture",
        str(picture), "--no-flips", "--method", "gradient",
    )  # fmt: skip
    assert result.exit_code == 0
    assert not result.stdout
    assert page.read_text().startswith("<!doctype html>")
    assert "Carla" in picture.read_text()


def test_the_command_names_what_is_wrong_and_writes_nothing(folder, tmp_path):
    out = tmp_path / "a.txt"
    for arguments in (("--word", "Paris"), ("--tag", "X"), ("--picture", "a.bmp")):
        result = run(folder, " ".join(WORDS), *arguments, "--out", str(out))
        assert result.exit_code == 2
        assert result.stderr.startswith("error: ")
        assert not out.exists()
