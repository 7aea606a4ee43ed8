"""Text flows through `tag`: as it comes, in bounded memory, and quietly when the reader leaves."""

import io
import os
import subprocess
import sys
import tracemalloc

import pytest
from typer.testing import CliRunner

from chainrule import ChainruleError
from chainrule.cli import app, stream
from chainrule.ner import Settings, Tagger, load, save
from chainrule.text import Sentence, tokenize
from chainrule.text.numbered_text import NumberingTokenizer

COMMAND = [sys.executable, "-c", "from chainrule.cli import app; app()", "ner", "tag", "--model"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    corpus = [Sentence(("Ada", "ran", "."), ("B-PER", "O", "O"))] * 3
    folder = tmp_path_factory.mktemp("stream") / "model"
    save(Tagger.for_corpus(corpus, Settings(window=1, hidden=4, word_size=4)), folder)
    return folder


def tagged(model, *options, stdin=None):
    result = CliRunner().invoke(app, ["ner", "tag", "--model", str(model), *options], input=stdin)
    assert result.exit_code == 0, result.output
    return result.output


def pieces_of(content, monkeypatch, at_once):
    monkeypatch.setattr(stream, "_READ_AT_ONCE", at_once)
    monkeypatch.setattr(stream.sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    return list(stream.pieces(None))


TEXT = "José ran.\r\nTürkiye 한국\n\n😀🇩🇪 x\rlast line without end"


@pytest.mark.parametrize("at_once", [1, 2, 3, 7, 1000])
def test_pieces_are_whole_lines_and_joined_the_text(monkeypatch, at_once):
    for mark in (b"", b"\xef\xbb\xbf"):
        found = pieces_of(mark + TEXT.encode(), monkeypatch, at_once)
        assert "".join(found) == TEXT
        assert all(piece.endswith(("\n", "\r")) for piece in found[:-1])
    assert "".join(pieces_of(b"", monkeypatch, at_once)) == ""


@pytest.mark.parametrize("at_once", [1, 3, 5, 1000])
@pytest.mark.parametrize(
    ("content", "line", "before"),
    [(b"a\n\xc3\xa9\ncaf\xe9\nb\n", 3, "a\né\n"), (b"a\nb\xc3", 2, "a\n"), (b"\xff", 1, "")],
)
def test_a_byte_that_is_not_utf8_is_named_after_the_lines_before_it(
    monkeypatch, at_once, content, line, before
):
    monkeypatch.setattr(stream, "_READ_AT_ONCE", at_once)
    monkeypatch.setattr(stream.sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    found = []
    with pytest.raises(ChainruleError, match=f"standard input, line {line}, is not UTF-8"):
        found.extend(stream.pieces(None))
    assert "".join(found) == before


def test_a_line_without_end_is_split_at_a_space(monkeypatch):
    monkeypatch.setattr(stream, "_LONGEST_LINE", 20)
    found = pieces_of(b"word " * 30, monkeypatch, 8)
    assert "".join(found) == "word " * 30
    assert max(map(len, found)) < 40
    assert all(piece.endswith(" ") for piece in found if piece)


def test_a_line_without_end_and_without_spaces_is_split_anywhere(monkeypatch):
    monkeypatch.setattr(stream, "_LONGEST_LINE", 20)
    found = pieces_of("巴".encode() * 100, monkeypatch, 9)
    assert "".join(found) == "巴" * 100
    assert max(map(len, found)) <= 2 * 20 + 3


def test_memory_does_not_grow_with_the_text(tmp_path):
    path = tmp_path / "long.txt"
    path.write_bytes(b"Ada Lovelace ran through the garden.\n" * 400_000)
    tracemalloc.start()
    size = sum(len(piece) for piece in stream.pieces(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == path.stat().st_size
    assert peak < size / 5


@pytest.mark.parametrize("at_once", [1, 50, 10_000])
@pytest.mark.parametrize("form", ["columns", "conll", "brackets"])
def test_what_is_printed_does_not_depend_on_the_pieces(model, monkeypatch, at_once, form):
    text = "Ada ran. Ada ran off.\nMr. Ada\n\nran.\n" * 6
    whole = tagged(model, "--format", form, text)
    monkeypatch.setattr(stream, "_READ_AT_ONCE", at_once)
    assert tagged(model, "--format", form, stdin=text) == whole


TRICKY = {
    "empty lines": "Ada ran.\n\n\n \nAda\n",
    "column files": "-DOCSTART- -X- O O\n\n# comment\nAda NNP\n",
    "other ends of lines": "Ada ran.\r\nMr. Ada\rran\u2028off\x0bAda",
    "no end of the last line": "Ada ran. Ada",
    "letters of many scripts": "José e\u0301 한국 서울은. 그는 彼は。終 😀🇩🇪 \ufeffx\n",
    "periods of words": "J. Ada (U.S.) ran in Jan. 5. So do I. Then (it) ran.)\n",
    "a long sentence": "Ada ran , " * 3000 + "\nAda ran.\n",
    "many different words": " ".join(f"w{number}" for number in range(5000)) + "\nAda ran.\n",
    "a long word": "x" * 3000 + " Ada\n",
}


@pytest.mark.parametrize("at_once", [64, 4096, 1 << 18])
@pytest.mark.parametrize("text", TRICKY.values(), ids=TRICKY)
def test_a_file_has_the_tags_of_its_sentences_one_by_one(
    model, tmp_path, monkeypatch, text, at_once
):
    tagger = load(model)
    words = tagger.split(text.removeprefix("\ufeff"), lines=True)
    wanted = "".join(
        "".join(f"{word}\t{tag}\n" for word, tag in zip(each, *tagger.tag([each]), strict=True))
        + "\n"
        for each in words
    )
    path = tmp_path / "text"
    path.write_bytes(text.encode())
    monkeypatch.setattr(stream, "_READ_AT_ONCE", at_once)
    assert tagged(model, "--lines", "--file", str(path)) == wanted
    assert tagger.columns(words) == wanted


def test_what_is_asked_is_never_held_whole(model, tmp_path, monkeypatch):
    sizes = []
    tokenized = NumberingTokenizer.__call__

    def counted(tokenizer, text):
        sizes.append(len(text))
        return tokenized(tokenizer, text)

    monkeypatch.setattr(NumberingTokenizer, "__call__", counted)
    path = tmp_path / "text"
    path.write_text("Ada ran.\n" * 100_000)
    tagged(model, "--lines", "--file", str(path))
    assert sum(sizes) == 900_000
    assert max(sizes) <= stream._READ_AT_ONCE + len("Ada ran.\n")


@pytest.mark.parametrize("at_once", [1, 2, 3, 7, 1000])
def test_pieces_of_wrapped_text_end_with_blank_lines(monkeypatch, at_once):
    text = "Ada\r\nran.\r\n\r\nTurin\n \t\n\n\nwas\rthere\r\r\nno blank line\nbehind"
    monkeypatch.setattr(stream, "_READ_AT_ONCE", at_once)
    monkeypatch.setattr(stream.sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    found = list(stream.pieces(None, lines=False))
    assert "".join(found) == text
    sentences = [words for piece in found for words in tokenize(piece, lines=False)]
    assert sentences == tokenize(text, lines=False)
    assert len(found) > 1


def test_a_paragraph_without_end_is_split_at_a_line_end(monkeypatch):
    monkeypatch.setattr(stream, "_LONGEST_LINE", 20)
    monkeypatch.setattr(stream, "_READ_AT_ONCE", 8)
    content = b"a line\n" * 30
    monkeypatch.setattr(stream.sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    found = list(stream.pieces(None, lines=False))
    assert "".join(found) == content.decode()
    assert max(map(len, found)) < 40
    assert all(piece.endswith("\n") for piece in found if piece)


def started(model, *options, **streams):
    return subprocess.Popen([*COMMAND, str(model), *options], stderr=subprocess.PIPE, **streams)


def test_a_line_is_printed_before_the_next_one_comes(model):
    process = started(model, "--lines", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        for word in (b"Ada", b"ran"):
            process.stdin.write(word + b"\n")
            process.stdin.flush()
            assert process.stdout.readline().split(b"\t")[0] == word
            assert process.stdout.readline() == b"\n"
        assert process.poll() is None
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, output, errors) == (0, b"", b"")
    finally:
        process.kill()


def test_a_paragraph_is_printed_when_a_blank_line_comes(model):
    process = started(model, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        for word in (b"Ada", b"ran"):
            process.stdin.write(word + b"\noff\n\n")
            process.stdin.flush()
            words = [process.stdout.readline().split(b"\t")[0] for _ in range(3)]
            assert words == [word, b"off", b"\n"]
        assert process.communicate(timeout=60) == (b"", b"")
    finally:
        process.kill()


@pytest.mark.skipif(os.name == "nt", reason="about POSIX pipes")
@pytest.mark.parametrize("source", ["file", "pipe"])
def test_a_reader_that_closes_early_ends_it_quietly(model, tmp_path, source):
    path = tmp_path / "text"
    path.write_text("Ada ran.\n" * 200_000)
    with path.open("rb") as text:
        options = ["--lines", *(["--file", str(path)] if source == "file" else [])]
        process = started(model, *options, stdin=text, stdout=subprocess.PIPE)
        try:
            assert process.stdout.readline().startswith(b"Ada\t")
            process.stdout.close()
            assert process.stderr.read() == b""
            assert process.wait(timeout=60) == 141
        finally:
            process.kill()
            process.stderr.close()


def test_a_fifo_flows_too(model, tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no named pipes here")
    path = tmp_path / "fifo"
    os.mkfifo(path)
    process = started(model, "--lines", "--file", str(path), stdout=subprocess.PIPE)
    try:
        with path.open("wb", buffering=0) as pipe:
            pipe.write(b"Ada\n")
            assert process.stdout.readline().startswith(b"Ada\t")
        assert process.communicate(timeout=60)[1] == b""
        assert process.returncode == 0
    finally:
        process.kill()


def test_a_closed_standard_input_and_bad_paths_raise_errors(model, monkeypatch, tmp_path):
    monkeypatch.setattr(stream.sys, "stdin", None)
    with pytest.raises(ChainruleError, match="There is no standard input"):
        list(stream.pieces(None))
    for path in (tmp_path, tmp_path / "absent", tmp_path / "a\0b"):
        with pytest.raises(ChainruleError, match=r"cannot be read: .*\. Check the path\."):
            list(stream.pieces(path))
