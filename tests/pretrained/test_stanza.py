"""Stanza's tagger computes what the library computed, and gives the same tags."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from comparing import assert_equal
from stanza_references import CASES, RECORDED, SENTENCES

import chainrule as cr
from chainrule.pretrained import PretrainedError, load
from chainrule.pretrained.stanza import CharacterLanguageModel, crf_loss
from chainrule.pretrained.stanza.names import model_rows, tagger_rows, word_row
from chainrule.pretrained.stanza.settings import LetterSettings
from chainrule.pretrained.stanza.span_repair import repaired
from chainrule.text import Span


def loaded(case: str) -> tuple[Any, dict[str, Any]]:
    """Return the tagger of a recorded folder, and the arrays of the library."""
    folder = RECORDED / f"stanza-{case}"
    with np.load(folder / "computed.npz") as file:
        return load(folder), dict(file)


def of_words(padded: Any) -> np.ndarray[Any, Any]:
    """Return what belongs to words, sentence after sentence."""
    rows = np.asarray(padded)
    return np.concatenate([row[: len(words)] for row, words in zip(rows, SENTENCES, strict=True)])


def given_tags(expected: dict[str, Any], batch: Any, column: int) -> np.ndarray[Any, Any]:
    """Return the tags that the library was given, padded to the batch."""
    found = np.zeros((len(SENTENCES), max(batch.lengths)), np.int64)
    inside = np.arange(found.shape[1]) < batch.lengths[:, None]
    found[inside] = expected["given_tags"][:, column]
    return found


@pytest.mark.parametrize("case", CASES)
def test_inputs_hidden_states_and_scores_equal_the_library(case: str) -> None:
    net, expected = loaded(case)
    out = net(net.batch(SENTENCES))
    for name, found in (("words", out.inputs), ("hidden", out.hidden), ("scores", out.scores)):
        assert_equal(of_words(found), expected[name], name)


@pytest.mark.parametrize("case", CASES)
def test_loss_and_gradients_of_all_parameters_equal_the_library(case: str) -> None:
    net, expected = loaded(case)
    batch = net.batch(SENTENCES)
    out = net(batch)
    loss = sum(
        crf_loss(scores, given_tags(expected, batch, column), batch.lengths, table)
        for column, (scores, table) in enumerate(zip(out.columns, net.transitions, strict=True))
    )
    assert_equal(loss, expected["loss"], "loss")
    if len(net.transitions) == 1:
        assert_equal(net.loss(batch, given_tags(expected, batch, 0)), expected["loss"], "net.loss")
    parameters = net.named_parameters()
    rows = {row.ours: row.theirs for row in (*tagger_rows(net.settings), *word_row(net.settings))}
    found = dict(zip(parameters, cr.gradients(loss, list(parameters.values())), strict=True))
    compared = {name.removeprefix("gradient/") for name in expected if name[:9] == "gradient/"}
    for path, each in found.items():
        name = rows.get(path, "")
        if name in compared:
            values = np.array(each)
            if name in ("delta_emb.weight", "word_emb.weight", "charmodel.char_emb.weight"):
                values[0] = 0  # the library does not train the row of padding
            assert_equal(values, expected[f"gradient/{name}"], path)
            compared.remove(name)
    assert compared == set()


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_language_models_equal_the_library(direction: str) -> None:
    net, expected = loaded("charlm")
    expected = {
        name.removeprefix(f"{direction}/"): each
        for name, each in expected.items()
        if name.startswith(f"{direction}/")
    }
    model = getattr(net, f"{direction}_model")
    outputs, scores = model.outputs(expected["ids"]), model(expected["ids"])
    assert_equal(outputs, expected["outputs"], "outputs")
    assert_equal(scores, expected["scores"], "scores")
    paths = model.named_parameters()
    loss = cr.sum(cr.cos(outputs)) + cr.sum(cr.cos(scores))
    found = dict(zip(paths, cr.gradients(loss, list(paths.values())), strict=True))
    rows = {row.ours: row.theirs for row in model_rows(model.settings)}
    assert {f"gradient/{name}" for name in rows.values()} < set(expected)
    for path, each in found.items():
        assert_equal(each, expected[f"gradient/{rows[path]}"], path)


def test_the_table_of_letters_gives_what_the_layers_give() -> None:
    model = CharacterLanguageModel(LetterSettings(count=7, width=3, hidden=4, layers=2))
    random = np.random.default_rng(0)
    for each in model.parameters():
        each.assign(random.normal(size=each.shape).astype(np.float32))
    letters = random.integers(0, 7, (2, 9))
    expected = model.run(model.embedding(letters))[0]
    assert_equal(model.outputs(letters), np.asarray(expected), "outputs")


@pytest.mark.parametrize("case", CASES)
def test_tags_and_entities_equal_the_library(case: str) -> None:
    net, expected = loaded(case)
    tags = net.tag(SENTENCES)
    assert [len(each) for each in tags] == [len(each) for each in SENTENCES]
    assert [tag for each in tags for tag in each] == expected["tags"].tolist()
    found = [
        f"{number} {each.start} {each.end} {each.type}"
        for number, entities in enumerate(net.entities(SENTENCES))
        for each in entities
    ]
    assert found == expected["entities"].tolist()
    assert found


def test_tags_do_not_depend_on_the_other_sentences() -> None:
    net, _ = loaded("charlm")
    together = net.tag([[], *SENTENCES * 20, []])
    assert together[0] == together[-1] == []
    for number, words in enumerate(SENTENCES):
        alone = net.tag([words])[0]
        assert all(each == alone for each in together[1 + number : -1 : len(SENTENCES)])
    assert net.tag([]) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("O O", "O O"),
        ("I-A I-A I-A", "B-A I-A E-A"),
        ("B-A I-B E-B", "S-A B-B E-B"),
        ("I-A", "S-A"),
        ("B-A O E-A", "S-A O S-A"),
        ("O E-A I-A O", "O S-A S-A O"),
        ("B-A B-A E-A", "S-A B-A E-A"),
        ("S-A I-A E-A", "S-A B-A E-A"),
    ],
)
def test_borders_of_entities_are_repaired(given: str, expected: str) -> None:
    assert repaired(given.split()) == expected.split()


def test_entities_have_the_places_of_their_words() -> None:
    net, _ = loaded("charmodel")
    for words, tags, entities in zip(
        SENTENCES, net.tag(SENTENCES), net.entities(SENTENCES), strict=True
    ):
        for each in entities:
            assert isinstance(each, Span)
            assert 0 <= each.start < each.end <= len(words)
            assert {tag[2:] for tag in tags[each.start : each.end]} == {each.type}


@pytest.mark.native
def test_fine_tuning_lowers_the_loss() -> None:
    net, _ = loaded("charmodel")
    batch = net.batch(SENTENCES[:3])
    random = np.random.default_rng(0)
    tags = random.integers(4, len(net.tags), (3, max(batch.lengths)))
    optimizer = cr.optim.Adam(net.parameters(), 0.02)

    @cr.compile
    def step(batch: Any, tags: Any) -> Any:
        loss = net.loss(batch, tags)
        optimizer.minimize(loss)
        return loss

    losses = [float(step(batch, tags)) for _ in range(60)]
    assert losses[-1] < 0.2 * losses[0]


def copied(case: str, folder: Path) -> Path:
    shutil.copytree(RECORDED / f"stanza-{case}", folder / "net")
    return folder / "net"


def test_files_side_by_side_are_recognised_by_their_names(tmp_path: Path) -> None:
    for role, name in (
        ("ner", "en_small_nertagger.pt"),
        ("pretrain", "en_small.pretrain.pt"),
        ("forward_charlm", "en_1billion_forward_charlm.pt"),
        ("backward_charlm", "en_1billion_backward_charlm.pt"),
    ):
        shutil.copyfile(RECORDED / "stanza-charlm" / role / "small.pt", tmp_path / name)
    assert load(tmp_path).tag(SENTENCES) == loaded("charlm")[0].tag(SENTENCES)


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("pretrain", "needs the word vectors"),
        ("forward_charlm", "there is no forward_charlm"),
        ("backward_charlm", "there is no backward_charlm"),
    ],
)
def test_a_missing_file_is_named(role: str, said: str, tmp_path: Path) -> None:
    folder = copied("charlm", tmp_path)
    (folder / role / "small.pt").unlink()
    with pytest.raises(PretrainedError, match=said):
        load(folder)


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    folder = copied("charlm", tmp_path)
    ahead, back = (folder / f"{each}_charlm" / "small.pt" for each in ("forward", "backward"))
    kept = ahead.read_bytes()
    ahead.write_bytes(back.read_bytes())
    with pytest.raises(PretrainedError, match="it reads backward"):
        load(folder)
    ahead.write_bytes(kept)
    shutil.copyfile(folder / "ner" / "small.pt", folder / "pretrain" / "small.pt")
    with pytest.raises(PretrainedError, match="cannot be read as word vectors of Stanza"):
        load(folder)
    shutil.copyfile(ahead, folder / "ner" / "other.pt")
    with pytest.raises(
        PretrainedError, match=r"several files for ner: ner/other\.pt, ner/small\.pt"
    ):
        load(folder)


def test_a_sentence_that_cannot_be_tagged_is_named() -> None:
    net, _ = loaded("charmodel")
    with pytest.raises(PretrainedError, match=r"Sentence 1 .* has a word without letters"):
        net.tag([[], ["b", ""]])
    with pytest.raises(PretrainedError, match=r"Sentence 0 .* has no word"):
        net.batch([[]])


def test_a_head_is_refused() -> None:
    with pytest.raises(PretrainedError, match="is a tagger of Stanza"):
        load(RECORDED / "stanza-charlm", head="tokens")
