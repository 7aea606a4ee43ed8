"""Column files and vocabularies in trouble: sentences of the project, at once."""

import os
import threading

import numpy as np
import pytest

import chainrule as cr
from chainrule.text import (
    PADDING,
    UNKNOWN,
    ConllError,
    Sentence,
    TagError,
    Vocabulary,
    VocabularyError,
    read_conll,
    write_conll,
)

SENTENCES = [Sentence(("Ada", "ran"), ("B-PER", "O"))]
posix = pytest.mark.skipif(os.name != "posix", reason="pipes are those of POSIX systems")


def test_errors_of_texts_are_errors_of_the_project():
    for kind in (ConllError, TagError, VocabularyError):
        assert issubclass(kind, cr.ChainruleError)
        assert issubclass(kind, ValueError)


@posix
def test_a_pipe_without_a_writer_raises_an_error(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConllError, match=r"is a pipe that no process writes to\. Name a file"):
        read_conll(tmp_path / "pipe")


@posix
@pytest.mark.parametrize(
    "parts", [[b"Ada\tB-PER\n"], [b"A", b"da\t", b"B-PER\n" * 1 + b"x\tO\n" * 50_000]]
)
def test_a_pipe_is_read_to_its_end_as_shells_give_it(parts):
    reading, writing = os.pipe()
    path = f"/dev/fd/{reading}"

    def write():
        with open(writing, "wb", buffering=0) as pipe:
            for each in parts:
                pipe.write(each)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        found = read_conll(path)
    finally:
        thread.join()
        os.close(reading)
    assert found[0].words[0] == "Ada"
    assert len(found[0].words) == b"".join(parts).count(b"\n")


@pytest.mark.parametrize(
    "name", ["nul\0", "half \ud800", "x" * 300, "loop", "file/below"], ids=ascii
)
def test_odd_names_raise_printable_errors(tmp_path, name):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "file").write_text("")
    for use in (read_conll, lambda path: write_conll(path, SENTENCES)):
        with pytest.raises(ConllError) as raised:
            use(tmp_path / name)
        assert str(raised.value).encode()


@posix
def test_a_name_that_is_not_unicode_can_be_printed(tmp_path):
    path = os.fsencode(tmp_path) + b"/caf\xe9.conll"
    with open(path, "wb") as file:
        file.write(b"Ada\n")
    with pytest.raises(ConllError, match=r"caf\\udce9\.conll', line 1: ") as raised:
        read_conll(os.fsdecode(path))
    assert str(raised.value).encode()


def test_a_sparse_giant_is_not_read(tmp_path):
    (tmp_path / "data.conll").write_bytes(b"")
    os.truncate(tmp_path / "data.conll", 2**43)
    with pytest.raises(ConllError, match="is larger than memory"):
        read_conll(tmp_path / "data.conll")


WORDS = (PADDING, UNKNOWN, "ada", "ran")
COUNTS = [0, 0, 3, 3]
ODD = {
    "nothing": ((), []),
    "words that are text": (PADDING, COUNTS),
    "words that are a number": (3, COUNTS),
    "words that are none": (None, COUNTS),
    "words by name": (dict.fromkeys(WORDS), COUNTS),
    "words that are numbers": ((PADDING, UNKNOWN, 1, 2), COUNTS),
    "words that are lists": ((PADDING, UNKNOWN, ["ada"], "ran"), COUNTS),
    "words that are bytes": ((PADDING, UNKNOWN, b"ada", "ran"), COUNTS),
    "no markers": (("ada", "ran"), [3, 3]),
    "markers in the wrong order": ((UNKNOWN, PADDING, "ada", "ran"), COUNTS),
    "a word twice": ((*WORDS[:3], "ada"), COUNTS),
    "a word in capitals": ((*WORDS[:3], "RAN"), COUNTS),
    "a word with digits": ((*WORDS[:3], "1996"), COUNTS),
    "no counts": (WORDS, None),
    "counts that are text": (WORDS, "0033"),
    "counts that are floats": (WORDS, [0.0, 0.0, 3.5, 3.0]),
    "counts that are bools": (WORDS, [False, False, True, True]),
    "counts that are none": (WORDS, [0, 0, None, 3]),
    "counts that are not finite": (WORDS, [0, 0, float("nan"), 3]),
    "counts beyond 64 bits": (WORDS, [0, 0, 10**40, 3]),
    "counts beyond a sign": (WORDS, np.array([0, 0, 2**64 - 1, 3], np.uint64)),
    "negative counts": (WORDS, [0, 0, -3, 3]),
    "too few counts": (WORDS, [0, 0, 3]),
    "counts in two axes": (WORDS, [COUNTS]),
    "counts in a ragged list": (WORDS, [[0], [0, 3]]),
}


@pytest.mark.parametrize(("words", "counts"), ODD.values(), ids=ODD)
def test_what_is_no_vocabulary_is_an_error_of_the_project(words, counts):
    with pytest.raises(cr.ChainruleError) as raised:
        Vocabulary(words, counts)
    assert isinstance(raised.value, ValueError)


@pytest.mark.parametrize("least", [0, -1, 1.5, "2", None])
def test_the_smallest_count_is_an_integer(least):
    with pytest.raises(VocabularyError, match="min_count is the smallest count"):
        Vocabulary.from_sentences([["ada"]], least)
