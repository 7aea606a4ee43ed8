"""What a tagger is made of, found in its files and compared with each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files import Weights
from chainrule.pretrained.stanza.folder import StanzaFiles
from chainrule.pretrained.stanza.reading import (
    StoredModel,
    StoredTagger,
    read_as,
    read_model,
    read_tagger,
    read_vectors,
)
from chainrule.pretrained.stanza.settings import (
    Config,
    StanzaSettings,
    flag,
    letter_settings,
    whole,
)
from chainrule.pretrained.stanza.vocabulary import Vocabulary, read_tags, read_vocabulary
from chainrule.storage import shown
from chainrule.storage.errors import FormatError

WORD_VECTORS = "word_emb.weight"


@dataclass(frozen=True)
class StanzaParts:
    """The settings of a tagger, and the arrays of each of its files.

    words   those with the vectors of words, None without
    models  those of the language models, forward and backward; empty without
    """

    settings: StanzaSettings
    tagger: Weights
    words: Weights | None
    models: tuple[Weights, ...]


def parts_of(files: StanzaFiles) -> StanzaParts:
    """Return the parts of a tagger.

    Raises PretrainedError for a file that is missing, damaged, of another kind, or that does not
    belong to the others.
    """
    stored = read_tagger(files.tagger)
    with read_as(files.tagger, "a tagger of Stanza"):
        _require_no_transformer(files.tagger, stored.config)
        models = _models(files, stored.config)
        settings = _settings(stored, models)
    _require_letters(files, settings)
    return StanzaParts(
        settings,
        stored.weights,
        _words(files, stored, settings),
        tuple(each.weights for each in models),
    )


def _settings(stored: StoredTagger, models: tuple[StoredModel, ...]) -> StanzaSettings:
    config, width = stored.config, whole(stored.config, "word_emb_dim", least=0)
    letters, tags = _vocabulary(stored, "char"), _tags(stored.vocabularies)
    if letters is None:
        raise FormatError("it has no vocabulary of letters")
    own = _has_letters(config) and not models
    return StanzaSettings(
        word_width=width,
        words=_vocabulary(stored, "word") if width else None,
        added=_vocabulary(stored, "delta") if width else None,
        letters=letters,
        own_letters=letter_settings(config, letters.count) if own else None,
        models=(models[0].settings, models[1].settings) if models else None,
        transforms=flag(config, "input_transform"),
        hidden=whole(config, "hidden_dim"),
        layers=whole(config, "num_layers", most=100),
        tags=tags,
        column=whole(config, "predict_tagset", least=0, most=len(tags) - 1, default=0),
        connected=flag(config, "connect_output_layers"),
        lower=flag(config, "lowercase", default=True),
        small=flag(config, "char_lowercase"),
    )


def _vocabulary(stored: StoredTagger, name: str) -> Vocabulary | None:
    if name not in stored.vocabularies:
        return None
    kind = _kind(stored.vocabularies, name)
    return read_vocabulary(stored.vocabularies[name], kind, f"its vocabulary {name!r}")


def _tags(vocabularies: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    return read_tags(vocabularies.get("tag"), _kind(vocabularies, "tag"), "its vocabulary 'tag'")


def _kind(vocabularies: Mapping[str, Any], name: str) -> str:
    """Return the library's name of the class of a vocabulary."""
    kinds = vocabularies.get("_key2class")
    kind = kinds.get(name) if isinstance(kinds, dict) else None
    if not isinstance(kind, str):
        raise FormatError(f"it does not say of what kind its vocabulary {name!r} is")
    return kind


def _has_letters(config: Config) -> bool:
    return flag(config, "char") and whole(config, "char_emb_dim", least=0) > 0


def _models(files: StanzaFiles, config: Config) -> tuple[StoredModel, ...]:
    """Return the language models, forward and backward; none if the tagger reads none."""
    if not _has_letters(config) or not flag(config, "charlm"):
        return ()
    if files.forward_model is None or files.backward_model is None:
        missing = "forward_charlm" if files.forward_model is None else "backward_charlm"
        raise PretrainedError(
            f"{shown(files.tagger)} reads the outputs of two character language models, but there "
            f"is no {missing}. Copy the file {missing}/NAME.pt beside the folder of the tagger."
        )
    return read_model(files.forward_model, True), read_model(files.backward_model, False)


def _words(files: StanzaFiles, stored: StoredTagger, settings: StanzaSettings) -> Weights | None:
    """Return the word vectors: the tagger's own, or those of the file of vectors."""
    if settings.words is None:
        return None
    if WORD_VECTORS in stored.weights:
        return Weights({WORD_VECTORS: stored.weights.arrays[WORD_VECTORS]})
    if files.vectors is None:
        raise PretrainedError(
            f"{shown(files.tagger)} needs the word vectors that it was trained with, but there is "
            "no file of them. Copy pretrain/NAME.pt beside the folder of the tagger."
        )
    found = read_vectors(files.vectors)
    if found.vocabulary.numbers != settings.words.numbers:
        raise PretrainedError(
            f"{shown(files.vectors)} has vectors of {found.vocabulary.count} words, other ones "
            f"than the {settings.words.count} of {shown(files.tagger)}. Use the file of vectors "
            "that the tagger was trained with."
        )
    return found.weights


def _require_letters(files: StanzaFiles, settings: StanzaSettings) -> None:
    for path, each in zip(
        (files.forward_model, files.backward_model), settings.models or (), strict=False
    ):
        if each.count < settings.letters.count:
            assert path is not None
            raise PretrainedError(
                f"{shown(path)} has {each.count} letters, and {shown(files.tagger)} "
                f"{settings.letters.count}. Use the language models that the tagger was trained "
                "with."
            )


def _require_no_transformer(path: Path, config: Config) -> None:
    if config.get("bert_model") is not None or flag(config, "use_peft"):
        raise PretrainedError(
            f"{shown(path)} reads the outputs of the transformer "
            f"{ascii(config.get('bert_model'))[:100]}, which its file does not hold. Supported "
            "are taggers with character language models or an LSTM along letters."
        )
