"""The progress bar and the lines of epochs keep within the width of a terminal."""

import io
import re

import pytest
from rich.console import Console

import chainrule as cr
from chainrule.train.callbacks.progress_bar import broken_lines, epoch_parts

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
RECORD = {
    "epoch": 5,
    "step": 1565,
    "loss": 0.123456,
    "learning_rate": 0.001,
    "validation_loss": 0.2345,
    "validation_accuracy": 0.91234,
    "validation_f1": 0.8,
    "validation_confusion": [[1, 2], [3, 4]],
    "seconds": 1.2,
    "samples_per_second": 41234.5,
}
WIDTHS = (60, 80, 100, 200)


def printed(width, record=RECORD, terminal=True):
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, color_system=None)
    progress = cr.train.Progress(console, lines=True)
    progress.after_epoch(None, record)
    return console.file.getvalue()


def shown(width, seconds):
    """Return the rows of the screen that the bar fills at the start and after some steps."""
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    model = cr.nn.Linear(2, 2, random=0)
    run = cr.train.Run(model, cr.optim.SGD(model), lambda *_: None, 120, batches=3130)
    progress = cr.train.Progress(console)
    progress.start(run)
    run.step, run.epoch, run.samples, run.total = 150_000, 48, 45_000, 5555.5
    run.seconds = seconds
    progress.tick(run)
    progress._bar.refresh()
    progress.close()
    text = ESCAPES.sub("\n", console.file.getvalue().replace("\r", "\n"))
    return [line for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize("width", WIDTHS)
def test_lines_are_broken_between_figures(width):
    lines = printed(width).splitlines()
    assert max(map(len, lines)) <= width
    figures = [part for line in lines for part in re.split(" {2,}", line.strip())]
    assert figures == ["epoch", "5", *epoch_parts(RECORD)[1:]]
    assert all(line.startswith(" " * len("epoch   5  ")) for line in lines[1:])


def test_a_wide_terminal_and_a_file_have_one_line_per_epoch():
    whole = "  ".join(epoch_parts(RECORD)) + "\n"
    assert printed(200) == printed(60, terminal=False) == whole


def test_a_name_longer_than_a_line_is_broken_between_its_words():
    record = RECORD | {"share of the words that are found again at once": 0.5}
    lines = printed(40, record).splitlines()
    assert "           the words that are found" in lines
    assert max(map(len, lines)) <= 40
    assert (
        broken_lines(["epoch   1", "x" * 50, "rate 1"], 40).splitlines()[1]
        == "           " + "x" * 50
    )


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("seconds", [0.0, 1.2])
def test_the_bar_is_one_row_and_knows_no_nan(width, seconds):
    rows = shown(width, seconds)
    assert max(map(len, rows)) <= width
    assert all(row.startswith("epoch ") and "loss" in row for row in rows)
    assert "nan" not in "".join(rows)
    assert "…" not in "".join(rows)
    assert ("samples/s" in rows[-1]) == (width >= 80)
