"""How words get in: column files, tag schemes, plain text, vocabularies and windows."""

from chainrule.text.capitals import CAPITALS, capital_ids
from chainrule.text.conll import ConllError, Sentence, read_conll, write_conll
from chainrule.text.tags import (
    OUTSIDE,
    Scheme,
    Span,
    TagError,
    Transitions,
    encode,
    is_tag,
    rewritten,
    scheme_of,
    spans,
    transitions,
)
from chainrule.text.tokens import tokenize
from chainrule.text.vocabulary import (
    PADDING,
    PADDING_ID,
    UNKNOWN,
    UNKNOWN_ID,
    Vocabulary,
    normalise,
)
from chainrule.text.windows import flat_windows, window_ids

__all__ = [
    "CAPITALS",
    "OUTSIDE",
    "PADDING",
    "PADDING_ID",
    "UNKNOWN",
    "UNKNOWN_ID",
    "ConllError",
    "Scheme",
    "Sentence",
    "Span",
    "TagError",
    "Transitions",
    "Vocabulary",
    "capital_ids",
    "encode",
    "flat_windows",
    "is_tag",
    "normalise",
    "read_conll",
    "rewritten",
    "scheme_of",
    "spans",
    "tokenize",
    "transitions",
    "window_ids",
    "write_conll",
]
