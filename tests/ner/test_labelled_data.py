"""Labelled data of annotation tools is read with every entity, and what cannot be is counted."""

import json
import re
import time
import warnings
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from chainrule.cli import app
from chainrule.ner import embedded
from chainrule.ner.data import DataError, DataWarning, read_labelled, write_labelled
from chainrule.text import ConllError, Sentence, encode, spans

ADA = Sentence(("Ada", "visited", "Turin"), ("B-PER", "O", "B-LOC"))
TEXT = "Ada visited Turin"
PER, LOC = {"start": 0, "end": 3, "label": "PER"}, {"start": 12, "end": 17, "label": "LOC"}


def write(folder: Path, name: str, value: object) -> Path:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def read_record(folder: Path, **fields: object) -> list[Sentence]:
    return read_labelled(write(folder, "data.jsonl", fields))


def task(value: dict[str, object], text: str = TEXT) -> list[object]:
    return [{"data": {"text": text}, "annotations": [{"result": [{"value": value}]}]}]


JSON_FORMS = {
    "Prodigy": {"text": TEXT, "spans": [LOC, PER], "answer": "accept"},
    "doccano": {"text": TEXT, "label": [[0, 3, "PER"], [12, 17, "LOC"]], "id": 1},
    "doccano, labels": {"text": TEXT, "labels": [[0, 3, "PER"], [12, 17, "LOC"]]},
    "doccano, relations": {
        "text": TEXT,
        "entities": [
            {"id": 1, "label": "PER", "start_offset": 0, "end_offset": 3},
            {"id": 2, "label": "LOC", "start_offset": 12, "end_offset": 17},
        ],
        "relations": [],
    },
    "Label Studio, minimal": {
        "text": TEXT,
        "label": [
            {"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]},
            {"start": 12, "end": 17, "text": "Turin", "labels": ["LOC"]},
        ],
    },
}


@pytest.mark.parametrize("form", JSON_FORMS)
def test_a_json_line_of_each_tool_is_read(tmp_path: Path, form: str) -> None:
    assert read_record(tmp_path, **JSON_FORMS[form]) == [ADA]
    # The same records as a list in a file without a telling suffix.
    assert read_labelled(write(tmp_path, "export", [JSON_FORMS[form]])) == [ADA]


def test_tasks_of_label_studio_are_read(tmp_path: Path) -> None:
    results = [
        {"type": "labels", "value": {"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]}},
        {"type": "labels", "value": {"start": 12, "end": 17, "text": "Turin", "labels": ["LOC"]}},
    ]
    tasks = [{"data": {"letter": TEXT}, "annotations": [{"result": results}]}]
    assert read_labelled(write(tmp_path, "export.json", tasks)) == [ADA]


def test_places_in_utf16_units_are_recognised_by_the_text_of_the_span(tmp_path: Path) -> None:
    value = {"start": 3, "end": 6, "text": "Ada", "labels": ["PER"]}
    path = write(tmp_path, "export.json", task(value, "😀 Ada"))
    assert read_labelled(path) == [Sentence(("😀", "Ada"), ("O", "B-PER"))]


def test_a_folder_and_a_file_of_brat_are_read(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", TEXT)
    ann = write(
        tmp_path, "a.ann", "T1\tPER 0 3\tAda\nR1\tIn Arg1:T1 Arg2:T2\nT2\tLOC 12 17\tTurin\n"
    )
    for path in (tmp_path, ann, tmp_path / "a.txt"):
        assert read_labelled(path) == [ADA]


def test_a_brat_entity_that_a_line_end_cuts_is_one_entity(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "in New\nYork now")
    write(tmp_path, "a.ann", "T1\tLOC 3 6;7 11\tNew York\n")
    assert read_labelled(tmp_path) == [
        Sentence(("in", "New", "York", "now"), ("O", "B-LOC", "I-LOC", "O"))
    ]


def test_tokens_of_the_file_are_the_words(tmp_path: Path) -> None:
    tokens = [{"start": 0, "end": 11}, {"start": 12, "end": 17}]
    found = read_record(tmp_path, text=TEXT, tokens=tokens, spans=[LOC])
    assert found == [Sentence(("Ada visited", "Turin"), ("O", "B-LOC"))]


ALIGNED = {
    "split": (("Turin", "based", "Ada"), ("B-LOC", "O", "O")),
    "expand": (("Turinbased", "Ada"), ("B-LOC", "O")),
    "contract": (("Turinbased", "Ada"), ("O", "O")),
    "strict": (("Turinbased", "Ada"), ("O", "O")),
}


@pytest.mark.parametrize("align", ALIGNED)
def test_an_entity_inside_a_word_is_aligned_and_counted(tmp_path: Path, align: str) -> None:
    path = write(tmp_path, "a.jsonl", {"text": "Turinbased Ada", "label": [[0, 5, "LOC"]]})
    with pytest.warns(DataWarning, match=r"^\S+: (words split|entities).*: 1 "):
        assert read_labelled(path, align=align) == [Sentence(*ALIGNED[align])]


CHANGED = {
    "a longer or an earlier": {"text": TEXT, "label": [[0, 11, "A"], [0, 3, "PER"]]},
    "hold no word": {"text": TEXT, "label": [[3, 4, "PER"]]},
    "no type": {"text": TEXT, "spans": [{"start": 0, "end": 3, "label": None}]},
    "several types": {"text": TEXT, "label": [{"start": 0, "end": 3, "labels": ["A", "B"]}]},
    "has blanks": {"text": TEXT, "label": [[0, 3, "Natural Person"]]},
}


@pytest.mark.parametrize("reason", CHANGED)
def test_what_is_changed_or_left_out_is_counted(tmp_path: Path, reason: str) -> None:
    with pytest.warns(DataWarning, match=f"data.jsonl: .*{reason}.*: 1 .first: .*line 1"):
        read_record(tmp_path, **CHANGED[reason])


def test_the_longest_of_overlapping_entities_is_kept(tmp_path: Path) -> None:
    with pytest.warns(DataWarning, match="entities left out, .*: 1 "):
        (found,) = read_record(tmp_path, text=TEXT, label=[[0, 3, "A"], [0, 11, "B"], [4, 17, "C"]])
    assert found.tags == ("B-A", "B-C", "I-C")


def test_a_rejected_record_is_left_out_and_counted(tmp_path: Path) -> None:
    lines = [json.dumps(JSON_FORMS["Prodigy"] | {"answer": each}) for each in ("reject", "accept")]
    with pytest.warns(DataWarning, match="because they were rejected, .*: 1 "):
        assert read_labelled(write(tmp_path, "a.jsonl", "\n".join(lines))) == [ADA]


def test_an_entity_across_the_end_of_a_sentence_joins_the_sentences(tmp_path: Path) -> None:
    (found,) = read_record(tmp_path, text="Ada\nLovelace", label=[[0, 12, "PER"]])
    assert found == Sentence(("Ada", "Lovelace"), ("B-PER", "I-PER"))


WRONG = {
    "line 1: this is not JSON": ("a.jsonl", "{"),
    "line 2: the line is": ("a.jsonl", '{"text": "x"}\n[1]'),
    '"text" is missing': ("a.jsonl", {"spans": []}),
    '"text" is 3': ("a.jsonl", {"text": 3}),
    "the text has 17 characters": ("a.jsonl", {"text": TEXT, "label": [[0, 18, "A"]]}),
    "at -1 to 3": ("a.jsonl", {"text": TEXT, "label": [[-1, 3, "A"]]}),
    "the start is true": ("a.jsonl", {"text": TEXT, "label": [[True, 3, "A"]]}),
    "given twice, as spans and as label": ("a.jsonl", {"text": TEXT, "spans": [], "label": []}),
    "overlaps the token": ("a.jsonl", {"text": TEXT, "tokens": [PER, PER]}),
    "surrogate": ("a.jsonl", '{"text": "a \\ud800"}'),
    "no sentence was found": ("a.jsonl", ""),
    "nested too deeply": ("a.json", "[" * 100_000),
    "should be": ("b.json", task({"start": 0, "end": 3, "text": "Bob", "labels": ["A"]})),
    '"start" is "/div"': ("b.json", task({"start": "/div", "end": 3, "labels": ["A"]})),
    "there is no such file": ("a.ann", "T1\tPER 0 3\tAda"),
    "Unknown format": ("a.conll", "Ada B-PER"),
}


@pytest.mark.parametrize("reason", WRONG)
def test_bad_data_is_a_sentence_with_its_place(tmp_path: Path, reason: str) -> None:
    name, content = WRONG[reason]
    path = write(tmp_path, name, content)
    form = "xml" if reason == "Unknown format" else "label-studio" if name == "a.json" else None
    with pytest.raises(DataError, match=re.escape(reason)):
        read_labelled(path, form)


BAD_BRAT = {
    "is no entity": "T1 PER 0 3 Ada",
    "is no line of brat": "PER 0 3",
    "the text has 17 characters": "T1\tPER 0 99\tAda",
    "but the text has 'Ada'": "T1\tPER 0 3\tBob",
}


@pytest.mark.parametrize("reason", BAD_BRAT)
def test_bad_brat_is_a_sentence_with_its_line(tmp_path: Path, reason: str) -> None:
    write(tmp_path, "a.txt", TEXT)
    write(tmp_path, "a.ann", "\n" + BAD_BRAT[reason])
    with pytest.raises(DataError, match=rf"a\.ann, line 2: .*{reason}"):
        read_labelled(tmp_path)


def test_a_brat_entity_in_pieces_is_left_out_and_counted(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", TEXT)
    write(tmp_path, "a.ann", "T1\tPER 0 3;12 17\tAda Turin\nT2\tLOC 12 17\tTurin\n")
    with pytest.warns(DataWarning, match="because they consist of several pieces: 1 "):
        (found,) = read_labelled(tmp_path)
    assert found.tags == ("O", "O", "B-LOC")


WRITTEN = {"a.conll": None, "a.jsonl": None, "a.spacy": None, "folder": "brat"}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_is_read_back(tmp_path: Path, name: str) -> None:
    if name == "a.spacy":
        pytest.importorskip("spacy")
    corpus = embedded.corpus("dev")
    write_labelled(tmp_path / name, corpus, WRITTEN[name])
    found = read_labelled(tmp_path / name)
    if name != "folder":
        assert found == corpus
    texts = ["".join(word for each in data for word in each.words) for data in (found, corpus)]
    assert texts[0] == texts[1]
    assert names_of(found) == names_of(corpus)


def names_of(sentences: list[Sentence]) -> list[tuple[str, str]]:
    return [
        (span.type, "".join(each.words[span.start : span.end]))
        for each in sentences
        for span in spans(each.tags)
    ]


@pytest.mark.parametrize("name", ["a.conll", "a.jsonl", "a.spacy"])
def test_characters_and_blanks_are_kept(tmp_path: Path, name: str) -> None:
    if name == "a.spacy":
        pytest.importorskip("spacy")
    given = [Sentence(tuple("서울 은 큰"), ("B-LC", "I-LC", *["O"] * 4))]
    write_labelled(tmp_path / name, given)
    assert read_labelled(tmp_path / name) == given


@pytest.mark.parametrize("name", ["a.conll", "a.jsonl", "folder"])
def test_a_failed_write_leaves_what_was_there(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name != "folder":
        path.write_text("before")
    with pytest.raises(DataError) as caught:
        write_labelled(
            path, [ADA, Sentence(("a\ud800",), ("O",))], "brat" if name == "folder" else None
        )
    assert str(path) in str(caught.value)
    assert [each.name for each in tmp_path.iterdir()] == ([] if name == "folder" else [name])
    assert name == "folder" or path.read_text() == "before"


def test_brat_does_not_replace_a_folder_with_files(tmp_path: Path) -> None:
    write(tmp_path, "notes", "mine")
    with pytest.raises(DataError, match="exists already"):
        write_labelled(tmp_path, [ADA], "brat")


def test_convert_prints_counts(tmp_path: Path) -> None:
    source = write(tmp_path, "in.jsonl", {"text": TEXT, "spans": [PER, LOC, LOC | {"end": 16}]})
    target = tmp_path / "out.conll"
    result = CliRunner().invoke(
        app, ["ner", "convert", str(source), str(target), "--scheme", "IOBES"]
    )
    assert result.exit_code == 0, result.output
    assert target.read_text() == "Ada\tS-PER\nvisited\tO\nTurin\tS-LOC\n\n"
    for line in ("1 sentences, 3 words, 2 entities", "  LOC 1", "entities left out, because a"):
        assert line in result.output


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("out", [], True),
        ("out.xyz", [], True),
        ("out.conll", [], False),
        ("out.jsonl", [], False),
        ("out.xyz", ["--to", "conll"], False),
    ],
)
def test_convert_says_that_a_suffix_names_no_format(
    tmp_path: Path, name: str, options: list[str], said: bool
) -> None:
    source = write(tmp_path, "in.jsonl", {"text": TEXT, "spans": [PER]})
    target = str(tmp_path / name)
    result = CliRunner().invoke(app, ["ner", "convert", str(source), target, *options])
    assert result.exit_code == 0, result.output
    assert ("Give --to FORMAT" in result.stderr) == said
    assert "Give --to" not in result.stdout


def test_train_and_evaluate_read_every_format_and_tell_what_was_changed(tmp_path: Path) -> None:
    source = write(tmp_path, "in.jsonl", {"text": "Turinbased Ada", "label": [[0, 5, "LOC"]]})
    write_labelled(tmp_path / "brat", quietly(source), "brat")
    out, held_out = str(tmp_path / "model"), str(tmp_path / "brat")
    data = ["--train", str(source), "--dev", held_out, "--test", str(source)]
    tiny = ["--epochs", "1", "--hidden", "8", "--no-compile"]
    for options in (
        ["train", *data, *tiny, "--out", out],
        ["evaluate", "--model", out, "--data", str(source), "--format", "jsonl"],
    ):
        result = CliRunner().invoke(app, ["ner", *options])
        assert result.exit_code == 0, result.output
        assert result.stderr.count("warning: ") == 1
        assert "in.jsonl: words split" in result.stderr
        assert "with 1 phrases" in result.stdout


def test_the_time_of_a_document_grows_as_its_length(tmp_path: Path) -> None:
    count, sentence = 20_000, "Ada saw it.\n\n"
    places = [[len(sentence) * i, len(sentence) * i + 3, "PER"] for i in range(count)]
    begin = time.process_time()
    found = read_record(tmp_path, text=sentence * count, spans=places)
    assert time.process_time() - begin < 15
    assert [each.tags[0] for each in found] == ["B-PER"] * count


def test_a_bad_file_leaves_no_output(tmp_path: Path) -> None:
    source = write(tmp_path, "in.jsonl", json.dumps(JSON_FORMS["doccano"]) + "\n{}")
    for name in ("out.conll", "out.jsonl", "out.spacy"):
        result = CliRunner().invoke(app, ["ner", "convert", str(source), str(tmp_path / name)])
        assert result.exit_code == 2
        assert "line 2" in result.output
    assert [each.name for each in tmp_path.iterdir()] == ["in.jsonl"]


def refusal(path: Path, form: str | None = None) -> str | None:
    """Return the message with which a file is refused, None if it is read."""
    try:
        quietly(path, form)
    except (DataError, ConllError) as error:
        return str(error)
    return None


def quietly(path: Path, form: str | None = None) -> list[Sentence]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return read_labelled(path, form)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 20) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["text", "spans", "label", "start", "end", "data", "result", "value",
                         "annotations", "labels", "tokens", "answer"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(value=values, text=st.text(max_size=20))
def test_any_json_is_read_or_refused_with_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, value: object, text: str
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "a.jsonl"
    fields = value if isinstance(value, dict) else {"spans": value}
    for content, form in (([value], "label-studio"), ({"text": text, **fields}, "jsonl")):
        path.write_text(json.dumps(content))
        message = refusal(path, form)
        assert message is None or message.startswith(str(path))


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=60))
@pytest.mark.parametrize("name", ["a.conll", "a.jsonl", "a.json", "a.ann", "a.spacy", "a"])
def test_any_bytes_are_read_or_refused_with_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes
) -> None:
    if name == "a.spacy":
        pytest.importorskip("spacy")
    path = tmp_path_factory.mktemp("fuzz") / name
    path.with_suffix(".txt").write_text(TEXT)
    path.write_bytes(content)
    message = refusal(path)
    assert message is None or message.startswith(str(path.with_suffix("")))


@settings(max_examples=40, deadline=None)
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_a_damaged_doc_bin_is_read_or_refused_with_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, place: int, byte: int
) -> None:
    pytest.importorskip("spacy")
    path = tmp_path_factory.mktemp("fuzz") / "a.spacy"
    write_labelled(path, [ADA])
    content = bytearray(zlib.decompress(path.read_bytes()))
    content[place % len(content)] = byte
    path.write_bytes(zlib.compress(content))
    message = refusal(path)
    assert message is None or message.startswith(str(path))


marks = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=5)


@settings(max_examples=150, deadline=None)
@given(text=st.text("ab .\n-é😀", max_size=30), places=marks)
def test_entities_without_overlaps_are_all_kept_exactly(
    tmp_path_factory: pytest.TempPathFactory, text: str, places: list[tuple[int, int]]
) -> None:
    kept: list[tuple[int, int]] = []
    for start, end in sorted(places):
        inside = text[start:end]
        free = not kept or kept[-1][1] <= start
        if end <= len(text) and inside.strip() and inside == inside.strip() and free:
            kept.append((start, end))
    path = tmp_path_factory.mktemp("exact") / "a.jsonl"
    path.write_text(json.dumps({"text": text, "label": [[*each, "X"] for each in kept]}))
    if not text.strip():
        return
    found = quietly(path)
    bare = ["".join(text[start:end].split()) for start, end in kept]
    assert [name for _, name in names_of(found)] == bare
    assert "".join(word for each in found for word in each.words) == "".join(text.split())
    for each in found:
        assert encode(spans(each.tags), len(each.words), "IOB2") == each.tags


WRAPPED = "Ada Lovelace\nvisited Turin.\n"


def test_a_text_may_be_wrapped_and_a_line_of_brat_is_a_sentence(tmp_path: Path) -> None:
    (found,) = read_record(tmp_path, text=WRAPPED, spans=[])
    assert found.words == ("Ada", "Lovelace", "visited", "Turin", ".")
    write(tmp_path, "a.txt", WRAPPED)
    lines = read_labelled(write(tmp_path, "a.ann", "T1\tPER 0 12\tAda Lovelace\n"))
    assert [each.words for each in lines] == [("Ada", "Lovelace"), ("visited", "Turin", ".")]
