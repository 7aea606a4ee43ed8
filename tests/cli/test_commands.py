"""The commands do what their help says, and fail in sentences."""

import json
import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import chainrule
from chainrule.cli import app
from chainrule.cli.stream import ahead
from chainrule.text import score

QUICK = ["--epochs", "2", "--hidden", "20", "--word-size", "8", "--batch-size", "64"]
TRAIN = "Ada\tB-PER\nLovelace\tI-PER\nvisited\tO\nTurin\tB-LOC\n\nIt\tO\nrained\tO\n\n" * 12


def run(*arguments, stdin=None):
    return CliRunner().invoke(app, [str(each) for each in arguments], input=stdin)


def fails(*arguments, stdin=None):
    result = run(*arguments, stdin=stdin)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert result.stderr.startswith("error: ")
    return " ".join(result.stderr.split())


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "train.conll"
    path.write_text(TRAIN, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def model(corpus):
    out = corpus.parent / "model"
    options = ["--learning-rate", "0.01", "--epochs", "30", "--batch-size", "8", "--hidden", "30"]
    result = run("ner", "train", "--train", corpus, "--dev", corpus, "--out", out, *options)
    assert result.exit_code == 0, result.output
    assert "FB1:" in result.output
    assert "[PER Ada Lovelace] visited [LOC Turin]" in result.output
    return out


def test_help_names_every_command():
    output = run("--help").output
    for command in ("ner", "vectors", "lecture", "zoo", "check", "doctor"):
        assert command in output
    for command in ("advise", "train", "evaluate", "tag"):
        assert command in run("ner", "--help").output


def test_the_version_is_printed():
    assert run("--version").output.strip() == f"chainrule {chainrule.__version__}"


def test_the_embedded_corpus_trains_without_any_option(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run("ner", "train", *QUICK)
    assert result.exit_code == 0, result.output
    assert "processed 1902 tokens" in result.output
    assert "Marie Curie" in result.output
    assert "한글" in result.output
    assert (tmp_path / "tagger" / "model.safetensors").is_file()
    assert len(json.loads((tmp_path / "tagger" / "history.json").read_text())) == 2


def test_a_training_curve_is_saved(model):
    pytest.importorskip("matplotlib")
    assert (model / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_every_tenth_sentence_is_held_out_without_dev(corpus, tmp_path):
    result = run("ner", "train", "--train", corpus, "--out", tmp_path / "m", *QUICK)
    assert result.exit_code == 0, result.output
    assert "training on 22 sentences" in result.output


def test_evaluate_prints_the_official_table_or_json(model, corpus):
    table = run("ner", "evaluate", "--model", model, "--data", corpus).output
    assert table.startswith("processed 72 tokens with 24 phrases; found:")
    scores = json.loads(run("ner", "evaluate", "--model", model, "--data", corpus, "--json").output)
    assert f"FB1: {scores['overall']['f1']:6.2f}" in table


def test_evaluate_writes_columns_that_the_official_scorer_reads(model, corpus, tmp_path):
    path = tmp_path / "predicted.conll"
    run("ner", "evaluate", "--model", model, "--data", corpus, "--predictions", path)
    assert path.read_text(encoding="utf-8").splitlines()[0].split() == ["Ada", "B-PER", "B-PER"]


def test_scores_are_printed_although_the_predictions_cannot_be_written(model, corpus, tmp_path):
    path = tmp_path / "nowhere" / "predicted.conll"
    result = run("ner", "evaluate", "--model", model, "--data", corpus, "--predictions", path)
    assert result.exit_code == 2
    assert "FB1:" in result.stdout
    assert "the file cannot be written" in " ".join(result.stderr.split())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
def test_a_full_disk_is_a_sentence(model):
    command = [sys.executable, "-c", INTERRUPTIBLE, "ner", "tag", "--model", str(model), "Ada"]
    with open("/dev/full", "w") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert result.returncode == 2
    assert result.stderr.startswith("error: The output cannot be written: No space left on device.")
    assert "Traceback" not in result.stderr


FORMS = {
    "IOB1": "B-PER I-PER O I-LOC B-LOC",
    "IOBES": "B-PER E-PER O S-LOC S-LOC",
    "BMES": "B-PER E-PER O S-LOC S-LOC",
    "BILOU": "B-PER L-PER O U-LOC U-LOC",
    "lower case": "b-PER i-PER o b-LOC b-LOC",
}


@pytest.mark.parametrize("form", FORMS)
def test_predictions_are_in_iob2_and_their_table_is_what_was_printed(model, tmp_path, form):
    words = ("Ada", "Lovelace", "visited", "Turin", "Turin")
    rows = zip(words, FORMS[form].split(), strict=True)
    data, path = tmp_path / "data.conll", tmp_path / "predicted.conll"
    data.write_text("".join(f"{word}\t{tag}\n" for word, tag in rows) + "\nIt\tO\n")
    table = run("ner", "evaluate", "--model", model, "--data", data, "--predictions", path).output
    blocks = path.read_text().strip().split("\n\n")
    columns = [[row.split("\t") for row in block.split("\n")] for block in blocks]
    gold, predicted = ([[row[i] for row in block] for block in columns] for i in (1, 2))
    assert gold == [["B-PER", "I-PER", "O", "B-LOC", "B-LOC"], ["O"]]
    assert str(score(gold, predicted)) + "\n" == table
    assert not {tag[:2] for tags in predicted for tag in tags} & {"S-", "E-"}


def strict_entities(tags):
    """Entities of IOB2 that a strict scorer counts: B-X, then I-X only."""
    found, start = set(), None
    for place, (tag, after) in enumerate(zip(tags, [*tags[1:], "O"], strict=True)):
        start = place if tag.startswith("B-") else start
        if tag != "O" and (after == "O" or after.startswith("B-")):
            kinds = {each[2:] for each in tags[start : place + 1]}
            inside = all(each.startswith("I-") for each in tags[start + 1 : place + 1])
            found |= {(start, place, *kinds)} if len(kinds) == 1 and inside else set()
    return found


def test_strict_and_conlleval_scores_are_equal_and_both_averages_are_named(model, tmp_path):
    words = ("Ada", "Lovelace", "visited", "Turin", "and", "Turin")
    gold = ("I-PER", "I-PER", "O", "I-PER", "B-LOC", "I-LOC")  # loose: LOC begins after a PER
    data, path = tmp_path / "data.conll", tmp_path / "predicted.conll"
    data.write_text("".join(f"{a}\t{b}\n" for a, b in zip(words, gold, strict=True)))
    options = ["--model", model, "--data", data, "--macro"]
    output = run("ner", "evaluate", *options, "--predictions", path).output
    rows = [row.split("\t") for row in path.read_text().split("\n") if row]
    counted = [strict_entities([row[i] for row in rows]) for i in (1, 2)]
    sizes = [len(each) for each in (*counted, counted[0] & counted[1])]
    expected = "6 tokens with {} phrases; found: {} phrases; correct: {}.".format(*sizes)
    assert output.startswith(f"processed {expected}")
    scores = json.loads(run("ner", "evaluate", *options, "--json").output)
    f1 = [each["f1"] for each in scores["types"].values()]
    lines = output.splitlines()[-3:]
    assert lines[0] == f"micro average, all entities: F1 {scores['overall']['f1']:.2f}"
    assert lines[1].endswith(f"2 types in the data: F1 {sum(f1) / 2:.2f}")
    assert (
        lines[2] == "both the same for conlleval and for strict scoring, since all tags are valid"
    )


def test_the_movement_of_vectors_is_reported_after_fine_tuning(corpus, tmp_path):
    vectors = tmp_path / "glove.txt"
    vectors.write_text("ada 1 0\ngrace 1 0.1\nturin 0 1\nlondon 0.1 1\n")
    out, asked = tmp_path / "m", ["--report-movement", "--out", tmp_path / "m"]
    options = ["--train", corpus, "--dev", corpus, *QUICK[:4], *asked]
    for given, reason in [
        ([], "no vectors of a file that training could move. Give --vectors FILE."),
        (["--vectors", vectors, "--vectors-mode", "freeze"], "and the mode is freeze"),
        (["--vectors", vectors, "--vectors-mode", "retrain"], "and the mode is retrain"),
    ]:
        assert reason in fails("ner", "train", *options, *given)
        assert not out.exists()
    for _ in range(2):  # the second run replaces the folder with its report
        result = run("ner", "train", *options, "--vectors", vectors)
        assert result.exit_code == 0, result.output
    assert "4 words compared" in result.output
    assert "2 moved (50.0%)" in result.output
    assert "share a learned vector of length" in result.output
    report = json.loads((out / "movement.json").read_text())
    assert {each["word"] for each in report["moved_words"]} == {"ada", "turin"}
    assert (out / "movement.png").is_file() == (find_spec("matplotlib") is not None)
    assert run("ner", "tag", "--model", out, "Ada").exit_code == 0


def test_tag_takes_text_a_file_or_standard_input(model, tmp_path):
    text = "Ada Lovelace visited Turin"
    brackets = run("ner", "tag", "--model", model, text).output
    assert brackets == "[PER Ada Lovelace] visited [LOC Turin]\n"
    columns = "Ada\tB-PER\nLovelace\tI-PER\nvisited\tO\nTurin\tB-LOC\n\n"
    assert run("ner", "tag", "--model", model, stdin=text).output == columns
    (tmp_path / "text.txt").write_text(text)
    assert run("ner", "tag", "--model", model, "--file", tmp_path / "text.txt").output == columns
    as_json = run("ner", "tag", "--model", model, "--format", "json", text).output
    (record,) = json.loads(as_json)
    places = [(each["label"], each["start"], each["end"]) for each in record["entities"]]
    assert (record["text"], places) == (text, [("PER", 0, 12), ("LOC", 21, 26)])


# What tagging does not need.
LATER = ("chainrule.explore", "chainrule.lecture", "chainrule.train", "chainrule.word2vec", "rich")
TAG = """
import sys
from chainrule.cli import app
try:
    app()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def test_tagging_loads_nothing_that_other_commands_need(model):
    command = [sys.executable, "-c", TAG, "ner", "tag", "--model", str(model), "It rained"]
    run = subprocess.run(command, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "It rained\n")
    assert not {*LATER} & {*run.stderr.split()}


def test_tagging_nothing_prints_nothing(model):
    assert run("ner", "tag", "--model", model, "").output == ""
    assert run("ner", "tag", "--model", model, stdin="").output == ""


def test_bad_files_are_named_with_line_and_reason_and_nothing_is_written(tmp_path):
    bad = tmp_path / "bad.conll"
    for content, reason in [
        (b"Ada B-PER\nLovelace\n", "bad.conll, line 2"),
        (b"Ada B-PER\n\xff\xfe O\n", "bad.conll, line 2"),
        (b"Ada X-PER\n", "bad.conll, line 1"),
        (b"", "bad.conll"),
    ]:
        bad.write_bytes(content)
        assert reason in fails("ner", "train", "--train", bad, "--out", tmp_path / "m")
    assert "missing.conll" in fails("ner", "train", "--train", tmp_path / "missing.conll")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.conll"]


def test_training_data_without_entities_is_refused(tmp_path):
    path = tmp_path / "plain.conll"
    path.write_text("It O\nrained O\n\n" * 20)
    sentence = fails("ner", "train", "--train", path, "--out", tmp_path / "m")
    assert "holds no entity, only the tag O" in sentence


def test_too_few_sentences_to_hold_some_out_are_refused(tmp_path):
    path = tmp_path / "tiny.conll"
    path.write_text("Ada B-PER\n")
    assert "too few to hold some out" in fails("ner", "train", "--train", path)


def test_settings_outside_their_interval_are_refused():
    sentence = fails("ner", "train", "--epochs", "0", "--hidden-dropout", "1.5")
    assert "--epochs was given 0" in sentence
    assert "--hidden-dropout was given 1.5" in sentence


def test_a_folder_with_other_files_is_not_overwritten(corpus, tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    sentence = fails("ner", "train", "--train", corpus, "--out", tmp_path)
    assert "holds other files and would be replaced" in sentence
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_tag_and_evaluate_refuse_what_is_not_there(model, tmp_path):
    assert "No tagger was found" in fails("ner", "tag", "--model", tmp_path, "text")
    assert "cannot be read" in fails("ner", "tag", "--model", model, "--file", tmp_path / "no")
    assert "were both given" in fails("ner", "tag", "--model", model, "a", "--file", "b")
    assert "no.conll" in fails("ner", "evaluate", "--model", model, "--data", tmp_path / "no.conll")
    (tmp_path / "latin").write_bytes(b"fine\ncaf\xe9\n")
    sentence = fails("ner", "tag", "--model", model, "--file", tmp_path / "latin")
    assert "line 2, is not UTF-8 text" in sentence
    printed = run("ner", "tag", "--model", model, "--file", tmp_path / "latin").stdout
    assert printed.startswith("fine\t")  # the text before that place is tagged


def test_a_file_is_read_one_piece_ahead_and_errors_come_in_their_order():
    taken = []

    def items():
        for number in range(4):
            taken.append(number)
            yield number
        raise chainrule.ChainruleError("the file is not UTF-8 text")

    read = ahead(items())
    for number in range(4):
        assert next(read) == number
        assert len(taken) <= number + 2
    with pytest.raises(chainrule.ChainruleError, match="not UTF-8"):
        next(read)
    assert [*ahead(iter([]))] == []


def test_a_file_of_many_pieces_is_tagged_as_one_text(model, tmp_path, monkeypatch):
    lines = [f"Ada Lovelace visited Turin {number} times ." for number in range(300)]
    path = tmp_path / "text.txt"
    path.write_text("\n".join(lines))
    whole = run("ner", "tag", "--model", model, "--file", path).output
    monkeypatch.setattr("chainrule.cli.stream._READ_AT_ONCE", 1000)
    assert run("ner", "tag", "--model", model, "--file", path).output == whole
    assert run("ner", "tag", "--model", model, stdin=path.read_text()).output == whole
    assert whole.count("\n\n") == len(lines)


def test_a_run_with_vectors_seeds_test_data_and_checkpoints(corpus, tmp_path):
    vectors = tmp_path / "glove.txt"
    vectors.write_text("ada 1 0\ngrace 1 0\nturin 0 1\nlondon 0 1\n")
    options = ["--train", corpus, "--dev", corpus, "--hidden", "9", "--epochs", "2"]
    kinds = ["--vectors", vectors, "--vectors-mode", "freeze", "--augment", "case"]
    result = run("ner", "train", *options, *kinds, "--seeds", "2", "--out", tmp_path / "m")
    assert result.exit_code == 0, result.output
    assert "dev F1 of 2 seeds" in result.output
    single = [*options, "--out", tmp_path / "n", "--checkpoint", tmp_path / "c", "--test", corpus]
    for expected in ("best epoch", "continuing after epoch 2"):
        result = run("ner", "train", *single)
        assert result.exit_code == 0, result.output
        assert expected in result.output
        assert f"{corpus}:" in result.output.replace("\n", "")
    both = fails("ner", "train", *single, "--seeds", "2")
    assert "--seeds and --checkpoint were both given" in both
    assert "--encoder was given 'tree'" in fails("ner", "train", "--encoder", "tree")
    assert "none.txt" in fails("ner", "train", *options, "--vectors", tmp_path / "none.txt")
    assert "--augment was given x" in fails("ner", "train", *options, "--augment", "x")
    names = tmp_path / "names.txt"
    names.write_text("TOWN Turin\n")
    assert "line 1, is 'TOWN Turin'" in fails("ner", "train", *options, "--gazetteer", names)
    lower = run(
        "ner", "evaluate", "--model", tmp_path / "m", "--data", corpus, "--case", "lower", "--macro"
    )
    assert "macro average, mean of the F1 of the 2 types in the data" in lower.output


INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from chainrule.cli import app
app()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent as a POSIX signal")
def test_ctrl_c_leaves_the_best_model_so_far(tmp_path):
    command = [sys.executable, "-c", INTERRUPTIBLE, "ner", "train"]
    options = [*QUICK[2:], "--epochs", "500", "--out", str(tmp_path / "m")]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        next(line for line in process.stdout if line.startswith("epoch"))
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert "stopped by Ctrl-C" in output
    assert "FB1:" in output
    assert run("ner", "tag", "--model", tmp_path / "m", "Paris").exit_code == 0


FUNCTIONS = """
import dataclasses
import chainrule as cr

def energy(x, y):
    return cr.tanh(x) @ y

def with_parameters():
    return (cr.parameter([1.0, 2.0], "w") ** 2).sum()

def prepared():
    return energy, [1.0, 2.0], [3.0, 4.0]

def wrong(x):
    multiply = cr.PRIMITIVES["multiply"]
    rules = (multiply.vjp[0], lambda g, y, a, b: g * a * 1.001)
    return cr.apply(dataclasses.replace(multiply, vjp=rules), x, x).sum()

text = "not a function"
"""


@pytest.fixture
def functions(tmp_path):
    path = tmp_path / "functions.py"
    path.write_text(FUNCTIONS)
    return path


def test_check_says_that_gradients_are_right(functions):
    result = run("check", f"{functions}:energy", "--args", "[[1.0, 2.0], [3.0, 4.0]]")
    assert result.exit_code == 0, result.output
    assert "verdict: the gradients are right" in result.output
    for name in ("with_parameters", "prepared"):
        assert run("check", f"{functions}:{name}").exit_code == 0
    module = run("check", "chainrule.nn:softmax", "--args", "[[1.0, 2.0, 3.0]]")
    assert module.exit_code == 0, module.output


def test_check_names_the_wrong_gate_and_exits_with_1(functions):
    result = run("check", f"{functions}:wrong", "--args", "[[1.0, 2.0]]")
    assert result.exit_code == 1
    assert "wrong gate: ✗ multiply (functions.py:" in result.output


@pytest.mark.parametrize(
    ("target", "arguments", "reason"),
    [
        ("energy", "[]", "does not name a function"),
        ("nowhere.py:energy", "[]", "There is no Python file nowhere.py"),
        ("no_such_module:f", "[]", "cannot be imported"),
        ("{}:missing", "[]", "has no 'missing'"),
        ("{}:text", "[]", "has the type str, which cannot be called"),
        ("{}:energy", "[1,", "--args is not JSON"),
        ("{}:energy", "1", "must be a JSON list"),
        ("{}:energy", "[]", "could not be called without arguments"),
    ],
)
def test_check_errors_are_readable(functions, target, arguments, reason):
    assert reason in fails("check", target.format(functions), "--args", arguments)


def test_the_lectures_circuits_agree_with_the_lectures(tmp_path):
    result = run("lecture", "gates", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    for number in ("-12", "0.73", "0.116", "-0.112", "0.636"):
        assert number in result.output


def test_vectors_are_given_to_the_claims_that_use_them(tmp_path):
    vectors = tmp_path / "small.vec"
    vectors.write_text("TV 1 0\ntelly 1 1\n")
    assert "has no vectors of television" in fails("lecture", "telly", "--vectors", vectors)
    assert "it is used by: telly" in fails("lecture", "gates", "--vectors", vectors)


def test_the_readmes_test_command_is_the_one_that_ci_runs():
    root = Path(__file__).resolve().parents[2]
    ci = (root / ".ci" / "run").read_text()
    command = next(line for line in ci.splitlines() if "pytest" in line)
    assert command in (root / "README.md").read_text()


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    model = chainrule.nn.Linear(2, 2, random=0)
    x = np.random.default_rng(0).normal(size=(64, 2)).astype("float32")
    data = x, (x[:, 0] > 0).astype("int64")
    options = {"epochs": 2, "progress": False, "callbacks": [chainrule.train.Doctor(folder)]}
    optimizer = chainrule.optim.SGD(model, learning_rate=0.1)
    chainrule.train.fit(model, optimizer, chainrule.nn.cross_entropy, data, **options)
    return folder


def test_the_doctor_reports_from_a_folder_or_its_file(records, tmp_path):
    result = run("doctor", records)
    assert result.exit_code == 0, result.output
    assert "healthy: 4 exams, steps 1 to 4" in result.output
    assert run("doctor", records / "doctor.jsonl").output == result.output


def test_the_doctor_draws_its_measurements(records, tmp_path):
    pytest.importorskip("matplotlib")
    assert run("doctor", records, "--picture", tmp_path / "a.png").exit_code == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert "Name it .png" in fails("doctor", records, "--picture", tmp_path / "a.bmp")


def test_the_doctor_needs_a_folder_with_records(tmp_path):
    assert run("doctor").exit_code == 2
    assert "holds no records" in fails("doctor", tmp_path)
