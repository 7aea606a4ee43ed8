"""Our files have a version and a checksum: later versions and damage are sentences."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from chainrule.storage import StorageError, read_arrays, write_arrays
from chainrule.storage.format import checksum, version_of

ARRAYS = {"weight": np.arange(6.0).reshape(2, 3), "count": np.array(3), "none": np.zeros((0, 2))}


def written(tmp_path):
    path = tmp_path / "model.safetensors"
    write_arrays(path, ARRAYS, {"note": "mine"})
    return path


def test_every_bit_of_a_file_counts(tmp_path):
    """A flipped bit is an error, or of no meaning: what is read is then what was written."""
    path = written(tmp_path)
    whole = path.read_bytes()
    wanted = read_arrays(path)[1]
    begin = 8 + int.from_bytes(whole[:8], "little")
    harmless = []
    for place in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        try:
            arrays, metadata = read_arrays(path)
        except StorageError:
            continue
        harmless.append(place // 8)
        assert metadata == wanted
        assert all(np.array_equal(arrays[name], value) for name, value in ARRAYS.items())
    assert all(place < begin for place in harmless)


def test_a_checksum_that_is_missing_or_of_another_file_is_damage(tmp_path):
    path = written(tmp_path)
    _, metadata = read_arrays(path)
    save_file(ARRAYS, path, {k: v for k, v in metadata.items() if k != "checksum"})
    with pytest.raises(StorageError, match=r"model\.safetensors is damaged: its checksum"):
        read_arrays(path)
    save_file(ARRAYS | {"count": np.array(4)}, path, metadata)
    with pytest.raises(StorageError, match=r"is damaged: its checksum is not that of its content"):
        read_arrays(path)


def test_files_of_version_one_and_of_other_programs_have_no_checksum(tmp_path):
    for metadata in ({"format": "chainrule-1", "chainrule": "0.1.0"}, {"format": "pt"}, None):
        save_file(ARRAYS, tmp_path / "old", metadata)
        assert np.array_equal(read_arrays(tmp_path / "old")[0]["weight"], ARRAYS["weight"])
    save_file(ARRAYS, tmp_path / "theirs", {"checksum": "of their own"})
    assert read_arrays(tmp_path / "theirs")[1] == {"checksum": "of their own"}


def test_a_later_version_raises_an_error(tmp_path):
    save_file(ARRAYS, tmp_path / "new", {"format": "chainrule-3"})
    with pytest.raises(StorageError, match=r"has the format chainrule-3, .* Update chainrule"):
        read_arrays(tmp_path / "new")


@pytest.mark.parametrize(
    "found",
    [None, 3, [], "", "run", "run-", "run-0", "run-x", "run-１", "other-1", "run-1-", "x" * 99],
)
def test_what_is_no_version_raises_an_error(found):
    with pytest.raises(StorageError, match=r"has the format .* where run-2 was expected"):
        version_of("file", found, "run", 2)


def test_versions_are_numbers():
    assert [version_of("file", f"a-b-{each}", "a-b", 12) for each in (1, 9, 12)] == [1, 9, 12]


def test_a_checksum_depends_on_where_parts_end():
    assert checksum([b"ab", b"c"]) != checksum([b"a", b"bc"])
    assert checksum([json.dumps("ä").encode()]) == checksum([b'"\\u00e4"'])
