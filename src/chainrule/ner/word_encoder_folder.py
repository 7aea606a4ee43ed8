"""The encoders whose vectors of words are features: opened by path, kept in the model's folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from chainrule.ner.encoder_folder import digests, require_digests
from chainrule.ner.errors import ModelError
from chainrule.ner.stored_vectors import WrittenFile
from chainrule.pretrained import load
from chainrule.pretrained.word_encoder import WordEncoder
from chainrule.storage import shown
from chainrule.storage.paths import AnyPath


def open_word_encoder(path: AnyPath) -> WordEncoder:
    """Return the network of a path whose vectors of words are to be features of a tagger.

    Raises PretrainedError for a path that cannot be read; ModelError for other networks.
    """
    net = load(path)
    if not isinstance(net, WordEncoder):
        raise ModelError(
            f"The network of {shown(path)}, a {type(net).__name__}, gives words no vectors that a "
            "tagger reads as features. Give ELMo, a character language model of Flair, or a folder "
            "of BERT's kind."
        )
    return net


def write_word_encoders(
    encoders: Sequence[WordEncoder], folder: Path, earlier: Sequence[WrittenFile]
) -> list[dict[str, str]]:
    """Write encoders into folders 0, 1, ... of a new folder; return the digests of their files.

    earlier  the files of the same encoders as they were written before: the new files are links to
             them, if nothing has changed them and the file system has links
    """
    folder.mkdir()
    if not _linked(earlier, folder):
        for number, each in enumerate(encoders):
            each.save(folder / str(number))
    return [digests(folder / str(number)) for number in range(len(encoders))]


def written_files(folder: Path) -> tuple[WrittenFile, ...]:
    """Return the files of encoders in a folder, as they are now."""
    found = (WrittenFile.at(each) for each in sorted(folder.glob("*/*")))
    return tuple(each for each in found if each is not None)


def _linked(earlier: Sequence[WrittenFile], folder: Path) -> bool:
    """Return whether earlier files could be linked into a new folder; otherwise it stays empty."""
    if not earlier or not all(each.is_unchanged() for each in earlier):
        return False
    try:
        for each in earlier:
            (folder / each.path.parent.name).mkdir(exist_ok=True)
            os.link(each.path, folder / each.path.parent.name / each.path.name)
    except OSError:  # another file system, or one without links
        for made in folder.iterdir():
            shutil.rmtree(made)
        return False
    return True


def read_word_encoders(folder: Path, wanted: Sequence[Mapping[str, str]]) -> Iterator[WordEncoder]:
    """Yield the encoders of a folder.

    wanted  the digests of the files of each

    Raises ModelError for files that are not those that were saved.
    """
    for number, each in enumerate(wanted):
        require_digests(folder / str(number), dict(each))
        yield open_word_encoder(folder / str(number))
