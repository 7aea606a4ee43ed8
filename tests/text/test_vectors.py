"""Word vectors: files of every format, look-up, neighbours, movement."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from chainrule.storage import StorageError, read_arrays
from chainrule.text.vectors import (
    FORMS,
    VECTOR_FORMATS,
    VectorsError,
    WordVectors,
    draw_movement,
    movement,
    read_vectors,
    vector_blocks,
    write_vectors,
)

GLOVE = (
    Path(__file__).resolve().parents[3] / "shared" / "data" / "vectors" / "glove.6B.50d.top5k.txt"
)
WORDS = ["the", "Bonn", "é", "서울", "x/y", "0"]
TABLE = np.random.default_rng(0).standard_normal((6, 4)).astype(np.float32)


@pytest.fixture
def vectors():
    return WordVectors(WORDS, TABLE)


def counted(words, size=4):
    return WordVectors(words, np.arange(len(words) * size, dtype=np.float32).reshape(-1, size) + 1)


# -- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [True, False], ids=["format given", "format recognised"])
@pytest.mark.parametrize("format", VECTOR_FORMATS)
def test_what_is_written_is_read_back_bit_for_bit(format, named, vectors, tmp_path):
    path = tmp_path / "vectors"
    assert write_vectors(path, vectors, format) == 6
    found = read_vectors(path, format if named else None, check=True)
    assert list(found.words) == WORDS
    assert found.table.tobytes() == TABLE.tobytes()


@pytest.mark.parametrize("format", VECTOR_FORMATS)
def test_more_rows_than_a_block_come_in_order(format, tmp_path):
    words = [f"w{i}" for i in range(9000)]
    table = np.random.default_rng(1).standard_normal((9000, 2)).astype(np.float32)
    write_vectors(tmp_path / "v", WordVectors(words, table), format)
    blocks = list(vector_blocks(tmp_path / "v"))
    assert max(len(each.words) for each in blocks) < 5000
    assert [word for each in blocks for word in each.words] == words
    assert np.array_equal(np.concatenate([each.vectors for each in blocks]), table)


def test_the_formats_look_as_their_programs_write_them(tmp_path):
    small = WordVectors(["a", "b"], [[1.0, -0.5], [0.25, 2e-7]])
    wanted = {
        "word2vec": b"2 2\na 1.0 -0.5\nb 0.25 2e-07\n",
        "glove": b"a 1.0 -0.5\nb 0.25 2e-07\n",
        "fasttext": b"2 2\na 1.0 -0.5 \nb 0.25 2e-07 \n",
        "word2vec-binary": b"2 2\na \0\0\x80\x3f\0\0\0\xbf\nb \0\0\x80\x3e\x95\xbf\x56\x34\n",
    }
    for format, content in wanted.items():
        write_vectors(tmp_path / "v", small, format)
        assert (tmp_path / "v").read_bytes() == content


def test_binary_rows_without_line_ends_are_read(tmp_path):
    (tmp_path / "v").write_bytes(b"2 1\na \0\0\x80\x3fb \0\0\0\x40")
    assert read_vectors(tmp_path / "v").table.tolist() == [[1.0], [2.0]]


def test_words_of_glove_may_have_blanks(tmp_path):
    (tmp_path / "v").write_text("a 1 2\n. . . 3 4\n")
    assert list(read_vectors(tmp_path / "v").words) == ["a", ". . ."]


def test_our_own_files_are_safetensors_that_are_mapped(vectors, tmp_path):
    write_vectors(tmp_path / "v", vectors)
    arrays, metadata = read_arrays(tmp_path / "v")
    assert bytes(arrays["words"]).decode().split() == WORDS
    assert metadata["checksum"].startswith("sha256:")
    assert isinstance(read_vectors(tmp_path / "v").table.base, np.memmap)


def test_opening_needs_no_work_per_word(tmp_path):
    words = WordVectors([f"w{i}" for i in range(50_000)], np.zeros((50_000, 50), np.float32))
    write_vectors(tmp_path / "v", words)
    found = read_vectors(tmp_path / "v")
    assert "words" not in vars(found.words)
    assert found.row("w49999") == 49_999


BAD = {
    "an empty file": (b"", "the file holds no word vector"),
    "prose": (b"It was a dark night.\n", "line 1: this is no row of word vectors"),
    "another size": (b"a 1 2\nb 1 2\nc 1\n", "line 3: the row has 1 numbers where 2 are expected"),
    "no number": (b"a 1 2\nb 1 x\n", "line 2: 'x' is not a finite number of 32 bits"),
    "not a number": (b"2 2\na 1 2\nb 1 nan\n", "line 3: 'nan' is not a finite number"),
    "too large": (b"a 1 2\nb 1 1e60\n", "line 2: '1e60' is not a finite number of 32 bits"),
    "an underscore": (b"a 1 2\nb 1 1_0\n", "line 2: '1_0' is not a finite number"),
    "not UTF-8": (b"a 1 2\n\xff 1 2\n", "line 2: byte 0xff of the word is not UTF-8"),
    "no word": (b"a 1 2\n 1 2\n", "line 2: the word is empty"),
    "truncated text": (
        b"3 2\na 1 2\nb 1.50000 2\n",
        "line 1: the header promises 3 vectors, and the",
    ),
    "a long text": (b"1 2\na 1 2\nb 1 2\n", "line 1: the header promises 1 vectors, and the"),
    "a huge count": (b"999999999999 3\na 1 2 3\n", "line 1: the header promises 999999999999"),
    "a huge size": (b"2 999999999\na 1 2\n", "line 1: the header gives vectors of 999999999"),
    "truncated": (b"2 1\na \0\0\x80\x3f\nbb\0\x01", "the file ends within vector 2 of 2"),
    "binary and more": (b"1 1\na \0\0\x80\x3f\nb \0", "the file goes on after its 1 vectors"),
    "binary infinity": (b"1 1\na \0\0\x80\x7f\n", "of 'a', has a number that is not finite"),
    "a long word": (b"2 1\n" + b"\0" * 30_000, "vector 1 begins with a word without end"),
    "gzip": (b"\x1f\x8b\x08\0", "it is compressed with gzip; unpack it first"),
    "a long line": (b"a" * 5_000_000, "this is no row|the line has more than"),
}


@pytest.mark.parametrize(("content", "reason"), BAD.values(), ids=BAD)
def test_damaged_files_are_errors_with_their_place(content, reason, tmp_path):
    path = tmp_path / "damaged"
    path.write_bytes(content)
    with pytest.raises(VectorsError, match=reason) as caught:
        read_vectors(path)
    assert str(path) in str(caught.value)


def test_damage_of_our_own_files_is_found(vectors, tmp_path):
    path = tmp_path / "v"
    write_vectors(path, vectors)
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(VectorsError, match="cannot be read as safetensors"):
        read_vectors(path)
    place = len(content) - 40
    path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    with pytest.raises(StorageError, match="checksum"):
        read_vectors(path, check=True)
    path.write_bytes(content[:-1] + b"x")
    with pytest.raises(VectorsError, match="6 vectors and 5 words"):
        read_vectors(path)


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(StorageError, match="there is no such file"):
        read_vectors(tmp_path / "none")


@pytest.mark.parametrize("format", ["word2vec", "word2vec-binary", "fasttext"])
def test_a_word_that_a_format_cannot_hold_is_refused_and_nothing_lost(format, tmp_path):
    (tmp_path / "v").write_text("before")
    with pytest.raises(VectorsError, match="has a blank"):
        write_vectors(tmp_path / "v", WordVectors(["a b"], [[1.0]]), format)
    assert (tmp_path / "v").read_text() == "before"
    assert os.listdir(tmp_path) == ["v"]


def test_an_unknown_format_is_refused(vectors, tmp_path):
    for attempt in (write_vectors, lambda path, _, format: read_vectors(path, format)):
        (tmp_path / "v").write_text("a 1\n")
        with pytest.raises(VectorsError, match="'npz' is not a format of word vectors"):
            attempt(tmp_path / "v", vectors, "npz")


@pytest.mark.parametrize("words", [["a"], ["a", "b\n"], ["a", ""], ["a", "\ud800"]])
def test_words_and_table_must_go_together(words):
    with pytest.raises(VectorsError):
        WordVectors(words, np.zeros((2, 3)))


# -- look-up ---------------------------------------------------------------------------------------


def test_the_chain_of_forms_reports_what_it_found():
    vectors = counted(["Bonn", "bonn", "caf\u00e9", "0000", "a0", "the"])
    words = ["Bonn", "BONN", "cafe\u0301", "CAFE\u0301", "1996", "2003", "A7", "zyx", "zyx"]
    found = vectors.look_up(words)
    assert found.rows.tolist() == [0, 1, 2, 2, 3, 3, 4, -1, -1]
    forms = [FORMS[each] for each in found.forms]
    assert forms == [
        *("exact", "lower case", "NFC", "lower case"),
        *("digits to 0", "digits to 0", "digits to 0", "unknown", "unknown"),
    ]
    assert found.counts() == {
        "exact": (1, 1),
        "NFC": (1, 1),
        "lower case": (2, 2),
        "digits to 0": (3, 3),
        "unknown": (2, 1),
    }
    assert "digits to 0           3   33.3%          3   37.5%" in str(found)


def test_digits_stay_where_the_vectors_kept_them():
    assert counted(["0000", "1996"]).look_up(["2003"]).rows.tolist() == [-1]


def test_the_first_of_repeated_words_counts():
    assert counted(["a", "b", "a"]).row("a") == 0


def test_unknown_words_get_the_unknown_vector_or_zeros():
    assert counted(["a", "<unk>"], 2).matrix(["zz", "a"]).tolist() == [[3, 4], [1, 2]]
    assert counted(["a"], 2).matrix(["zz", "a"]).tolist() == [[0, 0], [1, 2]]
    with pytest.raises(VectorsError, match="'zz' is not among the 1 words"):
        counted(["a"])["zz"]


# -- neighbours ------------------------------------------------------------------------------------


def test_neighbours_are_those_of_the_definition():
    random = np.random.default_rng(3)
    table = random.standard_normal((300, 7)).astype(np.float32)
    vectors = WordVectors([f"w{i}" for i in range(300)], table)
    cosines = table @ table[5] / np.linalg.norm(table, axis=1) / np.linalg.norm(table[5])
    cosines[5] = -9
    best = np.argsort(-cosines)[:4]
    found = vectors.nearest("w5", 4)
    assert [word for word, _ in found] == [f"w{i}" for i in best]
    assert np.allclose([cosine for _, cosine in found], cosines[best])
    assert len(vectors.nearest("w5", 1000)) == 299


def test_an_analogy_leaves_its_words_out():
    table = [[1, 0, 1], [1, 1, 1], [0, 0, 1], [0, 1, 1], [1, 1, 0]]
    vectors = WordVectors(["man", "woman", "king", "queen", "x"], table)
    assert vectors.analogy("man", "woman", "king", 1)[0][0] == "queen"
    with pytest.raises(VectorsError, match="at least 1"):
        vectors.nearest("man", 0)


# -- movement --------------------------------------------------------------------------------------


def television():
    """Return vectors in which TV, telly and set moved away from television."""
    words = ["TV", "telly", "set", "television", "tree", "oak", "leaf"]
    near, far = [1.0, 0.0, 0.1], [0.0, 1.0, 0.1]
    before = np.array([near, near, near, near, far, far, far], np.float32)
    before += np.random.default_rng(0).normal(0, 0.02, before.shape).astype(np.float32)
    after = before.copy()
    after[:3] += np.array([-1.5, 0.0, 0.5], np.float32)
    return WordVectors(words, before), WordVectors([*words[::-1], "new"], [*after[::-1], near])


def test_a_word_that_its_neighbours_left_behind_is_reported():
    found = movement(*television(), neighbours=3)
    assert [each.word for each in found.left_behind] == ["television"]
    left = found.left_behind[0]
    assert set(left.neighbours) == {"TV", "telly", "set"}
    assert left.before > 0.99
    assert left.after < 0
    assert {each.word for each in found.moved} == {"TV", "telly", "set"}
    assert found.moved_count == 3
    assert np.allclose([each.distance for each in found.moved], np.hypot(1.5, 0.5), atol=1e-5)
    assert (found.only_before, found.only_after) == (0, 1)


def test_the_movement_is_text_json_and_a_picture(tmp_path):
    found = movement(*television(), neighbours=3)
    lines = str(found).splitlines()
    assert lines[0] == "7 words compared, 0 only before, 1 only after"
    assert lines[1].startswith("3 moved (42.9%); distance: mean 1.58")
    assert any(line.startswith("television") for line in lines)
    told = json.loads(json.dumps(found.as_dict(2)))
    assert (told["moved"], told["left_behind"], len(told["moved_words"])) == (3, 1, 2)
    pytest.importorskip("matplotlib")
    draw_movement(found, tmp_path / "movement.png")
    assert (tmp_path / "movement.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(VectorsError, match=r"Name it \.png"):
        draw_movement(found, tmp_path / "movement.txt")


def test_nothing_moved_between_equal_vectors(vectors, tmp_path):
    found = movement(vectors, vectors)
    assert found.figures()["moved"] == 0
    assert (found.moved, found.left_behind) == ((), ())
    assert "0 moved (0.0%)" in str(found)
    pytest.importorskip("matplotlib")
    draw_movement(found, tmp_path / "movement.svg")


def test_what_cannot_be_compared_is_a_sentence(vectors):
    with pytest.raises(VectorsError, match="4 numbers before and 2 after"):
        movement(vectors, counted(["the"], 2))
    with pytest.raises(VectorsError, match="no word in common"):
        movement(vectors, counted(["zz"]))


# -- real vectors ----------------------------------------------------------------------------------


@pytest.mark.skipif(not GLOVE.is_file(), reason="the vectors of ../shared/data are not here")
def test_the_neighbours_of_real_vectors_make_sense():
    vectors = read_vectors(GLOVE)
    assert len(vectors) == 5050
    assert vectors.nearest("france", 1)[0][0] == "french"
    assert vectors.analogy("man", "king", "woman", 1)[0][0] == "queen"
