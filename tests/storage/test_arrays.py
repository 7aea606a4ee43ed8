"""Arrays come back from a file as they were, and damaged files are sentences."""

import json
import os
import struct

import numpy as np
import pytest

import chainrule as cr
from chainrule.storage import StorageError, read_arrays, write_arrays

DTYPES = "bool int8 uint8 int16 int32 int64 uint64 float16 float32 float64"
ARRAYS = {
    **{name: np.arange(6).reshape(2, 3).astype(name) for name in DTYPES.split()},
    "turned": np.arange(6.0).reshape(2, 3).T,
    "every second": np.arange(10)[::2],
    "a number": np.array(3.5, np.float32),
    "no elements": np.zeros((0, 3)),
    "infinite": np.array([np.nan, np.inf, -0.0]),
    "other byte order": np.arange(3).astype(">i4"),
    "größe.0.weight": np.ones(1),
    "": np.ones(2),
}


def test_arrays_come_back_bit_for_bit(tmp_path):
    write_arrays(tmp_path / "all.safetensors", ARRAYS, {"step": "17"})
    found, metadata = read_arrays(tmp_path / "all.safetensors")
    assert found.keys() == ARRAYS.keys()
    for name, wanted in ARRAYS.items():
        assert found[name].dtype == wanted.dtype.newbyteorder("=")
        assert found[name].shape == wanted.shape
        np.testing.assert_array_equal(found[name], wanted, err_msg=name)
        assert found[name].flags.writeable
    assert metadata.pop("checksum").startswith("sha256:")
    assert metadata == {"step": "17", "format": "chainrule-2", "chainrule": cr.__version__}


def test_no_arrays_are_arrays_too(tmp_path):
    write_arrays(tmp_path / "none.safetensors", {})
    assert read_arrays(tmp_path / "none.safetensors")[0] == {}


def test_a_cut_file_is_an_error_wherever_it_is_cut(tmp_path):
    path = tmp_path / "cut.safetensors"
    write_arrays(path, {"weight": np.ones((2, 3)), "bias": np.ones(3)})
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(StorageError, match=r"cut.safetensors cannot be read as safetensors: "):
            read_arrays(path)


def header(text):
    encoded = text if isinstance(text, bytes) else text.encode()
    return struct.pack("<Q", len(encoded)) + encoded


DAMAGED = {
    "another format": b"PK\x03\x04" + bytes(100),
    "a pickle": b"\x80\x04\x95" + bytes(50),
    "text": b"not a model at all, but a line of text\n",
    "a header longer than the file": struct.pack("<Q", 10**6) + b"{}",
    "a huge header": b"\xff" * 40,
    "a header that is no JSON": header("{]"),
    "a header that is no text": header(b"\xff\xfe\xff\xfe"),
    "a header nested too deeply": header("[" * 10_000),
    "a dtype that nobody has": header(
        json.dumps({"w": {"dtype": "F7", "shape": [1], "data_offsets": [0, 4]}})
    )
    + bytes(4),
    "a dtype that NumPy lacks": header(
        json.dumps({"w": {"dtype": "F8_E4M3", "shape": [1], "data_offsets": [0, 1]}})
    )
    + bytes(1),
    "a shape that does not fit": header(
        json.dumps({"w": {"dtype": "F32", "shape": [9], "data_offsets": [0, 4]}})
    )
    + bytes(4),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_what_is_no_such_file_raises_an_error(tmp_path, content):
    path = tmp_path / "odd.safetensors"
    path.write_bytes(content)
    with pytest.raises(
        StorageError, match=r"odd.safetensors cannot be read as safetensors: .*copy"
    ):
        read_arrays(path)


def test_places_without_a_file_raise_errors(tmp_path):
    with pytest.raises(StorageError, match=r"there is no such file in .*Check the name"):
        read_arrays(tmp_path / "none.safetensors")
    with pytest.raises(StorageError, match=r"it is a folder. Name a file in it"):
        read_arrays(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"below cannot be read"):
        read_arrays(tmp_path / "file" / "below")


def test_a_file_that_one_may_not_read_raises_an_error(tmp_path):
    path = tmp_path / "secret.safetensors"
    write_arrays(path, {})
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read every file")
    with pytest.raises(StorageError, match=r"cannot be read: Permission denied"):
        read_arrays(path)


def test_a_file_system_without_room_leaves_the_old_file(tmp_path):
    resource = pytest.importorskip("resource")
    path = tmp_path / "model.safetensors"
    write_arrays(path, {"weight": np.ones(3)})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(StorageError, match=r"could not be written: .*too large"):
            write_arrays(path, {"weight": np.ones(10_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    np.testing.assert_array_equal(read_arrays(path)[0]["weight"], np.ones(3))
    assert os.listdir(tmp_path) == ["model.safetensors"]


@pytest.mark.parametrize("value", [1j, "text", object(), np.array(["2020-01-01"], "datetime64[D]")])
def test_what_is_no_array_of_numbers_is_refused_by_name(tmp_path, value):
    with pytest.raises(cr.DTypeError, match=r"'odd' is .* and cannot be saved. Convert it"):
        write_arrays(tmp_path / "odd.safetensors", {"odd": value})
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("name", [3, "__metadata__"])
def test_names_that_the_format_has_no_room_for_are_refused(tmp_path, name):
    with pytest.raises(StorageError, match=r"Names are text"):
        write_arrays(tmp_path / "odd.safetensors", {name: np.ones(1)})


def test_equal_arrays_make_equal_files(tmp_path):
    metadata = dict.fromkeys(("b", "a", "한", "c\\d", "e"), 'ü\n\x7f\x01"/')
    arrays = {"x": np.arange(3.0), "y": np.zeros((0, 2), np.int8)}
    texts = set()
    for number in range(20):
        path = tmp_path / f"{number}.safetensors"
        write_arrays(path, arrays, metadata)
        texts.add(path.read_bytes())
    assert len(texts) == 1
    found, stored = read_arrays(path)
    assert {name: stored[name] for name in metadata} == metadata
    np.testing.assert_array_equal(found["x"], arrays["x"])
