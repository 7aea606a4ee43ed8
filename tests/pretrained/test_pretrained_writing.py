"""Networks are written as hubs lay them out, whole or not at all; names are compared at once."""

import json

import numpy as np
import pytest
from safetensors import safe_open

from chainrule.graph import DTypeError
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files import match_names, open_folder, write_folder
from chainrule.storage import StorageError

CONFIG = {"model_type": "bert", "layer_norm_eps": 1e-12, "id2label": {"0": "O"}, "é": None}
ARRAYS = {"a": np.arange(6, dtype=np.float32).reshape(2, 3).T, "b": np.ones(2, np.float16)}


@pytest.fixture
def vocabulary(tmp_path):
    path = tmp_path / "words"
    path.write_text("[PAD]\n")
    return {"vocab.txt": path}


def content(folder):
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def test_what_was_written_is_read(tmp_path, vocabulary):
    write_folder(tmp_path / "net", CONFIG, ARRAYS, vocabulary)
    found = open_folder(tmp_path / "net")
    assert found.config == CONFIG
    assert np.array_equal(found.weights["a"], ARRAYS["a"])
    assert found.weights.dtypes["b"] == np.float32
    assert found.tokenizer_files["vocab.txt"].read_text() == "[PAD]\n"
    assert set(content(tmp_path / "net")) == {"config.json", "model.safetensors", "vocab.txt"}


def test_other_libraries_find_their_metadata(tmp_path):
    write_folder(tmp_path / "net", CONFIG, ARRAYS)
    with safe_open(tmp_path / "net" / "model.safetensors", "numpy") as file:
        assert file.metadata()["format"] == "pt"
        assert np.array_equal(file.get_tensor("a"), ARRAYS["a"])


def test_an_earlier_network_is_replaced_as_a_whole(tmp_path, vocabulary):
    write_folder(tmp_path / "net", CONFIG, ARRAYS, vocabulary)
    write_folder(tmp_path / "net", {}, {"c": np.zeros(1)})
    assert set(content(tmp_path / "net")) == {"config.json", "model.safetensors"}
    assert list(open_folder(tmp_path / "net").weights) == ["c"]


def test_a_network_is_written_over_itself(tmp_path, vocabulary):
    write_folder(tmp_path / "net", CONFIG, ARRAYS, vocabulary)
    found = open_folder(tmp_path / "net")
    before = content(found.path)
    write_folder(found.path, found.config, {"a": found.weights["a"], "b": ARRAYS["b"]})
    write_folder(found.path, CONFIG, ARRAYS, vocabulary)
    write_folder(found.path, CONFIG, ARRAYS, open_folder(found.path).tokenizer_files)
    assert content(found.path) == before


@pytest.mark.parametrize(
    ("config", "arrays", "error"),
    [
        ({"x": float("nan")}, ARRAYS, PretrainedError),
        ({"x": {1, 2}}, ARRAYS, PretrainedError),
        ({"x": np.float32(1)}, ARRAYS, PretrainedError),
        (CONFIG, {"a": np.zeros(2, complex)}, DTypeError),
        (CONFIG, {"__metadata__": np.zeros(2)}, StorageError),
    ],
)
def test_a_failure_leaves_the_earlier_network(config, arrays, error, tmp_path):
    write_folder(tmp_path / "net", CONFIG, ARRAYS)
    before = content(tmp_path / "net")
    with pytest.raises(error):
        write_folder(tmp_path / "net", config, arrays)
    assert content(tmp_path / "net") == before
    with pytest.raises(error):
        write_folder(tmp_path / "new", config, arrays)
    assert [each.name for each in tmp_path.iterdir()] == ["net"]


def test_a_missing_file_of_the_tokenizer_leaves_nothing(tmp_path):
    with pytest.raises(StorageError, match="cannot be written: No such file"):
        write_folder(tmp_path / "net", CONFIG, ARRAYS, {"vocab.txt": tmp_path / "gone"})
    assert list(tmp_path.iterdir()) == []


def test_other_files_are_not_replaced(tmp_path, vocabulary, monkeypatch):
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "thesis.txt").write_text("years")
    with pytest.raises(PretrainedError, match=r"but it holds thesis\.txt\. Name a new folder"):
        write_folder(tmp_path / "net", CONFIG, ARRAYS)
    with pytest.raises(PretrainedError, match="is a file, not a folder"):
        write_folder(tmp_path / "words", CONFIG, ARRAYS)
    with pytest.raises(PretrainedError, match=r"thesis\.txt was to be written as a file"):
        write_folder(tmp_path / "new", CONFIG, ARRAYS, {"thesis.txt": tmp_path / "words"})
    write_folder(tmp_path / "new", CONFIG, ARRAYS)
    monkeypatch.chdir(tmp_path / "new")
    with pytest.raises(PretrainedError, match="but the folder is in use"):
        write_folder(tmp_path / "new", CONFIG, ARRAYS)


def test_the_configuration_is_text_that_people_read(tmp_path):
    write_folder(tmp_path / "net", CONFIG, ARRAYS)
    text = (tmp_path / "net" / "config.json").read_text(encoding="utf-8")
    assert text == json.dumps(CONFIG, indent=2) + "\n"


# -- names -----------------------------------------------------------------------------------------


def test_all_differences_are_one_error():
    expected = {"a": (2, 3), "b": (3,), "c": (), "tied": (4,)}
    found = {"a": (2, 3), "b": (4,), "d": (1, 5), "position_ids": (1, 8), "x.bias": (1,)}
    with pytest.raises(PretrainedError) as caught:
        match_names(expected, found, optional=["tied"], ignore=[r".*position_ids"], what="W")
    first, *rest = str(caught.value).splitlines()
    assert first.startswith(
        "W do not fit the network: 1 arrays are missing, 2 are unknown, 1 have another shape."
    )
    assert rest == [
        "  c [] is missing",
        "  d [1, 5] is unknown",
        "  x.bias [1] is unknown",
        "  b has the shape [4], and [3] is needed",
    ]


def test_what_fits_raises_nothing():
    match_names({"a": (1,), "t": (2,)}, {"a": (1,), "p": ()}, optional=["t"], ignore=["p"])


def test_an_optional_array_must_fit():
    with pytest.raises(PretrainedError, match=r"t has the shape \[3\], and \[2\] is needed"):
        match_names({"t": (2,)}, {"t": (3,)}, optional=["t"])


def test_a_long_list_is_cut():
    with pytest.raises(PretrainedError, match=r"300 are unknown(?s:.*)\n  and 200 more$"):
        match_names({}, {f"a{number}": () for number in range(300)})
