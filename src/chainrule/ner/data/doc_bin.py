"""DocBin, the binary format of spaCy, by spaCy itself."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from chainrule.ner.data.errors import DataError
from chainrule.ner.data.files import content_of
from chainrule.ner.data.joined_words import separator
from chainrule.ner.data.record import Mark, Record
from chainrule.ner.data.tally import Tally
from chainrule.storage import shown, write_atomically
from chainrule.text import Sentence, spans


def read_doc_bin(path: Path, tally: Tally) -> Iterator[Record]:
    """Yield a record per document: its tokens, sentences if it has them, and entities."""
    spacy, content = _spacy(path), content_of(path)
    if not content:
        raise DataError(f"{shown(path)}: the file is empty; give a DocBin of spaCy.")
    try:
        docs = spacy.tokens.DocBin().from_bytes(content).get_docs(spacy.blank("xx").vocab)
        for number, doc in enumerate(docs, 1):
            yield _record(doc, f"{shown(path)}, document {number}")
    except DataError:
        raise
    # Damaged bytes make msgpack, numpy and spaCy raise errors of many kinds.
    except Exception as error:
        raise DataError(
            f"{shown(path)}: this is not a DocBin that spaCy can read: {_first_line(error)}. "
            "Write it again with spacy.tokens.DocBin(docs=docs).to_disk(path)."
        ) from error


def _first_line(error: Exception) -> str:
    if isinstance(error, zlib.error):
        return "the compressed data is damaged"
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _record(doc: Any, place: str) -> Record:
    groups = doc.sents if doc.has_annotation("SENT_START") else [doc]
    sentences = tuple(
        tuple((token.idx, token.idx + len(token.text)) for token in each if token.text)
        for each in groups
    )
    marks = tuple(Mark(each.start_char, each.end_char, each.label_) for each in doc.ents)
    return Record(doc.text, marks, sentences, place)


def write_doc_bin(path: Path, sentences: Iterable[Sentence]) -> None:
    """Write a document per sentence."""
    spacy = _spacy(path)
    vocab = spacy.blank("xx").vocab
    docs = spacy.tokens.DocBin(docs=(_doc(spacy, vocab, each) for each in sentences))
    content: bytes = docs.to_bytes()
    write_atomically(path, lambda file: file.write_bytes(content))


def _doc(spacy: Any, vocab: Any, sentence: Sentence) -> Any:
    count = len(sentence.words)
    spaces = [bool(separator(sentence.words))] * (count - 1) + [False]
    starts = [True] + [False] * (count - 1)
    doc = spacy.tokens.Doc(vocab, words=list(sentence.words), spaces=spaces, sent_starts=starts)
    doc.set_ents(
        [
            spacy.tokens.Span(doc, span.start, span.end, label=span.type)
            for span in spans(sentence.tags)
        ]
    )
    return doc


def _spacy(path: Path) -> Any:
    try:
        import_module("spacy.tokens")
        return import_module("spacy")
    except ImportError as error:
        raise DataError(
            f"{shown(path)}: files of spaCy need spaCy, which is not installed. Run pip install "
            "'chainrule[spacy]', or convert the file elsewhere."
        ) from error
