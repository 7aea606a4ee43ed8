"""Column files of several makes are read, and what is wrong in one is said with its line."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.text import ConllError, Sentence, read_conll, spans, write_conll

LONDON = Sentence(("in", "London"), ("O", "I-LOC"))


def read_back(folder: Path, content: str | bytes) -> list[Sentence]:
    """Write some text or bytes into a file and read it as sentences."""
    path = folder / "corpus.conll"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_conll(path)


@pytest.mark.parametrize(
    "content",
    [
        "in O\nLondon I-LOC\n",
        "in O\nLondon I-LOC",
        "\n\nin  IN   I-PP O\nLondon NNP I-NP I-LOC\n\n\n",
        "in\tO\nLondon\tI-LOC\n\t\n",
        "in O\r\nLondon I-LOC\r\n\r\n",
        b"\xef\xbb\xbfin O\nLondon I-LOC\n",
        "-DOCSTART- -X- -X- O\n\nin IN I-PP O\nLondon NNP I-NP I-LOC\n",
        "-DOCSTART-\nin O\nLondon I-LOC\n-DOCSTART-\n",
        "# a comment\n## another\twith a tab\nin O\nLondon I-LOC\n",
        "##\n# newdoc\nin\tO\nLondon\tI-LOC\n\n## two words\n",
        "# sent_id = 3\n### head\nin IN I-PP O\nLondon NNP I-NP I-LOC\n\n# end of it all\n",
        "## CHAR : NAME\tNE_TAG\nin\tO\nLondon\tI-LOC\n",
        "\ufeff# joined files\nin O\nLondon I-LOC\n\ufeff\n\ufeff# joined again\n",
        "\ufeff-DOCSTART- O\n\ufeffin O\nLondon I-LOC\n\ufeff-DOCSTART- O\n",
    ],
)
def test_the_same_sentence_in_many_forms(tmp_path: Path, content: str | bytes) -> None:
    assert read_back(tmp_path, content) == [LONDON]


def test_blank_lines_and_document_starts_end_a_sentence(tmp_path: Path) -> None:
    assert read_back(tmp_path, "a O\n\nb O\n-DOCSTART- O\nc O\n \nd O\n") == [
        Sentence((word,), ("O",)) for word in "abcd"
    ]


def test_a_space_can_be_a_word_where_tabs_separate(tmp_path: Path) -> None:
    assert read_back(tmp_path, "한\tB-LC\n \tI-LC\n국\tI-LC\n") == [
        Sentence(("한", " ", "국"), ("B-LC", "I-LC", "I-LC"))
    ]


def test_spaces_beyond_ascii_are_part_of_a_word(tmp_path: Path) -> None:
    words = ("a\u00a0b", "\u3000", "c\u2028d", "e\x85")
    assert read_back(tmp_path, "".join(f"{word} O\n" for word in words)) == [
        Sentence(words, ("O",) * 4)
    ]


def test_a_hashtag_with_a_tag_is_a_word(tmp_path: Path) -> None:
    assert read_back(tmp_path, "#nlp O\n# O\n")[0].words == ("#nlp", "#")


@pytest.mark.parametrize(
    "row",
    ["#nlp B_LOC", "#nlp\tX-LOC", "# B_LOC", "#\t0", "##ing LOC", "## B_LOC", "#nlp", "#", "#1 0"],
)
@pytest.mark.parametrize("rows", ["in{}O\nLondon{}I-LOC\n", ""])
def test_a_word_with_a_hash_and_a_wrong_tag_is_no_comment(
    tmp_path: Path, row: str, rows: str
) -> None:
    others = rows.format(*"\t\t" if "\t" in row else "  ")
    if not rows and row.startswith(("# ", "#\t", "## ")):
        return  # without other rows nothing tells how rows look
    for content in (f"{row}\n{others}", f"{others}\n{row}\n", f"-DOCSTART-\n{row}\n\n{others}"):
        with pytest.raises(ConllError, match=r"(is not a tag|has one column).*; or make it a comm"):
            read_back(tmp_path, content)


def test_a_comment_may_quote_what_begins_like_a_tag(tmp_path: Path) -> None:
    assert read_back(tmp_path, "## id\tB-52 bombers\nin O\nLondon I-LOC\n") == [LONDON]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("in O\nLondon\n", "line 2: the row 'London' has one column; give a word and its tag."),
        ("in O\nx y O\n", "line 2: the row has 3 columns, the rows before have 2; make them"),
        ("a b O\n\nx O\n", "line 3: the row has 2 columns, the rows before have 3; make them"),
        ("in O\nLondon LOC\n", "line 2: the last column, 'LOC', is not a tag; give O or a tag"),
        ("in\tO\nLondon\t\n", "line 2: the last column, '', is not a tag"),
        ("in O\n# late comment\n", "line 2: the row has 3 columns"),
        ("in\tO\n\tO\n", "line 2: the word is empty; give a word before the first tab."),
        (b"in O\nMalm\xf6 O\n", "line 2: byte 0xf6 is not UTF-8; save the file as UTF-8."),
        (b"\xef\xbb\xbfin O\n\xff O\n", "line 2: byte 0xff is not UTF-8"),
        ("\ud55c\tB-LC\n \t\n\uad6d\tI-LC\n", "line 2: the last column, '', is not a tag"),
        ("in O\rLondon I-LOC\r", "line 1: the line contains a carriage return; save the"),
        ("# x\rin O\rLondon I-LOC\r", "line 1: the line contains a carriage return"),
        ("in\tO\r\r\nLondon\tI-LOC\r\r\n", "line 1: the line contains a carriage return"),
        ("in O\nLondon o-LOC\n", "line 2: the last column, 'o-LOC', is not a tag; give O or"),
        ("in O\n\u3000\nLondon B-LOC\n", "line 2: the row '\\u3000' has one column"),
    ],
)
def test_a_bad_row_is_named_by_file_line_and_reason(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    with pytest.raises(ConllError) as caught:
        read_back(tmp_path, content)
    assert f"corpus.conll, {message}" in str(caught.value)


def test_a_wrong_tag_is_answered_with_the_schemes(tmp_path: Path) -> None:
    with pytest.raises(ConllError, match="prefix of IOB1, IOB2, IOE1, IOE2, IOBES, BMES or BILOU"):
        read_back(tmp_path, "in O\nLondon x-LOC\n")


@pytest.mark.parametrize("content", ["", "\n \n\t\n", "-DOCSTART- O\n\n", "# only a comment\n"])
def test_a_file_without_sentences_is_an_error(tmp_path: Path, content: str) -> None:
    with pytest.raises(ConllError, match=r"corpus\.conll: the file holds no sentence; expected"):
        read_back(tmp_path, content)


def test_a_path_that_is_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConllError, match=r"absent\.conll: there is no such file; check the path"):
        read_conll(tmp_path / "absent.conll")
    with pytest.raises(ConllError, match="this is a directory; name a file in it"):
        read_conll(tmp_path)
    with pytest.raises(ConllError, match=r"x\.conll: the file cannot be written: No such file"):
        write_conll(tmp_path / "absent" / "x.conll", [LONDON])


def test_a_file_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ConllError, match=r"x\.conll: the file cannot be read: Permission denied\."):
        read_conll(tmp_path / "x.conll")


def test_a_conll_error_is_a_value_error() -> None:
    assert issubclass(ConllError, ValueError)


WORDS = st.text(st.characters(exclude_characters="\t\n\ufeff", codec="utf-8"), min_size=1).filter(
    lambda word: word != "-DOCSTART-"
)
ROWS = st.lists(st.tuples(WORDS, st.sampled_from(["O", "B-PER", "I-PER"])), min_size=1)


@given(sentences=st.lists(ROWS, min_size=1))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, sentences: list[list[tuple[str, str]]]
) -> None:
    path = tmp_path_factory.mktemp("conll") / "corpus.conll"
    written = [Sentence(*zip(*rows, strict=True)) for rows in sentences]
    write_conll(path, written)
    assert read_conll(path) == written


def test_predictions_are_written_as_the_last_column_both_in_iob2(tmp_path: Path) -> None:
    path = tmp_path / "predicted.conll"
    write_conll(path, [LONDON], predicted=[["O", "S-ORG"]])
    assert path.read_text() == "in\tO\tO\nLondon\tB-LOC\tB-ORG\n\n"
    write_conll(path, [LONDON])
    assert path.read_text() == "in\tO\nLondon\tI-LOC\n\n"


@pytest.mark.parametrize("word", ["", "a\tb", "a\nb", "-DOCSTART-", "\ufeffa"])
def test_a_word_that_would_not_be_read_back_is_not_written(tmp_path: Path, word: str) -> None:
    path = tmp_path / "corpus.conll"
    with pytest.raises(ConllError, match="cannot be written to a column file") as caught:
        write_conll(path, [LONDON, Sentence((word,), ("O",))])
    assert repr(word) in str(caught.value)
    assert not path.exists()


def test_a_lone_surrogate_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ConllError, match=r"'\\ud800' is half of a surrogate pair and cannot"):
        write_conll(tmp_path / "x", [Sentence(("a\ud800",), ("O",))])


def test_only_sentences_with_words_and_tags_are_written(tmp_path: Path) -> None:
    with pytest.raises(ConllError, match="a sentence without words cannot be written; leave it"):
        write_conll(tmp_path / "x", [Sentence((), ())])
    with pytest.raises(ConllError, match="'LOC' is not a tag; write O or a tag like B-PER"):
        write_conll(tmp_path / "x", [Sentence(("London",), ("LOC",))])
    with pytest.raises(ConllError, match="the predicted tags do not match the sentences"):
        write_conll(tmp_path / "x", [LONDON], predicted=[["O"]])


def test_a_sentence_has_one_tag_per_word() -> None:
    with pytest.raises(ValueError, match="found 2 words and 1 tags; give as many tags as words"):
        Sentence(("in", "London"), ("O",))


@pytest.mark.parametrize(
    ("name", "sentences", "tokens", "entities"),
    [
        ("conll2003/eng.train", 14041, 203621, 23499),
        ("conll2003/eng.testa", 3250, 51362, 5942),
        ("wnut17/wnut17train.conll", 3394, 62730, 1975),
        ("wnut17/emerging.dev.conll", 1009, 15733, 836),
    ],
)
def test_real_corpora_have_their_published_counts(
    shared_data: Path, name: str, sentences: int, tokens: int, entities: int
) -> None:
    corpus = read_conll(shared_data / name)
    assert len(corpus) == sentences
    assert sum(len(sentence.words) for sentence in corpus) == tokens
    assert sum(len(spans(sentence.tags)) for sentence in corpus) == entities


def test_the_entities_of_conll_2003_by_type(shared_data: Path) -> None:
    corpus = read_conll(shared_data / "conll2003/eng.train")
    types = Counter(span.type for sentence in corpus for span in spans(sentence.tags))
    assert types == {"LOC": 7140, "PER": 6600, "ORG": 6321, "MISC": 3438}


@pytest.mark.parametrize(("name", "sentences"), [("train.tsv", 3600), ("dev.tsv", 500)])
def test_klue_is_read_character_by_character(shared_data: Path, name: str, sentences: int) -> None:
    corpus = read_conll(shared_data / "klue_ner" / name)
    assert len(corpus) == sentences
    assert all(len(word) == 1 for sentence in corpus for word in sentence.words)
    types = {span.type for sentence in corpus for span in spans(sentence.tags)}
    assert types == {"PS", "LC", "OG", "DT", "TI", "QT"}
