"""A tokenizer that the package tokenizers runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from chainrule.graph.guard import Guard
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.tokenizer.library import library, refusals
from chainrule.pretrained.tokenizer.protocol import NONE, Encoded, Ids, Mask

_MOST_SEGMENTS = 100


class FastTokenizer:
    """A tokenizer of the package tokenizers, without its own truncation and padding.

    engine       a `tokenizers.Tokenizer`, which this object owns
    special_ids  the ids of special tokens by role

    May be used by several threads, which wait for each other. Raises PretrainedError if texts would
    get special tokens that are not in the vocabulary.
    """

    def __init__(self, engine: Any, special_ids: Mapping[str, int]) -> None:
        engine.no_truncation()
        engine.no_padding()
        self.special_ids = dict(special_ids)
        self.pad_id = self.special_ids.get("pad", 0)
        vocabulary = engine.get_vocab(with_added_tokens=True)
        self.vocab_size = 1 + max(vocabulary.values(), default=-1)
        _require_known(engine, self.vocab_size)
        self._engine = engine
        self._guard = Guard()

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: everything but the lock."""
        return {name: each for name, each in self.__dict__.items() if name != "_guard"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._guard = Guard()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.vocab_size} tokens)"

    def encode_batch(
        self,
        texts: Sequence[str],
        pairs: Sequence[str] | None = None,
        max_length: int | None = None,
    ) -> tuple[Ids, Mask, Ids]:
        """Return ids, mask and segments; see `Tokenizer`."""
        found = self._run(self._engine, _inputs(texts, pairs), max_length, positions=False)
        lengths = [len(each.ids) for each in found]
        ids = _padded((each.ids for each in found), lengths, self.pad_id)
        return ids, _mask(lengths), _padded((each.type_ids for each in found), lengths, 0)

    def encode(
        self,
        texts: Sequence[str],
        pairs: Sequence[str] | None = None,
        max_length: int | None = None,
    ) -> Encoded:
        """Return what `encode_batch` does, and where each token comes from; see `Tokenizer`."""
        return self._encoded(self._run(self._engine, _inputs(texts, pairs), max_length))

    def encode_words(
        self, sentences: Sequence[Sequence[str]], max_length: int | None = None
    ) -> Encoded:
        """Return the tokens of sentences that are given as words; see `Tokenizer`."""
        given = [_text_list(each, "A sentence of words") for each in _listed(sentences)]
        return self._encoded(self._run(self._word_engine, given, max_length))

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """Return the tokens of ids; raises PretrainedError for an id without a token."""
        return [self._token(int(each)) for each in ids]

    def decode(self, ids: Sequence[int], *, special: bool = False) -> str:
        """Return ids as text; raises PretrainedError for an id without a token."""
        given = [int(each) for each in ids]
        self.tokens(given)
        return str(self._engine.decode(given, skip_special_tokens=not special))

    def _token(self, number: int) -> str:
        found = self._engine.id_to_token(number) if 0 <= number < self.vocab_size else None
        if found is None:
            raise PretrainedError(
                f"The token of id {number} was asked for. The vocabulary has ids from 0 to "
                f"{self.vocab_size - 1}, and may have gaps."
            )
        return str(found)

    @cached_property
    def _word_engine(self) -> Any:
        """The tokenizer of words: one of bytes puts a space before each, as in running text."""
        described = json.loads(self._engine.to_str())
        parts = [described.get("pre_tokenizer"), described.get("post_processor")]
        without = [each for each in _all_parts(parts) if each.get("add_prefix_space") is False]
        if not without:
            return self._engine
        for each in without:
            each["add_prefix_space"] = True
        with refusals("The tokenizer cannot encode words"):
            return library().Tokenizer.from_str(json.dumps(described))

    def _run(
        self, engine: Any, given: list[Any], max_length: int | None, positions: bool = True
    ) -> list[Any]:
        """Return the encodings of texts, pairs of texts, or lists of words."""
        run: Callable[..., list[Any]] = (
            engine.encode_batch if positions else engine.encode_batch_fast
        )
        pairs = bool(given) and isinstance(given[0], tuple)
        words = bool(given) and isinstance(given[0], list)
        with self._guard.lock, refusals("These texts cannot be encoded"):
            if max_length is not None:
                _require_length(max_length, engine.num_special_tokens_to_add(pairs))
                engine.enable_truncation(max_length)
            try:
                return run(given, is_pretokenized=words)
            finally:
                engine.no_truncation()

    def _encoded(self, found: list[Any]) -> Encoded:
        lengths = [len(each.ids) for each in found]
        spans = np.zeros((len(found), max(lengths, default=0), 2), np.int32)
        for row, each in enumerate(found):
            spans[row, : len(each.ids)] = np.array(each.offsets, np.int32).reshape(-1, 2)
        return Encoded(
            _padded((each.ids for each in found), lengths, self.pad_id),
            _mask(lengths),
            _padded((each.type_ids for each in found), lengths, 0),
            _padded((_numbers(each.word_ids) for each in found), lengths, NONE),
            spans,
            _padded((_numbers(each.sequence_ids) for each in found), lengths, NONE),
        )


def _require_known(engine: Any, vocab_size: int) -> None:
    """Raise PretrainedError unless the tokens around texts are in the vocabulary."""
    for each in (engine.encode("a"), engine.encode("a", "a")):
        if max(each.ids, default=0) >= vocab_size or max(each.type_ids, default=0) > _MOST_SEGMENTS:
            raise PretrainedError(
                f"The tokenizer gives a text the ids {each.ids} of the segments {each.type_ids}, "
                f"and its vocabulary has ids below {vocab_size}. Its files do not belong "
                "together; use another copy of the folder."
            )


def _numbers(found: Iterable[int | None]) -> list[int]:
    return [NONE if each is None else each for each in found]


def _padded(rows: Iterable[Sequence[int]], lengths: list[int], padding: int) -> Ids:
    table = np.full((len(lengths), max(lengths, default=0)), padding, np.int32)
    with refusals("The tokenizer gives numbers beyond 32 bits"):
        for target, row in zip(table, rows, strict=True):
            target[: len(row)] = row
    return table


def _mask(lengths: list[int]) -> Mask:
    mask: Mask = np.arange(max(lengths, default=0)) < np.array(lengths, int)[:, None]
    return mask


def _all_parts(found: list[Any]) -> list[dict[str, Any]]:
    """Return the parts of a described tokenizer, and the parts of sequences of parts."""
    parts = [each for each in found if isinstance(each, dict)]
    inner = [each.get(name) or [] for each in parts for name in ("pretokenizers", "processors")]
    return parts + [each for some in inner for each in some]


def _inputs(texts: Sequence[str], pairs: Sequence[str] | None) -> list[Any]:
    first = _text_list(texts, "The list of texts")
    if pairs is None:
        return first
    second = _text_list(pairs, "The list of second texts")
    if len(first) != len(second):
        raise PretrainedError(
            f"{len(first)} texts were given with {len(second)} second texts. Give one per text."
        )
    return list(zip(first, second, strict=True))


def _listed(sentences: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    if isinstance(sentences, str):
        raise PretrainedError("A text was given for a list of sentences. Give [['one', 'word']].")
    return list(sentences)


def _text_list(texts: Sequence[str], what: str) -> list[str]:
    """Return texts as a list; raises PretrainedError for anything but Unicode text."""
    if isinstance(texts, str):
        raise PretrainedError(f"{what} was given as one text. Give a list: [text].")
    found = list(texts)
    for each in found:
        if not isinstance(each, str):
            raise PretrainedError(f"{what} has a {type(each).__name__}. Give text only.")
        if not _is_unicode(each):
            raise PretrainedError(f"{what} has {each[:40]!a}, which is not Unicode text.")
    return found


def _is_unicode(text: str) -> bool:
    """Return whether a text has no half of a surrogate pair, which stands for no character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _require_length(max_length: int, special: int) -> None:
    if max_length <= special:
        raise PretrainedError(
            f"At most {max_length} tokens were requested, and the {special} special tokens alone "
            f"need {special}. Give a max_length of at least {special + 1}."
        )
