"""What a server answers: entities, tags, and sentences for what it does not accept."""

import asyncio
import hashlib
import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from served import same_entities
from starlette.applications import Starlette
from starlette.routing import Mount

from chainrule.http.refusal import RefusedRequest
from chainrule.ner import load
from chainrule.serve import application
from chainrule.serve.batch_queue import BatchQueue
from chainrule.serve.messages import EntitiesRequest, parsed

TEXT = "Ada visited Turin"
JSON = "application/json"


def test_a_text_gets_the_entities_of_the_tagger(running, tagger_folder):
    answer = running.ask({"text": TEXT})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == JSON
    found = answer.json()["entities"]
    assert [(each["text"], each["label"]) for each in found] == [("Ada", "PER"), ("Turin", "LOC")]
    assert [(each["start"], each["end"]) for each in found] == [(0, 3), (12, 17)]
    assert same_entities(found, load(tagger_folder)(TEXT))


def test_texts_and_words_get_an_answer_each_in_their_order(running, tagger_folder):
    tagger = load(tagger_folder)
    texts = [TEXT, "", "Turin greets Ada", "\u4e16\u754c Ada \U0001f600 visited Turin\n\nAda"]
    answer = running.ask({"texts": texts}).json()
    for found, text in zip(answer["entities"], texts, strict=True):
        assert same_entities(found, tagger(text))
    words = [["Ada", "visited", "Turin"], [], ["Turin"]]
    answer = running.ask({"words": words}).json()
    assert answer["tags"] == [list(each) for each in tagger.tag(words)]
    assert answer["tags"][0] == ["B-PER", "O", "B-LOC"]
    for empty in ("texts", "words"):
        assert running.ask({empty: []}).status_code == 200


def test_answers_name_the_model_that_gave_them(running, tagger_folder):
    digest = hashlib.sha256((tagger_folder / "model.safetensors").read_bytes()).hexdigest()
    health = running.client.get("/health")
    assert health.status_code == 200
    assert health.json()["status"] == "ready"
    assert health.json()["model"] == tagger_folder.name
    assert health.json()["labels"] == ["LOC", "PER"]
    assert health.json()["checksum"] == digest == running.ask({"text": TEXT}).json()["model"]
    assert running.client.get("/health/live").json()["live"] is True


REFUSED = [
    (b"", 400, "not_json", "not valid JSON"),
    (b'{"text": "Ada"', 400, "not_json", "not valid JSON: EOF"),
    (b'{"text": "\xff"}', 400, "not_json", "not valid JSON"),
    (b'{"text": "\\ud800"}', 400, "not_json", "not valid JSON"),
    (b"[" * 9_000, 400, "not_json", "recursion limit"),
    ([], 422, "wrong_fields", "The body does not fit"),
    (None, 422, "wrong_fields", "The body does not fit"),
    ({}, 422, "wrong_fields", "exactly one of text, texts and words is needed, and none of them"),
    ({"text": "a", "words": []}, 422, "wrong_fields", "text and words is there"),
    ({"text": 5}, 422, "wrong_fields", "text is 5: input should be a valid string"),
    ({"text": None}, 422, "wrong_fields", "text is None: input should be a valid string"),
    ({"texts": ["a", 5]}, 422, "wrong_fields", "texts[1] is 5: input should be"),
    ({"texts": TEXT}, 422, "wrong_fields", f"texts is '{TEXT}': input should be a valid array"),
    ({"words": [["a", ["b"]]]}, 422, "wrong_fields", "words[0][1] is ['b']: input should be"),
    ({"words": ["Ada"]}, 422, "wrong_fields", "words[0] is 'Ada': input should be a valid array"),
    ({"text": "a", "x": 1}, 422, "wrong_fields", "x is unknown"),
    ({"text": "a", "x" * 999: 1}, 422, "wrong_fields", f"fit: {'x' * 60}... is unknown"),
    ({"texts": [5] * 9}, 422, "wrong_fields", "and 6 more faults"),
    ({"text": 9 * "x" * 2_000}, 413, "too_large", "has 18,"),
]


@pytest.mark.parametrize(("body", "status", "code", "sentence"), REFUSED)
def test_what_does_not_fit_is_refused_in_a_sentence(running, body, status, code, sentence):
    if not isinstance(body, bytes):
        found = running.client.post("/entities", json=body) if body is not None else None
        answer = found or running.ask(b"null")
    else:
        answer = running.ask(body)
    refused(answer, status, code, sentence)


def refused(answer, status, code, sentence):
    assert answer.status_code == status
    assert answer.headers["content-type"] == JSON
    error = answer.json()["error"]
    assert (error["status"], error["code"]) == (status, code)
    assert sentence in error["message"]
    assert error["message"].endswith(".")


HEADERS = [
    ({"Content-Type": "text/plain"}, "has the type text/plain"),
    ({}, "has no Content-Type"),
    ({"Content-Type": f"{JSON}; charset=latin-1"}, "charset=latin-1"),
    ({"Content-Type": JSON, "Content-Encoding": "gzip"}, "Content-Encoding gzip"),
]


@pytest.mark.parametrize(("headers", "sentence"), HEADERS)
def test_other_types_are_refused(running, headers, sentence):
    answer = running.client.post("/entities", content=b'{"text": "a"}', headers=headers)
    assert answer.status_code == 415
    assert sentence in answer.json()["error"]["message"]


def test_utf8_may_be_stated(running):
    headers = {"Content-Type": f'{JSON}; charset="UTF-8"'}
    body = b'{"text": "Ada visited Turin"}'
    assert running.client.post("/entities", content=body, headers=headers).status_code == 200


def test_bodies_without_a_stated_length_are_limited_too(running):
    parts = (b"x" * 1_000 for _ in range(100))
    answer = running.client.post("/entities", content=parts, headers={"Content-Type": JSON})
    refused(answer, 413, "too_large", "more than 10,000 bytes")
    assert running.client.post("/entities", json={"text": TEXT}).status_code == 200


def test_other_paths_and_methods_are_refused(running):
    refused(running.client.get("/nothing"), 404, "not_found", "nothing at /nothing")
    answer = running.client.get("/entities")
    refused(answer, 405, "wrong_method", "asked with GET. It takes POST")
    assert answer.headers["allow"] == "POST"
    assert running.client.delete("/health").status_code == 405


def test_requests_are_counted_by_path_and_status(running):
    name = 'chainrule_requests_total{path="%s",status="%d"}'
    before = running.metric(name % ("/entities", 200)), running.metric(name % ("other", 404))
    for number in range(3):
        assert running.ask({"texts": [TEXT] * number}).status_code == 200
        running.client.get(f"/x{number}")
    after = running.metric(name % ("/entities", 200)), running.metric(name % ("other", 404))
    assert after == (before[0] + 3, before[1] + 3)
    text = running.client.get("/metrics")
    assert text.headers["content-type"].startswith("text/plain")
    assert 'chainrule_request_seconds_bucket{le="0.1",path="/entities"}' in text.text
    assert f'chainrule_model_info{{checksum="{running.health()["checksum"]}"' in text.text
    assert running.metric("chainrule_batch_requests_count") > 0
    assert running.metric("chainrule_in_work") == 0


def test_many_clients_at_once_get_the_answers_to_their_own_texts(running, tagger_folder):
    tagger = load(tagger_folder)
    texts = [f"{'Ada ' * (i % 5)}visited Turin {'x' * i}" for i in range(60)]
    with ThreadPoolExecutor(16) as pool:
        answers = [*pool.map(lambda each: running.ask({"text": each}).json(), texts)]
    for text, answer in zip(texts, answers, strict=True):
        assert same_entities(answer["entities"], tagger(text))


def test_a_server_survives_what_is_no_http(running):
    host, port = running.address.removeprefix("http://").split(":")
    for sent in (
        b"\x00\xff" * 50,
        b"GET / HTTP/9\r\n\r\n",
        b"POST /entities HTTP/1.1\r\n\r\n",
        b"",
    ):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(sent)
    assert running.ask({"text": TEXT}).status_code == 200


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_any_body_is_a_request_or_refused(body):
    found = of_body(body)
    assert isinstance(found, EntitiesRequest) or found.status in (400, 422)
    assert not isinstance(found, RefusedRequest) or found.message.endswith(".")


def of_body(body):
    try:
        return parsed(body)
    except RefusedRequest as error:
        return error


def test_the_page_needs_nothing_from_elsewhere(running):
    page = running.client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert "innerHTML" not in page.text


def test_the_application_is_a_part_of_others(tagger_folder):
    async def ask(app, place):
        site = Starlette(routes=[Mount(place, app)], lifespan=app.router.lifespan_context)
        transport = httpx.ASGITransport(site)
        async with (
            site.router.lifespan_context(site),
            httpx.AsyncClient(transport=transport, base_url=f"http://any{place}") as client,
        ):
            answer = await client.post("/entities", json={"text": TEXT})
            return answer.json(), (await client.get("/metrics")).text

    for folder, place in ((tagger_folder, ""), (str(tagger_folder), "/tagger")):
        answer, metrics = asyncio.run(ask(application(folder, watch=0), place))
        assert same_entities(answer["entities"], load(tagger_folder)(TEXT))
        assert 'requests_total{path="/entities",status="200"} 1.0' in metrics


def test_a_server_without_its_worker_says_so(tagger_folder, monkeypatch):
    async def states(app):
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://any") as client,
        ):
            whole = [await client.get(path) for path in ("/health", "/health/live")]
            monkeypatch.setattr(BatchQueue, "is_alive", False)
            return whole, [await client.get(path) for path in ("/health", "/health/live")]

    whole, broken = asyncio.run(states(application(tagger_folder, watch=0)))
    assert [each.status_code for each in whole] == [200, 200]
    assert [each.status_code for each in broken] == [503, 503]
    assert {each.json()["status"] for each in broken} == {"failed"}


def test_a_kept_connection_serves_many_requests(running):
    with httpx.Client(base_url=running.address) as client:
        for _ in range(5):
            assert client.post("/entities", json={"text": TEXT}).status_code == 200
            assert client.post("/entities", json={"text": 5}).status_code == 422
