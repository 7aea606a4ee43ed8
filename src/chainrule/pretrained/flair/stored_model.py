"""Character language models from files: Flair's, and the folder that `save` writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.families.config_values import count, rate, word
from chainrule.pretrained.files.json_file import read_json
from chainrule.pretrained.files.names import listed
from chainrule.pretrained.files.safetensors_file import safetensors_arrays
from chainrule.pretrained.files.torch.tensors import TorchTensor
from chainrule.pretrained.files.torch.torch_file import TorchFile
from chainrule.pretrained.files.weights import StoredArray
from chainrule.pretrained.flair.characters import LINE_END, CharacterTable
from chainrule.pretrained.flair.dictionaries import entries_of
from chainrule.pretrained.flair.language_model import CharacterLanguageModel
from chainrule.pretrained.flair.settings import LanguageModelSettings
from chainrule.pretrained.flair.writing import CONFIG, WEIGHTS
from chainrule.storage import require_memory, shown

_LARGEST_CONFIG = 16_000_000  # bytes: a table of some hundred thousand characters
_MOST_LAYERS = 64
Arrays = Mapping[str, StoredArray]


def read_folder(folder: Path, random: np.random.Generator) -> CharacterLanguageModel:
    """Return the language model of a folder that `CharacterLanguageModel.save` wrote."""
    config = read_json(folder / CONFIG, _LARGEST_CONFIG)
    entries = config.get("characters")
    if not isinstance(entries, list) or not all(isinstance(each, str) for each in entries):
        raise PretrainedError(
            f"{shown(folder / CONFIG)} has no list of characters. Use another copy of the folder."
        )
    arrays = safetensors_arrays(folder / WEIGHTS)
    return filled(folder, settings_of(config), CharacterTable(entries), arrays, random)


def of_file(path: Path, found: TorchFile, random: np.random.Generator) -> CharacterLanguageModel:
    """Return the language model of a file of Flair that was opened."""
    value = found.value
    arrays = arrays_of(path, value.get("state_dict"), found)
    characters = CharacterTable(
        entries_of(value.get("dictionary"), f"In {shown(path)}, dictionary")
    )
    return filled(path, settings_of_flair(value), characters, arrays, random)


def arrays_of(path: Path, state: Any, found: TorchFile) -> dict[str, StoredArray]:
    """Return the arrays of a state dict inside of a file; raises PretrainedError for others."""
    if not isinstance(state, dict) or not state:
        raise PretrainedError(f"{shown(path)} has no state_dict. Use another copy of the file.")
    wrong = [
        f"{ascii(name)[:200]}: {type(each).__name__}"
        for name, each in state.items()
        if not isinstance(name, str) or not isinstance(each, TorchTensor)
    ]
    if wrong:
        raise PretrainedError(
            f"The state_dict of {shown(path)} has entries that are no tensors by name. Use another "
            f"copy of the file.\n{listed(wrong)}"
        )
    return {name: found.array(each) for name, each in state.items()}


def settings_of_flair(found: Mapping[Any, Any]) -> LanguageModelSettings:
    """Return the settings of a language model by Flair's names; older files lack the last ones."""
    kind = word(found, "recurrent_type", "lstm")
    if kind.lower() != "lstm":
        raise PretrainedError(
            f"The language model has recurrent layers of the type {ascii(kind)[:80]}. Only LSTM is "
            "supported: use a model with it."
        )
    return settings_of(
        {
            "forward": found.get("is_forward_lm"),
            "embedding": found.get("embedding_size"),
            "hidden": found.get("hidden_size"),
            "layers": found.get("nlayers"),
            "projected": found.get("nout"),
            "delimiter": found.get("document_delimiter", LINE_END),
            "dropout": found.get("dropout", 0.0),
            "decodes": found.get("has_decoder", True),
        }
    )


def settings_of(config: Mapping[str, Any]) -> LanguageModelSettings:
    """Return settings by our names; raises PretrainedError for values that are none."""
    for name in ("forward", "decodes"):
        if not isinstance(config.get(name), bool):
            raise PretrainedError(
                f"The language model has {name} {config.get(name)!r:.80}; it is true or false. Use "
                "another copy of it."
            )
    projected = config.get("projected")
    layers = count(config, "layers", 0)
    if layers > _MOST_LAYERS:
        raise PretrainedError(f"The language model has {layers} layers, more than {_MOST_LAYERS}.")
    return LanguageModelSettings(
        forward=bool(config["forward"]),
        embedding=count(config, "embedding", 0),
        hidden=count(config, "hidden", 0),
        layers=layers,
        projected=None if projected is None else count(config, "projected", 0),
        delimiter=word(config, "delimiter", LINE_END),
        dropout=min(rate(config, "dropout", 0.0), 0.999),
        decodes=bool(config["decodes"]),
    )


def shapes_of(settings: LanguageModelSettings, characters: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the parameters by their names, which are those of Flair."""
    gates, shapes = 4 * settings.hidden, {"encoder.weight": (characters, settings.embedding)}
    named: dict[str, tuple[int, ...]] = {**shapes}
    for layer in range(settings.layers):
        entering = settings.hidden if layer else settings.embedding
        named[f"rnn.weight_ih_l{layer}"] = (gates, entering)
        named[f"rnn.weight_hh_l{layer}"] = (gates, settings.hidden)
        named |= {f"rnn.bias_{part}_l{layer}": (gates,) for part in ("ih", "hh")}
    if settings.projected is not None:
        named["proj.weight"] = (settings.projected, settings.hidden)
        named["proj.bias"] = (settings.projected,)
    if settings.decodes:
        named["decoder.weight"] = (characters, settings.width)
        named["decoder.bias"] = (characters,)
    return named


def filled(
    path: Path,
    settings: LanguageModelSettings,
    characters: CharacterTable,
    arrays: Arrays,
    random: np.random.Generator,
) -> CharacterLanguageModel:
    """Return a language model with the weights of a file, in inference mode.

    Nothing is allocated before all names, shapes and dtypes fit.
    """
    require_shapes(path, shapes_of(settings, len(characters)), arrays)
    net = CharacterLanguageModel(characters, settings, random)
    net.load_state({name: each.read() for name, each in arrays.items()})
    net.eval()
    return net


def require_shapes(path: Path, wanted: Mapping[str, tuple[int, ...]], found: Arrays) -> None:
    """Raise PretrainedError, with all differences, unless a file has these float arrays."""
    wrong = [f"{name} is missing" for name in wanted if name not in found]
    wrong += [f"{ascii(name)[:200]} is unknown" for name in found if name not in wanted]
    for name, shape in wanted.items():
        if name in found and found[name].shape != shape:
            wrong.append(f"{name} has the shape {found[name].shape} instead of {shape}")
        elif name in found and found[name].dtype != np.float32:
            wrong.append(f"{name} is of {found[name].dtype} instead of float32")
    if wrong:
        raise PretrainedError(
            f"The weights of {shown(path)} do not fit its settings. Use another copy.\n"
            f"{listed(wrong)}"
        )
    require_memory(4 * sum(int(np.prod(shape)) for shape in wanted.values()))
