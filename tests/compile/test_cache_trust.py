"""Code on disk is run only if no other user can have written it; other files are not removed."""

import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from chainrule.compile.native import llvm, own_files
from chainrule.compile.native import object_cache as cache
from chainrule.compile.native.object_file import is_loadable

pytestmark = [
    pytest.mark.native,
    pytest.mark.skipif(os.name != "posix", reason="owners and modes are those of POSIX systems"),
]

KEY = "0" * 64
NOBODY = 65_534
IS_ROOT = os.name == "posix" and os.geteuid() == 0


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "_sizes", {})
    monkeypatch.setattr(cache, "_warned", set())
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "code"))
    return tmp_path / "code"


@contextmanager
def distrusted(reason):
    """Expect the one warning of a process, however often the cache is asked inside."""
    with pytest.warns(RuntimeWarning, match=f"not trusted: .*{reason}.*compiled again") as found:
        yield
    assert len(found) == 1


def as_link(path):
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def as_pipe(path):
    path.unlink()
    os.mkfifo(path)


def as_folder(path):
    path.unlink()
    path.mkdir()


def given_away(path):
    if not IS_ROOT:
        pytest.skip("only root may give files away")
    os.chown(path, NOBODY, -1)


FILES = {
    "writable by a group": (lambda path: path.chmod(0o620), "writable by other users"),
    "writable by others": (lambda path: path.chmod(0o602), "writable by other users"),
    "of another user": (given_away, "belongs to another user"),
    "a link": (as_link, "symbolic link"),
    "a pipe": (as_pipe, "not a regular file"),
    "a folder": (as_folder, "not a regular file"),
}
FOLDERS = {
    "writable by a group": (lambda folder: folder.chmod(0o770), "writable by other users"),
    "writable by others": (lambda folder: folder.chmod(0o777), "writable by other users"),
    "as /tmp is": (lambda folder: folder.chmod(0o1777), "writable by other users"),
    "of another user": (given_away, "belongs to another user"),
    "a link to another user's": (
        lambda folder: (as_link(folder), given_away(folder.resolve())),
        "belongs to another user",
    ),
    "in one that others write": (
        lambda folder: folder.parent.chmod(0o777),
        "which contains it, is writable by other users",
    ),
    "in one of another user": (
        lambda folder: given_away(folder.parent),
        "which contains it, is writable by other users",
    ),
}


@pytest.mark.parametrize(("spoil", "reason"), FILES.values(), ids=FILES)
def test_a_file_that_others_can_have_written_is_ignored(place, spoil, reason):
    cache.save(KEY, b"machine code")
    spoil(place / f"{KEY}.code")
    with distrusted(reason):
        assert [cache.load(KEY), cache.load(KEY)] == [None, None]


@pytest.mark.parametrize("spoil", [FILES[each][0] for each in FILES if each != "a folder"])
def test_an_ignored_file_is_replaced_by_the_next_save(place, spoil):
    cache.save(KEY, b"old")
    spoil(place / f"{KEY}.code")
    cache.save(KEY, b"machine code")
    assert cache.load(KEY) == b"machine code"


@pytest.mark.parametrize(("spoil", "reason"), FOLDERS.values(), ids=FOLDERS)
def test_nothing_is_read_or_kept_in_a_folder_that_others_can_write(place, spoil, reason):
    cache.save(KEY, b"machine code")
    spoil(place)
    before = sorted(os.listdir(place))
    with distrusted(reason):
        assert cache.load(KEY) is None
        cache.save("1" * 64, b"machine code")
    assert sorted(os.listdir(place)) == before


def test_saving_alone_warns_too(place):
    place.mkdir()
    place.chmod(0o777)
    with distrusted("writable by other users"):
        cache.save(KEY, b"machine code")


TRUSTED = {
    "below a folder as /tmp is": lambda folder: folder.parent.chmod(0o1777),
    "below a folder of the own group": lambda folder: folder.parent.chmod(0o775),
    "a link to an own folder": as_link,
    "that others may read": lambda folder: folder.chmod(0o755),
}


@pytest.mark.parametrize("change", TRUSTED.values(), ids=TRUSTED)
def test_folders_that_only_this_user_writes_are_used(place, change):
    cache.save(KEY, b"machine code")
    change(place)
    assert cache.load(KEY) == b"machine code"


def test_without_user_ids_owners_and_modes_do_not_count(place, monkeypatch):
    monkeypatch.setattr(own_files, "_HAS_USERS", False)
    place.mkdir()
    place.chmod(0o777)
    cache.save(KEY, b"machine code")
    assert cache.load(KEY) == b"machine code"


def test_a_folder_made_by_the_cache_is_the_users_whatever_the_mask(place):
    before = os.umask(0)
    try:
        cache.save(KEY, b"machine code")
    finally:
        os.umask(before)
    assert cache.load(KEY) == b"machine code"


def test_a_loop_of_links_and_an_endless_name_are_no_errors(place, monkeypatch):
    place.symlink_to(place)
    cache.save(KEY, b"machine code")
    assert cache.load(KEY) is None
    monkeypatch.setenv(cache.VARIABLE, str(place.parent / ("n" * 300)))
    cache.save(KEY, b"machine code")
    assert cache.load(KEY) is None


def test_a_huge_file_without_content_is_not_read(place):
    cache.save(KEY, b"machine code")
    os.truncate(place / f"{KEY}.code", 1 << 40)
    assert cache.load(KEY) is None


PRECIOUS = (
    "main.code",
    "thesis.partial",
    f"{KEY}.code.txt",
    f"{KEY[:-1]}.code",
    f"{KEY}0.code",
    f"{'A' * 64}.code",
    f"{KEY}.partial",
    "tmpabcdefgh.partial",
    f".{KEY}.code",
)


def test_only_files_that_the_cache_made_are_removed(place, monkeypatch):
    monkeypatch.setattr(cache, "LIMIT", 1000)
    place.mkdir(mode=0o700)
    for name in PRECIOUS:
        (place / name).write_bytes(bytes(5000))
        os.utime(place / name, (1e9, 1e9))
    abandoned = place / f"{KEY}.abcd_123.partial"
    abandoned.write_bytes(bytes(800))
    os.utime(abandoned, (1e9, 1e9))
    (place / f"{'a' * 64}.code").mkdir()
    cache.save("1" * 64, bytes(600))
    left = {*PRECIOUS, f"{'a' * 64}.code", f"{'1' * 64}.code"}
    assert set(os.listdir(place)) == left


def kernel(number):
    return f"define void @kernel(ptr %p0) {{\n  store i64 {number}, ptr %p0\n  ret void\n}}"


def object_of(number):
    text = kernel(number)
    return llvm._compiled(llvm._kernel_module(text), True), llvm._name(text)


def with_bytes(code, start, new):
    return code[:start] + new + code[start + len(new) :]


RUBBISH = {
    "nothing": lambda code: b"",
    "text": lambda code: b"rubbish" * 50,
    "zeros": lambda code: bytes(len(code)),
    "the header alone": lambda code: code[:64],
    "half": lambda code: code[: len(code) // 2],
    "all but the last byte": lambda code: code[:-1],
    "of another machine": lambda code: with_bytes(code, 18, (8).to_bytes(2, "little")),
    "for 32 bits": lambda code: with_bytes(code, 4, b"\x01"),
    "a program": lambda code: with_bytes(code, 16, b"\x02"),
    "sections beyond the end": lambda code: with_bytes(code, 40, (1 << 62).to_bytes(8, "little")),
    "sections beyond 64 bits": lambda code: with_bytes(code, 40, b"\xff" * 8),
    "too many sections": lambda code: with_bytes(code, 60, b"\xff\xff"),
    "another kernel": lambda code: object_of(2002)[0],
}


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="the fields are those of ELF")
@pytest.mark.parametrize("spoil", RUBBISH.values(), ids=RUBBISH)
def test_garbage_with_a_valid_checksum_is_no_object_file(spoil):
    code, name = object_of(2001)
    assert is_loadable(code, name)
    assert not is_loadable(spoil(code), name)


SEALED = """
import sys
from pathlib import Path
import numpy as np
import chainrule as cr
from chainrule.compile.native import object_cache as cache
from chainrule.compile.native import llvm
from chainrule.compile.native import own_files

rubbish = bytes.fromhex(sys.argv[1])
cache.save.__globals__["load"] = lambda key, load=cache.load: rubbish
print(cr.compile(lambda x: cr.exp(x) * 2)(np.zeros(3)).value.tolist())
"""


@pytest.mark.parametrize("rubbish", [b"", b"rubbish" * 50, b"\x7fELF\x02\x01\x01" + bytes(500)])
def test_a_process_survives_garbage_with_a_valid_checksum(place, rubbish):
    command = [sys.executable, "-c", SEALED, rubbish.hex()]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (run.returncode, run.stdout) == (0, "[2.0, 2.0, 2.0]\n"), run.stderr


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="the fields are those of ELF")
def test_every_cut_is_found_and_no_changed_byte_is_an_error():
    code, name = object_of(2003)
    assert not any(is_loadable(code[:at], name) for at in range(len(code)))
    changed = [is_loadable(with_bytes(code, at, b"\xff"), name) for at in range(len(code))]
    assert {True, False} == set(changed)  # a constant may be any number, a table may not
