"""Readers of what users give, and of what models are stored in."""

import json
import shutil
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np

import chainrule as cr
from chainrule.compile.native import llvm
from chainrule.compile.native import object_cache as cache
from chainrule.compile.native.object_file import is_loadable
from chainrule.compile.native.requirements import missing
from chainrule.ner import Settings, Tagger
from chainrule.ner import load as load_tagger
from chainrule.ner import save as save_tagger
from chainrule.text import Sentence, Vocabulary, read_conll, write_conll

from .mutations import in_arrays, in_bytes, in_json
from .reader import Reader

STORED = Path(__file__).parents[1] / "stored"
SENTENCES = [
    Sentence(("Ada", "Lovelace", "ran"), ("B-PER", "I-PER", "O")),
    Sentence(("Bonn", "won", "."), ("B-LOC", "O", "O")),
]


# -- models ----------------------------------------------------------------------------------------


def _model() -> cr.nn.Module:
    layers = cr.nn.Linear(3, 4, random=0), cr.relu, cr.nn.BatchNorm(4), cr.nn.Linear(4, 2, random=1)
    return cr.nn.Sequential(*layers)


def _loaded() -> Callable[[Path], None]:
    """Return what loads into one and the same model, and sees that errors leave it as it was."""
    model = _model()
    before = model.state()

    def read(folder: Path) -> None:
        try:
            cr.load(folder / "model.safetensors", model)
        except cr.ChainruleError:
            state = model.state()
            assert all(state[name].tobytes() == each.tobytes() for name, each in before.items())
            raise
        model.load_state(before)

    return read


def _tagger(folder: Path) -> None:
    save_tagger(Tagger.for_corpus(SENTENCES, Settings(window=1, word_size=2, hidden=3)), folder)


def _tagger_without_checksum(folder: Path) -> None:
    shutil.copytree(STORED / "chainrule-ner-1", folder, dirs_exist_ok=True)


# -- data ------------------------------------------------------------------------------------------


def _npz(folder: Path) -> None:
    arrays = {"x": np.arange(12.0).reshape(4, 3), "targets": np.arange(4), "none": np.zeros((0, 2))}
    np.savez_compressed(folder / "data.npz", **arrays)


def in_archive(content: bytes, random: Random) -> bytes:
    """Damage an archive, or write one anew whose members are damaged."""
    if random.random() < 0.5:
        return in_bytes(content, random)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = [(each, archive.read(each)) for each in archive.namelist()]
    place = random.randrange(len(members))
    name, member = members[place]
    changed = _in_header(member, random) if random.random() < 0.7 else in_bytes(member, random)
    members[place] = random.choice([name, name, name, "x", "../x.npy", ".npy"]), changed
    made = BytesIO()
    with catch_warnings(), zipfile.ZipFile(made, "w", random.choice(_METHODS)) as archive:
        simplefilter("ignore")  # of names that are there twice
        for each in members:
            archive.writestr(*each)
    return made.getvalue()


_METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2]
_SHAPES = ["(4, 3)", "(12,)", "(3, 4)", "(-4, -3)", "(10**9, 10**9)", "(99999999999,)", "(), ", "4"]
_DTYPES = ["<f8", ">f8", "<f4", "|O", "|V8", "<U2", "|S8", "<M8[s]", "<c16", "f8,f8", "<f7", "|S0"]


def _in_header(member: bytes, random: Random) -> bytes:
    """Exchange entries of the header of an array, and keep its length right."""
    end = 10 + int.from_bytes(member[8:10], "little")
    header = {"descr": "'<f8'", "fortran_order": "False", "shape": "(4, 3)"}
    for key, values in (("descr", [repr(x) for x in _DTYPES]), ("shape", _SHAPES)):
        if random.random() < 0.7:
            header[key] = random.choice(values)
    if random.random() < 0.2:
        header[random.choice([*header, "x"])] = random.choice(["None", "True", "[]", "'x'", "1e9"])
    text = ("{" + ", ".join(f"'{name}': {each}" for name, each in header.items()) + "}").encode()
    return member[:8] + len(text).to_bytes(2, "little") + text + member[end:]


def _csv(folder: Path) -> None:
    (folder / "data.csv").write_text("a,b,label\n1.5,2,0\n-3e2,nan,1\n4,5,6\n")


def _conll(folder: Path) -> None:
    write_conll(folder / "data.conll", SENTENCES)


def in_lines(content: bytes, random: Random) -> bytes:
    """Exchange, repeat and extend pieces of text between blanks, or damage bytes."""
    if random.random() < 0.5:
        return in_bytes(content, random)
    pieces = content.replace(b"\t", b" \t ").replace(b"\n", b" \n ").split(b" ")
    for _ in range(random.randint(1, 4)):
        pieces[random.randrange(len(pieces))] = random.choice(_PIECES)
    return b"".join(pieces)


_PIECES = [
    *(b"", b"\t", b"\n", b"\r\n", b"\r", b" ", b",", b"#", b"# x", b"\0", b"\xef\xbb\xbf", b"\xff"),
    *(b"O", b"B-PER", b"E-", b"M-X", b"-DOCSTART-", b"1e999", b"nan", b"9" * 400, b"x" * 5000),
    *("\u2028".encode(), "\ud7ff".encode(), "e\u0301".encode(), b"0x1p3", b"1_0", b'"', b'"a\n"'),
]


def _vocabulary(folder: Path) -> None:
    found = Vocabulary.from_sentences(each.words for each in SENTENCES)
    held = {"words": found.words, "counts": found.counts.tolist(), "min_count": 1}
    (folder / "words.json").write_text(json.dumps(held))


def _made(folder: Path) -> None:
    """Make a vocabulary of whatever a file of JSON holds."""
    try:
        found: Any = json.loads((folder / "words.json").read_bytes())
    except (ValueError, RecursionError):
        return
    held = found if isinstance(found, dict) else {"words": found}
    Vocabulary(held.get("words"), held.get("counts"))
    Vocabulary.from_sentences([["ada"]], held.get("min_count", 1))


# -- compiled code ---------------------------------------------------------------------------------

_KEY = "0" * 64
_CODE = b"\x7fELF\x02\x01\x01" + bytes(57) + bytes(range(256))


_KERNEL = "define void @kernel(ptr %p0) {\n  store i64 1, ptr %p0\n  ret void\n}"


def _entry(folder: Path) -> None:
    folder.chmod(0o700)
    with cached_in(folder):
        cache.save(_KEY, _CODE)


def _object_file(folder: Path) -> None:
    code = _CODE if missing() else llvm._compiled(llvm._kernel_module(_KERNEL), True)
    (folder / "code.o").write_bytes(code)


def _cached(folder: Path) -> None:
    with cached_in(folder):
        assert cache.load(_KEY) in (None, _CODE)


class cached_in:
    """Let the cache of compiled code be in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        self.before = cache.folder
        cache.folder = lambda: self.folder

    def __exit__(self, *_: object) -> None:
        cache.folder = self.before


def _judged(folder: Path) -> None:
    is_loadable((folder / "code.o").read_bytes(), llvm._name(_KERNEL))


FILES = {
    "model": Reader(
        lambda folder: cr.save(folder / "model.safetensors", _model()),
        "model.safetensors",
        in_arrays(""),
        _loaded(),
    ),
    "tagger": Reader(_tagger, "config.json", in_json, load_tagger),
    "tagger of version 1": Reader(_tagger_without_checksum, "config.json", in_json, load_tagger),
    "tagger weights": Reader(_tagger, "model.safetensors", in_arrays(""), load_tagger),
    "npz": Reader(_npz, "data.npz", in_archive, lambda at: cr.train.read_data(at / "data.npz")),
    "csv": Reader(_csv, "data.csv", in_lines, lambda at: cr.train.read_data(at / "data.csv")),
    "conll": Reader(_conll, "data.conll", in_lines, lambda at: read_conll(at / "data.conll")),
    "vocabulary": Reader(_vocabulary, "words.json", in_json, _made),
    "compiled code": Reader(_entry, f"{_KEY}.code", in_bytes, _cached),
    "object file": Reader(_object_file, "code.o", in_bytes, _judged),
}
