"""Readers of the files of pretrained networks."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
from safetensors.numpy import save_file

from chainrule.pretrained.elmo.names import rows
from chainrule.pretrained.elmo.network import ElmoNetwork
from chainrule.pretrained.elmo.options import ElmoOptions, read_options
from chainrule.pretrained.elmo.stored_mix import read_mix
from chainrule.pretrained.files import open_folder
from chainrule.pretrained.files.hdf5_file import hdf5_arrays
from chainrule.pretrained.files.json_file import read_json
from chainrule.pretrained.stanza.folder import files_of
from chainrule.pretrained.stanza.names import model_rows, tagger_rows
from chainrule.pretrained.stanza.parts import parts_of
from chainrule.pretrained.stanza.reading import read_model, read_vectors
from chainrule.pretrained.tokenizer import open_tokenizer

from . import small_tokenizers as small
from .mutations import Mutation, in_bytes, in_json
from .reader import Reader
from .torch_writer import legacy_file, state_dict, zip_file

WEIGHTS = {
    "a.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
    "a.transposed": np.arange(6, dtype=np.float32).reshape(2, 3).T,
    "a.bias": np.ones(3, np.float32),
}
CONFIG = {"model_type": "bert", "hidden_size": 3, "id2label": {"0": "O"}, "eps": 1e-12}
# Instructions of pickles, among them those that run code.
_STEPS = [bytes([each]) for each in b".()]}NRQbdeioqrsuh0128~\x80\x81\x82\x85\x86\x87\x88\x8a\x93"]
_NAMES = [b"cos\nsystem\n", b"ctorch\nFloatStorage\n", b"ctorch._utils\n_rebuild_tensor_v2\n"]


def in_pickle(content: bytes, random: Random) -> bytes:
    """Put instructions and globals in place of bytes, or between them; or damage bytes."""
    if random.random() < 0.4:
        return in_bytes(content, random)
    for _ in range(random.randint(1, 4)):
        place, more = random.randrange(len(content)), random.choice(_STEPS + _NAMES)
        content = content[:place] + more + content[place + random.choice([0, 1, len(more)]) :]
    return content


def _files(folder: Path, weights: Callable[[Path], object]) -> None:
    (folder / "config.json").write_text(json.dumps(CONFIG))
    weights(folder)


def _tensors(folder: Path) -> None:
    save_file(WEIGHTS, folder / "model.safetensors", {"format": "pt"})


def _shards(folder: Path) -> None:
    homes = {}
    for number, (name, array) in enumerate(WEIGHTS.items()):
        homes[name] = f"model-{number}-of-3.safetensors"
        save_file({name: np.ascontiguousarray(array)}, folder / homes[name])
    index = {"metadata": {"total_size": 60}, "weight_map": homes}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def _zip(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(zip_file(*state_dict(WEIGHTS)))


def _legacy(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(legacy_file(*state_dict(WEIGHTS)))


def _read(folder: Path) -> None:
    """Read all arrays, which have the shapes and dtypes that were announced."""
    weights = open_folder(folder).weights
    for name, array in weights.items():
        assert (array.shape, array.dtype) == (weights.shapes[name], weights.dtypes[name])


def _weights(file: str, write: Callable[[Path], object], mutate: Mutation) -> Reader:
    return Reader(lambda folder: _files(folder, write), file, mutate, _read)


def _described(folder: Path) -> None:
    """Write the tokenizer of vocab.txt as tokenizer.json."""
    small.word_piece(folder)
    described = open_tokenizer(folder)._engine.to_str()  # type: ignore[attr-defined]
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "tokenizer.json").write_text(described, encoding="utf-8")


def _settings(folder: Path) -> None:
    mask = {"content": "[MASK]", "lstrip": True, "normalized": False}
    added = {"2": {"content": "[CLS]", "special": True}}
    small.word_piece(
        folder,
        do_lower_case=True,
        mask_token=mask,
        tokenizer_class="BertTokenizer",
        added_tokens_decoder=added,
        additional_special_tokens=["the", "<new>"],
    )


def _bytes(folder: Path) -> None:
    small.byte_level(folder, tokenizer_class="RobertaTokenizer")


def _encode(folder: Path) -> None:
    """Use the tokenizer: all ids are in its vocabulary."""
    tokenizer = open_tokenizer(folder)
    found = tokenizer.encode(["Hello [MASK] CAFÉ 한국어", ""], ["我 <new>", "b"], 9)
    assert found.ids.size == 0 or 0 <= found.ids.min() <= found.ids.max() < tokenizer.vocab_size
    tokenizer.encode_words([["a", "playing"]])
    tokenizer.encode_batch(["the", "a"])


def _elmo(folder: Path) -> None:
    """Write the files of a small ELMo network of zeros."""
    folder.rmdir()
    sizes = {"embedding": 2, "filters": ((1, 2), (2, 1)), "highways": 1, "longest": 4}
    lstm = {"cells": 3, "projection": 2, "layers": 1, "skips": True}
    rest = {"activation": "relu", "cell_clip": 3.0, "output_clip": None}
    ElmoNetwork(ElmoOptions(**sizes, **lstm, **rest)).save(folder)  # type: ignore[arg-type]


def _options(folder: Path) -> None:
    """Read options, which name arrays of at least one element."""
    options = read_options(read_json(folder / "options.json", 10**6))
    assert all(min(row.shape) > 0 for row in rows(options))


def _hdf5(folder: Path) -> None:
    """Read all arrays, which have the shapes and dtypes that were announced."""
    for each in hdf5_arrays(folder / "weights.hdf5").values():
        array = each.read()
        assert (array.shape, array.dtype) == (each.shape, each.dtype)


def _mix(folder: Path) -> None:
    scores, gamma = read_mix(folder / "scalar_mix.json", 2)
    assert np.isfinite([*scores, *gamma]).all()


def _stanza(folder: Path) -> None:
    """Copy the small files of a tagger that the library wrote."""
    references = Path(__file__).parents[1] / "pretrained" / "references"
    shutil.copytree(references / "stanza-charlm", folder, dirs_exist_ok=True)


def _tagger(folder: Path) -> None:
    """Read the four files, and compare them with each other."""
    parts = parts_of(files_of(folder))
    assert parts.settings.tags[parts.settings.column]
    assert all(min(row.shape) > 0 for row in tagger_rows(parts.settings))


def _vectors(folder: Path) -> None:
    found = read_vectors(folder / "pretrain" / "small.pt")
    assert max(found.vocabulary.numbers.values()) < found.vocabulary.count


def _model(folder: Path) -> None:
    found = read_model(folder / "forward_charlm" / "small.pt", forward=True)
    assert all(min(row.shape) > 0 for row in model_rows(found.settings))


PRETRAINED_FILES = {
    "pretrained, configuration": _weights("config.json", _tensors, in_json),
    "pretrained, safetensors": _weights("model.safetensors", _tensors, in_bytes),
    "pretrained, index": _weights("model.safetensors.index.json", _shards, in_json),
    "pretrained, zip": _weights("pytorch_model.bin", _zip, in_pickle),
    "pretrained, legacy": _weights("pytorch_model.bin", _legacy, in_pickle),
    "pretrained, tokenizer.json": Reader(_described, "tokenizer.json", in_json, _encode),
    "pretrained, vocab.txt": Reader(small.word_piece, "vocab.txt", in_bytes, _encode),
    "pretrained, settings": Reader(_settings, "tokenizer_config.json", in_json, _encode),
    "pretrained, vocab.json": Reader(_bytes, "vocab.json", in_json, _encode),
    "pretrained, merges": Reader(_bytes, "merges.txt", in_bytes, _encode),
    "pretrained, ELMo options": Reader(_elmo, "options.json", in_json, _options),
    "pretrained, ELMo weights": Reader(_elmo, "weights.hdf5", in_bytes, _hdf5),
    "pretrained, ELMo mix": Reader(_elmo, "scalar_mix.json", in_json, _mix),
    "pretrained, Stanza tagger": Reader(_stanza, "ner/small.pt", in_pickle, _tagger),
    "pretrained, Stanza vectors": Reader(_stanza, "pretrain/small.pt", in_pickle, _vectors),
    "pretrained, Stanza model": Reader(_stanza, "forward_charlm/small.pt", in_pickle, _model),
}
