"""Text: column files, tag schemes, sentences, tokens, vocabularies, windows, entity scores."""

from chainrule.text.capitals import CAPITALS, capital_ids
from chainrule.text.conll import ConllError, read_conll, write_conll
from chainrule.text.graphemes import graphemes
from chainrule.text.scoring import Score, TypeScore, score
from chainrule.text.sentence import (
    Sentence,
    SentenceError,
    require_labelled,
    require_sentences,
    require_text,
    require_words,
)
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
    VocabularyError,
    normalise,
)
from chainrule.text.word_windows import flat_windows, window_ids

__all__ = [
    "CAPITALS",
    "OUTSIDE",
    "PADDING",
    "PADDING_ID",
    "UNKNOWN",
    "UNKNOWN_ID",
    "ConllError",
    "Scheme",
    "Score",
    "Sentence",
    "SentenceError",
    "Span",
    "TagError",
    "Transitions",
    "TypeScore",
    "Vocabulary",
    "VocabularyError",
    "capital_ids",
    "encode",
    "flat_windows",
    "graphemes",
    "is_tag",
    "normalise",
    "read_conll",
    "require_labelled",
    "require_sentences",
    "require_text",
    "require_words",
    "rewritten",
    "scheme_of",
    "score",
    "spans",
    "tokenize",
    "transitions",
    "window_ids",
    "write_conll",
]
