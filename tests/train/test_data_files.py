"""Data files in trouble: damaged, hostile and odd ones are sentences, before memory is taken."""

import os
import struct
import zipfile

import numpy as np
import pytest

import chainrule as cr
from chainrule.train import TrainingError

GOOD = {"x": np.arange(6.0).reshape(3, 2), "targets": np.arange(3)}


def npy(array, **header):
    """Return an array as .npy, with other entries in its header than it should have."""
    told = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape, **header}
    return member(repr(told), array.tobytes())


def member(header, elements=b"", version=1):
    text = header.encode("latin1") if isinstance(header, str) else header
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(text)) + text + elements


def archive(path, members, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


def with_targets(content):
    return {"x.npy": content, "targets.npy": npy(np.arange(3))}


LINE = np.arange(3.0)
MEMBERS = {
    "no array": ({"readme.txt": b"text"}, "which is not an array"),
    "nothing": (with_targets(b""), "does not begin as an array"),
    "another beginning": (with_targets(b"x" * 200), "does not begin as an array"),
    "another version": (with_targets(member("{}", version=9)), "does not begin as an array"),
    "a long header": (with_targets(member("(" * 20_000)), "does not begin as an array"),
    "a deep header": (with_targets(member("(" * 9000)), "header of 'x.npy' is damaged"),
    "a header of code": (with_targets(member("__import__('os')")), "is damaged"),
    "a header of Python 2": (with_targets(npy(LINE, shape="(3L,)")), "is damaged"),
    "an entry missing": (with_targets(member("{'descr': '<f8'}")), "is damaged"),
    "a shape that is a list": (with_targets(npy(LINE, shape=[3])), "is damaged"),
    "a negative shape": (with_targets(npy(LINE, shape=(-3,))), "is damaged"),
    "a shape of floats": (with_targets(npy(LINE, shape=(3.0,))), "is damaged"),
    "a shape of bools": (with_targets(npy(LINE, shape=(True,))), "is damaged"),
    "too many axes": (with_targets(npy(LINE, shape=(1,) * 65)), "is damaged"),
    "an order that is a number": (with_targets(npy(LINE, fortran_order=1)), "is damaged"),
    "a huge shape": (with_targets(npy(LINE, shape=(10**11,))), "its header asks for 800000000000"),
    "a huge shape of nothing": (with_targets(npy(LINE, shape=(0, 10**11))), "asks for 0"),
    "a shape beyond 64 bits": (with_targets(npy(LINE, shape=(2**70,))), "is damaged"),
    "fewer elements": (with_targets(npy(LINE, shape=(4,))), "its header asks for 32"),
    "more elements": (with_targets(npy(LINE, shape=(2,))), "its header asks for 16"),
    "a dtype of nobody": (with_targets(npy(LINE, descr="<f7")), "has a dtype that NumPy lacks"),
    "a dtype that is a number": (with_targets(npy(LINE, descr=8)), "is a table of records"),
    "records": (with_targets(npy(LINE, descr=[("a", "<f8")])), "is a table of records"),
    "records in text": (with_targets(npy(LINE, descr="f4,f4")), "is a table of records"),
    "objects": (with_targets(npy(LINE, descr="|O")), "holds Python objects, which are not read"),
}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize(("members", "says"), MEMBERS.values(), ids=MEMBERS)
def test_odd_members_of_an_archive_raise_errors(tmp_path, members, says, method):
    path = archive(tmp_path / "data.npz", members, method)
    with pytest.raises(TrainingError, match=rf"data\.npz cannot be read: .*{says}"):
        cr.train.read_data(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_array_that_is_there_twice_raises_an_error(tmp_path):
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as made:
        for _ in range(2):
            made.writestr("x.npy", npy(LINE))
    with pytest.raises(TrainingError, match="it has an array twice"):
        cr.train.read_data(tmp_path / "data.npz")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_compress_raise_errors(tmp_path, method):
    path = archive(tmp_path / "data.npz", with_targets(npy(LINE)), method)
    with pytest.raises(TrainingError, match="compressed in a way that NumPy does not use"):
        cr.train.read_data(path)


def changed(path, change):
    content = bytearray(path.read_bytes())
    directory = content.rindex(b"PK\x01\x02")
    change(content, directory)
    path.write_bytes(content)
    return path


def encrypt(content, at):
    content[at + 8] |= 1


def inflate(content, at):
    content[at + 24 : at + 28] = struct.pack("<I", 2**32 - 2)


def spoil_checksum(content, at):
    content[at + 16] ^= 1


def spoil_content(content, at):
    content[at - 20] ^= 64


CHANGES = {
    "encrypted": (encrypt, "'x.npy' is encrypted"),
    "too large": (inflate, "cannot have the 4294967294 bytes that the archive states"),
    "another checksum": (spoil_checksum, "cannot be read"),
    "another content": (spoil_content, "cannot be read"),
}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize(("change", "says"), CHANGES.values(), ids=CHANGES)
def test_a_changed_archive_raises_an_error(tmp_path, change, says, method):
    path = archive(tmp_path / "data.npz", {"x.npy": npy(np.arange(100.0))}, method)
    with pytest.raises(TrainingError, match=says):
        cr.train.read_data(changed(path, change))


def test_every_cut_of_an_archive_raises_an_error(tmp_path):
    path = tmp_path / "data.npz"
    np.savez_compressed(path, **GOOD)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(TrainingError, match=r"data\.npz cannot be read"):
            cr.train.read_data(path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("dtype", ["?", "i1", "u8", "f2", "f4", ">f8", "c16", "U3", "S2", "M8[s]"])
def test_arrays_of_every_kind_come_back_as_numpy_reads_them(tmp_path, save, dtype):
    arrays = {
        "a": np.arange(6).astype(dtype).reshape(2, 3),
        "in columns": np.asfortranarray(np.arange(6).astype(dtype).reshape(3, 2)),
        "a number": np.array(1).astype(dtype),
        "none": np.zeros((0, 3), dtype),
    }
    save(tmp_path / "data.npz", **arrays)
    found = cr.train.read_data(tmp_path / "data.npz")
    with np.load(tmp_path / "data.npz") as wanted:
        assert found.keys() == arrays.keys()
        for name, each in found.items():
            assert (each.dtype, each.shape) == (wanted[name].dtype, arrays[name].shape)
            assert each.flags.f_contiguous == wanted[name].flags.f_contiguous
            np.testing.assert_array_equal(each, wanted[name])


def test_a_real_archive_larger_than_memory_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    path = tmp_path / "data.npz"
    np.savez_compressed(path, **GOOD)
    monkeypatch.setattr("chainrule.storage.memory._memory", lambda: 100)
    with pytest.raises(
        TrainingError, match=r"data\.npz cannot be read: there is not enough memory"
    ):
        cr.train.read_data(path)


@pytest.mark.parametrize("suffix", [".npz", ".csv"])
class TestOddFiles:
    def test_sparse_giants_are_refused_at_once(self, tmp_path, suffix):
        path = tmp_path / f"data{suffix}"
        path.write_bytes(b"")
        os.truncate(path, 2**42)
        with pytest.raises(TrainingError, match=r"data\.\w+ cannot be read: "):
            cr.train.read_data(path)

    @pytest.mark.skipif(os.name != "posix", reason="pipes are those of POSIX systems")
    def test_pipes_folders_and_loops_raise_errors(self, tmp_path, suffix):
        pipe, below, loop = (tmp_path / f"{name}{suffix}" for name in ("pipe", "below", "loop"))
        os.mkfifo(pipe)
        below.mkdir()
        loop.symlink_to(loop)
        for path in (pipe, below, loop):
            with pytest.raises(TrainingError, match=r"data file cannot be read: "):
                cr.train.read_data(path)

    @pytest.mark.parametrize("name", ["nul\0", "half \ud800", "x" * 300], ids=ascii)
    def test_odd_names_raise_printable_errors(self, tmp_path, suffix, name):
        with pytest.raises(TrainingError, match="data file cannot be read: ") as raised:
            cr.train.read_data(str(tmp_path / f"{name}{suffix}"))
        assert str(raised.value).encode()


TABLES = {
    "bytes that are no text": (b"\xff\xfe\x00", "it is not UTF-8 text"),
    "zeros": (bytes(1000), "it is not text in lines"),
    "comments alone": (b"# a\n# b\n", "it has no line of numbers"),
    "a line that has more": (b"1,2\n1,2,3\n", "number of columns changed"),
    "a number beyond float32": (b"1e300,2\n", "numbers beyond 3.4e38"),
    "a target beyond float32": (b"1,1e300\n", "numbers beyond 3.4e38"),
    "nothing": (b"", "it has no line of numbers"),
}


@pytest.mark.parametrize(("content", "says"), TABLES.values(), ids=TABLES)
def test_odd_tables_raise_errors(tmp_path, content, says):
    (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(TrainingError, match=rf"table\.csv cannot be read: .*{says}"):
        cr.train.read_data(tmp_path / "table.csv")


def test_a_line_without_an_end_is_not_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("chainrule.train.data.csv_file._LONGEST_LINE", 1000)
    (tmp_path / "table.csv").write_bytes(b"1," * 1000)
    with pytest.raises(TrainingError, match="it is not text in lines"):
        cr.train.read_data(tmp_path / "table.csv")


def test_targets_that_are_whole_and_huge_stay_numbers(tmp_path):
    (tmp_path / "table.csv").write_text("1,1e30\n2,3\n")
    found = cr.train.read_data(tmp_path / "table.csv")
    assert found["targets"].tolist() == [np.float32(1e30), 3.0]
