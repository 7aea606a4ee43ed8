"""Taggers whose units are characters: affixes are those of the text around a character."""

import pytest

from chainrule.ner import Settings, Tagger, load, recommended, save, train
from chainrule.ner.features.affixes import texts_beside
from chainrule.ner.units import units_of
from chainrule.text import Sentence


def test_texts_begin_and_end_with_each_character():
    begun, ended = texts_beside("서울 역사")
    assert begun == ["서울 역", "울 역사", " 역사", "역사", "사"]
    assert ended == ["서", "서울", "서울 ", "서울 역", "울 역사"]


@pytest.mark.parametrize(
    ("words", "units"), [("서울", "characters"), (["e\u0301"], "characters"), (["서울"], "words")]
)
def test_units_are_characters_if_every_word_is_one(words, units):
    assert units_of([Sentence(tuple(words), ("O",) * len(words))]) == units


def test_affixes_are_recommended_for_characters():
    words, characters = (recommended("bilstm", False, units) for units in ("words", "characters"))
    assert words.affix_size == 0
    assert characters.affix_size > 0
    assert characters.characters == "none"


@pytest.mark.parametrize("encoder", ["window", "bilstm"])
def test_characters_are_told_apart_by_the_text_around_them(tmp_path, encoder):
    corpus = [
        Sentence(tuple("갑을병"), ("O", "B-LC", "O")),
        Sentence(tuple("병을갑"), ("O", "O", "O")),
    ] * 4
    small = {"word_size": 8, "affix_size": 8, "hidden": 16, "characters": "none"}
    none = {"input_dropout": 0.0, "hidden_dropout": 0.0, "unknown_rate": 0.0}
    settings = Settings(
        encoder=encoder, window=0, **small, **none, epochs=30, patience=30, learning_rate=0.05
    )
    tagger = Tagger.for_corpus(corpus, settings)
    train(tagger, corpus, corpus)
    save(tagger, tmp_path / "m")
    for each in (tagger, load(tmp_path / "m")):
        sentences = [sentence.words for sentence in corpus[:2]]
        assert each.tag(sentences) == [sentence.tags for sentence in corpus[:2]]
        assert [each.tag([words])[0] for words in sentences] == each.tag(sentences)
