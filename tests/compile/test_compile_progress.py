"""A long compilation shows its progress on a terminal, and leaves nothing there."""

import io
import re
import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.run import compile_progress

pytestmark = pytest.mark.native


class Terminal(io.StringIO):
    def __init__(self, is_terminal=True):
        super().__init__()
        self.is_terminal = is_terminal

    def isatty(self):
        return self.is_terminal


def written(monkeypatch, stream, seconds=0.0):
    """Return what the compilation of a function writes if its progress is due after `seconds`."""
    monkeypatch.setattr(compile_progress, "_SECONDS_WITHOUT", seconds)
    monkeypatch.setattr(compile_progress, "_SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(sys, "stderr", stream)

    @cr.compile
    def step(x):
        return cr.tanh(x @ x.T).sum(0)

    step(np.ones((3, 3), np.float32))
    return stream.getvalue()


def test_the_line_counts_kernels_and_is_removed(monkeypatch):
    text = written(monkeypatch, Terminal())
    *lines, blank, rest = text.split("\r")[1:]
    counts = [re.fullmatch(r"compiling step: (\d+) of (\d+) kernels", each) for each in lines]
    assert [int(each[1]) for each in counts] == list(range(len(counts)))
    assert {int(each[2]) for each in counts} == {len(counts)}
    assert blank == " " * len(lines[-1])
    assert rest == ""


@pytest.mark.parametrize(
    ("stream", "seconds", "setting"),
    [
        (Terminal(is_terminal=False), 0.0, ""),
        (Terminal(), 3600.0, ""),
        (Terminal(), 0.0, "off"),
    ],
    ids=["no terminal", "a short compilation", "turned off"],
)
def test_nothing_is_written_otherwise(monkeypatch, stream, seconds, setting):
    monkeypatch.setenv("CHAINRULE_PROGRESS", setting)
    assert written(monkeypatch, stream, seconds) == ""


def test_without_an_error_output_nothing_is_written(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert not compile_progress._is_wanted()
