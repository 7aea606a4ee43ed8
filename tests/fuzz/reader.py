"""What is attacked: a reader of files, and how its cases are judged."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import chainrule as cr

from .limits import limited
from .mutations import Mutation


@dataclass(frozen=True)
class Reader:
    """A reader of a file in a folder.

    prepare  writes valid files into an empty folder, once
    file     the one among them that is damaged
    mutate   how it is damaged
    read     reads the folder; may raise ChainruleError, having changed nothing: if something else
             is to stay as it was, `read` raises AssertionError where it did not
    """

    prepare: Callable[[Path], object]
    file: str
    mutate: Mutation
    read: Callable[[Path], object]


def prepared(reader: Reader, folder: Path) -> bytes:
    """Fill a folder, and return the valid content of the file that will be damaged."""
    reader.prepare(folder)
    reader.read(folder)
    return (folder / reader.file).read_bytes()


def attack(reader: Reader, folder: Path, valid: bytes, seed: int) -> bool:
    """Damage the file as the seed says, and return whether it was read nevertheless.

    Whatever is raised but ChainruleError, and whatever needs much time or memory, goes through.
    """
    (folder / reader.file).write_bytes(reader.mutate(valid, Random(seed)))
    with limited():
        try:
            reader.read(folder)
        except cr.ChainruleError as error:
            str(error).encode()
            return False
    return True
