"""`chainrule classify`: train, evaluate and predict, and the messages for what is wrong."""

import json

import pytest
from typer.testing import CliRunner

from chainrule.cli import app
from tiny_bert import write_bert, write_texts

QUICK = ("--epochs", "2", "--batch-size", "16", "--learning-rate", "0.005")


def run(*arguments, given=None):
    return CliRunner().invoke(app, ["classify", *map(str, arguments)], input=given)


def train(bert, texts, out, *options):
    learned, held_out = texts
    return run(
        *("train", "--train", learned, "--dev", held_out, "--pretrained", bert, "--out", out),
        *(*QUICK, *options),
    )


@pytest.fixture(scope="module")
def model(bert, texts, tmp_path_factory):
    out = tmp_path_factory.mktemp("model") / "out"
    result = train(bert, texts, out)
    assert result.exit_code == 0, result.output
    assert "training on 96 texts, 2 classes" in result.output
    assert "epoch   2" in result.output
    return out


def test_the_best_epoch_is_kept_with_the_history(model):
    history = json.loads((model / "classifier.json").read_text())["history"]
    figures = [each["validation_f1"] for each in history]
    assert figures[-1] == max(figures)


def test_texts_that_may_have_been_cut_are_counted(bert, texts, tmp_path):
    result = train(bert, texts, tmp_path / "out", "--max-length", "5", "--freeze")
    assert "texts fill 5 tokens; what exceeds them was cut" in result.output


def test_evaluate_prints_a_table_or_json(model, texts):
    table = run("evaluate", "--model", model, "--data", texts[1]).output
    found = json.loads(run("evaluate", "--model", model, "--data", texts[1], "--json").output)
    assert f"accuracy             {found['accuracy']:.4f}" in table
    assert set(found["classes"]) == {"up", "down"}
    assert found["classes"]["up"]["texts"] == 20


def test_predict_takes_a_text_lines_and_columns(model, tmp_path):
    one = run("predict", "--model", model, "the good film").output
    label, share = one.strip().split("\t")
    assert label in ("up", "down")
    assert 0.5 <= float(share) <= 1
    lines = "the good film\na bad book\n"
    piped = run("predict", "--model", model, given=lines).output.splitlines()
    assert piped[0] == one.strip()
    assert len(piped) == 2
    (tmp_path / "lines.txt").write_text(lines)
    assert run("predict", "--model", model, "--file", tmp_path / "lines.txt").output == (
        "\n".join(piped) + "\n"
    )
    (tmp_path / "data.tsv").write_text("id\ttext\n1\tthe good film\n")
    assert run("predict", "--model", model, "--data", tmp_path / "data.tsv").output == one
    found = json.loads(run("predict", "--model", model, "--format", "json", "a good film").output)
    assert sum(found["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_numbers_are_predicted(bert, tmp_path):
    data = [
        write_texts(tmp_path / f"{seed}.tsv", 32, seed, pairs=True, regression=True)
        for seed in (1, 2)
    ]
    result = train(bert, data, tmp_path / "out", "--regression")
    assert result.exit_code == 0, result.output
    assert "training on 32 pairs, regression" in result.output
    assert "pearson" in run("evaluate", "--model", tmp_path / "out", "--data", data[1]).output
    arguments = ("--model", tmp_path / "out", "good film", "--pair", "bad book")
    float(run("predict", *arguments).output)


def columns(path, content):
    path.write_text(content)
    return path


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("label\ttext\nup\tgood\nnew\tbad\n", (), "line 3, has the label 'new'"),
        ("up\tgood\n", (), "has no column 'text'"),
        (None, ("--freeze", "--lora", "2"), "exclude each other"),
        (None, ("--last", "9"), "the network has 2 layers"),
        (None, ("--max-length", "99"), "has positions for 24 tokens"),
        (None, ("--epochs", "0"), "--epochs was given 0"),
        (None, ("--lora", "99"), "rank=99"),
        (None, ("--regression",), "which is not a number"),
    ],
)
def test_what_cannot_work_is_a_sentence_and_writes_nothing(
    bert, texts, tmp_path, content, options, message
):
    dev = texts[1] if content is None else columns(tmp_path / "dev.tsv", content)
    result = train(bert, (texts[0], dev), tmp_path / "out", *options)
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.output.split())
    assert result.output.count("error: ") == 1
    assert not (tmp_path / "out").exists()


def test_one_class_is_a_sentence(bert, texts, tmp_path):
    learned = columns(tmp_path / "train.tsv", "label\ttext\nup\tgood\nup\tfine\n")
    result = train(bert, (learned, texts[1]), tmp_path / "out")
    assert result.exit_code == 2
    assert "nothing can be learned" in " ".join(result.output.split())


def test_a_network_of_an_unknown_family_is_a_sentence(texts, tmp_path):
    folder = write_bert(tmp_path / "net", model_type="something-else")
    result = train(folder, texts, tmp_path / "out")
    assert result.exit_code == 2
    assert "something-else" in result.output
    assert not (tmp_path / "out").exists()


def test_a_folder_with_other_files_is_left_alone(bert, texts, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    result = train(bert, texts, tmp_path)
    assert result.exit_code == 2
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


def test_two_sources_of_texts_are_refused(model, tmp_path):
    result = run("predict", "--model", model, "a film", "--file", tmp_path / "none")
    assert result.exit_code == 2
    assert "TEXT and --file were both given" in " ".join(result.output.split())


def test_explain_prints_contributions_that_sum_to_the_score(model, tmp_path):
    page, bars = tmp_path / "page.html", tmp_path / "bars.svg"
    result = run("explain", "--model", model, "the good film", "--html", page, "--plot", bars)
    assert result.exit_code == 0, result.output
    heading, *lines = result.stdout.splitlines()
    total = float(heading.split()[-1])
    values = [float(line.split()[1]) for line in lines]
    assert [line.split()[0] for line in lines] == ["[CLS]", "the", "good", "film", "[SEP]"]
    assert sum(values) == pytest.approx(total, abs=2e-3)
    assert "good" in page.read_text()
    assert bars.read_text().count("<svg") == 1


def test_explain_names_an_unknown_label(model):
    result = run("explain", "--model", model, "the good film", "--label", "sideways")
    assert result.exit_code != 0
    assert "'sideways'" in result.output


def test_only_line_breaks_separate_texts(model):
    found = run("predict", "--model", model, given="the good\u2028film\r\na bad\x0cbook\n")
    assert found.exit_code == 0, found.output
    assert len(found.output.splitlines()) == 2
