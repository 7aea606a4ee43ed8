"""What is no sequence of words is refused with a sentence, by every function that takes words."""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule import ChainruleError
from chainrule.text import (
    Sentence,
    SentenceError,
    Vocabulary,
    capital_ids,
    require_labelled,
    require_sentences,
    require_words,
    rewritten,
    scheme_of,
    score,
    spans,
    transitions,
    write_conll,
)

VOCABULARY = Vocabulary.from_sentences([["Paris"]])

# Each takes the words (or tags) of one sentence, or sentences of them.
OF_WORDS: dict[str, Callable[[Any], Any]] = {
    "require_words": lambda words: require_words(words, "The sentence"),
    "Vocabulary.ids": VOCABULARY.ids,
    "capital_ids": capital_ids,
    "spans": spans,
    "transitions": transitions,
    "rewritten": lambda tags: rewritten(tags, "IOB2"),
    "Sentence words": lambda words: Sentence(words, ("O",)),
    "Sentence tags": lambda tags: Sentence(("a",), tags),
}
OF_SENTENCES: dict[str, Callable[[Any], Any]] = {
    "require_sentences": require_sentences,
    "Vocabulary.from_sentences": Vocabulary.from_sentences,
    "scheme_of": scheme_of,
    "score gold": lambda gold: score(gold, [["O"]]),
    "score predicted": lambda predicted: score([["O"]], predicted),
}
NO_WORDS = {
    "str": "Paris is",
    "bytes": b"Paris",
    "None": None,
    "number": 3,
    "dict": {"Paris": "B-LOC"},
    "set": {"Paris"},
    "bytes inside": [b"Paris"],
    "None inside": ["O", None],
    "number inside": ["O", 2.5],
    "too deep": [["O"]],
    "array of numbers": np.arange(3),
    "array without axis": np.array("Paris"),
    "two axes": np.array([["O", "O"]]),
    "Sentence": Sentence(("Paris",), ("O",)),
}


@pytest.mark.parametrize("kind", NO_WORDS)
@pytest.mark.parametrize("name", OF_WORDS)
def test_what_is_no_sequence_of_words_is_refused(name: str, kind: str) -> None:
    with pytest.raises(SentenceError, match=r"(which is of the type|has ).*\. (Give|It would)"):
        OF_WORDS[name](NO_WORDS[kind])


@pytest.mark.parametrize("kind", NO_WORDS)
@pytest.mark.parametrize("name", OF_SENTENCES)
def test_what_is_no_sentence_among_sentences_is_refused(name: str, kind: str) -> None:
    with pytest.raises(SentenceError, match="which is of the type"):
        OF_SENTENCES[name]([["O"], NO_WORDS[kind]])


@pytest.mark.parametrize("name", OF_SENTENCES)
@pytest.mark.parametrize("given", ["Paris is", ["Paris", "is"], b"x", None, 3, {"a": ["O"]}])
def test_what_is_no_list_of_sentences_is_refused(name: str, given: object) -> None:
    with pytest.raises(SentenceError):
        OF_SENTENCES[name](given)


def test_the_message_says_where_and_what_to_do() -> None:
    with pytest.raises(SentenceError) as caught:
        require_sentences([["Ada"], "Paris is"])
    assert str(caught.value) == (
        "Sentence 1 (counted from 0) is 'Paris is', which is of the type str. It would be read "
        "character by character; split it with chainrule.text.tokenize, or put it in a list."
    )
    with pytest.raises(SentenceError, match=r"Sentence 0 .* has None, .* at position 1 \(counted"):
        require_sentences([["Ada", None]])  # type: ignore[list-item]


def test_the_error_is_of_every_kind_that_one_may_expect() -> None:
    assert issubclass(SentenceError, ChainruleError)
    assert issubclass(SentenceError, TypeError)
    assert issubclass(SentenceError, ValueError)


@pytest.mark.parametrize(
    "words",
    [
        ["Paris", "is"],
        ("Paris", "is"),
        np.array(["Paris", "is"]),
        np.array(["Paris", "is"], object),
        deque(["Paris", "is"]),
        [np.str_("Paris"), "is"],
    ],
)
def test_every_sequence_of_words_is_taken(words: Any) -> None:
    assert list(require_words(words, "")) == ["Paris", "is"]
    assert list(require_words(iter(words), "")) == ["Paris", "is"]
    assert [list(each) for each in require_sentences(iter([words, []]))] == [["Paris", "is"], []]


def test_an_array_of_two_axes_is_a_list_of_sentences() -> None:
    found = require_sentences(np.array([["Paris", "is"], ["It", "rains"]]))
    assert [list(each) for each in found] == [["Paris", "is"], ["It", "rains"]]


@pytest.mark.parametrize("given", [[["a"]], "text", None, [Sentence(("a",), ("O",)), ("a",)]])
def test_what_is_no_labelled_sentence_is_refused(given: Any, tmp_path: Path) -> None:
    with pytest.raises(SentenceError, match="abelled sentence"):
        require_labelled(given)
    with pytest.raises(SentenceError, match="abelled sentence"):
        write_conll(tmp_path / "x", given)
    assert not (tmp_path / "x").exists()
