"""Reading what is not a regular file raises an error with a sentence, at once."""

import os
import socket

import pytest

from chainrule.storage import StorageError, open_regular, read_arrays, read_regular

posix = pytest.mark.skipif(os.name != "posix", reason="such files exist on POSIX systems only")


def pipe(folder):
    os.mkfifo(folder / "odd")


def loop(folder):
    (folder / "odd").symlink_to(folder / "odd")


def bound(folder):
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(os.path.relpath(folder / "odd"))


ODD = {
    "a pipe": (pipe, "it is a pipe, a socket or a device"),
    "a device": (lambda each: (each / "odd").symlink_to("/dev/zero"), "a socket or a device"),
    "a folder": (lambda each: (each / "odd").mkdir(), r"it is a folder\. Name a file in it"),
    "a loop": (loop, "cannot be read: "),
    "a socket": (bound, "cannot be read: |a socket"),
    "nothing": (lambda each: None, "there is no such file in"),
    "a link to nothing": (lambda each: (each / "odd").symlink_to("none"), "there is no such file"),
}


@posix
@pytest.mark.parametrize(("make", "says"), ODD.values(), ids=ODD)
def test_what_is_no_regular_file_raises_an_error(tmp_path, monkeypatch, make, says):
    monkeypatch.chdir(tmp_path)
    make(tmp_path)
    for read in (open_regular, read_regular, read_arrays):
        with pytest.raises(StorageError, match=says):
            read(tmp_path / "odd")


@pytest.mark.parametrize("name", ["nul\0", "half \ud800", "x" * 300, "nul\0/below"], ids=ascii)
def test_names_that_the_system_does_not_take_raise_printable_errors(tmp_path, name):
    with pytest.raises(StorageError, match="cannot be read: ") as raised:
        open_regular(tmp_path / name)
    assert str(raised.value).encode("utf-8").isascii()


def test_a_file_above_the_limit_is_not_read(tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    assert read_regular(tmp_path / "file", limit=5) == b"12345"
    with pytest.raises(StorageError, match=r"has 5 bytes, where at most 4 are read"):
        read_regular(tmp_path / "file", limit=4)
