"""Stored taggers: older versions load; damage and hostile content are sentences, at once."""

import json
import os
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from chainrule.ner import ModelError, Settings, Tagger, config_file, load, save
from chainrule.ner.network import shapes
from chainrule.ner.tagger import table_sizes
from chainrule.storage import read_arrays, write_arrays
from chainrule.text import Sentence

STORED = Path(__file__).parents[1] / "stored"
TRAIN = [Sentence(("Ada", "ran"), ("B-PER", "O"))] * 3
SMALL = Settings(window=1, word_size=2, hidden=2)


@pytest.fixture
def model(tmp_path):
    save(Tagger.for_corpus(TRAIN, SMALL), tmp_path / "model")
    return tmp_path / "model"


def changed(model, change):
    path = model / "config.json"
    config = json.loads(path.read_text())
    change(config)
    path.write_text(json.dumps(config))


@pytest.mark.parametrize("version", [1, 2])
def test_models_of_every_version_load(version):
    found = load(STORED / f"chainrule-ner-{version}")
    assert found.tag([["Ada", "ran"], ["Bonn", "ran"]]) == [("B-PER", "B-LOC")] * 2


def test_a_model_of_version_3_with_vectors_and_all_features_loads():
    found = load(STORED / "chainrule-ner-3")
    assert found.lexicon.vectors is not None
    assert found.settings.characters == "convolution"
    assert found.tag([["Ada", "ran"], ["Bonn", "ran"]]) == [("B-PER", "O"), ("B-LOC", "O")]


def test_a_model_of_version_4_of_characters_that_reads_the_sentence_loads():
    found = load(STORED / "chainrule-ner-4")
    assert found.lexicon.reads_case
    assert found.tag([[*"갑을병"], [*"병을갑"]]) == [("O", "B-LC", "O"), ("O", "O", "O")]


def test_a_model_of_version_5_with_a_pretrained_encoder_loads():
    pytest.importorskip("tokenizers")
    found = load(STORED / "chainrule-ner-5")
    assert found.settings.encoder == "pretrained"
    sentences = [["Ada", "saw", "Turin"], ["Carla", "greets", "Rome"]]
    assert found.tag(sentences) == [("B-PER", "O", "B-LOC"), ("B-PER", "O", "B-PER")]


def test_a_model_of_version_6_with_encoders_of_words_loads():
    found = load(STORED / "chainrule-ner-6")
    assert [each.width for each in found.lexicon.contextual.encoders] == [6, 4]
    assert found.tag([["May", "sings"], ["in", "May"]]) == [("B-PER", "O"), ("O", "O")]


@pytest.mark.parametrize("characters", ["none", "convolution", "lstm"])
@pytest.mark.parametrize("encoder", ["window", "cnn", "bilstm"])
@pytest.mark.parametrize("decoder", ["softmax", "crf"])
def test_the_shapes_of_a_network_are_known_before_it_is_made(encoder, decoder, characters):
    kinds = {"encoder": encoder, "decoder": decoder, "characters": characters}
    sizes = {"word_size": 5, "capital_size": 4, "hidden": 7, "character_size": 5}
    tagger = Tagger.for_corpus(TRAIN, Settings(window=3, **sizes, **kinds))
    found = {name: each.shape for name, each in tagger.network.state().items()}
    assert shapes(table_sizes(tagger.lexicon), len(tagger.tags), tagger.settings) == found


@pytest.mark.parametrize(
    "convert", [str, Path, lambda path: Linked(path)], ids=["str", "Path", "os"]
)
def test_paths_may_be_text_or_anything_that_the_system_takes(tmp_path, convert):
    save(Tagger.for_corpus(TRAIN, SMALL), convert(tmp_path / "run"))
    assert load(convert(tmp_path / "run")).tags[0] == "O"


class Linked(os.PathLike):
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return str(self.path)


@pytest.mark.parametrize("wrong", [None, 3, b"run", ["run"]])
def test_what_is_no_path_raises_an_error(wrong):
    for use in (load, lambda path: save(Tagger.for_corpus(TRAIN, SMALL), path)):
        with pytest.raises(TypeError, match=r"was given as \w+\. Give its path"):
            use(wrong)


@pytest.mark.parametrize(
    "name", ["nul\0", "half \ud800", "x" * 300, "loop", "file/below"], ids=ascii
)
def test_odd_places_raise_printable_errors(tmp_path, name):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "file").write_text("")
    for use in (load, lambda path: save(Tagger.for_corpus(TRAIN, SMALL), path)):
        with pytest.raises(ModelError) as raised:
            use(tmp_path / name)
        assert str(raised.value).encode()
    assert set(os.listdir(tmp_path)) == {"loop", "file"}


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
@pytest.mark.skipif(os.name != "posix", reason="pipes and devices are those of POSIX systems")
def test_pipes_and_devices_in_a_model_raise_errors(model, name):
    (model / name).unlink()
    os.mkfifo(model / name)
    with pytest.raises(ModelError, match="it is a pipe, a socket or a device"):
        load(model)
    (model / name).unlink()
    (model / name).symlink_to("/dev/zero")
    with pytest.raises(ModelError, match="it is a pipe, a socket or a device"):
        load(model)


HUGE = {
    "hidden": {"hidden": 2**40},
    "words": {"word_size": 2**70},
    "capitals": {"capital_size": 10**12},
    "window": {"window": 50},
    "all": {"hidden": 10**6, "word_size": 10**6, "capital_size": 10**6, "window": 50},
}


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("settings", HUGE.values(), ids=HUGE)
def test_huge_settings_are_refused_by_the_header_of_the_weights(tmp_path, settings, version):
    model = tmp_path / "model"
    shutil.copytree(STORED / f"chainrule-ner-{version}", model)
    changed(model, lambda config: config["settings"].update(settings))
    with pytest.raises(ModelError, match=r"do not fit its config\.json: .*has shape .* instead of"):
        load(model)


def as_huge(path, shape):
    """Write weights of a valid header and no content, a sparse file."""
    header = {
        "vectors.words.weight": {
            "dtype": "F32",
            "shape": shape,
            "data_offsets": [0, 4 * shape[0] * 2],
        }
    }
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    os.truncate(path, 8 + len(text) + 4 * shape[0] * 2)


def test_sparse_weights_are_refused_by_their_header(model):
    as_huge(model / "model.safetensors", [2**38, 2])
    with pytest.raises(ModelError, match=r"words\.weight has shape \(274877906944, 2\) instead of"):
        load(model)


def test_a_sparse_configuration_is_not_read(model):
    os.truncate(model / "config.json", 2**40)
    with pytest.raises(ModelError, match=r"1099511627776 bytes, where at most"):
        load(model)


CHANGES = {
    "a word": lambda config: config["words"].__setitem__(2, "adb"),
    "a count": lambda config: config["counts"].__setitem__(2, 4),
    "a tag": lambda config: config["tags"].__setitem__(0, "S-X"),
    "the seed": lambda config: config["settings"].update(seed=1),
    "a name": lambda config: config.update(note="mine"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_configuration_is_noticed(model, change):
    changed(model, change)
    with pytest.raises(
        ModelError, match=r"does not hold a usable tagger: config\.json was changed"
    ):
        load(model)


def test_another_layout_of_the_configuration_is_the_same(model):
    changed(model, lambda config: None)
    assert load(model).tags[0] == "O"


def test_files_of_two_models_are_noticed(model, tmp_path):
    save(Tagger.for_corpus(TRAIN, SMALL.model_copy(update={"seed": 1})), tmp_path / "other")
    shutil.copy(tmp_path / "other" / "config.json", model / "config.json")
    with pytest.raises(ModelError, match=r"or belongs to other weights than model\.safetensors"):
        load(model)


def test_a_damaged_number_in_the_weights_is_noticed(model):
    path = model / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match="its checksum is not that of its content"):
        load(model)


def test_a_newer_version_raises_an_error(model):
    changed(model, lambda config: config.update(format="chainrule-ner-7"))
    with pytest.raises(ModelError, match=r"chainrule-ner-6 and older ones. Update chainrule"):
        load(model)


NONSENSE = {
    "settings": [[], None, "x", {"hidden": "many"}, {"hidden": 0}, {"unknown": 1}],
    "tags": ["OO", [], {}, ["O"], [None] * 5, ["O"] * 5001, ["B-" + "x" * 300] * 5],
    "scheme": [None, "IOB3", ["IOB2"], 2],
    "units": [None, "syllables", ["words"], 2],
    "words": ["<padding>", [], ["<padding>"], [1, 2, 3, 4], {"<padding>": 1}],
    "counts": [[], [0, 0, 3.0, 3], [0, 0, True, 3], [0, 0, -3, 3], [0, 0, 10**40, 3], "0033"],
}
CASES = [(name, value) for name, values in NONSENSE.items() for value in values]


@pytest.mark.parametrize(("name", "value"), CASES, ids=lambda each: str(each)[:20])
def test_nonsense_in_a_configuration_raises_an_error(model, name, value):
    changed(model, lambda config: config.update({name: value}))
    with pytest.raises(ModelError, match=r"does not hold a usable tagger|do not fit its config"):
        load(model)
    changed(model, lambda config: config.pop(name))
    with pytest.raises(ModelError, match=f"does not hold a usable tagger: '{name}'"):
        load(model)


def test_weights_of_another_dtype_are_refused(model):
    path = model / "model.safetensors"
    arrays, metadata = read_arrays(path)
    wide = {name: each.astype(np.float64) for name, each in arrays.items()}
    write_arrays(path, wide, {"config": metadata["config"]})
    with pytest.raises(ModelError, match="is float64 instead of float32"):
        load(model)


@pytest.mark.parametrize(
    "history", [[{"f1": object()}], [{"half": "\ud800"}]], ids=["object", "half"]
)
def test_a_history_that_is_no_json_is_refused_before_anything_is_written(tmp_path, history):
    with pytest.raises(ModelError, match=r"cannot be written as JSON: .*Give a history of numbers"):
        save(Tagger.for_corpus(TRAIN, SMALL), tmp_path / "run", history)
    assert not os.listdir(tmp_path)


def test_a_reader_beside_a_writer_gets_the_old_or_the_new_model(tmp_path):
    """Configuration and weights are never those of two models, and never missing."""
    taggers = [Tagger.for_corpus(TRAIN, SMALL) for _ in range(2)]
    for value, each in enumerate(taggers):
        for parameter in each.network.parameters():
            parameter.assign(np.full(parameter.shape, value, parameter.dtype))
    save(taggers[0], tmp_path / "run")
    ended = threading.Event()

    def write():
        while not ended.is_set():
            for each in reversed(taggers):
                save(each, tmp_path / "run")

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(30):
            state = load(tmp_path / "run").network.state()
            assert len({float(each) for array in state.values() for each in array.flat}) == 1
    finally:
        ended.set()
        thread.join()


def test_what_would_not_be_read_back_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(config_file, "_LONGEST", 100)
    with pytest.raises(
        ModelError, match=r"a model directory holds at most 100\. Use a smaller voc"
    ):
        save(Tagger.for_corpus(TRAIN, SMALL), tmp_path / "run")
    types = [Sentence(("Ada",), (f"B-{number}",)) for number in range(1300)]
    with pytest.raises(ModelError, match=r"at most 5000 tags .* has 5201"):
        save(Tagger.for_corpus(types, SMALL), tmp_path / "run")
    assert not os.listdir(tmp_path)
