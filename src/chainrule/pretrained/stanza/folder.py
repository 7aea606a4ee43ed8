"""The files of a tagger in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.hub_folder import file_in
from chainrule.storage import printable, shown

ROLES = {
    "ner": "nertagger.pt",
    "pretrain": "pretrain.pt",
    "forward_charlm": "forward_charlm.pt",
    "backward_charlm": "backward_charlm.pt",
}


@dataclass(frozen=True)
class StanzaFiles:
    """The files of a tagger; those that it may do without are None if they are not there."""

    tagger: Path
    vectors: Path | None
    forward_model: Path | None
    backward_model: Path | None


def holds_tagger(folder: Path) -> bool:
    """Return whether a folder has a file with the name or in the place of a tagger."""
    try:
        return folder.is_dir() and bool(_names(folder, "ner"))
    except OSError:
        return False


def files_of(folder: Path) -> StanzaFiles:
    """Return the files of a folder.

    They are one file each in the folders ner, pretrain, forward_charlm and backward_charlm, as
    Stanza keeps them for a language, or side by side with names that end as those that Stanza gives
    them: nertagger.pt, pretrain.pt, forward_charlm.pt, backward_charlm.pt.

    Raises PretrainedError for several files for one part.
    """
    found = {role: _only(folder, role) for role in ROLES}
    tagger = found["ner"]
    assert tagger is not None
    return StanzaFiles(tagger, *(found[role] for role in ROLES if role != "ner"))


def _only(folder: Path, role: str) -> Path | None:
    names = _names(folder, role)
    if len(names) > 1:
        raise PretrainedError(
            f"{shown(folder)} has several files for {role}: {', '.join(map(printable, names))}. "
            "Leave the ones that belong together, or copy those into a folder."
        )
    return file_in(folder, names[0]) if names else None


def _names(folder: Path, role: str) -> list[str]:
    """Return the names of files for a part, the folder of the part first."""
    inside = folder / role
    if inside.is_dir():
        found = sorted(each.name for each in inside.iterdir() if each.suffix == ".pt")
        return [f"{role}/{name}" for name in found]
    return sorted(each.name for each in folder.iterdir() if each.name.endswith(ROLES[role]))
