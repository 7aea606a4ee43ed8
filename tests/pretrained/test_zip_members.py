"""Zip files beyond 4 GB have their numbers in other places, which are read too."""

import struct

import numpy as np
import pytest

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.torch.torch_file import torch_arrays
from fuzz.torch_writer import entries, pickled, six, tensor

FULL = 0xFFFFFFFF


def local(name, content):
    """Return a member: a header that leaves its sizes to the directory, and the content."""
    header = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 45, 0, 0, 0, 0, 0, FULL, FULL, len(name), 4)
    return header + name + struct.pack("<HH", 0x4246, 0) + content


def entry(name, size, place):
    """Return an entry of the directory, whose three numbers are in its extra fields."""
    extra = struct.pack("<HH2s", 0x7075, 2, b"xx") + struct.pack("<HHQQQ", 1, 24, size, size, place)
    fixed = struct.pack(
        *("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 45, 45, 0, 0, 0, 0, 0, FULL, FULL),
        *(len(name), len(extra), 0, 0, 0, 0, FULL),
    )
    return fixed + name + extra


def long_zip(members):
    body, directory = b"", b""
    for name, content in members.items():
        directory += entry(name, len(content), len(body))
        body += local(name, content)
    count, end = len(members), len(body) + len(directory)
    last = struct.pack(
        *("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), len(body))
    )
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, end, 1)
    closing = struct.pack(
        "<4sHHHHIIH", b"PK\5\6", 0, 0, FULL & 0xFFFF, FULL & 0xFFFF, FULL, FULL, 0
    )
    return body + directory + last + locator + closing


MEMBERS = {b"net/data.pkl": pickled(entries({"w": tensor()})), b"net/data/0": six()}


def test_numbers_of_64_bits_are_read(tmp_path):
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(long_zip(MEMBERS))
    assert np.array_equal(torch_arrays(path)["w"].read(), [[0, 1, 2], [3, 4, 5]])


# The places of three numbers, from the end of the file.
LENGTH, START, END = 42 + 16, 42 + 8, 42 - 8


@pytest.mark.parametrize("number", [2**40, 2**63, 2**64 - 1])
@pytest.mark.parametrize("place", [LENGTH, START, END])
def test_numbers_of_64_bits_are_checked(number, place, tmp_path):
    content = bytearray(long_zip(MEMBERS))
    at = len(content) - place
    content[at : at + 8] = struct.pack("<Q", number)
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(content)
    with pytest.raises(PretrainedError, match=r"not inside of it, or too long|is truncated"):
        torch_arrays(path)
