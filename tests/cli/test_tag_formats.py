"""`chainrule ner tag`: formats of the answer, forms of the input, units."""

import json

import pytest
from typer.testing import CliRunner

from chainrule.cli import app, stream
from chainrule.ner import Settings, Tagger, load, save, train
from chainrule.text import Sentence

CORPUS = [
    Sentence(("Ada", "Lovelace", "visited", "Turin", "."), ("B-PER", "I-PER", "O", "B-LOC", "O")),
    Sentence(("Turin", "greets", "Ada", "."), ("B-LOC", "O", "B-PER", "O")),
] * 4
TEXT = "Ada Lovelace\nvisited  Turin. \U0001f600\n\n\nTurin greets Ada."


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    some = Settings(window=1, hidden=16, word_size=8, unknown_rate=0.0, epochs=80, patience=80)
    tagger = Tagger.for_corpus(CORPUS, some)
    train(tagger, CORPUS, CORPUS)
    tagger.scheme = "IOBES"
    folder = tmp_path_factory.mktemp("formats") / "model"
    save(tagger, folder)
    return folder


def tagged(model, *options, stdin=None, fails=False):
    result = CliRunner().invoke(app, ["ner", "tag", "--model", str(model), *options], input=stdin)
    assert (result.exit_code != 0) == fails, result.output
    return result.output


def records(output):
    return [json.loads(line) for line in output.splitlines()]


def test_the_model_finds_the_names(model):
    assert [each.text for each in load(model)(TEXT)] == ["Ada Lovelace", "Turin", "Turin", "Ada"]


def test_inline_text_is_the_text_with_brackets(model):
    wanted = TEXT.replace("Ada Lovelace", "[PER Ada Lovelace]").replace("Turin", "[LOC Turin]")
    wanted = wanted.replace("greets Ada", "greets [PER Ada]") + "\n"
    assert tagged(model, "--format", "inline", TEXT) == wanted
    assert tagged(model, "--format", "inline", stdin=TEXT) == wanted


def test_conll_is_iob2_and_columns_are_in_the_scheme_of_the_tagger(model):
    columns = tagged(model, "--format", "columns", TEXT)
    assert columns.startswith("Ada\tB-PER\nLovelace\tE-PER\nvisited\tO\nTurin\tS-LOC\n.\tO\n")
    conll = tagged(model, "--format", "conll", TEXT)
    assert conll.startswith("Ada\tB-PER\nLovelace\tI-PER\nvisited\tO\nTurin\tB-LOC\n.\tO\n")
    assert columns.count("\n") == conll.count("\n")


def test_json_of_a_text_is_one_record_with_places_in_it(model):
    (line,) = records(tagged(model, "--format", "jsonl", TEXT))
    assert {*line} == {"text", "start", "entities"}
    assert (line["text"], line["start"]) == (TEXT, 0)
    for each in line["entities"]:
        assert {*each} == {"text", "label", "start", "end", "confidence"}
        assert TEXT[each["start"] : each["end"]] == each["text"]
    assert json.loads(tagged(model, "--format", "json", TEXT)) == [line]
    assert json.loads(tagged(model, "--format", "json", stdin="")) == []


@pytest.mark.parametrize("at_once", [1, 5, 1000])
@pytest.mark.parametrize(("options", "count"), [([], 2), (["--lines"], 3)])
def test_json_lines_of_a_stream_are_paragraphs_or_lines(
    model, monkeypatch, at_once, options, count
):
    monkeypatch.setattr(stream, "_READ_AT_ONCE", at_once)
    found = records(tagged(model, "--format", "jsonl", *options, stdin=TEXT))
    assert len(found) == count
    for each in found:
        assert TEXT[each["start"] :].startswith(each["text"])
        for entity in each["entities"]:
            assert each["text"][entity["start"] : entity["end"]] == entity["text"]
    assert sum(len(each["entities"]) for each in found) == 4
    whole = json.loads(tagged(model, "--format", "json", *options, stdin=TEXT))
    assert whole == found


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\f", "\x85", "\u2028"])
def test_the_line_end_behind_a_passage_is_left_out(model, end):
    text = f"Ada ran.{end}Turin{end}{end}Ada"
    lines = json.loads(tagged(model, "--format", "json", "--lines", stdin=text))
    assert [each["text"] for each in lines] == ["Ada ran.", "Turin", "Ada"]
    paragraphs = json.loads(tagged(model, "--format", "json", stdin=text))
    assert [each["text"] for each in paragraphs] == [f"Ada ran.{end}Turin", "Ada"]


def test_separate_words_are_not_split_again(model):
    words = "Ada Lovelace visited U.S.-Turin.\n\nTurin greets Ada"
    output = tagged(model, "--input", "words", words, "--format", "columns")
    assert [row.split("\t")[0] for row in output.splitlines()] == [
        *["Ada", "Lovelace", "visited", "U.S.-Turin.", "", "Turin", "greets", "Ada", ""]
    ]
    first, second = records(tagged(model, "--input", "words", "--format", "jsonl", stdin=words))
    assert first["text"] == "Ada Lovelace visited U.S.-Turin."
    assert second["entities"][0]["text"] == "Turin"
    assert "start" not in second


SENTENCE = [["Turin", "NNP"], ["greets", "VBZ"], ["Ada", "NNP"], [".", "."]]


@pytest.mark.parametrize("between", [" ", "\t"])
@pytest.mark.parametrize("at_once", [3, 1000])
def test_columns_keep_their_other_columns(model, monkeypatch, between, at_once):
    monkeypatch.setattr(stream, "_READ_AT_ONCE", at_once)
    rows = [["-DOCSTART-", "-X-"], [], *SENTENCE, [], *SENTENCE]
    text = "\n".join(between.join(row) for row in rows)
    output = tagged(model, "--input", "columns", "--format", "conll", stdin=text)
    found = [line.split(between) if line else [] for line in output.splitlines()]
    assert [row[:2] for row in found] == [*rows, []]
    assert [row[2] for row in found if row] == ["O", *["B-LOC", "O", "B-PER", "O"] * 2]
    brackets = tagged(model, "--input", "columns", "--format", "brackets", stdin=text)
    assert brackets == "[LOC Turin] greets [PER Ada] .\n" * 2


def test_rows_of_words_alone_are_columns_too(model):
    output = tagged(
        model, "--input", "columns", "--format", "conll", stdin="Turin\r\ngreets\r\nAda\r\n.\r\n"
    )
    assert output == "Turin\tB-LOC\ngreets\tO\nAda\tB-PER\n.\tO\n\n"
    message = tagged(model, "--input", "columns", stdin="\tNNP\n", fails=True)
    assert "begins with an empty column" in " ".join(message.split())


@pytest.mark.parametrize("between", [" ", "\t"])
@pytest.mark.parametrize("columns", [1, 2])
def test_comments_before_rows_stay_and_are_not_tagged(model, between, columns):
    rows = [between.join(row[:columns]) for row in SENTENCE]
    comments = ["# sent_id = 1", "# Ada in Turin, a note"]
    text = "\n".join([*comments, *rows, "", comments[0], "", "", *rows])
    found = tagged(model, "--input", "columns", stdin=text).splitlines()
    (plain,) = [tagged(model, "--input", "columns", stdin="\n".join(rows)).splitlines()]
    assert found == [*comments, *plain, comments[0], "", *plain]
    brackets = tagged(model, "--input", "columns", "--format", "brackets", stdin=text)
    assert brackets == "[LOC Turin] greets [PER Ada] .\n" * 2
    assert len(records(tagged(model, "--input", "columns", "--format", "jsonl", stdin=text))) == 2


@pytest.mark.parametrize("at_once", [1, 4, 1000])
def test_a_row_whose_word_is_a_blank_ends_no_sentence(model, monkeypatch, at_once):
    monkeypatch.setattr(stream, "_READ_AT_ONCE", at_once)
    rows = tagged(model, "--input", "columns", stdin="A\t\n \t\nB\t\n\nC\t\n").splitlines()
    assert [row.split("\t")[0] for row in rows] == ["A", " ", "B", "", "C", ""]


CONTRADICTIONS = {
    "--lines and --input columns": ["--lines", "--input", "columns"],
    "--units and --input columns": ["--units", "characters", "--input", "columns"],
    "--units and --input words": ["--units", "words", "--input", "words"],
}


@pytest.mark.parametrize("options", CONTRADICTIONS)
def test_options_of_plain_text_are_refused_for_text_that_is_split(model, options):
    message = tagged(model, *CONTRADICTIONS[options], stdin="Ada\tx\n", fails=True)
    assert f"{options} were both given" in " ".join(message.split())


def test_units_can_be_asked_for(model):
    output = tagged(model, "--units", "characters", "--format", "columns", "Ada x\ny")
    assert [row.split("\t")[0] for row in output.splitlines()] == [*"Ada x y", ""]
    assert "Choose words or characters" in tagged(model, "--units", "bytes", "x", fails=True)


def test_reliability_is_printed(model, tmp_path):
    path = tmp_path / "data.conll"
    path.write_text("Turin B-LOC\ngreets O\nAda B-PER\n. O\n")
    options = ["ner", "evaluate", "--model", str(model), "--data", str(path)]
    result = CliRunner().invoke(app, [*options, "--reliability"])
    assert "expected calibration error" in result.output
    as_json = json.loads(CliRunner().invoke(app, [*options, "--reliability", "--json"]).output)
    assert sum(each["count"] for each in as_json["reliability"]["bins"]) == 2
