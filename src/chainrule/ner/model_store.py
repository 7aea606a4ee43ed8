"""Saving and loading of taggers: a folder with weights as safetensors, all else as JSON."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import chainrule as cr
from chainrule.ner.config_file import (
    FEATURES_SINCE,
    TaggerConfig,
    as_json,
    checksum_of,
    config_of,
    config_text,
    read_config,
)
from chainrule.ner.errors import ModelError
from chainrule.ner.features import ContextualVectors, Lexicon
from chainrule.ner.model_folder import (
    CONFIG,
    ENCODER,
    HISTORY,
    KEY,
    NET,
    VECTORS,
    WEIGHTS,
    WORD_ENCODERS,
    folder_path,
    require_writable,
    unwritable,
)
from chainrule.ner.network import shapes
from chainrule.ner.stored_vectors import WrittenFile, read_stored, write_stored
from chainrule.ner.tagger import Tagger, table_sizes
from chainrule.storage import (
    StorageError,
    read_arrays,
    replace_folder,
    shown,
    standing,
    write_arrays,
    write_atomically,
)
from chainrule.storage.paths import AnyPath
from chainrule.text import Vocabulary, transitions
from chainrule.text.vectors import WordVectors

if TYPE_CHECKING:
    from chainrule.pretrained import PretrainedNetwork

_TRIES = 50
# The beginnings of the paths of the parameters of the first two formats, and of those of today.
_RENAMED = {
    "words.": "vectors.words.",
    "capitals.": "vectors.capitals.",
    "hidden.": "encoder.hidden.",
}


def save(tagger: Tagger, directory: AnyPath, history: Sequence[Mapping[str, float]] = ()) -> None:
    """Write `tagger` to the folder `directory`; an earlier model there is replaced as a whole.

    history  a record per epoch, by name, which is stored with the model

    The new folder is written to the disk before it replaces the old one, so a failure or a killed
    process leaves the old one. Raises ModelError if the folder holds other files or cannot be
    written.
    """
    require_writable(directory)
    try:
        replace_folder(folder_path(directory).resolve(), _writer(tagger, history))
    except (OSError, ValueError) as error:
        raise unwritable(directory, error) from error
    target = folder_path(directory).resolve()
    tagger.vectors_file = WrittenFile.at(target / VECTORS)
    if tagger.lexicon.contextual is not None:
        tagger.encoder_files = _folder_module().written_files(target / WORD_ENCODERS)


def save_history(directory: AnyPath, history: Sequence[Mapping[str, float]]) -> None:
    """Write the history of a finished run into the folder of the model, atomically."""
    text = as_json(list(history))
    write_atomically(folder_path(directory) / HISTORY, lambda file: file.write_bytes(text))


def has_history(directory: AnyPath, history: Sequence[Mapping[str, float]]) -> bool:
    """Return whether the folder holds a model that was saved with this history."""
    path = folder_path(directory) / HISTORY
    return path.is_file() and path.read_bytes() == as_json(list(history))


def load(directory: AnyPath) -> Tagger:
    """Read the tagger that `save` wrote to the folder `directory`.

    If another process replaces the folder meanwhile, the old or the new tagger is returned. If a
    process was killed between the two steps of a replacement, the old tagger is returned, with a
    RuntimeWarning that names its folder.

    Raises ModelError for missing or damaged files, and for files of different models.
    """
    path = folder_path(directory)
    for _ in range(_TRIES):
        place = standing(path)
        before = _identity(place)
        try:
            tagger = _loaded(place)
        except ModelError:
            if before == _identity(standing(path)):
                raise
        else:
            if before == _identity(standing(path)):
                _warn_if_elsewhere(path, place)
                return tagger
    raise ModelError(f"{shown(path)} was replaced each time that it was read. Load it again later.")


def _loaded(directory: Path) -> Tagger:
    config = read_config(directory / CONFIG)
    try:
        lexicon = _lexicon(directory, config)
        net = _net(directory, config)
        arrays = _weights(directory / WEIGHTS, config, lexicon, net)
        rest = config.settings, lexicon, config.tags, config.scheme, config.units
        tagger = Tagger(*rest, net=net)
        tagger.calibration = config.calibration
        tagger.network.load_state(arrays | _state_of_net(tagger))
    except ModelError:
        raise
    except (TypeError, ValueError, OverflowError, cr.ChainruleError) as error:
        raise ModelError(
            f"{shown(directory)} does not hold a usable tagger: {error}. Train it again."
        ) from error
    tagger.network.eval()
    return tagger


def _lexicon(directory: Path, config: TaggerConfig) -> Lexicon:
    transitions(config.tags)
    vocabulary = Vocabulary(config.words, np.array(config.counts, np.int64))
    vectors: WordVectors | None = None
    if config.vectors:
        size = config.settings.word_size
        vectors = read_stored(directory / VECTORS, (config.vectors, size))
    return Lexicon(
        vocabulary,
        config.affixes,
        config.characters,
        vectors,
        config.gazetteer,
        _contextual(directory, config),
        reads_case=config.reads_case,
        reads_neighbours=config.reads_neighbours,
    )


def _contextual(directory: Path, config: TaggerConfig) -> ContextualVectors | None:
    if not config.word_encoders:
        return None
    folder = directory / WORD_ENCODERS
    return ContextualVectors([*_folder_module().read_word_encoders(folder, config.word_encoders)])


def _folder_module() -> Any:
    """Return the module of encoders of words, which is imported where there are such."""
    return import_module("chainrule.ner.word_encoder_folder")


def _net(directory: Path, config: TaggerConfig) -> PretrainedNetwork | None:
    """Return the network of a pretrained encoder; its modules are imported where there is one."""
    if config.encoder is None:
        return None
    folders = import_module("chainrule.ner.encoder_folder")
    folders.require_digests(directory / ENCODER, config.encoder)
    net: PretrainedNetwork = folders.open_encoder(directory / ENCODER, config.settings)
    return net


def _state_of_net(tagger: Tagger) -> dict[str, Any]:
    """Return the values of a pretrained encoder by the paths of the tagger's network."""
    state = tagger.network.state() if tagger.net is not None else {}
    return {path: each for path, each in state.items() if path.startswith(NET)}


def _weights(
    path: Path, config: TaggerConfig, lexicon: Lexicon, net: PretrainedNetwork | None
) -> dict[str, Any]:
    try:
        arrays, metadata = read_arrays(path, _shape_check(path.parent, config, lexicon, net))
    except StorageError as error:
        raise ModelError(
            f"The weights {shown(path)} cannot be read: {error} Train the tagger again."
        ) from error
    if config.checksum is not None and config.checksum != metadata.get(KEY):
        raise ModelError(
            f"{shown(path.parent)} does not hold a usable tagger: {CONFIG} was changed, is damaged "
            f"or belongs to other weights than {WEIGHTS}. Use another copy, or train it again."
        )
    return _renamed(arrays, config)


def _shape_check(
    directory: Path, config: TaggerConfig, lexicon: Lexicon, net: PretrainedNetwork | None
) -> Callable[[Mapping[str, Any]], None]:
    """Return a check of the shapes of the weights against the configuration."""
    wanted = shapes(table_sizes(lexicon), len(config.tags), config.settings, net)

    def check(given: Mapping[str, Any]) -> None:
        found = _renamed(given, config)
        wrong = [f"{name} is missing" for name in wanted if name not in found]
        wrong += [f"{name!a} is unknown" for name in found if name not in wanted]
        wrong += [
            f"{name} has shape {found[name].shape} instead of {shape}"
            for name, shape in wanted.items()
            if name in found and found[name].shape != shape
        ]
        if wrong:
            raise ModelError(
                f"The weights in {shown(directory)} do not fit its {CONFIG}: {'; '.join(wrong)}. "
                "Train the tagger again."
            )

    return check


def _renamed(arrays: Mapping[str, Any], config: TaggerConfig) -> dict[str, Any]:
    """Return arrays by the paths of today."""
    if config.version >= FEATURES_SINCE:
        return dict(arrays)
    return {_path_today(name): each for name, each in arrays.items()}


def _path_today(name: str) -> str:
    for old, new in _RENAMED.items():
        if name.startswith(old):
            return new + name.removeprefix(old)
    return name


def _writer(tagger: Tagger, history: Sequence[Mapping[str, float]]) -> Callable[[Path], None]:
    records = as_json(list(history))

    def write(directory: Path) -> None:
        net = _written_net(tagger, directory / ENCODER)
        config = config_of(tagger, net, _written_encoders(tagger, directory / WORD_ENCODERS))
        text = config_text(config)
        own = _state_of_net(tagger)
        arrays = {path: each for path, each in tagger.network.state().items() if path not in own}
        write_arrays(directory / WEIGHTS, arrays, {KEY: checksum_of(config)})
        if tagger.lexicon.vectors is not None:
            write_stored(directory / VECTORS, tagger.lexicon.vectors, tagger.vectors_file)
        (directory / CONFIG).write_bytes(text)
        (directory / HISTORY).write_bytes(records)

    return write


def _written_net(tagger: Tagger, folder: Path) -> dict[str, str] | None:
    """Write the network of a pretrained encoder as hubs lay it out; return digests of its files."""
    if tagger.net is None:
        return None
    tagger.net.save(folder)
    digests: dict[str, str] = import_module("chainrule.ner.encoder_folder").digests(folder)
    return digests


def _written_encoders(tagger: Tagger, folder: Path) -> list[dict[str, str]]:
    if tagger.lexicon.contextual is None:
        return []
    encoders = tagger.lexicon.contextual.encoders
    found: list[dict[str, str]] = _folder_module().write_word_encoders(
        encoders, folder, tagger.encoder_files
    )
    return found


def _identity(directory: Path) -> tuple[Path, int, int, int] | None:
    """Return an identity of a folder that changes when it is replaced, None without a folder."""
    try:
        state = os.stat(directory)
    except (OSError, ValueError):
        return None
    return directory, state.st_dev, state.st_ino, state.st_ctime_ns


def _warn_if_elsewhere(path: Path, place: Path) -> None:
    if place != path:
        warnings.warn(
            f"{shown(path)} is missing, because a process was stopped while it replaced it. The "
            f"earlier tagger was read from {shown(place)}. Save it to {shown(path)} to restore it.",
            RuntimeWarning,
            stacklevel=3,
        )
