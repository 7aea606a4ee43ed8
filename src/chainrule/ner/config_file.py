"""The configuration file of a tagger: JSON, checked before a tagger is built from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

import chainrule as cr
from chainrule.ner.calibration import Calibration, calibration_of
from chainrule.ner.errors import ModelError
from chainrule.ner.features import Affixes, Characters, Gazetteer
from chainrule.ner.settings import FIRST_SETTINGS, Settings, Units
from chainrule.ner.tagger import Tagger
from chainrule.storage import StorageError, read_regular, shown
from chainrule.storage.format import checksum, format_name, version_of
from chainrule.text import Scheme

# Version 1 had no checksum; before version 3, words were the only feature besides capitals; before
# version 4, no feature but the gazetteer depended on the sentence; before version 5, no encoder was
# pretrained; before version 6, no vectors of words were those of encoders.
_FAMILY, _VERSION = "chainrule-ner", 6
FEATURES_SINCE = 3
_SENTENCE_FEATURES_SINCE = 4
_PRETRAINED_SINCE = 5
_WORD_ENCODERS_SINCE = 6
_NO_FEATURES = {"affixes": None, "characters": None, "vectors": 0, "gazetteer": None}
_NO_SENTENCE_FEATURES = {"reads_case": False, "reads_neighbours": False}
_LONGEST = 1 << 27  # bytes: some million words
# The table of tags that may follow each other has an entry per pair.
_MOST_TAGS, _LONGEST_TAG = 5000, 256


@dataclass(frozen=True)
class TaggerConfig:
    """A tagger without its weights and vectors.

    vectors   the number of words with a given vector, 0 without vectors
    encoder   digests of the files of a pretrained network by name, None without one
    word_encoders
              digests of the files, by name, of each encoder whose vectors are features
    calibration
              what corrects confidence, None for uncalibrated taggers, such as earlier ones
    version   of the format
    checksum  of the text, None for version 1
    """

    settings: Settings
    tags: tuple[str, ...]
    scheme: Scheme
    units: Units
    words: tuple[str, ...]
    counts: tuple[int, ...]
    affixes: Affixes | None
    characters: Characters | None
    vectors: int
    gazetteer: Gazetteer | None
    reads_case: bool
    reads_neighbours: bool
    encoder: dict[str, str] | None
    word_encoders: tuple[dict[str, str], ...]
    calibration: Calibration | None
    version: int
    checksum: str | None


def config_of(
    tagger: Tagger,
    encoder: Mapping[str, str] | None = None,
    word_encoders: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """Return a tagger without its weights as JSON values; raises ModelError for too many tags.

    encoder        digests of the files of a pretrained network by name
    word_encoders  the same of each encoder whose vectors are features
    """
    _require_tags(tagger.tags)
    affixes, characters = tagger.lexicon.affixes, tagger.lexicon.characters
    vectors, gazetteer = tagger.lexicon.vectors, tagger.lexicon.gazetteer
    return {
        "format": format_name(_FAMILY, _VERSION),
        "chainrule": cr.__version__,
        "settings": tagger.settings.model_dump(),
        "tags": list(tagger.tags),
        "scheme": tagger.scheme,
        "units": tagger.units,
        "words": list(tagger.vocabulary.words),
        "counts": tagger.vocabulary.counts.tolist(),
        "affixes": None if affixes is None else list(affixes.names),
        "characters": None if characters is None else list(characters.names),
        "vectors": 0 if vectors is None else len(vectors),
        "gazetteer": None if gazetteer is None else [" ".join(each) for each in gazetteer.names],
        "reads_case": tagger.lexicon.reads_case,
        "reads_neighbours": tagger.lexicon.reads_neighbours,
        "encoder": None if encoder is None else dict(encoder),
        "word_encoders": [dict(each) for each in word_encoders],
        "calibration": None if tagger.calibration is None else tagger.calibration.as_dict(),
    }


def config_text(config: Mapping[str, Any]) -> bytes:
    """Return the text of a configuration file; raises ModelError if it is too long."""
    text = as_json(config)
    if len(text) > _LONGEST:
        raise ModelError(
            f"The configuration of the tagger has {len(text)} bytes, and a model directory holds "
            f"at most {_LONGEST}. Use a smaller vocabulary: Vocabulary.from_sentences(..., "
            "min_count)."
        )
    return text


def as_json(content: Any) -> bytes:
    """Return content as the text of a JSON file; raises ModelError if JSON cannot hold it."""
    try:
        return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
    except (TypeError, ValueError) as error:
        raise ModelError(
            f"The model cannot be written as JSON: {error}. Give a history of numbers by name, and "
            "words and tags of Unicode text."
        ) from error


def checksum_of(config: Mapping[str, Any]) -> str:
    """Return the checksum of a configuration, which does not depend on the layout of its text."""
    return checksum([json.dumps(config, ensure_ascii=False, sort_keys=True).encode()])


def read_config(path: Path) -> TaggerConfig:
    """Read a configuration; raises ModelError for missing, damaged and other files."""
    found = _read(path)
    if not isinstance(found, dict) or "format" not in found:
        raise ModelError(f"{shown(path)} is not the configuration of a tagger.")
    try:
        version = version_of(path, found["format"], _FAMILY, _VERSION)
        return _config(found, version)
    except StorageError as error:
        raise ModelError(
            f"{shown(path)} is not the configuration of a tagger that can be read: {error}"
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{shown(path.parent)} does not hold a usable tagger: {error}. Train it again."
        ) from error


def _read(path: Path) -> Any:
    try:
        return json.loads(read_regular(path, _LONGEST).decode())
    except StorageError as error:
        raise ModelError(
            f"No tagger was found in {shown(path.parent)}: {error} "
            "Give the folder that `chainrule ner train --out` wrote."
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ModelError(f"{shown(path)} is damaged: {error}. Train the tagger again.") from error


def _settings(given: Mapping[str, Any]) -> Settings:
    try:
        return Settings(**given)
    except ValidationError as error:
        wrong = (
            f"{'.'.join(map(str, each['loc']))} is {each['input']!r}: {each['msg'].lower()}"
            for each in error.errors()
        )
        raise ValueError(f"of its settings, {'; '.join(wrong)}") from error


def _config(found: Mapping[str, Any], version: int) -> TaggerConfig:
    settings, scheme, units = found["settings"], found["scheme"], found["units"]
    if not isinstance(settings, dict):
        raise TypeError("its settings are not values by name")
    for name, value, choices in (("scheme", scheme, Scheme), ("units", units, Units)):
        if value not in get_args(choices):
            raise ValueError(f"its {name} must be one of {get_args(choices)}, not {value!a}")
    features = found
    if version < FEATURES_SINCE:
        settings, features = {**FIRST_SETTINGS, **settings}, _NO_FEATURES
    if version < _SENTENCE_FEATURES_SINCE:
        features = {**features, **_NO_SENTENCE_FEATURES}
    if version < _PRETRAINED_SINCE:
        features = {**features, "encoder": None}
    if version < _WORD_ENCODERS_SINCE:
        features = {**features, "word_encoders": []}
    tags, words = (_list(found, name, str) for name in ("tags", "words"))
    _require_tags(tags)
    return TaggerConfig(
        settings=_settings(settings),
        tags=tags,
        scheme=scheme,
        units=units,
        words=words,
        counts=_list(found, "counts", int),
        affixes=_table(features, "affixes", Affixes),
        characters=_table(features, "characters", Characters),
        vectors=_count(features, "vectors"),
        gazetteer=_gazetteer(features, units),
        reads_case=_flag(features, "reads_case"),
        reads_neighbours=_flag(features, "reads_neighbours"),
        encoder=_encoder(features["encoder"]),
        word_encoders=_word_encoders(features),
        calibration=calibration_of(found.get("calibration")),
        version=version,
        checksum=checksum_of(found) if version > 1 else None,
    )


def _table(found: Mapping[str, Any], name: str, kind: type[Any]) -> Any:
    return None if found[name] is None else kind(_list(found, name, str))


def _gazetteer(found: Mapping[str, Any], units: Units) -> Gazetteer | None:
    if found["gazetteer"] is None:
        return None
    lines = [each.split(maxsplit=1) for each in _list(found, "gazetteer", str)]
    if any(len(each) != 2 for each in lines):
        raise ValueError("its gazetteer must be a list of types and names")
    return Gazetteer(((kind, name) for kind, name in lines), units)


def _encoder(given: Any) -> dict[str, str] | None:
    if given is None:
        return None
    if not isinstance(given, dict) or not all(_is_digest(*each) for each in given.items()):
        raise TypeError("its encoder must be digests by the names of files")
    return given


def _word_encoders(found: Mapping[str, Any]) -> tuple[dict[str, str], ...]:
    given = found["word_encoders"]
    if not isinstance(given, list):
        raise TypeError("its word_encoders must be a list")
    read = tuple(each for each in map(_encoder, given) if each)
    if len(read) != len(given):
        raise TypeError("its word_encoders must be digests by the names of files")
    return read


def _is_digest(name: Any, digest: Any) -> bool:
    return type(digest) is str and Path(name).name == name


def _flag(found: Mapping[str, Any], name: str) -> bool:
    if type(found[name]) is not bool:
        raise TypeError(f"its {name} must be true or false")
    return bool(found[name])


def _count(found: Mapping[str, Any], name: str) -> int:
    count = found[name]
    if type(count) is not int or count < 0:
        raise TypeError(f"its {name} must be a number of words")
    return count


def _list(found: Mapping[str, Any], name: str, kind: type) -> tuple[Any, ...]:
    entries = found[name]
    if not isinstance(entries, list) or not all(type(each) is kind for each in entries):
        raise TypeError(f"its {name} must be a list of {kind.__name__}")
    return tuple(entries)


def _require_tags(tags: Sequence[str]) -> None:
    if len(tags) > _MOST_TAGS or max(map(len, tags), default=0) > _LONGEST_TAG:
        raise ModelError(
            f"A model directory holds at most {_MOST_TAGS} tags of {_LONGEST_TAG} characters, and "
            f"this tagger has {len(tags)}, the longest of {max(map(len, tags))}. Use fewer entity "
            "types, with shorter names."
        )
