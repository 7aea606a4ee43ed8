"""HDF5 files that hold anything but plain arrays of numbers are refused by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.pretrained import PretrainedError
from chainrule.pretrained.files import hdf5_file
from chainrule.pretrained.files.hdf5_file import hdf5_arrays

h5py = pytest.importorskip("h5py", reason="h5py writes and reads HDF5")

VALUES = np.arange(6, dtype=np.float32).reshape(2, 3)


def written(path: Path, write: Callable[[Any], object]) -> Path:
    with h5py.File(path, "w") as file:
        file.create_dataset("a/plain", data=VALUES)
        write(file)
    return path


def _soft(file: Any) -> None:
    file["a/other"] = h5py.SoftLink("/a/plain")


def _outside(file: Any) -> None:
    file["a/other"] = h5py.ExternalLink("/etc/hostname", "/a")


def _objects(file: Any) -> None:
    file.create_dataset("a/texts", data=["x"], dtype=h5py.string_dtype())


def _references(file: Any) -> None:
    file.create_dataset("a/one", data=file["a/plain"].ref, dtype=h5py.ref_dtype)


def _elsewhere(file: Any) -> None:
    file.create_dataset("a/raw", (4,), np.float32, external=[("/etc/hostname", 0, 16)])


def _virtual(file: Any) -> None:
    layout = h5py.VirtualLayout((2, 3), np.float32)
    layout[:] = h5py.VirtualSource("other.h5", "a", (2, 3))
    file.create_virtual_dataset("a/virtual", layout)


def _compressed(file: Any) -> None:
    file.create_dataset("a/zeros", (1000, 1000, 1000), np.float32, compression="gzip")


def _unwritten(file: Any) -> None:
    file.create_dataset("a/zeros", (1 << 20, 1 << 20), np.float32)


def _integers(file: Any) -> None:
    file.create_dataset("a/ids", data=np.arange(3))


def _inside_itself(file: Any) -> None:
    file["a/again"] = file["a"]


def _many(file: Any) -> None:
    for k in range(14):  # each group has the one before twice: 2^14 paths
        file[f"g{k}/x"] = file[f"g{k - 1}" if k else "a"]
        file[f"g{k}/y"] = file[f"g{k - 1}" if k else "a"]


def _type(file: Any) -> None:
    file["a/type"] = np.dtype("f4")


HOSTILE = {
    "soft link": (_soft, "'a/other' is a link to another name or file"),
    "external link": (_outside, "'a/other' is a link to another name or file"),
    "objects": (_objects, "'a/texts' has elements that are no floating-point numbers"),
    "references": (_references, "'a/one' has elements that are no"),
    "elements of another file": (
        _elsewhere,
        "'a/raw' is stored in pieces, compressed or elsewhere",
    ),
    "virtual": (_virtual, "'a/virtual' is stored in pieces"),
    "compressed": (_compressed, "'a/zeros' is stored in pieces, compressed"),
    "not written": (_unwritten, "'a/zeros' has a shape other than what is stored"),
    "integers": (_integers, "'a/ids' has elements that are no floating-point numbers"),
    "a group inside itself": (_inside_itself, "one inside itself"),
    "paths without end": (_many, "too many groups"),
    "a type": (_type, "'a/type' is no array"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_plain_array_is_refused(name: str, tmp_path: Path) -> None:
    write, said = HOSTILE[name]
    with pytest.raises(PretrainedError, match=said):
        hdf5_arrays(written(tmp_path / "a.hdf5", write))


@pytest.mark.parametrize("dtype", ["<f2", ">f4", "<f8"])
def test_plain_arrays_are_read_when_asked_for(dtype: str, tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.hdf5", lambda file: file.create_dataset("b", data=VALUES.astype(dtype))
    )
    found = hdf5_arrays(path)
    assert {name: each.shape for name, each in found.items()} == {"a/plain": (2, 3), "b": (2, 3)}
    values = found["b"].read()
    assert np.array_equal(values, VALUES)
    assert values.dtype == found["b"].dtype == (np.float64 if dtype == "<f8" else np.float32)
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(PretrainedError, match="it has changed"):
        found["b"].read()


def test_a_file_that_is_no_hdf5_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.hdf5").write_bytes(b"nothing of the kind")
    with pytest.raises(PretrainedError, match=r"a\.hdf5 cannot be read as HDF5"):
        hdf5_arrays(tmp_path / "a.hdf5")


def test_without_the_package_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "a.hdf5", lambda file: None)
    monkeypatch.setattr(hdf5_file, "find_spec", lambda name: None)
    with pytest.raises(PretrainedError, match=r"pip install 'chainrule\[pretrained\]'"):
        hdf5_arrays(path)
