"""Pickles that want to run code or to take memory are refused by name, and nothing happens."""

import os
import pickle
import struct
import zipfile

import numpy as np
import pytest

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.torch import pickle_instructions
from chainrule.pretrained.files.torch.torch_file import torch_arrays
from fuzz.limits import limited
from fuzz.torch_writer import (
    entries,
    find,
    legacy_file,
    numbers,
    ordered,
    pickled,
    several,
    six,
    storage,
    tensor,
    text,
    whole,
    zip_file,
)

HUGE = 2**40
WRITTEN = "a file that must not appear"
COMMAND = text(f"touch '{WRITTEN}'")


def reduced(module, name, *arguments):
    return find(module, name) + several(*arguments) + b"R"


class Harmful:
    def __reduce__(self):
        return os.system, (f"touch '{WRITTEN}'",)


def in_dict(part):
    return pickled(entries({"w": part}))


ATTACKS = {
    "a call of os.system": (
        in_dict(reduced("os", "system", COMMAND)),
        "asks for os.system, which is not among what is needed; it was not executed",
    ),
    "what Python pickles, protocol 2": (pickle.dumps({"w": Harmful()}, 2), "asks for posix.system"),
    "what Python pickles, protocol 4": (pickle.dumps({"w": Harmful()}, 4), "asks for posix.system"),
    "what Python pickles, protocol 0": (pickle.dumps({"w": Harmful()}, 0), "instruction DICT"),
    "a call of eval": (in_dict(reduced("builtins", "eval", text("1"))), "asks for builtins.eval"),
    "a call of getattr": (
        in_dict(reduced("builtins", "getattr", find("torch", "Size"), text("__base__"))),
        "asks for builtins.getattr",
    ),
    "a dotted name on the stack": (
        in_dict(text("collections") + text("OrderedDict.fromkeys") + b"\x93" + numbers([1]) + b"R"),
        "asks for collections.OrderedDict.fromkeys",
    ),
    "a dotted name that leads elsewhere": (
        in_dict(text("torch._utils") + text("os.system") + b"\x93" + several(COMMAND) + b"R"),
        "asks for torch._utils.os.system",
    ),
    "names that are numbers": (in_dict(b"K\x01K\x02\x93"), "names a global by what is no text"),
    "names that are lists": (in_dict(b"]]\x93"), "names a global by what is no text"),
    "another function of torch": (
        in_dict(reduced("torch", "load", text("x"))),
        "asks for torch.load,",
    ),
    "a class of a network": (
        in_dict(find("transformers.models.bert", "BertModel") + b")\x81"),
        "asks for transformers.models.bert.BertModel",
    ),
    "INST": (
        in_dict(b"(" + COMMAND + b"ios\nsystem\n"),
        "its pickle has the instruction INST, which is refused",
    ),
    "OBJ": (in_dict(b"(" + find("torch", "Size") + b"o"), "the instruction OBJ"),
    "EXT1": (in_dict(b"\x82\x01"), "the instruction EXT1"),
    "PERSID": (in_dict(b"P0\n"), "the instruction PERSID"),
    "an instruction that does not exist": (in_dict(b"\xfe"), "the instruction 0xfe"),
    "NEWOBJ_EX": (in_dict(find("torch", "Size") + b")}\x92"), "the instruction NEWOBJ_EX"),
    "LONG4": (in_dict(b"\x8b\xff\xff\xff\x7f"), "the instruction LONG4"),
    "a set, which hashes": (in_dict(b"\x8f"), "the instruction EMPTY_SET"),
    "a call of text": (in_dict(text("os.system") + several(COMMAND) + b"R"), "cannot be called"),
    "a call of a dtype": (in_dict(find("torch", "float32") + b")R"), "cannot be called"),
    "a call with a list": (in_dict(find("torch", "Size") + b"]R"), "cannot be called"),
    "a call of a tensor": (in_dict(tensor() + b")R"), "cannot be called"),
    "an object of text": (in_dict(text("x") + b")\x81"), "cannot be called"),
    "attributes of a tensor": (in_dict(tensor() + b"}b"), "sets attributes of what has none"),
    "attributes of a dict": (in_dict(b"}}b"), "sets attributes of what has none"),
    "attributes of a global": (in_dict(find("torch", "Size") + b"}b"), "attributes of what has"),
    "items of a tensor": (in_dict(tensor() + b"NNs"), "sets items of what is no dict"),
    "an odd number of items": (pickled(b"}(" + text("w") + b"u"), "sets items of what is no dict"),
    "an item of a tuple": (in_dict(b")Na"), "appends to what is no list"),
    "a key that is a tuple": (pickled(b"})Ns"), "a key that is neither text nor a number"),
    "a key that is a list": (pickled(b"}]Ns"), "a key that is neither text nor a number"),
    "memory that was not written": (in_dict(b"h\x07"), "reads memory that was not written"),
    "memory far away": (in_dict(b"j\xff\xff\xff\xff"), "reads memory that was not written"),
    "memory of nothing": (pickled(b"q\x00"), "takes a value that is not there"),
    "no value": (b"\x80\x02.", "takes a value that is not there"),
    "a tuple of nothing": (pickled(b"\x87"), "takes a value that is not there"),
    "no mark": (pickled(b"}u"), "takes values to a mark that is not there"),
    "below a mark": (pickled(b"}(0"), "the instruction POP"),
    "a protocol of the future": (b"\x80\x63N.", "has the protocol 99"),
    "text beyond the end": (in_dict(b"X\xff\xff\xff\xff"), "ends within a value"),
    "text that is not UTF-8": (in_dict(b"X\x01\0\0\0\xff"), "text that is not UTF-8"),
    "a name without end": (pickled(b"c" + b"x" * 3000), "a name without end|not UTF-8"),
    "a tensor of nothing": (
        in_dict(find("torch._utils", "_rebuild_tensor_v2") + b")R"),
        "a tensor with 0 arguments",
    ),
    "a tensor without storage": (in_dict(tensor(b"N")), "a tensor without storage or dtype"),
    "a negative offset": (in_dict(tensor(offset=-1)), "negative or odd shape, stride or offset"),
    "a negative stride": (in_dict(tensor(offset=3, strides=(-3, 1))), "negative or odd shape"),
    "a negative shape": (in_dict(tensor(shape=(-2, -3))), "negative or odd shape"),
    "one stride too few": (in_dict(tensor(strides=(1,))), "negative or odd shape"),
    "a shape of bools": (
        in_dict(
            find("torch._utils", "_rebuild_tensor")
            + several(storage(), whole(0), b"\x88\x85", numbers([1]))
            + b"R"
        ),
        "negative or odd shape",
    ),
    "a shape that is a list": (
        in_dict(
            find("torch._utils", "_rebuild_tensor")
            + several(storage(), whole(0), b"]", numbers([1]))
            + b"R"
        ),
        "a tensor whose shape is no tuple",
    ),
    "an offset beyond the storage": (in_dict(tensor(offset=1)), "reaches beyond its storage"),
    "strides beyond the storage": (in_dict(tensor(strides=(4, 1))), "reaches beyond its storage"),
    "strides that overflow": (in_dict(tensor(strides=(2**64, 1))), "reaches beyond its storage"),
    "a shape that overflows": (
        in_dict(tensor(shape=(2**33, 2**33), strides=(0, 0))),
        "a shape that NumPy does not support",
    ),
    "an offset of 2000 bits": (in_dict(tensor(offset=2**2000)), "reaches beyond its storage"),
    "a hundred axes": (in_dict(tensor(shape=(1,) * 100, strides=(0,) * 100)), "NumPy does not"),
    "a bomb of stride 0": (
        in_dict(tensor(shape=(HUGE,), strides=(0,))),
        f"a tensor of {HUGE} elements that repeats 6 ones",
    ),
    "a small bomb of stride 0": (in_dict(tensor(shape=(7,), strides=(0,))), "repeats 6 ones"),
    "a tensor that is negated": (in_dict(tensor(rest=[entries({"neg": b"\x88"})])), "with flags"),
    "storage of negative count": (in_dict(tensor(storage(count=-6))), "is no whole number"),
    "storage of another type": (
        in_dict(tensor(storage(kind="ComplexFloatStorage"))),
        "asks for torch.ComplexFloatStorage",
    ),
    "storage of a type that is text": (
        in_dict(several(text("storage"), text("x"), text("0"), text("cpu"), whole(6)) + b"Q"),
        "a storage without type or key",
    ),
    "storage of two types": (
        pickled(several(storage(), storage(kind="IntStorage"))),
        "gives one storage two types or sizes",
    ),
    "data of another kind": (in_dict(several(text("module"), b"N") + b"Q"), "other than a storage"),
    "data that is text": (in_dict(text("storage") + b"Q"), "other than a storage"),
    "an old view of a storage": (
        in_dict(tensor(storage(rest=[several(text("1"), whole(0), whole(2))]))),
        "a view of a storage, of a form older",
    ),
    "a parameter of nothing": (
        in_dict(reduced("torch._utils", "_rebuild_parameter", b"N", b"\x88", ordered())),
        "a parameter that is no tensor",
    ),
    "a shape of text": (in_dict(reduced("torch", "Size", text("x"))), "a shape that is no tuple"),
    "pairs that are none": (
        in_dict(reduced("collections", "OrderedDict", b"](K\x01e")),
        "entries that are no pairs",
    ),
    "more elements than the file has": (
        in_dict(tensor(storage(count=HUGE), 0, (HUGE,), (1,))),
        "gives storage '0' 4398046511104 bytes|has 6 elements, and its pickle gives 1099511627776",
    ),
    "fewer elements than the file has": (
        in_dict(tensor(storage(count=5), 0, (5,), (1,))),
        "gives storage '0' 20 bytes|has 6 elements, and its pickle gives 5",
    ),
    "a storage that is not there": (in_dict(tensor(storage("../../x"))), "no member|has others"),
    "a list": (pickled(b"]"), "holds a list, where a state dict|its list of storages has others"),
    "entries that are no tensors": (
        pickled(entries({"epoch": whole(3), "model": b"}", "w": tensor()})),
        "'epoch': int\n  'model': dict$",
    ),
    "names that are no text": (pickled(b"}K\x01" + tensor() + b"s"), "1: TorchTensor"),
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Work in an empty folder, where an executed command would leave its file."""
    monkeypatch.chdir(tmp_path)
    yield
    assert not os.path.exists(WRITTEN)


def test_the_attack_is_one():
    pickle.loads(ATTACKS["what Python pickles, protocol 4"][0])
    assert os.path.exists(WRITTEN)
    os.unlink(WRITTEN)


@pytest.mark.parametrize("container", [zip_file, legacy_file])
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_by_name(name, container, tmp_path):
    content, message = ATTACKS[name]
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(container(content, {"0": six()}))
    with limited(), pytest.raises(PretrainedError, match=message) as caught:
        torch_arrays(path)
    assert str(caught.value).startswith(str(path))
    assert ("Convert it to model.safetensors" in str(caught.value)) == (
        "asks for" in message or "instruction" in message or "called" in message
    )


def endless():
    """Lists in lists in lists, of which each step makes one."""
    return b"\x80\x02" + b"](" * 60_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x80\x02" + b"]" * 110_000 + b".", "more than 100000 instructions"),
        (b"\x80\x02" + b"(" * 110_000 + b".", "more than 100000 instructions"),
        (endless(), "more than 100000 instructions"),
        (b"\x80\x02" + b"N" * 70_000_000, "has 70000002 bytes, more than 64000000"),
        # tuples of tuples: the last would have 2 ** 60 leaves
        (pickled(b")q\0" + b"h\0h\0\x86q\0" * 60 + b"}h\0Ns"), "neither text nor a number"),
        (pickled(b")q\0" + b"h\0h\0\x86q\0" * 60 + b"a"), "appends to what is no list"),
    ],
)
def test_pickles_that_grow_are_refused_before_they_do(content, message, tmp_path, monkeypatch):
    monkeypatch.setattr(pickle_instructions, "_MOST_STEPS", 100_000)  # 2 million take seconds
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(zip_file(content, {}))
    with limited(), pytest.raises(PretrainedError, match=message):
        torch_arrays(path)


def test_a_list_in_itself_is_refused(tmp_path):
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(zip_file(pickled(b"}" + text("w") + b"]q\0h\0as"), {}))
    with pytest.raises(PretrainedError, match="'w': list"):
        torch_arrays(path)


# -- the zip file ----------------------------------------------------------------------------------

GOOD = pickled(entries({"w": tensor()}))


def twice():
    with pytest.warns(UserWarning, match="Duplicate name"):
        return zip_file(GOOD, {"0": six()}, others=[("data/0", six())])


def edited(old, new, count=-1):
    whole_file = zip_file(GOOD, {"0": six()})
    assert old in whole_file
    return whole_file.replace(old, new, count)


def last_entry(field, value):
    """Return a container whose directory has another value in the entry of the storage."""
    whole_file = bytearray(zip_file(GOOD, {"0": six()}))
    at = whole_file.index(b"PK\x01\x02", whole_file.index(b"PK\x01\x02") + 4)
    whole_file[at + field : at + field + len(value)] = value
    return bytes(whole_file)


def directory(length, start):
    whole_file = zip_file(GOOD, {"0": six()})
    return whole_file[:-10] + struct.pack("<II", length, start) + whole_file[-2:]


ZIPS = {
    "deflated": (
        lambda: zip_file(GOOD, {"0": bytes(24)}, compression=zipfile.ZIP_DEFLATED),
        "in the zip file is compressed, which PyTorch does not do",
    ),
    "a bomb of deflated zeros": (
        lambda: zip_file(
            pickled(entries({"w": tensor(storage(count=2**24), 0, (2**24,), (1,))})),
            {"0": bytes(2**26)},
            compression=zipfile.ZIP_DEFLATED,
        ),
        "is compressed",
    ),
    "a name twice": (twice, "has 'archive/data/0' twice"),
    "two pickles": (
        lambda: edited(b"archive/version", b"other1/data.pkl"),
        "has no single data.pkl in a folder",
    ),
    "no pickle": (lambda: edited(b"data.pkl", b"date.pkl"), "has no single data.pkl in a folder"),
    "encrypted": (lambda: last_entry(8, b"\x01"), "the zip file is encrypted"),
    "a directory that is wrong": (lambda: last_entry(42, b"\x01"), "is wrong about 'archive/data/"),
    "a member beyond the end": (lambda: last_entry(42, b"\xff\xff\xff\x7f"), "is truncated"),
    "a size beyond the end": (
        lambda: last_entry(20, b"\xff\xff\xff\x7f" * 2),
        "gives storage '0' 24 bytes, and the zip file has 2147483647 bytes",
    ),
    "a directory beyond the end": (lambda: directory(2**31, 0), "not inside of it, or too long"),
    "a directory elsewhere": (lambda: directory(100, 0), "directory of the zip file is damaged"),
    "an odd byte order": (
        lambda: zip_file(GOOD, {"0": six()}, others=[("byteorder", "middle")]),
        "its byte order is neither little nor big",
    ),
    "no end": (lambda: zip_file(GOOD, {"0": six()})[:-1], "does not end with the directory"),
    "a name that is not UTF-8": (lambda: edited(b"data/0", b"data/\xff"), "name that is not UTF-8"),
}


@pytest.mark.parametrize("name", ZIPS)
def test_a_damaged_zip_file_is_refused(name, tmp_path):
    make, message = ZIPS[name]
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(make())
    with limited(), pytest.raises(PretrainedError, match=message):
        torch_arrays(path)


def test_members_that_overlap_are_refused(tmp_path):
    parts = {"v": tensor(storage("0")), "w": tensor(storage("1"))}
    content = bytearray(zip_file(pickled(entries(parts)), {"0": six(), "1": six()}))
    places = [each for each in range(len(content)) if content[each : each + 4] == b"PK\x01\x02"]
    first, second = places[1], places[2]
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(content)
    with pytest.raises(PretrainedError, match="has members that overlap"):
        torch_arrays(path)


def test_the_order_of_bytes_is_that_of_the_file(tmp_path):
    path = tmp_path / "pytorch_model.bin"
    held = np.arange(6, dtype=">f4").tobytes()
    path.write_bytes(zip_file(GOOD, {"0": held}, others=[("byteorder", "big")]))
    assert torch_arrays(path)["w"].read().tolist() == [[0, 1, 2], [3, 4, 5]]


# -- the legacy form -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (legacy_file(GOOD, {"0": six()})[:-1], "ends within a storage"),
        (legacy_file(GOOD, {"0": six()}) + b"x", "goes on after its last storage"),
        (legacy_file(GOOD, {"0": six()})[:40], "a name without end"),
        (legacy_file(GOOD, {"0": six()})[:200], "ends within"),
        (legacy_file(GOOD, {"1": six()}), "its list of storages has others"),
        (legacy_file(GOOD, {"0": six(), "1": six()}), "its list of storages has others"),
        (b"\x80\x02\x8a\x0a" + b"\1" * 10 + b".", "does not begin as a file of PyTorch|ends"),
        (b"\x80\x02}.", "does not begin as a file of PyTorch"),
        (pickle.dumps({"w": 1}), "does not begin as a file of PyTorch"),
        (b"(dp0\n.", "begins with neither of the two forms"),
        (b"", "begins with neither of the two forms"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4\n", "is a pointer of Git LFS"),
    ],
)
def test_a_damaged_legacy_file_is_refused(content, message, tmp_path):
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(content)
    with pytest.raises(PretrainedError, match=message):
        torch_arrays(path)


@pytest.mark.parametrize("container", [zip_file, legacy_file])
def test_what_is_no_attack_is_read(container, tmp_path):
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(container(GOOD, {"0": six()}))
    found = torch_arrays(path)
    assert found["w"].read().tolist() == [[0, 1, 2], [3, 4, 5]]
