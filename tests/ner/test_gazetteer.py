"""Gazetteers: matches in sentences, files, and taggers that use them."""

import numpy as np
import pytest

from chainrule.ner import Settings, Tagger, load, save, train
from chainrule.ner.features import Gazetteer, GazetteerError, read_gazetteer
from chainrule.ner.training_batches import TrainingBatches
from chainrule.text import Sentence

NAMES = (("LOC", "New York"), ("ORG", "New York Times"), ("LOC", "York"), ("PER", "Ada"))


def places(gazetteer, words):
    """Return the marks of each word as text, such as "B-LOC"."""
    columns = gazetteer.columns(gazetteer.marks(words))
    return [
        [f"{'BIES'[i % 4]}-{gazetteer.types[i // 4]}" for i in np.flatnonzero(row)]
        for row in columns
    ]


def test_the_longest_name_of_each_type_is_marked():
    gazetteer = Gazetteer(NAMES)
    assert places(gazetteer, ["ada", "read", "the", "NEW", "York", "Times"]) == [
        ["S-PER"],
        [],
        [],
        ["B-LOC", "B-ORG"],
        ["E-LOC", "I-ORG"],
        ["E-ORG"],
    ]
    assert places(gazetteer, ["York"]) == [["S-LOC"]]
    assert gazetteer.marks([]) == []


def test_names_are_found_among_characters(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("LC 서울\nOG 서울 역\n", encoding="utf-8")
    gazetteer = read_gazetteer(path, ["LC", "OG"], "characters")
    assert places(gazetteer, "서울 역서") == [
        ["B-LC", "B-OG"],
        ["E-LC", "I-OG"],
        ["I-OG"],
        ["E-OG"],
        [],
    ]


def test_a_file_has_a_type_and_a_name_per_line(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("LOC New York\n\nPER\tAda\n", encoding="utf-8")
    assert read_gazetteer(path, ["LOC", "PER"]).names == (("LOC", "New York"), ("PER", "Ada"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("LOC York\nCITY Bonn\n", "line 2, is 'CITY Bonn'. Write a type and a name; the types of"),
        ("LOC\n", "line 1, is 'LOC'"),
        ("\n", "holds no name"),
    ],
)
def test_other_types_and_lines_without_a_name_are_refused(tmp_path, text, reason):
    path = tmp_path / "names.txt"
    path.write_text(text)
    with pytest.raises(GazetteerError, match=reason):
        read_gazetteer(path, ["LOC"])
    with pytest.raises(GazetteerError, match="cannot be read"):
        read_gazetteer(tmp_path / "none.txt", ["LOC"])


def test_at_most_15_types_fit_into_the_marks():
    with pytest.raises(GazetteerError, match="16 were given"):
        Gazetteer([(f"T{number}", "x") for number in range(16)])


def test_other_names_are_left_out_in_every_epoch():
    words = [f"name{chr(ord('a') + i)}{chr(ord('a') + j)}" for i in range(26) for j in range(26)]
    gazetteer = Gazetteer([*(("LOC", word) for word in words), ("PER", "Ada")])
    tagger = Tagger.for_corpus([Sentence(("in",), ("O",))], Settings(), gazetteer=gazetteer)
    for dropout, low, high in [(0.0, 1.0, 1.0), (0.5, 0.4, 0.6)]:
        tagger.settings = Settings(gazetteer_dropout=dropout, batch_size=10_000)
        batches = TrainingBatches(tagger, [Sentence((word,), ("O",)) for word in words])
        marks = [next(iter(batches(epoch)))[-2].sum() for epoch in (1, 2, 1)]
        assert low <= marks[0] / len(words) <= high
        assert marks[0] == marks[2]
        assert (marks[0] == marks[1]) == (dropout == 0)


@pytest.mark.parametrize("encoder", ["window", "bilstm"])
def test_a_tagger_finds_names_that_only_the_gazetteer_has(tmp_path, encoder):
    words = "abcdefgh"
    corpus = [Sentence(("in", name), ("O", "B-LOC")) for name in words]
    corpus += [Sentence(("in", f"{name}{name}"), ("O", "O")) for name in words]
    gazetteer = Gazetteer([("LOC", name) for name in (*words, "xyz", "New Bonn")])
    settings = Settings(
        encoder=encoder,
        hidden=16,
        characters="none",
        affix_size=0,
        unknown_rate=9.0,
        epochs=40,
        patience=40,
        hidden_dropout=0.0,
        batch_size=8,
        learning_rate=0.02,
        input_dropout=0.0,
        augment=("case",),
    )
    tagger = Tagger.for_corpus(corpus, settings, gazetteer=gazetteer)
    train(tagger, corpus, corpus)
    sentences = [["in", "xyz"], ["in", "zzz"]]
    assert tagger.tag(sentences) == [("O", "B-LOC"), ("O", "O")]
    assert [tagger.tag([each])[0] for each in sentences] == tagger.tag(sentences)
    save(tagger, tmp_path / "m")
    assert load(tmp_path / "m").tag(sentences) == tagger.tag(sentences)
