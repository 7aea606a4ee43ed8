"""A folder is replaced as a whole: in one step where the system can, and found again where not."""

import os
import stat
import sys
import threading

import pytest

from chainrule.storage import atomic_folder, replace_folder, standing
from chainrule.storage.exchange import exchanged

one_step = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux exchanges")


def writer(text):
    def write(fresh):
        (fresh / "below").mkdir()
        for place in (fresh / "first", fresh / "below" / "second"):
            place.write_text(text)

    return write


def held(place):
    return [(place / "first").read_text(), (place / "below" / "second").read_text()]


@pytest.fixture(params=["in one step", "in two"])
def either(request, monkeypatch):
    if request.param == "in two":
        monkeypatch.setattr(atomic_folder, "exchanged", lambda *_: False)


@pytest.mark.usefixtures("either")
def test_the_new_folder_stands_alone(tmp_path):
    for text in ("old", "new", "newer"):
        replace_folder(tmp_path / "below" / "run", writer(text))
        assert held(tmp_path / "below" / "run") == [text, text]
        assert os.listdir(tmp_path / "below") == ["run"]


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("error", [OSError("full"), KeyboardInterrupt(), ValueError("mine")])
def test_what_interrupts_the_writing_leaves_the_old_folder(tmp_path, error):
    def failing(fresh):
        writer("half")(fresh)
        raise error

    replace_folder(tmp_path / "run", writer("old"))
    with pytest.raises(type(error)):
        replace_folder(tmp_path / "run", failing)
    assert held(tmp_path / "run") == ["old", "old"]
    assert os.listdir(tmp_path) == ["run"]


@pytest.mark.usefixtures("either")
@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX systems")
def test_permissions_stay(tmp_path):
    replace_folder(tmp_path / "run", writer("old"))
    (tmp_path / "new").mkdir()
    assert (tmp_path / "run").stat().st_mode == (tmp_path / "new").stat().st_mode
    (tmp_path / "run").chmod(0o750)
    replace_folder(tmp_path / "run", writer("new"))
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o750


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("name", ["x" * 240, "모" * 80, "with space", ".hidden"], ids=ascii)
def test_names_may_be_as_long_as_the_file_system_lets_them(tmp_path, name):
    for text in ("old", "new"):
        replace_folder(tmp_path / name, writer(text))
    assert held(tmp_path / name) == ["new", "new"]
    assert os.listdir(tmp_path) == [name]


@pytest.mark.skipif(os.name != "posix", reason="it looks at inodes")
def test_everything_is_on_the_disk_before_it_is_visible(tmp_path, monkeypatch):
    on_disk, fsync = set(), os.fsync
    monkeypatch.setattr(os, "fsync", lambda each: (on_disk.add(os.fstat(each).st_ino), fsync(each)))
    put = atomic_folder._put

    def seen(fresh, target):
        inside = [fresh, fresh / "first", fresh / "below", fresh / "below" / "second"]
        assert {each.stat().st_ino for each in inside} <= on_disk
        put(fresh, target)

    monkeypatch.setattr(atomic_folder, "_put", seen)
    for text in ("old", "new"):
        replace_folder(tmp_path / "run", writer(text))
        assert tmp_path.stat().st_ino in on_disk
        on_disk.clear()


def test_only_folders_of_such_writes_are_taken_and_removed(tmp_path):
    own = [
        ".run.partial",
        ".run.notes.partial",
        ".run.0123456789.partial",
        ".run.v2.01234567.partial",
    ]
    own += [
        ".run.previous",
        ".run.ABCDEF01.previous",
        "run.01234567.previous",
        ".runs.01234567.previous",
    ]
    for name in own:
        (tmp_path / name).mkdir()
    assert standing(tmp_path / "run") == tmp_path / "run"
    for name in (".run.01234567.partial", ".run.76543210.previous"):
        (tmp_path / name).mkdir()
    assert standing(tmp_path / "run") == tmp_path / ".run.76543210.previous"
    replace_folder(tmp_path / "run", writer("new"))
    assert standing(tmp_path / "run") == tmp_path / "run"
    assert set(os.listdir(tmp_path)) == {"run", *own}


def test_what_another_writer_has_locked_stays(tmp_path):
    with atomic_folder.folder_beside(tmp_path / "run") as beside:
        replace_folder(tmp_path / "run", writer("new"))
        assert beside.is_dir() is True
    assert os.listdir(tmp_path) == ["run"]


@pytest.mark.parametrize("name", ["nul\0", "half \ud800", "none/below", "x" * 300], ids=ascii)
def test_odd_names_stand_nowhere(tmp_path, name):
    assert standing(tmp_path / name) == tmp_path / name


@one_step
def test_two_paths_exchange_what_they_name(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.write_text("a file")
    assert exchanged(first, second)
    assert first.read_text() == "a file"
    assert second.is_dir()
    assert not exchanged(first, tmp_path / "none")
    assert first.read_text() == "a file"


@one_step
def test_a_reader_beside_a_writer_never_misses_the_folder(tmp_path):
    place, missed = tmp_path / "run", []
    replace_folder(place, writer("old"))
    ended = threading.Event()

    def look():
        while not ended.is_set():
            try:
                os.stat(place)
            except FileNotFoundError:
                missed.append(1)

    thread = threading.Thread(target=look)
    thread.start()
    for _ in range(20):
        replace_folder(place, writer("new"))
    ended.set()
    thread.join()
    assert not missed
