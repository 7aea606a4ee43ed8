"""A file is replaced as a whole or not at all."""

import errno
import os
import signal
import stat
import subprocess
import sys
import time

import pytest

from chainrule.storage import StorageError, partials, write_atomically


def writer(text):
    return lambda partial: partial.write_text(text)


def failing(error):
    def write(partial):
        partial.write_text("half")
        raise error

    return write


def test_the_file_appears_with_its_folders_and_nothing_else(tmp_path):
    path = tmp_path / "runs" / "first" / "notes.txt"
    write_atomically(path, writer("one"))
    write_atomically(str(path), writer("two"))
    assert path.read_text() == "two"
    assert os.listdir(path.parent) == ["notes.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("mine"), MemoryError()], ids=str)
def test_what_interrupts_a_write_goes_through_and_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "notes.txt"
    write_atomically(path, writer("old"))
    with pytest.raises(type(error)):
        write_atomically(path, failing(error))
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["notes.txt"]


def test_a_full_disk_raises_an_error_and_leaves_the_old_file(tmp_path):
    path = tmp_path / "notes.txt"
    write_atomically(path, writer("old"))
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(
        StorageError, match=r"notes.txt could not be written: No space left.*or free"
    ):
        write_atomically(path, failing(full))
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["notes.txt"]


def test_nothing_is_exchanged_before_the_new_file_has_reached_the_disk(tmp_path, monkeypatch):
    path = tmp_path / "notes.txt"
    write_atomically(path, writer("old"))
    events = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda each: (events.append("fsync"), fsync(each)))
    monkeypatch.setattr(os, "replace", lambda *each: (events.append("replace"), replace(*each)))
    write_atomically(path, writer("new"))
    assert events[:2] == ["fsync", "replace"]


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL exists on POSIX systems only")
def test_a_killed_process_leaves_the_old_file_and_its_remains_go_later(tmp_path):
    path = tmp_path / "notes.txt"
    write_atomically(path, writer("old"))
    code = (
        "import os, signal, sys\n"
        "from chainrule.storage import write_atomically\n"
        "def write(partial):\n"
        "    partial.write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_atomically(sys.argv[1], write)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    (left,) = partials(path)
    write_atomically(path, writer("another writer may still be at work"))
    assert partials(path) == [left]
    os.utime(left, (time.time() - 7200,) * 2)
    write_atomically(path, writer("new"))
    assert os.listdir(tmp_path) == ["notes.txt"]


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX systems")
def test_permissions_are_those_of_the_old_file_or_of_any_new_file(tmp_path):
    path, other = tmp_path / "notes.txt", tmp_path / "other.txt"
    other.write_text("")
    write_atomically(path, writer("old"))
    assert path.stat().st_mode == other.stat().st_mode
    path.chmod(0o640)
    write_atomically(path, writer("new"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.skipif(os.name != "posix", reason="links need a privilege elsewhere")
def test_a_link_to_a_file_stays_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "notes.txt")
    write_atomically(tmp_path / "link", writer("through"))
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "notes.txt").read_text() == "through"


def test_places_that_cannot_hold_the_file_raise_errors(tmp_path):
    (tmp_path / "file").write_text("precious")
    with pytest.raises(StorageError, match=r"the file to write, but it is a folder\. Name a"):
        write_atomically(tmp_path, writer(""))
    with pytest.raises(StorageError, match=r"below could not be written: .*\. Choose another pl"):
        write_atomically(tmp_path / "file" / "below", writer(""))
    with pytest.raises(StorageError, match=r"null was given .*, but it is not a regular file"):
        write_atomically(os.devnull, writer(""))
    assert (tmp_path / "file").read_text() == "precious"


@pytest.mark.parametrize("name", ["x" * 240 + ".txt", "ä" * 120, "y" * 255], ids=len)
def test_names_as_long_as_the_system_takes_can_be_written(tmp_path, name):
    write_atomically(tmp_path / name, writer("long"))
    assert (tmp_path / name).read_text() == "long"
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", ["nul\0", "half \ud800", "z" * 256, "nul\0/below"], ids=ascii)
def test_names_that_the_system_does_not_take_raise_errors(tmp_path, name):
    with pytest.raises(StorageError, match=r"could not be written: .* Choose another") as raised:
        write_atomically(tmp_path / name, writer("odd"))
    str(raised.value).encode()
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="such files exist on POSIX systems only")
def test_cyclic_links_and_pipes_raise_errors(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    for name in ("loop", "loop/below", "pipe", "pipe/below"):
        with pytest.raises(StorageError):
            write_atomically(tmp_path / name, writer("odd"))
    assert sorted(os.listdir(tmp_path)) == ["loop", "pipe"]
