"""Flair: its language models and taggers compute what Flair computed; folders, refusals."""

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from comparing_flair import model_differences, tagger_differences
from flair_references import MODELS, RECORDED, TAGGERS

from chainrule.pretrained import PretrainedError, load
from chainrule.pretrained.flair import CharacterLanguageModel, CharacterTable, FlairTagger
from chainrule.pretrained.flair.settings import LanguageModelSettings
from chainrule.pretrained.flair.word_reading import text_read, word_places
from chainrule.pretrained.word_encoder import WordEncoder
from chainrule.storage import StorageError
from fuzz.flair_writer import dictionary, language_model_file, tagger_file

TOLERANCE = 1e-5


@pytest.mark.native
@pytest.mark.parametrize("name", MODELS)
def test_states_gradients_and_vectors_of_words_equal_those_of_flair(name: str) -> None:
    found = model_differences(RECORDED, name)
    assert max(found.values()) < TOLERANCE, found


@pytest.mark.native
@pytest.mark.parametrize("name", TAGGERS)
def test_scores_and_tags_equal_those_of_flair(name: str) -> None:
    found, equal = tagger_differences(RECORDED, name)
    assert max(found.values()) < TOLERANCE, found
    assert all(equal)


def small(forward: bool = True, **options) -> CharacterLanguageModel:
    table = CharacterTable(["<unk>", " ", "\n", *"abcdé"])
    settings = LanguageModelSettings(forward, **{"embedding": 3, "hidden": 4, **options})
    return CharacterLanguageModel(table, settings, 0).eval()


@pytest.mark.parametrize("forward", [True, False])
def test_places_are_those_of_the_blanks_beside_words(forward: bool) -> None:
    words = ["ab", "", "cdé", "a"]
    settings = LanguageModelSettings(forward)
    read = text_read(words, settings)
    places = word_places(words, settings)
    assert [read[place] for place in places] == [" "] * 4
    beside = [read[:place].split(" ")[-1].strip("\n") for place in places]
    assert beside == (words if forward else [each[::-1] for each in words])


@pytest.mark.native
@pytest.mark.parametrize("forward", [True, False])
def test_vectors_do_not_depend_on_company_or_chunks(forward: bool) -> None:
    net = small(forward)
    sentences = [["ab", "c"], ["d"], [], ["abc", "é"] * 60, ["zz"] * 7, *[["ab"]] * 40]
    together = net.word_vectors(sentences)
    text, state = text_read(sentences[3], net.settings), None
    outputs = [net(net.characters.ids(each)[:, None], state)[0] for each in [text]]
    whole = outputs[0].read()[word_places(sentences[3], net.settings), 0]
    np.testing.assert_allclose(together[3], whole, rtol=1e-5, atol=1e-6)
    for each, found in zip(sentences, together, strict=True):
        assert found.dtype == np.float32
        assert found.shape == (len(each), net.width)
        np.testing.assert_allclose(found, net.word_vectors([each])[0], rtol=1e-5, atol=1e-6)


def test_unknown_characters_have_the_first_number() -> None:
    table = CharacterTable(["<unk>", "a", "é", "ab"])
    assert table.ids("aéb\ud800ab").tolist() == [1, 2, 0, 0, 1, 0]
    made = CharacterTable.of_text("aab\ud800\ud800", least=2)
    assert made.entries == ("<unk>", " ", "\n", "a", "\ud800")
    with pytest.raises(PretrainedError, match="every character once"):
        CharacterTable(["a", "a"])


@pytest.mark.parametrize("options", [{}, {"layers": 2, "projected": 5}, {"decodes": False}])
def test_a_saved_model_is_loaded_with_equal_numbers(tmp_path: Path, options) -> None:
    net = small(False, **options)
    net.save(tmp_path / "model")
    again = load(tmp_path / "model")
    assert isinstance(again, WordEncoder)
    assert (again.settings, again.characters.entries) == (net.settings, net.characters.entries)
    before, after = net.state(), again.state()
    assert before.keys() == after.keys()
    assert all(before[name].tobytes() == after[name].tobytes() for name in before)
    (vectors,) = net.word_vectors([["ab", "c"]])
    for other in (again, pickle.loads(pickle.dumps(net)), copy.deepcopy(net)):
        np.testing.assert_array_equal(other.word_vectors([["ab", "c"]])[0], vectors)


def test_a_model_of_a_tagger_has_no_scores_of_characters() -> None:
    net = small(decodes=False)
    with pytest.raises(PretrainedError, match="without a decoder"):
        net.logits(net(np.zeros((2, 1), np.int64))[0])


def test_taggers_have_language_models_of_both_directions() -> None:
    tagger = load(RECORDED / "tagger.pt")
    assert isinstance(tagger, FlairTagger)
    assert [each.settings.direction for each in tagger.encoders] == ["forward", "backward"]
    assert tagger.tag([]) == []
    assert tagger.tag([[]]) == [()]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hidden_size": 7}, "rnn.weight_ih_l0 has the shape"),
        ({"nlayers": 2}, "rnn.weight_ih_l1 is missing"),
        ({"nlayers": 10**9}, "1000000000 layers"),
        ({"hidden_size": 10**9}, "do not fit its settings"),
        ({"nout": 3}, "proj.weight is missing"),
        ({"has_decoder": False}, "decoder.weight' is unknown"),
        ({"is_forward_lm": 1}, "true or false"),
        ({"embedding_size": -4}, "an integer of at least 1"),
        ({"recurrent_type": "GRU"}, "Only LSTM is supported"),
        ({"dictionary": None}, "not a dictionary with a list"),
        ({"state_dict": None}, "has no state_dict"),
        ({"document_delimiter": 7}, "a word"),
    ],
)
def test_files_that_do_not_fit_are_refused(tmp_path: Path, changes, message: str) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(language_model_file(changes))
    with pytest.raises(PretrainedError, match=message):
        load(path)


@pytest.mark.parametrize(
    ("changes", "of_embeddings", "message"),
    [
        ({"rnn_type": "GRU"}, {}, "Only LSTM is supported"),
        ({"train_initial_hidden_state": True}, {}, "train_initial_hidden_state True"),
        ({"rnn_layers": 10**9}, {}, "1000000000 layers"),
        ({"rnn_layers": 2}, {}, "rnn.weight_ih_l1 is missing"),
        ({"use_crf": False}, {}, "crf.transitions' is unknown"),
        ({"embeddings": None}, {}, "an object of an older version"),
        ({"embeddings": {"__cls__": "StackedEmbeddings"}}, {}, "no list of embeddings"),
        ({}, {"__cls__": "BertEmbeddings"}, "reads 'BertEmbeddings'"),
        ({}, {"is_lower": True}, "is_lower True"),
        ({}, {"tokenized_lm": False}, "tokenized_lm False"),
        ({}, {"model_params": None}, "no model_params"),
        ({"tag_dictionary": None}, {}, "not a dictionary with a list"),
    ],
)
def test_taggers_that_are_not_supported_are_refused(
    tmp_path: Path, changes, of_embeddings, message: str
) -> None:
    path = tmp_path / "tagger.pt"
    path.write_bytes(tagger_file(changes, of_embeddings))
    with pytest.raises(PretrainedError, match=message):
        load(path)


def test_tags_of_a_crf_without_start_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "tagger.pt"
    path.write_bytes(tagger_file({"tag_dictionary": dictionary([b"O", b"B", b"C", b"D"])}))
    with pytest.raises(PretrainedError, match="lack <START> and <STOP>"):
        load(path)


def test_a_file_as_flair_writes_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(language_model_file({}))
    net = load(path)
    assert net.characters.entries == ("<unk>", " ", "a")
    assert net.settings.hidden == 2


def test_globals_beside_those_of_flair_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(language_model_file({}, b"cos\nsystem\n"))
    with pytest.raises(PretrainedError, match=r"asks for os.system.*not executed"):
        load(path)


def test_arguments_that_make_no_sense_are_refused() -> None:
    with pytest.raises(PretrainedError, match="head='tokens' was given"):
        load(RECORDED / "forward.pt", head="tokens")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"characters": None}, "no list of characters"),
        ({"characters": ["a", "a"]}, "every character once"),
        ({"hidden": 5}, "do not fit its settings"),
        ({"forward": None}, "true or false"),
        ({"dropout": 7}, "from 0 to 1"),
    ],
)
def test_folders_that_do_not_fit_are_refused(tmp_path: Path, change, message: str) -> None:
    small().save(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, **change}))
    with pytest.raises(PretrainedError, match=message):
        load(tmp_path)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    small().save(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(StorageError, match=r"model\.safetensors"):
        load(tmp_path)
