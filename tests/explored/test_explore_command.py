"""`chainrule explore`: runs, taggers and files."""

import json
import os
import re
import signal
import subprocess
import sys

import httpx
import numpy as np
import pytest
from typer.testing import CliRunner

import chainrule as cr
from chainrule.cli import app
from chainrule.explorer import ExplorerError, explore
from chainrule.explorer.stored_documents import read_document
from chainrule.ner import save
from explored_runs import tagger, trained

COMMAND = "from chainrule.cli import app; app()"
INTERRUPTIBLE = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    trained(folder / "dead")
    trained(folder / "healthy", bias=0.0)
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "tagger"
    save(tagger(), folder)
    return folder


def run(*arguments):
    return CliRunner().invoke(app, ["explore", *map(str, arguments)])


def written(tmp_path, *arguments):
    out = tmp_path / "out.html"
    result = run(*arguments, "--out", out)
    assert result.exit_code == 0, result.output
    assert str(out) in result.stdout
    return read_document(out)


def refused(*arguments):
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.endswith(".\n")
    return " ".join(result.stderr.split())


def test_a_run_is_written_with_its_findings(runs, tmp_path):
    document = written(tmp_path, runs / "dead")
    assert "dying ReLU" in document["findings"]["findings"][0]["title"]
    assert document["title"] == "dead: step 12"
    assert document == written(tmp_path, runs / "dead" / "doctor.jsonl") | {
        "title": "dead: step 12"
    }


def test_two_runs_are_compared(runs, tmp_path):
    document = written(tmp_path, runs / "dead", "--with", runs / "healthy")
    assert (document["comparison"]["first"], document["comparison"]["second"]) == (
        "dead",
        "healthy",
    )


def test_two_steps_are_compared(runs, tmp_path):
    document = written(tmp_path, runs / "dead", "--with", runs / "dead", "--with-step", 1)
    labels = document["comparison"]["first"], document["comparison"]["second"]
    assert labels == ("dead: step 12", "dead: step 1")


def test_a_tag_is_written(model, tmp_path):
    document = written(tmp_path, model, "--text", "Turin greets Ada", "--word", "Ada")
    assert document["tag"]["position"] == 2
    assert document["tag"]["tag"] == "S-PER"
    assert document["editing"]["server"] is False
    assert "This is a stored document" in document["editing"]["why"]


def test_the_first_word_of_an_entity_is_explored_unless_one_is_given(model, tmp_path):
    assert written(tmp_path, model, "--text", "the Turin")["tag"]["words"] == ["the", "Turin"]
    document = written(tmp_path, model, "--text", "Turin greets Ada", "--word", 1, "--tag", "O")
    assert (document["tag"]["position"], document["tag"]["tag"]) == (1, "O")


def test_a_page_is_opened_again(tmp_path):
    x = cr.input("x", value=np.array([1.0, 2.0]))
    cr.Graph((x * x).sum()).explore(tmp_path / "page.html")
    first = read_document(tmp_path / "page.html")
    assert written(tmp_path, tmp_path / "page.html") == first
    (tmp_path / "graph.json").write_text(json.dumps(first))
    assert written(tmp_path, tmp_path / "graph.json") == first


def test_what_cannot_be_explored_is_a_sentence(runs, model, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "There is nothing at" in refused(tmp_path / "nothing")
    assert "holds no records of the doctor" in refused(tmp_path / "empty")
    assert "is a tagger. Give a text" in refused(model)
    assert "no steps" in refused(model, "--text", "Ada", "--step", 1)
    assert "no such word" in refused(model, "--text", "Ada", "--word", "Turin")
    assert "the text has the number 0" in refused(model, "--text", "Ada", "--word", "5")
    assert "no words" in refused(model, "--text", " ")
    assert "'B-DOG' was asked for" in refused(model, "--text", "Ada", "--tag", "B-DOG")
    assert "is no folder of a tagger" in refused(runs / "dead", "--text", "Ada")
    assert "steps 1 and 12" in refused(runs / "dead", "--step", 7)
    assert "ends in '.txt'" in refused(runs / "dead", "--out", tmp_path / "page.txt")


def test_a_truth_value_is_no_word(model, tmp_path):
    with pytest.raises(ExplorerError, match="a truth value"):
        explore(model, text="Ada visited Turin", word=True, out=tmp_path / "tag.html")


def test_the_page_is_served_until_it_is_interrupted(runs):
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", INTERRUPTIBLE + COMMAND, "explore", str(runs / "dead")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ, BROWSER="true"),
        text=True,
    )
    try:
        line = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", line)[0]
        cookies = httpx.get(address, trust_env=False).cookies
        origin = address.split("/?")[0]
        named = "; ".join(f"{name}={value}" for name, value in cookies.items())
        answer = httpx.get(
            f"{origin}/document.json", headers={"Cookie": named}, trust_env=False
        ).json()
        assert answer["title"] == "dead: step 12"
        refused_edit = httpx.post(
            f"{origin}/edit",
            json={"edits": []},
            headers={"Cookie": named, "Origin": origin},
            trust_env=False,
        )
        assert "stored without its graph" in refused_edit.json()["error"]
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.communicate()
