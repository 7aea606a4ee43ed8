"""Documents in files: what is read of pages and JSON, and sentences for all else."""

import json

import numpy as np
import pytest

import chainrule as cr
from chainrule.explore.page.document import graph_document
from chainrule.explorer import ExplorerError
from chainrule.explorer.stored_documents import read_document
from chainrule.storage import StorageError


@pytest.fixture
def document():
    x = cr.input("x", value=np.array([1.0, 2.0]))
    graph = cr.Graph((cr.exp(x) * x).sum())
    graph.backward()
    return json.loads(json.dumps(graph_document(graph.record())))


@pytest.fixture
def graph():
    x = cr.input("</script><b>", value=np.array([1.0, 2.0]))
    return cr.Graph((cr.exp(x) * x).sum())


def written(path, document):
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_a_page_is_read_back(tmp_path, graph):
    graph.explore(tmp_path / "page.html")
    found = read_document(tmp_path / "page.html")
    graph.backward()
    assert found == json.loads(json.dumps(graph_document(graph.record())))


def test_json_is_read(tmp_path, document):
    assert read_document(written(tmp_path / "graph.json", document)) == document


def test_scripts_of_a_page_are_not_read(tmp_path, document):
    text = (
        '<script>alert("first")</script><script id="other">{}</script>'
        f'<script type="application/json" id="explorer-document">{json.dumps(document)}</script>'
        '<script id="explorer-document">{"format": "second"}</script>'
    )
    path = tmp_path / "page.html"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ExplorerError, match="not JSON"):
        read_document(path)
    path.write_text(text[: text.rindex("<script")], encoding="utf-8")
    assert read_document(path) == document


DAMAGED = [
    (lambda d: d.pop("nodes"), "'nodes' is missing"),
    (lambda d: d.update(numbers=[]), "'numbers' is missing or of a wrong kind"),
    (lambda d: d.update(title=5), "'title' is missing or of a wrong kind"),
    (lambda d: d["nodes"].pop("kind"), "its nodes have no 'kind'"),
    (lambda d: d["nodes"]["shape"].pop(), "the columns of its nodes have different lengths"),
    (lambda d: d["numbers"]["local"].pop(), "columns of its numbers have different lengths"),
    (lambda d: d["nodes"]["kind"].__setitem__(0, 99), "'kind' has an index that leads nowhere"),
    (lambda d: d["nodes"]["call"].__setitem__(0, -1), "'call' has an index"),
    (lambda d: d["nodes"]["inputs"].__setitem__(0, [3]), "does not come before its user"),
    (lambda d: d["numbers"]["value"].__setitem__(0, 1e9), "'value' has an index"),
    (lambda d: d["numbers"]["downstream"][-1].__setitem__(0, 99), "'downstream' has an index"),
    (lambda d: d["numbers"]["tensors"][0].pop("data"), "a tensor lacks its shape"),
    (lambda d: d["numbers"].pop("tensors"), "its numbers have no 'tensors'"),
    (lambda d: d["editing"].update(server="yes"), "'editing' has no 'server'"),
]


@pytest.mark.parametrize(("damage", "sentence"), DAMAGED)
def test_a_damaged_document_is_a_sentence(tmp_path, document, damage, sentence):
    damage(document)
    with pytest.raises(ExplorerError, match="is damaged") as error:
        read_document(written(tmp_path / "graph.json", document))
    assert sentence in str(error.value)


def test_a_document_of_a_server_is_read_without_it(tmp_path, document):
    document["editing"] |= {"server": True, "page": False}
    editing = read_document(written(tmp_path / "graph.json", document))["editing"]
    assert editing["server"] is False
    assert editing["why"].startswith("This is a stored document")


def test_other_formats_and_versions_are_sentences(tmp_path, document):
    path = tmp_path / "graph.json"
    with pytest.raises(ExplorerError, match="no document of the explorer"):
        read_document(written(path, {"format": "other"}))
    with pytest.raises(ExplorerError, match="has version 2 of the document"):
        read_document(written(path, document | {"version": 2}))
    with pytest.raises(ExplorerError, match="not an object"):
        read_document(written(path, []))
    path.write_bytes(b'{"format": NaN}')
    with pytest.raises(ExplorerError, match="not finite"):
        read_document(path)
    path.write_bytes(b"\x80\x04\x95")
    with pytest.raises(ExplorerError, match="not JSON"):
        read_document(path)


def test_a_page_of_something_else_is_a_sentence(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("<p>hello", encoding="utf-8")
    with pytest.raises(ExplorerError, match="is no page of the explorer"):
        read_document(path)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(StorageError):
        read_document(tmp_path)
