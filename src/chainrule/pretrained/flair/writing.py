"""The folder of a character language model: config.json and model.safetensors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chainrule.pretrained.flair.characters import CharacterTable
from chainrule.pretrained.flair.settings import LanguageModelSettings
from chainrule.storage import write_arrays, write_atomically
from chainrule.storage.paths import AnyPath

CONFIG, WEIGHTS = "config.json", "model.safetensors"
MODEL_TYPE = "character-language-model"


def write_language_model(
    folder: AnyPath,
    settings: LanguageModelSettings,
    characters: CharacterTable,
    state: Mapping[str, Any],
) -> None:
    """Write the two files into a folder, which is made if it is missing."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    config = {"model_type": MODEL_TYPE, **asdict(settings), "characters": characters.entries}
    text = (json.dumps(config, ensure_ascii=True, indent=1) + "\n").encode()
    write_arrays(target / WEIGHTS, state)
    write_atomically(target / CONFIG, lambda file: file.write_bytes(text))
