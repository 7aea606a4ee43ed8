"""A claim that is measured: where its picture goes, and what is said where there is none."""

import sys

import pytest

from chainrule.lecture import Claim, Outcome, measured
from chainrule.storage import StorageError


def _claim(measure=None):
    def found():
        return Outcome({"ratio": "2"}, held=True, because="2 is 2", draw=lambda figure: None)

    return Claim("two", "Two is two.", measure or found)


def test_without_matplotlib_the_figures_are_said_and_the_remedy(tmp_path, monkeypatch):
    module = sys.modules[measured.__module__]
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    found = measured(_claim(), str(tmp_path / "new"))
    assert found.picture is None
    assert not (tmp_path / "new").exists()
    assert "held: 2 is 2" in str(found)
    assert "picture: not drawn: pip install 'chainrule[plot]'" in str(found)


def test_a_folder_that_cannot_be_written_to_is_refused_before_measuring(tmp_path):
    def never():
        raise AssertionError("measured")

    file = tmp_path / "file"
    file.write_text("")
    for folder in (file, file / "below"):
        with pytest.raises(StorageError, match="cannot be written to"):
            measured(_claim(never), folder)
