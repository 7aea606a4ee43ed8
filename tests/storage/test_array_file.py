"""What a file of arrays says it holds is judged before anything is read."""

import json
import os
import struct

import numpy as np
import pytest
from safetensors.numpy import save_file

import chainrule as cr
from chainrule.storage import StorageError, read_arrays


def entry(dtype="F32", shape=(1,), start=0, end=4):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


def write(path, header, size=4):
    """Write a header before a body of zeros, which takes no room on the disk."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    os.truncate(path, 8 + len(text) + size)
    return path


HUGE = 2**42
ODD = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "a number": b"7",
    "an entry that is a number": {"w": 3},
    "an entry that is a list": {"w": [1, 2, 3]},
    "no dtype": {"w": {"shape": [1], "data_offsets": [0, 4]}},
    "a dtype that is a list": {"w": entry(dtype=["F32"])},
    "a dtype that is null": {"w": entry(dtype=None)},
    "a dtype of another kind": {"w": entry(dtype="F8_E4M3", end=1)},
    "no shape": {"w": {"dtype": "F32", "data_offsets": [0, 4]}},
    "a shape that is a number": {"w": entry() | {"shape": 1}},
    "a shape that is text": {"w": entry() | {"shape": "1"}},
    "a negative shape": {"w": entry(shape=(-1, -1))},
    "a shape of floats": {"w": entry(shape=(1.0,))},
    "a shape of bools": {"w": entry(shape=(True,))},
    "a shape beyond 64 bits": {"w": entry(shape=(2**70,), end=2**72)},
    "an empty shape beyond 64 bits": {"w": entry(shape=(0, 2**40, 2**40), end=0)},
    "too many axes": {"w": entry(shape=(1,) * 65)},
    "offsets that are one number": {"w": entry() | {"data_offsets": 4}},
    "three offsets": {"w": entry() | {"data_offsets": [0, 4, 8]}},
    "offsets in the wrong order": {"w": entry(start=4, end=0)},
    "negative offsets": {"w": entry(start=-4, end=0)},
    "offsets beyond the end": {"w": entry(shape=(2,), end=8)},
    "offsets beyond 64 bits": {"w": entry(start=2**70, end=2**70 + 4)},
    "a gap at the start": {"w": entry(dtype="I8", start=3)},
    "a gap at the end": {"w": entry(dtype="I8", end=1)},
    "a gap between": {"v": entry("I8", end=1), "w": entry("I8", start=3)},
    "arrays that overlap": {"v": entry("I16", (2,)), "w": entry("I16", start=2)},
    "a name twice": b'{"w": %s, "w": %s}' % ((json.dumps(entry()).encode(),) * 2),
    "lone surrogate": {"\ud800": entry()},
    "lone surrogate in the metadata": {"__metadata__": {"x": "\udfff"}, "w": entry()},
    "metadata that is a list": {"__metadata__": ["x"], "w": entry()},
    "metadata that is no text": {"__metadata__": {"x": 1}, "w": entry()},
    "a number of 5000 digits": b'{"w": ' + b"9" * 5000 + b"}",
    "deep metadata": b'{"__metadata__": ' + b"[" * 100_000,
}


@pytest.mark.parametrize("header", ODD.values(), ids=ODD)
def test_an_odd_header_raises_a_printable_error(tmp_path, header):
    with pytest.raises(StorageError, match=r"cannot be read as safetensors: .*use another copy"):
        read_arrays(write(tmp_path / "odd.safetensors", header))


def test_a_bool_that_is_neither_raises_an_error(tmp_path):
    path = write(tmp_path / "odd.safetensors", {"w": entry("BOOL", (4,))})
    assert read_arrays(path)[0]["w"].tolist() == [False] * 4
    path.write_bytes(path.read_bytes()[:-1] + b"\x02")
    with pytest.raises(StorageError, match="bools that are neither true nor false"):
        read_arrays(path)


@pytest.mark.parametrize("length", [0, 1, 2**31, 2**40, 2**63, 2**64 - 1])
def test_a_header_of_any_length_in_a_sparse_file_is_judged_at_once(tmp_path, length):
    path = tmp_path / "odd.safetensors"
    path.write_bytes(struct.pack("<Q", length))
    os.truncate(path, HUGE)
    with pytest.raises(StorageError, match="cannot be read as safetensors: "):
        read_arrays(path)


def test_a_sparse_file_is_refused_before_memory_is_taken(tmp_path):
    header = {"w": entry(shape=(HUGE // 4,), end=HUGE)}
    path = write(tmp_path / "huge.safetensors", header, HUGE)
    with pytest.raises(StorageError, match="there is not enough memory for its arrays"):
        cr.load(path)
    model = cr.nn.Linear(2, 2, random=0)
    before = model.state()
    with pytest.raises(cr.ChainruleError, match=r"weight is missing(?s:.*)w is unknown"):
        cr.load(path, model)
    assert all(np.array_equal(before[name], each) for name, each in model.state().items())


def test_the_header_can_be_checked_by_the_caller(tmp_path):
    save_file({"w": np.ones((2, 3), np.float16)}, tmp_path / "w.safetensors")
    seen = []
    read_arrays(tmp_path / "w.safetensors", seen.append)
    assert [(each["w"].shape, each["w"].dtype, each["w"].any()) for each in seen] == [
        ((2, 3), np.float16, False)
    ]


def test_shared_parameters_of_a_huge_file_are_compared_by_shape_alone(tmp_path):
    shared = cr.nn.Linear(2, 2, random=0)
    model = cr.nn.Sequential(shared, shared)
    half = HUGE // 2
    header = {
        "0.weight": entry(shape=(half // 4,), end=half),
        "1.weight": entry(shape=(half // 4,), start=half, end=HUGE),
    }
    path = write(tmp_path / "huge.safetensors", header, HUGE)
    with pytest.raises(cr.ChainruleError, match=r"0\.weight has shape \(549755813888,\) in"):
        cr.load(path, model)
