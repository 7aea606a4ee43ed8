"""Tags in the explorer: the graph of a score, contributions of words and rows, other tags."""

import numpy as np
import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")


from chainrule.explore.live.edit_requests import Edit, EditRequest
from chainrule.explorer import ExplorerError
from chainrule.explorer.live_tags import LiveTags
from chainrule.explorer.tag_document import tag_graph
from chainrule.ner import explain
from explored_runs import tagger
from live_pages import Client, array, number_of, served

WORDS = ("Ada", "visited", "Turin")


@pytest.fixture(scope="module", params=["window", "bilstm"])
def trained(request):
    return tagger(encoder=request.param)


@pytest.fixture(scope="module")
def window():
    return tagger()


def test_the_output_of_the_graph_is_the_score_of_the_tag(trained):
    for position in range(3):
        for tag in trained.tags:
            found = tag_graph(trained, WORDS, position, tag)
            scores, _ = trained.sequence_scores(WORDS)
            wanted = scores[position][trained.tags.index(tag)]
            assert found.graph.forward() == pytest.approx(wanted, rel=1e-4, abs=1e-5)


def test_contributions_are_those_of_the_explanation(trained):
    report = tag_graph(trained, WORDS, 0).report
    (wanted,) = explain(
        trained, " ".join(WORDS), 0, baseline="zeros", method="gradient times input", flips=False
    )
    assert report["tag"] == wanted.tag == "S-PER"
    for found, word in zip(report["contributions"], wanted.words, strict=True):
        assert found["total"] == pytest.approx(word.value, rel=1e-4, abs=1e-6)
        assert found["position"] == (-1 if word.place is None else word.place)
        rows = [(each["table"], each["row"]) for each in found["rows"]]
        assert rows == [(each.feature, each.name) for each in word.parts]
        total = sum(each["contribution"] for each in found["rows"])
        assert total == pytest.approx(found["total"])


def test_a_contribution_is_gradient_times_input_of_the_shown_numbers(window):
    live = LiveTags(window, WORDS, 0)
    document = live.document({})
    words = document["nodes"]["name"].index("words")
    numbers = document["numbers"]
    value, upstream = (
        array(numbers["tensors"][numbers[name][words]]) for name in ("value", "upstream")
    )
    shown = {each["position"]: each["rows"] for each in document["tag"]["contributions"]}
    for row in (each for rows in shown.values() for each in rows):
        assert document["nodes"]["role"][row["node"]] == "input"
    for position in range(3):
        (row,) = [each for each in shown[position] if each["table"] == "word"]
        at = position + 2
        assert row["contribution"] == pytest.approx(np.dot(value[0, at], upstream[0, at]), rel=1e-4)


def test_probabilities_are_those_of_the_tagger(trained):
    report = tag_graph(trained, WORDS, 2).report
    (wanted,) = trained.probabilities([WORDS])
    assert {each["tag"]: each["probability"] for each in report["scores"]} == {
        tag: pytest.approx(float(each)) for tag, each in zip(trained.tags, wanted[2], strict=True)
    }
    shares = [each["probability"] for each in report["scores"]]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=1e-5)


def test_the_page_asks_for_other_words_and_tags(window):
    with served(LiveTags(window, WORDS, 0)) as server:
        client = Client(server)
        first = client.get("/document.json").json()
        other = client.get("/document.json?position=2&tag=O").json()
        predicted = client.get("/document.json?position=2").json()
        assert (first["tag"]["position"], first["tag"]["tag"]) == (0, "S-PER")
        assert (other["tag"]["position"], other["tag"]["tag"]) == (2, "O")
        assert predicted["tag"]["tag"] == "S-LOC"
        assert other["title"] == "Score of O for 'Turin'"
        assert client.get("/?position=2&tag=O").text == "a page of Score of O for 'Turin'"
        assert client.get("/").text == "a page of Score of S-PER for 'Ada'"
        for query, sentence in (
            (
                "position=3",
                "the last word of the sentence has the number 2",
            ),
            ("position=-1", "Give its number, from 0"),
            ("position=x", "Give its number, from 0"),
            ("tag=B-DOG", "The tag 'B-DOG' was asked for"),
            ("code=1", "'code'"),
        ):
            answer = client.get(f"/document.json?{query}")
            assert answer.status_code == 422
            assert sentence in answer.json()["error"]


def test_two_tabs_edit_graphs_of_their_own(window):
    with served(LiveTags(window, WORDS, 0)) as server:
        client = Client(server)
        first = client.get("/document.json").json()
        other = client.get("/document.json?position=2").json()
        for document, query in ((first, ""), (other, "?position=2"), (first, "")):
            answer = client.post(f"/edit{query}", edits=[])
            assert answer.status_code == 200
            output = document["outputs"][0]
            wanted, found = (
                each["tensors"][each["value"][output]]["data"]
                for each in (document["numbers"], answer.json()["numbers"])
            )
            assert found == wanted
        assert client.post("/edit?code=1", edits=[]).status_code == 422


def test_rows_are_edited_in_the_graph_that_is_shown(window):
    live = LiveTags(window, WORDS, 0)
    live.document({"position": "2"})
    graph = tag_graph(window, WORDS, 2).graph
    edit = Edit(node=number_of(graph, "words"), position=0, value=0.5)
    numbers = live.edited(EditRequest(edits=[edit]))["numbers"]
    rows = np.array(graph["words"].value)
    rows.reshape(-1)[0] = 0.5
    wanted = graph.forward(words=rows)
    output = numbers["tensors"][numbers["value"][len(graph.record().order) - 1]]
    assert array(output) == pytest.approx(wanted)


def test_words_and_tags_that_there_are_not_are_sentences(window):
    with pytest.raises(ExplorerError, match="has the number 2"):
        tag_graph(window, WORDS, 3)
    with pytest.raises(ExplorerError, match="The tagger has O"):
        tag_graph(window, WORDS, 0, "X")
    with pytest.raises(ExplorerError, match="no words"):
        tag_graph(window, (), 0)


def test_the_tagger_is_as_before(window):
    before = {name: each.read().copy() for name, each in window.network.named_parameters().items()}
    tag_graph(window, WORDS, 1)
    after = window.network.named_parameters()
    assert all(np.array_equal(each, after[name].read()) for name, each in before.items())
