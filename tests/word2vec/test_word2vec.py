"""Training of word vectors: the text, the sampling, the step beside a loop, the run."""

from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.storage import StorageError
from chainrule.text.vectors import read_vectors
from chainrule.word2vec import Corpus, Settings, train_vectors
from chainrule.word2vec.cbow import CbowStep, window_mean
from chainrule.word2vec.corpus import read_corpus
from chainrule.word2vec.sampling import keep_rates, negative_table, piece_extent, pieces
from chainrule.word2vec.skip_gram import SkipGramStep

FRUIT, TOOLS = ["apple", "pear", "plum", "cherry", "fig"], ["saw", "axe", "drill", "file", "rasp"]


def text_of(seed=0, passages=400):
    """Return passages that speak of fruit or of tools."""
    random = np.random.default_rng(seed)
    chosen = [FRUIT if random.random() < 0.5 else TOOLS for _ in range(passages)]
    return "\n\n".join(" ".join(random.choice(each, 12)) for each in chosen)


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(text_of())
    return path


def trained(text, out, **settings):
    given = {"size": 10, "subsample": 0, "min_count": 1, "epochs": 3, **settings}
    return train_vectors([text], out, Settings(**given))


def corpus_of(ids, words):
    ids = np.array(ids, np.int32)
    counts = np.bincount(ids[ids >= 0], minlength=words)
    return Corpus([f"w{i}" for i in range(words)], counts, ids, int(counts.sum()), "")


# -- the text --------------------------------------------------------------------------------------


def test_a_text_becomes_numbers_by_descending_count(tmp_path):
    (tmp_path / "a").write_text("b a b\nc\n\na b")
    (tmp_path / "b").write_text("d b")
    files = [tmp_path / "a", tmp_path / "b"]
    found = read_corpus(files, tmp_path, Settings(min_count=2, tokens="blanks"))
    assert found.words == ["b", "a"]
    assert found.counts.tolist() == [4, 2]
    assert found.ids.tolist() == [0, 1, 0, -1, 1, 0, -1, 0, -1]
    assert found.total == 8


def test_the_text_is_normalised_as_asked(tmp_path):
    (tmp_path / "a").write_text("Cafe\u0301 1996 CAF\u00c9 2003 it's")
    for settings, wanted in (
        (Settings(min_count=1), ["'s", "0000", "caf\u00e9", "it"]),
        (
            Settings(min_count=1, lower=False, zero_digits=False),
            ["'s", "1996", "2003", "CAF\u00c9", "Caf\u00e9", "it"],
        ),
    ):
        assert sorted(read_corpus([tmp_path / "a"], tmp_path, settings).words) == wanted


def test_pieces_of_a_long_text_keep_all_words(tmp_path):
    words = [f"w{i % 97}" for i in range(400_000)]
    (tmp_path / "a").write_text("\n".join(words))
    found = read_corpus([tmp_path / "a"], tmp_path, Settings(tokens="blanks", zero_digits=False))
    assert found.total == 400_000
    assert [found.words[each] for each in found.ids[:-1]] == words


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a b\n\xff", "line 2, is not UTF-8"),
        (b"", "0 distinct words"),
        (b"a b c", "3 distinct words, of which 0 occur at least 2 times"),
    ],
)
def test_unusable_text_is_a_sentence_and_leaves_nothing(content, reason, tmp_path):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(cr.ChainruleError, match=reason):
        train_vectors([tmp_path / "a"], tmp_path / "v")
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


# -- sampling --------------------------------------------------------------------------------------


def test_words_are_kept_at_the_rate_of_word2vec():
    random = np.random.default_rng(0)
    ids = random.choice(3, 200_000, p=[0.9, 0.09, 0.01])
    corpus, settings = corpus_of(ids, 3), Settings(subsample=0.01)
    middle = slice(settings.window, settings.window + piece_extent(corpus, settings))
    share = corpus.counts / corpus.counts.sum()
    wanted = np.minimum(1, np.sqrt(0.01 / share) + 0.01 / share)
    assert np.allclose(keep_rates(corpus, 0.01), wanted, rtol=1e-5)
    found = np.zeros(3)
    for piece in pieces(corpus, settings, 0):
        real = piece.words[middle][piece.passages[middle] >= 0]
        found += np.bincount(real, minlength=3)
    assert np.allclose(found / corpus.counts, wanted, atol=0.02)


def test_every_word_is_in_the_middle_of_one_piece():
    ids = np.arange(5000) % 1777
    ids[::50] = -1
    found, shares = [], []
    for piece in pieces(corpus_of(ids, 1777), Settings(subsample=0, window=3), 0):
        assert len(piece.words) == 1024 + 6
        found += piece.words[3:-3][piece.passages[3:-3] >= 0].tolist()
        shares.append(piece.share)
    assert found == ids[ids >= 0].tolist()
    assert shares == sorted(shares)
    assert shares[-1] == 1


@pytest.mark.parametrize(("words", "extent"), [(3, 16), (10, 16), (32, 64), (512, 1024)])
def test_a_piece_for_sgd_has_few_occurrences_of_a_word(words, extent):
    corpus = corpus_of(np.arange(3 * 512 * 5) % words, words)
    assert piece_extent(corpus, Settings(model="cbow", subsample=0)) == extent
    assert piece_extent(corpus, Settings(model="skip-gram", subsample=0)) == 1024


def test_negatives_have_the_distribution_of_word2vec():
    counts = np.array([1000, 100, 10, 1])
    corpus = Corpus(list("abcd"), counts, np.zeros(0, np.int32), 1111, "")
    drawn = np.bincount(negative_table(corpus), minlength=4) / len(negative_table(corpus))
    assert np.allclose(drawn, counts**0.75 / (counts**0.75).sum(), atol=1e-5)


# -- the step --------------------------------------------------------------------------------------


def softplus(x):
    return np.log1p(np.exp(-abs(x))) + np.maximum(x, 0)


def loop_loss(step, piece, drawn, widths):
    """Return the loss per pair of a piece by a loop over its pairs; drawn: (groups, negatives)."""
    inputs, outputs = step.inputs.value.astype(float), step.outputs.value.astype(float)
    settings, loss, pairs = step.settings, 0.0, 0
    share, group = settings.negative / drawn.shape[1], step.piece // len(drawn)
    for number in range(step.piece):
        at, negatives = number + settings.window, outputs[drawn[number // group]]
        around = [
            other
            for other in range(at - widths[number], at + widths[number] + 1)
            if other != at and piece.passages[other] == piece.passages[at]
        ]
        if settings.model == "cbow" and around:
            mean = inputs[piece.words[around]].mean(axis=0)
            loss += softplus(-mean @ outputs[piece.words[at]])
            loss += share * softplus(negatives @ mean).sum()
            pairs += 1
        for other in around if settings.model == "skip-gram" else ():
            vector = inputs[piece.words[at]]
            loss += softplus(-vector @ outputs[piece.words[other]])
            loss += share * softplus(negatives @ vector).sum()
            pairs += 1
    return loss / pairs


@pytest.mark.parametrize(("kind", "shared"), [(SkipGramStep, (1, 128)), (CbowStep, (8, 16))])
def test_the_loss_is_that_of_a_loop_over_pairs(kind, shared):
    ids = np.random.default_rng(0).integers(0, 40, 1000)
    ids[::9] = -1
    model = "cbow" if kind is CbowStep else "skip-gram"
    settings = Settings(model=model, size=6, window=3, subsample=0)
    corpus = corpus_of(ids, 40)
    extent = 1024 if kind is SkipGramStep else 64
    assert piece_extent(corpus, settings) == extent
    step = kind(40, negative_table(corpus), extent, 10, settings)
    random = np.random.default_rng(1)
    for each in (step.inputs, step.outputs):
        each.assign(random.standard_normal(each.shape).astype(np.float32))
    *_, piece = pieces(corpus, settings, 0)  # the last one, which has places without a word
    keys = cr.random.Stream(settings.seed)
    widths = np.floor(cr.random.uniform(keys.key(), (extent,)).value * 3).astype(int) + 1
    bits = cr.random.bits(keys.key(), (np.prod(shared),)).value.astype(np.int64) + 2**31
    drawn = step.negatives.value[(bits * len(step.negatives.value)) >> 32].reshape(shared)
    wanted = loop_loss(step, piece, drawn, widths)
    assert np.isclose(float(step.watched_update(*piece.arrays)), wanted, rtol=1e-4)


def test_every_word_around_receives_the_whole_gradient_of_the_mean():
    random, window, n = np.random.default_rng(0), 2, 7
    rows = cr.parameter(random.standard_normal((n + 2 * window, 3)))
    masks = random.integers(0, 2, (2 * window, n, 1)).astype(float)
    upstream, divisor = random.standard_normal((n, 3)), masks.sum(axis=0) + 1
    mean = window_mean(rows, masks, 1 / divisor)
    total, back = np.zeros((n, 3)), np.zeros(rows.shape)
    for number, offset in enumerate((-2, -1, 1, 2)):
        for i in range(n):
            total[i] += masks[number, i] * rows.value[i + window + offset]
            back[i + window + offset] += masks[number, i] * upstream[i]
    assert np.allclose(mean.value, total / divisor)
    assert np.allclose(cr.gradients(cr.sum(mean * upstream), [rows])[0].value, back)


# -- the run ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["skip-gram", "cbow"])
def test_words_of_one_subject_become_neighbours(model, text, tmp_path):
    vectors = trained(text, tmp_path / "v", model=model, epochs=10)
    for subject in (FRUIT, TOOLS):
        for word in subject:
            assert {each for each, _ in vectors.nearest(word, 4)} == set(subject) - {word}


@pytest.mark.parametrize("model", ["skip-gram", "cbow"])
def test_a_stopped_training_continues_to_the_same_bits(model, text, tmp_path):
    settings = Settings(model=model, size=10, subsample=0.01, min_count=1, epochs=3)
    whole = train_vectors([text], tmp_path / "whole", settings)

    def stop(progress):
        if progress.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_vectors([text], tmp_path / "v", settings, on_progress=stop)
    assert (tmp_path / "v.checkpoint").is_file()
    assert not (tmp_path / "v").exists()
    with pytest.raises(cr.ChainruleError, match="holds an unfinished training"):
        train_vectors([text], tmp_path / "v", settings)
    other = settings.model_copy(update={"window": 2})
    with pytest.raises(cr.ChainruleError, match="was written with another settings"):
        train_vectors([text], tmp_path / "v", other, resume=True)
    found = train_vectors([text], tmp_path / "v", settings, resume=True)
    assert found.table.tobytes() == whole.table.tobytes()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["text.txt", "v", "whole"]


def test_a_killed_training_continues_from_its_last_checkpoint(text, tmp_path, monkeypatch):
    settings = Settings(size=10, subsample=0.01, min_count=1, epochs=2)
    whole = train_vectors([text], tmp_path / "whole", settings)
    monkeypatch.setattr("chainrule.word2vec.training._SECONDS_BETWEEN_CHECKPOINTS", -1.0)

    def kill(progress):
        if progress.epoch == 2:
            raise RuntimeError

    with pytest.raises(RuntimeError):  # which is not caught, so that nothing more is written
        train_vectors([text], tmp_path / "v", settings, on_progress=kill)
    found = train_vectors([text], tmp_path / "v", settings, resume=True)
    assert found.table.tobytes() == whole.table.tobytes()


def test_another_text_is_refused_on_resuming(text, tmp_path):
    settings = Settings(size=10, min_count=1, epochs=2)

    def stop(progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_vectors([text], tmp_path / "v", settings, on_progress=stop)
    text.write_text(text_of(seed=1))
    with pytest.raises(cr.ChainruleError, match="was written with another text"):
        train_vectors([text], tmp_path / "v", settings, resume=True)


def test_resuming_needs_a_checkpoint(text, tmp_path):
    with pytest.raises(cr.ChainruleError, match="There is no checkpoint"):
        train_vectors([text], tmp_path / "v", resume=True)


def test_a_table_larger_than_memory_is_a_sentence(text, tmp_path, monkeypatch):
    monkeypatch.setattr("chainrule.storage.memory._memory", lambda: 1000)
    with pytest.raises(cr.ChainruleError, match="more than this machine has memory"):
        trained(text, tmp_path / "v")


def test_a_folder_is_refused_before_the_training(text, tmp_path):
    with pytest.raises(cr.ChainruleError, match="is not a file"):
        train_vectors([text], tmp_path)


def test_a_training_that_diverges_is_a_sentence(text, tmp_path):
    with pytest.raises(cr.ChainruleError, match="diverged"):
        trained(text, tmp_path / "v", learning_rate=1e38, epochs=9)
    assert not (tmp_path / "v").exists()


def test_vectors_that_cannot_be_written_are_kept(text, tmp_path, monkeypatch):
    def full(*_):
        raise StorageError("The disk is full.")

    settings = Settings(size=10, min_count=1, epochs=1)
    monkeypatch.setattr("chainrule.word2vec.training.write_vectors", full)
    with pytest.raises(StorageError):
        train_vectors([text], tmp_path / "v", settings)
    monkeypatch.undo()
    assert len(train_vectors([text], tmp_path / "v", settings, resume=True)) == 10


def test_the_seed_decides(text, tmp_path):
    tables = [trained(text, tmp_path / f"v{i}", seed=i // 2, epochs=1).table for i in range(3)]
    assert np.array_equal(tables[0], tables[1])
    assert not np.array_equal(tables[0], tables[2])


# -- the command -----------------------------------------------------------------------------------


def test_the_commands_train_search_convert_and_compare(text, tmp_path):
    from typer.testing import CliRunner

    from chainrule.cli import app

    def run(*arguments, code=0):
        result = CliRunner().invoke(app, ["vectors", *map(str, arguments)])
        assert result.exit_code == code, result.output
        return result.output

    out, converted = tmp_path / "v", tmp_path / "v.txt"
    options = [
        "--size",
        "10",
        "--epochs",
        "8",
        "--subsample",
        "0",
        "--min-count",
        "1",
        "--window",
        "4",
        "--negative",
        "4",
    ]
    output = run("train", "--text", text, "--out", out, *options)
    assert "words/s" in output
    assert "10 vectors of size 10" in output
    assert set(run("neighbours", out, "apple", "--count", 4).split()[1::2]) == set(FRUIT[1:])
    assert len(run("analogy", out, "apple", "pear", "saw", "--count", 3).splitlines()) == 3
    assert "10 vectors written" in run("convert", out, converted, "--to", "word2vec")
    assert read_vectors(converted).table.tobytes() == read_vectors(out).table.tobytes()
    assert "0 moved (0.0%)" in run("compare", out, converted, "--json", tmp_path / "m.json")
    assert (tmp_path / "m.json").is_file()
    assert "exact" in run("coverage", out, text)
    assert "is not among" in run("neighbours", out, "zebra", code=2)
    assert "would be replaced" in run("convert", out, out, code=2)
    assert "--model" in run("train", "--text", text, "--out", out, "--model", "glove", code=2)
    assert Path(out).is_file()
