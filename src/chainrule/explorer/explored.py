"""Opens what a path names: a file of the explorer, a training run, or a tagger with a text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chainrule.explore.live.explorer import Explorer, explore_document
from chainrule.explore.live.live_document import LiveDocument, StoredDocument
from chainrule.explore.page.file import require_html, write_page
from chainrule.explorer.comparison import with_comparison
from chainrule.explorer.errors import ExplorerError
from chainrule.explorer.live_tags import LiveTags
from chainrule.explorer.run_document import run_document
from chainrule.explorer.stored_documents import Document, read_document, without_server
from chainrule.ner import Tagger, load
from chainrule.storage import shown
from chainrule.storage.paths import AnyPath
from chainrule.train.doctor.records.exam_records import NAME as RECORDS

_CONFIG = "config.json"  # of a tagger


def explore(
    path: AnyPath,
    *,
    step: int | None = None,
    other: AnyPath | None = None,
    other_step: int | None = None,
    text: str | None = None,
    word: int | str | None = None,
    tag: str | None = None,
    out: AnyPath | None = None,
    wait: bool | None = None,
) -> Explorer | None:
    """Open a training run, a tagger or a file in the explorer.

    path        the folder given to `cr.train.Doctor`, the folder of a tagger, or a file that
                `Graph.explore` wrote
    step        the step of a run whose graph is shown; None for the latest that was stored
    other       a run or a file to compare with, gate by gate
    other_step  its step
    text        the text to tag, for a tagger
    word        the word of the text, or its number from 0; None for the first word of an entity
    tag         the tag to explore; None for the predicted one
    out         write one file of HTML in place of opening a browser
    wait        see `Graph.explore`
    returns     the open page; None with `out`

    Raises ExplorerError for a path that is none of these, and for what it does not have.
    """
    place = Path(path)
    if out is not None:
        require_html(out)
    if is_tagger(place):
        document = _of_tagger(place, text, word, tag, step is not None or other is not None)
    else:
        _refuse_text(place, text, word, tag)
        document = StoredDocument(_compared(place, step, other, other_step))
    if out is None:
        return explore_document(document, wait)
    write_page(without_server(document.document({})), out)
    return None


def is_tagger(path: Path) -> bool:
    """Return whether a path is the folder of a tagger."""
    return (path / _CONFIG).is_file() and not (path / RECORDS).exists()


def _compared(
    path: Path, step: int | None, other: AnyPath | None, other_step: int | None
) -> Document:
    document = _stored(path, step)
    if other is None:
        return document
    with_what = Path(other)
    second = _stored(with_what, other_step)
    return with_comparison(document, second, *_labels(path, document, with_what, second))


def _labels(path: Path, document: Document, other: Path, second: Document) -> tuple[str, str]:
    """Return what two documents are called: their names, and their titles if these are equal."""
    if path.name != other.name:
        return path.name, other.name
    return str(document["title"]), str(second["title"])


def _stored(path: Path, step: int | None) -> Document:
    """Return the document of a run or of a file."""
    if not path.exists():
        raise ExplorerError(
            f"There is nothing at {shown(path)}. Give the folder of a run or of a tagger, or a "
            "file that graph.explore(path) wrote."
        )
    if path.is_dir() or path.name == RECORDS:
        return run_document(path, step)
    if step is not None:
        raise ExplorerError(f"A step was asked for, and {shown(path)} is a file with one graph.")
    return read_document(path)


def _of_tagger(
    path: Path, text: str | None, word: int | str | None, tag: str | None, has_step: bool
) -> LiveDocument:
    if has_step:
        raise ExplorerError(
            f"{shown(path)} is a tagger, which has no steps and nothing to compare. Give --text."
        )
    if text is None:
        raise ExplorerError(
            f"{shown(path)} is a tagger. Give a text whose tags are explored: --text 'Ada "
            "visited Turin'."
        )
    tagger = load(path)
    words, position = _word_of(tagger, text, word)
    return LiveTags(tagger, words, position, tag)


def _word_of(tagger: Tagger, text: str, word: int | str | None) -> tuple[Sequence[str], int]:
    """Return the sentence of a word, and its place there."""
    sentences = tagger.split(text)
    places = [(words, place) for words in sentences for place in range(len(words))]
    if not places:
        raise ExplorerError("The text has no words. Give a text with words.")
    if word is None:
        tags = tagger.tag(sentences)
        inside = [
            (words, place)
            for words, tagged in zip(sentences, tags, strict=True)
            for place, each in enumerate(tagged)
            if each != "O"
        ]
        return inside[0] if inside else places[0]
    return places[_number(word, places)]


def _number(word: int | str, places: Sequence[tuple[Sequence[str], int]]) -> int:
    if isinstance(word, bool):
        raise ExplorerError(
            f"The word {word} was asked for, a truth value. Give the number of a word, from 0, or "
            "the word itself."
        )
    named = [i for i, (words, place) in enumerate(places) if words[place] == word]
    if named:
        return named[0]
    if isinstance(word, int) or (word.isascii() and word.isdigit()):
        if 0 <= int(word) < len(places):
            return int(word)
        raise ExplorerError(
            f"The word number {word} was asked for, and the last word of the text has the number "
            f"{len(places) - 1}. Give one from 0 on."
        )
    raise ExplorerError(f"The word {word!r} was asked for, and the text has no such word.")


def _refuse_text(path: Path, text: str | None, word: object, tag: str | None) -> None:
    if text is not None or word is not None or tag is not None:
        raise ExplorerError(
            f"A text, word or tag was given, and {shown(path)} is no folder of a tagger. Give the "
            "folder that `chainrule ner train --out` wrote."
        )
