"""What a server asks of taggers of any kind, and how it knows that a folder has changed."""

from itertools import pairwise
from pathlib import Path

import pytest
from served import CORPUS, same_entities

from chainrule.ner import ModelError, Settings, Tagger, save
from chainrule.serve.served_model import files_of, open_model
from chainrule.text import Sentence

LETTERS = [Sentence(tuple("세종은서울에"), ("B-PS", "I-PS", "O", "B-LC", "I-LC", "O"))] * 3
CORPORA = {"words": CORPUS, "characters": LETTERS}
TEXTS = ["Ada visited Turin", "세종은 서울에\n세종", "", " \n", "\u200b e\u0301\r\n\U0001f600\x00"]


@pytest.mark.parametrize("units", CORPORA)
def test_items_of_both_kinds_get_the_answers_of_the_tagger(units, tmp_path):
    corpus = CORPORA[units]
    tagger = Tagger.for_corpus(corpus, Settings(hidden=8, word_size=4))
    assert tagger.units == units
    save(tagger, tmp_path / "tagger")
    model = open_model(tmp_path / "tagger")
    words = list(corpus[0].words)
    items = [TEXTS[0], words, *TEXTS[1:], [], [""], [" "]]
    found = model.answers(items)
    for item, answer in zip(items, found, strict=True):
        if isinstance(item, str):
            assert same_entities(answer, tagger(item))
            assert all(item[each.start : each.end] == each.text for each in answer)
        else:
            assert answer == list(tagger.tag([item])[0])
    assert model.labels == sorted({tag[2:] for each in corpus for tag in each.tags} - {""})
    assert model.name == "tagger"
    assert len(model.checksum) == 64


def test_the_entities_of_many_texts_are_those_of_each(tagger_folder):
    tagger = open_model(tagger_folder).tagger
    for found, text in zip(tagger.entities(TEXTS), TEXTS, strict=True):
        assert same_entities(found, tagger(text))
    assert tagger.entities([]) == []
    assert [each.text for each in tagger("Ada visited Turin")] == ["Ada", "Turin"]


def test_files_tell_whether_a_folder_has_changed(tmp_path, tagger_folder):
    folder = tmp_path / "tagger"
    assert files_of(folder) == {}
    tagger = open_model(tagger_folder).tagger
    seen = []
    for change in (
        lambda: save(tagger, folder),
        lambda: save(tagger, folder),
        lambda: (folder / "model.safetensors").write_bytes(b"x"),
        lambda: (folder / "config.json").unlink(),
    ):
        change()
        seen.append(files_of(folder))
        assert files_of(folder) == seen[-1]
    assert all(a != b for a, b in pairwise(seen))
    with pytest.raises(ModelError):
        open_model(folder)
    with pytest.raises(ModelError, match="No tagger was found"):
        open_model(Path(tmp_path / "none"))
