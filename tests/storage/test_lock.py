"""One owner at a time: who lives keeps what is theirs, who was killed leaves it to others."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from chainrule.storage import StorageError, owned, partials, remove_abandoned, write_atomically
from chainrule.storage.lock import try_lock

pytest.importorskip("fcntl")

OWNER = """
import sys
from pathlib import Path
from chainrule.storage import owned
with owned(Path(sys.argv[1]), "The folder"):
    print("owned", flush=True)
    sys.stdin.read()
"""
WRITER = """
import sys
from chainrule.storage import write_atomically
def write(partial):
    print("writing", flush=True)
    sys.stdin.read()
    partial.write_text("new")
write_atomically(sys.argv[1], write)
"""


class Child:
    """Another process, which has said its first word and waits for the end of its input."""

    def __init__(self, code, path):
        command = [sys.executable, "-c", code, str(path)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(command, **pipes)

    def __enter__(self):
        assert self.process.stdout.readline()
        return self.process

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


def test_a_living_owner_is_named_and_that_of_a_killed_one_is_taken(tmp_path):
    path = tmp_path / "lock"
    with Child(OWNER, path) as owner:
        says = rf"^The folder is in use by process {owner.pid} on '.*' since '\d{{4}}-.*\. Wait"
        with pytest.raises(StorageError, match=says), owned(path, "The folder"):
            pass
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        assert path.exists()
        with owned(path, "The folder"):
            assert str(os.getpid()) in path.read_text()
    assert not path.exists()


def test_an_owner_that_ends_leaves_nothing(tmp_path):
    path = tmp_path / "lock"
    with Child(OWNER, path) as owner:
        owner.communicate(timeout=60)
    assert os.listdir(tmp_path) == []


def test_one_process_does_not_own_twice(tmp_path):
    path = tmp_path / "lock"
    with (
        owned(path, "The folder"),
        pytest.raises(StorageError, match=f"in use by process {os.getpid()}"),
        owned(path, "The folder"),
    ):
        pass
    with owned(path, "The folder"):
        pass


def test_an_owner_that_says_nothing_readable_is_another_process(tmp_path):
    for content in (b"", b"\xff", b"[]", b'{"process": "x"}', b"{" * 999, b"x" * 2000):
        path = tmp_path / "lock"
        path.write_bytes(content)
        descriptor = os.open(path, os.O_RDWR)
        assert try_lock(descriptor)
        with pytest.raises(StorageError, match="by another process"), owned(path, "The folder"):
            pass
        os.close(descriptor)


def test_a_forked_child_does_not_keep_what_its_killed_parent_owned(tmp_path):
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom chainrule.storage import owned\n"
        "lock = owned(Path(sys.argv[1]), 'The folder')\nlock.__enter__()\n"
        "child = os.fork()\n"
        "if not child:\n    print(os.getpid(), flush=True)\nsys.stdin.read()\n"
    )
    path = tmp_path / "lock"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    child = int(process.stdout.readline())
    try:
        process.kill()
        process.wait()
        os.kill(child, 0)
        with owned(path, "The folder"):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        process.communicate()


def test_threads_that_wait_for_each_other_own_one_after_another(tmp_path):
    path, inside, most = tmp_path / "lock", [0], [0]

    def work():
        done = 0
        while done < 20:
            try:
                with owned(path, "The folder"):
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                    inside[0] -= 1
                    done += 1
            except StorageError:
                time.sleep(0)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert most == [1]


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path):
    (tmp_path / "mine").write_text("precious")
    (tmp_path / "lock").symlink_to(tmp_path / "mine")
    with pytest.raises(StorageError, match="cannot be written"), owned(tmp_path / "lock", "It"):
        pass
    assert (tmp_path / "mine").read_text() == "precious"


def test_the_folder_of_a_living_writer_stays_whatever_the_clock_says(tmp_path):
    path = tmp_path / "notes.txt"
    with Child(WRITER, path) as writer:
        (folder,) = partials(path)
        os.utime(folder, (time.time() - 7200,) * 2)
        write_atomically(path, lambda partial: partial.write_text("mine"))
        remove_abandoned(partials(path))
        assert partials(path) == [folder]
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["notes.txt"]


def test_without_locks_nothing_of_others_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("chainrule.storage.lock._fcntl", None)
    path = tmp_path / "notes.txt"
    left = tmp_path / ".notes.txt.12345678.partial"
    left.mkdir()
    os.utime(left, (0, 0))
    write_atomically(path, lambda partial: partial.write_text("mine"))
    assert left.exists()
    with owned(tmp_path / "lock", "The folder"):
        pass
