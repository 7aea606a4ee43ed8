"""Labelled texts in columns: what is read, and what is refused with file and line."""

import os
import threading

import numpy as np
import pytest

from chainrule.classify import LabelledTextError, class_names, read_labelled
from chainrule.classify.labelled_text import read_rows
from chainrule.classify.targets import balanced_weights, class_ids, numbers


def written(folder, content):
    path = folder / "texts.tsv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_columns_are_found_by_their_names_in_any_order(tmp_path):
    content = 'pair\tid\ttext\tlabel\r\nzwei\t7\t"eins" \tA\r\n\r\nvier\t8\tdrei\tB\n'
    found = read_labelled(written(tmp_path, b"\xef\xbb\xbf" + content.encode()))
    assert found.labels == ["A", "B"]
    assert found.texts == ['"eins"', "drei"]
    assert found.pairs == ["zwei", "vier"]
    assert found.lines == [2, 4]


def test_single_texts_have_no_pairs(tmp_path):
    assert read_labelled(written(tmp_path, "label\ttext\nA\tx\n")).pairs is None


def test_rows_are_read_as_they_arrive(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    first = threading.Event()

    def feed():
        with pipe.open("wb", buffering=0) as file:
            file.write(b"text\none\n")
            first.wait(30)
            file.write(b"two\n")

    writer = threading.Thread(target=feed)
    writer.start()
    rows = read_rows(pipe)
    assert next(rows).text == "one"
    first.set()
    assert [each.text for each in rows] == ["two"]
    writer.join()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("A\tsome text\nB\tother\n", r"has no column 'text'; it begins with 'A', 'some text'"),
        ("text\nx\n", "has no column 'label'"),
        ("label\ttext\n", "has a header, but no row"),
        ("", "has no column 'text'"),
        ("label\ttext\ttext\nA\tx\ty\n", "names 'text' twice"),
        ("label\ttext\nA\tx\nB\n", "line 3, has 1 columns, but the header has 2"),
        ("label\ttext\nA\tx\ty\n", "line 2, has 3 columns"),
        ("label\ttext\nA\t \n", "line 2, has an empty text"),
        ("label\ttext\n\tx\n", "line 2, has an empty label"),
        (b"label\ttext\nA\t\xff\xfe\n", "line 2, is not UTF-8"),
    ],
)
def test_damaged_files_are_refused_with_the_line(tmp_path, content, message):
    path = written(tmp_path, content)
    with pytest.raises(LabelledTextError, match=message) as caught:
        read_labelled(path)
    assert str(path) in str(caught.value)


def test_files_that_cannot_be_read_are_named(tmp_path):
    for path in (tmp_path / "none.tsv", tmp_path):
        with pytest.raises(LabelledTextError, match="cannot be read"):
            read_labelled(path)


def test_classes_are_in_the_order_of_numbers_or_letters(tmp_path):
    content = "label\ttext\n10\tx\n9\ty\n10\tz\n"
    data = read_labelled(written(tmp_path, content))
    assert class_names(data) == ("9", "10")
    assert class_ids(data, ("9", "10")).tolist() == [1, 0, 1]
    np.testing.assert_allclose(balanced_weights(class_ids(data, ("9", "10")), 2), [1.5, 0.75])


def test_labels_that_cannot_be_used_are_named_with_their_line(tmp_path):
    data = read_labelled(written(tmp_path, "label\ttext\n1\tx\nnan\ty\n"))
    with pytest.raises(LabelledTextError, match="line 3, has the label 'nan', which is not a num"):
        numbers(data)
    with pytest.raises(LabelledTextError, match=r"line 3, has the label 'nan'.* It knows 1, 2"):
        class_ids(data, ("1", "2"))
    with pytest.raises(LabelledTextError, match=r"All 1 texts .* have the label '1'"):
        class_names(read_labelled(written(tmp_path, "label\ttext\n1\tx\n")))
