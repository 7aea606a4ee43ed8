"""Writes small files of Flair without Flair and PyTorch, from values that tests choose."""

import struct

import numpy as np

from . import torch_writer as writer

ENTRIES = [b"<unk>", b" ", b"a"]
HIDDEN = 2
SHAPES = {
    "encoder.weight": (3, 3),
    "rnn.weight_ih_l0": (8, 3),
    "rnn.weight_hh_l0": (8, 2),
    "rnn.bias_ih_l0": (8,),
    "rnn.bias_hh_l0": (8,),
    "decoder.weight": (3, 2),
    "decoder.bias": (3,),
}
SETTINGS = {
    "is_forward_lm": True,
    "hidden_size": HIDDEN,
    "nlayers": 1,
    "embedding_size": 3,
    "nout": None,
    "document_delimiter": "\n",
    "dropout": 0.1,
    "recurrent_type": "LSTM",
    "has_decoder": True,
}
TAGGER = {
    "__cls__": "SequenceTagger",
    "hidden_size": 1,
    "rnn_layers": 1,
    "rnn_type": "LSTM",
    "use_crf": True,
    "use_rnn": True,
    "reproject_embeddings": False,
    "train_initial_hidden_state": False,
}
TAGS = [b"O", b"S-PER", b"<START>", b"<STOP>"]
TAGGER_SHAPES = {
    **{
        f"rnn.{name}{ending}": shape
        for ending in ("_l0", "_l0_reverse")
        for name, shape in {
            "weight_ih": (4, 2),
            "weight_hh": (4, 1),
            "bias_ih": (4,),
            "bias_hh": (4,),
        }.items()
    },
    "linear.weight": (4, 2),
    "linear.bias": (4,),
    "crf.transitions": (4, 4),
}


def value(found):
    """Return the instructions that make a value."""
    if isinstance(found, Instructions):
        return found
    if found is None:
        return b"N"
    if isinstance(found, bool):
        return b"\x88" if found else b"\x89"
    if isinstance(found, int):
        return writer.whole(found)
    if isinstance(found, float):
        return b"G" + struct.pack(">d", found)
    if isinstance(found, bytes):
        return b"C" + bytes([len(found)]) + found
    if isinstance(found, list):
        return b"](" + b"".join(map(value, found)) + b"e"
    if isinstance(found, dict):
        return b"}(" + b"".join(value(each) for pair in found.items() for each in pair) + b"u"
    return writer.text(found)


class Instructions(bytes):
    """Instructions that stand for a value."""


def dictionary(items):
    """Return the instructions that make a dictionary of Flair."""
    made = writer.find("flair.data", "Dictionary") + b")\x81"
    cache = writer.find("collections", "defaultdict") + writer.find("builtins", "int") + b"\x85R"
    state = {
        "idx2item": items,
        "item2idx": {each: number for number, each in enumerate(items)},
        "item2idx_not_encoded": Instructions(cache),
        "add_unk": True,
    }
    return Instructions(made + value(state) + b"b")


def language_model_file(changes=None, before=b""):
    """Return the file of a language model.

    changes  other values of its entries
    before   instructions before its pickle, whose result is dropped
    """
    tensors, storages = arrays_of(SHAPES)
    entries = {"state_dict": tensors, "dictionary": dictionary(ENTRIES), **SETTINGS}
    named = {**entries, **(changes or {}), "other": dictionary(ENTRIES)}
    return writer.zip_file(b"\x80\x04" + before + value(named) + b".", storages)


def tagger_file(changes=None, of_embeddings=None):
    """Return the file of a sequence tagger.

    changes        other values of its entries
    of_embeddings  other values of its one embedding
    """
    prefix = "embeddings.list_embedding_0.lm."
    own = {name: shape for name, shape in SHAPES.items() if not name.startswith("decoder")}
    tensors, storages = arrays_of(
        {**{prefix + name: shape for name, shape in own.items()}, **TAGGER_SHAPES}
    )
    parts = {**SETTINGS, "has_decoder": False, "dictionary": dictionary(ENTRIES)}
    embedding = {"__cls__": "FlairEmbeddings", "tokenized_lm": True, "model_params": parts}
    embedding |= of_embeddings or {}
    named = {
        "state_dict": tensors,
        "embeddings": {"__cls__": "StackedEmbeddings", "embeddings": [embedding]},
        "tag_dictionary": dictionary(TAGS),
        **TAGGER,
        **(changes or {}),
        "other": dictionary(ENTRIES),
    }
    return writer.zip_file(b"\x80\x04" + value(named) + b".", storages)


def arrays_of(shapes):
    """Return the instructions of tensors by name, and the bytes of their storages."""
    random = np.random.default_rng(0)
    parts, storages = {}, {}
    for key, (name, shape) in enumerate(shapes.items()):
        array = random.standard_normal(shape).astype("<f4")
        strides = [each // 4 for each in array.strides]
        held = writer.storage(str(key), array.size)
        parts[name] = Instructions(writer.tensor(held, 0, shape, strides))
        storages[str(key)] = array.tobytes()
    return parts, storages
