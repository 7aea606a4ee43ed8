"""The judges judge: a right answer passes, a wrong one does not, and nothing is left out unseen."""

import ast
import importlib.util
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from judges import (
    array_api,
    autograd,
    expected,
    flair,
    recorded_families,
    results,
    stanza_tagger,
    table,
)
from judges.other_python import MissingLibraryError
from judges.suite import Outcome, judge, run

import chainrule as cr

needs_torch = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("torch", "expecttest"))), reason="needs torch"
)
GROUPS = """# It is not there.
tests/test_a.py::test_one
tests/test_a.py::test_several[*axis*

# excluded: It is about other things.
tests/test_b.py::*
"""
OUTCOMES = [
    Outcome("tests/test_a.py::test_one[3]", "failed", "no"),
    Outcome("tests/test_a.py::test_one_more", "failed", "no"),
    Outcome("tests/test_a.py::test_several[an axis]", "passed", ""),
    Outcome("tests/test_a.py::test_two", "passed", ""),
    Outcome("tests/test_b.py::test_x", "failed", "no"),
    Outcome("tests/test_b.py::test_y", "skipped", "later"),
]


WRONG = {
    "value": lambda x: cr.exp(x) * 1.01,
    "vjp": lambda x: cr.exp(x) + cr.stop_gradient(x) - x,
}


@pytest.fixture
def groups(tmp_path):
    file = tmp_path / "expected_failures.txt"
    file.write_text(GROUPS, encoding="utf-8")
    return expected.read(file)


def test_failures_are_expected_excluded_or_neither(groups):
    verdict = judge(OUTCOMES, groups)
    assert verdict.excused == {"It is not there.": 1}
    assert verdict.excluded == {"It is about other things.": 1}
    assert [each.test for each in verdict.unexpected] == ["tests/test_a.py::test_one_more"]
    assert verdict.surprising == ["tests/test_a.py::test_several[*axis*"]
    assert (verdict.passed, verdict.skipped, verdict.counted, verdict.share) == (2, 1, 4, 0.5)


@pytest.mark.parametrize("judged", [array_api, autograd], ids=["array-api", "autograd"])
def test_every_expected_failure_has_a_reason(judged):
    found = expected.read(judged.EXPECTED)
    assert all(each.reason.endswith(".") for each in found)
    assert len({each.pattern for each in found}) == len(found) > 10


def test_a_suite_tells_what_became_of_its_tests(tmp_path):
    code = "def test_a(): pass\ndef test_b(): assert 1 == 2\n"
    (tmp_path / "test_suite.py").write_text(code, encoding="utf-8")
    (tmp_path / "test_broken.py").write_text("import nothing_of_this_name\n", encoding="utf-8")
    options = ["--continue-on-collection-errors", "--rootdir", str(tmp_path)]
    found = {each.test: each for each in run(tmp_path, options, {})}
    assert found["test_suite.py::test_a"].outcome == "passed"
    assert found["test_suite.py::test_b"].outcome == "failed"
    assert "assert 1 == 2" in found["test_suite.py::test_b"].error
    assert "nothing_of_this_name" in found["test_broken.py"].error


def test_the_page_of_the_guide_has_the_results(tmp_path):
    copy = tmp_path / "judged.md"
    copy.write_bytes(table.PAGE.read_bytes())
    table.write(results.read(), copy)
    assert copy.read_bytes() == table.PAGE.read_bytes(), "run python -m judges table"


def test_results_are_kept_beside_those_of_other_judges(tmp_path):
    file = tmp_path / "results.json"
    results.keep("one", {"passed": 1}, file)
    results.keep("other", {"passed": 2}, file)
    assert {name: each["passed"] for name, each in results.read(file).items()} == {
        "one": 1,
        "other": 2,
    }


@pytest.fixture(scope="module")
def operators():
    from judges.operators.run import database

    return database()


@needs_torch
def test_entries_are_operators_of_torch(operators):
    from judges.operators.entries import entries

    assert set(entries()) <= set(operators)
    assert len(entries()) >= 390


@needs_torch
@pytest.mark.parametrize("name", ["sigmoid", "nn.functional.huber_loss", "cat", "std_mean"])
def test_right_entries_pass(operators, name):
    from judges.operators.entries import entries
    from judges.operators.examination import examine

    found = examine(name, operators[name], entries()[name], 3)
    assert found.passes, found.wrong
    assert found.right == 6


@needs_torch
@pytest.mark.parametrize("what", ["value", "vjp"])
def test_a_wrong_entry_does_not_pass(operators, what):
    from judges.operators.examination import examine

    found = examine("exp", operators["exp"], WRONG[what], 1)
    assert (found.right, found.failed) == (0, 2)
    assert all(f"{what}: " in each for each in found.wrong)


@needs_torch
def test_what_is_not_compared_is_counted_with_its_reason(operators):
    from judges.operators.examination import examine
    from judges.operators.names import cr as names
    from judges.operators.names import unless

    def refusing(x):
        unless(x.ndim == 0, "an axis")
        return cr.exp(x)

    found = examine("exp", operators["exp"], refusing, None)
    assert found.skipped["an axis"] > 0
    assert found.right > 0
    waiting = examine("exp", operators["exp"], lambda x: names.exponential_of(x), None)
    assert waiting.absent == "cr.exponential_of"
    assert not waiting.passes


@needs_torch
def test_results_of_named_operators_leave_those_of_others(operators, tmp_path, monkeypatch):
    from judges import __main__ as command
    from judges.operators.entries import entries
    from judges.operators.examination import examine

    def run(names, *_):
        return [examine(each, operators[each], entries()[each], 1) for each in names]

    monkeypatch.setattr(command, "run", run)
    monkeypatch.setattr(command, "database", lambda: operators)
    file = tmp_path / "results.json"
    monkeypatch.setattr(command.results, "read", lambda: results_of(file))
    monkeypatch.setattr(command.results, "keep", lambda name, found: file.write_text(str(found)))
    for name in ("exp", "cross"):
        command.judge_operators([name], samples=1, processes=1, keep=True)
    kept = results_of(file)["operators"]
    assert list(kept["operators"]) == ["cross", "exp"]
    assert (kept["passing"], kept["mapped"], kept["right"]) == (2, 2, 4)


def results_of(file):
    return {"operators": ast.literal_eval(file.read_text())} if file.exists() else {}


def test_a_tagger_that_computes_something_else_is_seen(tmp_path):
    case = stanza_tagger._recorder()
    folder = tmp_path / "net"
    shutil.copytree(case.RECORDED / "stanza-charmodel", folder)
    assert stanza_tagger.differences(folder, case.SENTENCES) == []
    with np.load(folder / "computed.npz") as file:
        arrays = dict(file)
    arrays["scores"] = arrays["scores"] * 1.001
    arrays["tags"][0] = "S-LOC" if arrays["tags"][0] == "O" else "O"
    np.savez(folder / "computed.npz", **arrays)
    found = stanza_tagger.differences(folder, case.SENTENCES)
    assert len(found) == 2
    assert found[0].startswith("scores differ by 1.0e-03")
    assert found[1] == "other tags"


def test_without_the_library_the_judge_says_what_to_install(tmp_path):
    (tmp_path / "stanza.py").write_text("raise ImportError('none here')")
    script = tmp_path / "python"
    script.write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path} exec {sys.executable} "$@"\n')
    script.chmod(0o755)
    with pytest.raises(MissingLibraryError, match=r"pip install --no-deps stanza==1\.15"):
        stanza_tagger.examine(str(script), 1)


def test_a_python_without_flair_is_a_sentence_that_says_what_to_install():
    with pytest.raises(MissingLibraryError, match=r"flair==0\.15\.1"):
        next(flair.differences(Path("no-such-python"), 0))


def test_a_family_whose_library_does_not_run_says_what_to_install(tmp_path):
    family = recorded_families.FAMILIES["transformer-xl"]
    with pytest.raises(MissingLibraryError, match=r"cannot be run(.|\n)*transformers==4\.35\.2"):
        recorded_families.examine(family, tmp_path / "no-such-python")
    failing = tmp_path / "python"
    failing.write_text("#!/bin/sh\necho 'no module here' >&2\nexit 1\n")
    failing.chmod(0o755)
    with pytest.raises(MissingLibraryError, match=r"failed with .*: no module here"):
        recorded_families.examine(family, failing)
