"""What comes from outside is printed as it is: square brackets and colons are no markup."""

import io
import warnings

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from chainrule.cli import app, lecture, ner_training
from chainrule.cli.console import PlainConsole
from chainrule.cli.errors import reported
from chainrule.lecture import CLAIMS
from chainrule.ner import TypesWarning, training_curve
from chainrule.train.callbacks.progress_bar import Progress, epoch_parts

ODD = ["[red]x[/red]", "[/]", "[b]", ":smile:", "[link=x]y[/link]", "a[plot]b", "\\[x]", "[1, 2]"]
QUICK = ["--epochs", "1", "--hidden", "4", "--word-size", "4", "--batch-size", "64"]


def run(*arguments, stdin=None):
    return CliRunner().invoke(app, [str(each) for each in arguments], input=stdin)


@pytest.fixture(params=["[red]x", "[1, 2] :smile:"])
def folder(request, tmp_path):
    made = tmp_path / request.param
    made.mkdir()
    return made


def train(folder, rows="Ada\tB-PER\nran\tO\n\n" * 12):
    path = folder / "[b]x[green].conll"
    path.write_text(rows)
    return run("ner", "train", "--train", path, "--dev", path, "--out", folder / "m", *QUICK), path


def test_names_of_files_are_printed_whole(folder):
    result, _ = train(folder)
    assert result.exit_code == 0, result.output
    assert f"model in {folder / 'm'}\n" in result.output
    assert (
        f"curve in {folder / 'm' / 'curve.png'}\n" in result.output or not training_curve.can_draw()
    )


def test_errors_name_files_whole(folder):
    path = folder / "[i]bad.conll"
    path.write_text("Ada PER\n")
    result = run("ner", "train", "--train", path, "--out", folder / "m")
    assert result.exit_code == 2
    assert f"error: {path}, line 1: the last column, 'PER', is not a tag" in result.stderr
    assert str(folder / "none") in run("ner", "tag", "--model", folder / "none", "x").stderr
    assert str(folder) in run("doctor", folder / "none").stderr
    assert "[b]" in run("check", "[b]:f").stderr
    assert "[/b]" in run("lecture", "[/b]").stderr
    assert "[/b]" in run("ner", "tag", "--model", "x", "--format", "[/b]", "x").stderr


def test_words_and_types_are_printed_whole(tmp_path):
    kinds = [each for each in ODD if " " not in each]
    rows = "".join(f"{word}\tO\n" for word in ODD) + "".join(f"x\tB-{kind}\n" for kind in kinds)
    result, _ = train(tmp_path, f"{rows}\n" * 12)
    assert result.exit_code == 0, result.output
    assert all(f"{kind:>17}: precision" in result.output for kind in kinds)
    for form in ("brackets", "json", "columns"):
        text = " ".join(ODD)
        found = run("ner", "tag", "--model", tmp_path / "m", "--format", form, text).output
        for letter in "[]/:":
            assert found.count(letter) >= text.count(letter)


def test_the_advice_keeps_its_brackets(tmp_path, monkeypatch):
    monkeypatch.setattr(ner_training.training_curve, "can_draw", lambda: False)
    result, _ = train(tmp_path)
    assert "pip install 'chainrule[plot]' installs matplotlib\n" in result.output


@pytest.mark.parametrize("name", ODD)
def test_names_of_metrics_are_printed_whole(name):
    console = Console(file=io.StringIO(), width=300)
    record = {"epoch": 1, "loss": 0.5, "samples_per_second": 3.0, "learning_rate": 0.1, name: 0.25}
    progress = Progress(console, lines=True)
    progress.after_epoch(None, record)
    assert console.file.getvalue() == "  ".join(epoch_parts(record)) + "\n"
    assert name.replace("_", " ") in "  ".join(epoch_parts(record))


@pytest.mark.parametrize("text", ODD)
def test_tables_of_claims_are_printed_whole(text, monkeypatch, capsys):
    claim = CLAIMS[0]
    monkeypatch.setattr(lecture, "CLAIMS", [type(claim)(text, text, claim.measure)])
    lecture._list()
    assert capsys.readouterr().out.count(text) == 2


def test_the_console_breaks_no_line(capsys):
    PlainConsole().say("[b]" + "long/" * 60)
    assert capsys.readouterr().out == "[b]" + "long/" * 60 + "\n"


def parts(command):
    found = command.list_commands(None) if hasattr(command, "list_commands") else ()
    return {name: command.get_command(None, name) for name in found}


def helps(command):
    for parameter in command.params:
        yield getattr(parameter, "help", None) or ""
    for each in parts(command).values():
        yield from helps(each)


def names(command, before=()):
    yield before
    for name, each in parts(command).items():
        yield from names(each, (*before, name))


def squeezed(text):
    """Leave out blanks and the frame around a help, in which lines are broken."""
    return "".join(letter for letter in text if not letter.isspace() and letter not in "│╭╮╰╯─")


def test_every_help_is_printed_whole():
    command = typer.main.get_command(app)
    shown = squeezed("".join(run(*each, "--help").output for each in names(command)))
    for text in helps(command):
        assert squeezed(text) in shown


def test_a_model_on_data_of_other_types_says_so(tmp_path):
    train(tmp_path, "Ada\tB-[b]\nran\tO\n\n" * 12)
    other = tmp_path / "other.conll"
    other.write_text("Ada\tB-person\nran\tO\n\n")
    sentence = "warning: No entity type is shared, so nothing can be found: the model knows [b], "
    for options in ([], ["--json"], ["--predictions", tmp_path / "p"]):
        found = run("ner", "evaluate", "--model", tmp_path / "m", "--data", other, *options)
        assert found.exit_code == 0, found.output
        assert found.stderr.startswith(f"{sentence}the data has person.")
        assert found.stderr.count("warning") == 1
        assert "warning" not in found.stdout


def test_training_on_other_types_than_are_held_out_says_so_once(tmp_path):
    _, path = train(tmp_path)
    other = tmp_path / "other.conll"
    other.write_text("Ada\tB-person\nran\tO\n\n")
    options = ["--out", tmp_path / "n", *QUICK, "--epochs", "3"]
    result = run("ner", "train", "--train", path, "--dev", other, *options)
    assert result.exit_code == 0, result.output
    assert result.stderr.count("the model knows PER, the data has person") == 1


def test_other_warnings_are_left_as_they_are():
    @reported
    def command():
        warnings.warn("of something else", RuntimeWarning, stacklevel=1)

    with pytest.warns(RuntimeWarning, match="of something else"):
        command()
    assert issubclass(TypesWarning, UserWarning)
