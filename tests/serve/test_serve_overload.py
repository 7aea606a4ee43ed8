"""Nothing is lost: at overload, when answers take too long, and when clients leave."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from served import server, wait_for

TEXT = {"text": "Ada visited Turin"}


def asked(running, bodies):
    """Send all bodies at the same time; return the answers."""
    with ThreadPoolExecutor(len(bodies)) as pool:
        return [*pool.map(running.ask, bodies)]


def test_at_overload_every_request_gets_its_answer_or_a_503(tagger_folder):
    with server(tagger_folder, "--queue", 4, seconds=0.3) as running:
        answers = asked(running, [TEXT] * 24)
        refused = [each for each in answers if each.status_code != 200]
        assert 4 <= len(answers) - len(refused) < 24
        for each in refused:
            assert each.status_code == 503
            assert each.json()["error"]["code"] == "overload"
            assert int(each.headers["retry-after"]) >= 1
        assert running.ask(TEXT).status_code == 200
        assert running.metric('chainrule_requests_total{path="/entities",status="503"}') == len(
            refused
        )
        assert running.health()["status"] == "ready"


def test_requests_that_wait_are_answered_together(tagger_folder):
    with server(tagger_folder, seconds=0.4) as running:
        assert [each.status_code for each in asked(running, [TEXT] * 16)] == [200] * 16
        assert running.metric("chainrule_batch_requests_sum") == 16
        assert running.metric("chainrule_batch_requests_count") <= 8


def test_a_long_request_does_not_delay_short_ones_to_its_end(tagger_folder):
    with (
        server(tagger_folder, "--batch", 100, seconds=0.2) as running,
        ThreadPoolExecutor(1) as pool,
    ):
        long = pool.submit(running.ask, {"texts": ["Ada visited Turin"] * 60})
        wait_for(lambda: running.metric("chainrule_in_work") == 1)
        assert running.ask(TEXT).status_code == 200
        assert not long.done()
        assert len(long.result().json()["entities"]) == 60


def test_answers_that_take_too_long_are_a_504(tagger_folder):
    with server(tagger_folder, "--timeout", 0.2, seconds=0.6) as running:
        answers = asked(running, [TEXT] * 3)
        assert [each.status_code for each in answers] == [504] * 3
        assert "not ready after 0.2 seconds" in answers[0].json()["error"]["message"]
        wait_for(lambda: running.metric("chainrule_queue") == 0)
        assert running.health()["ready"] is True


def test_a_body_that_does_not_arrive_is_a_408(tagger_folder):
    with server(tagger_folder, "--timeout", 0.3) as running, connected(running) as connection:
        connection.sendall(head(20) + b'{"text"')
        answer = b"".join(iter(lambda: connection.recv(4096), b""))  # until the server closes it
        assert b"408" in answer.splitlines()[0]
        assert b"did not arrive within 0.3 seconds" in answer
        assert running.metric("chainrule_in_work") == 0


@pytest.mark.parametrize("sent", [b'{"text"', b'{"text": "Ada ran"}'])
def test_a_client_that_leaves_costs_no_place(tagger_folder, sent):
    with server(tagger_folder, "--queue", 1, seconds=0.3) as running:
        with connected(running) as connection:
            connection.sendall(head(19) + sent)
            wait_for(lambda: running.metric("chainrule_in_work") == 1)
        wait_for(lambda: running.metric("chainrule_in_work") == 0)
        assert running.ask(TEXT).status_code == 200
        assert running.metric('chainrule_requests_total{path="/entities",status="499"}') == 1


def test_a_failure_of_the_model_meets_its_request_alone(tagger_folder):
    with server(tagger_folder, seconds=0.3) as running:
        answers = asked(running, [TEXT, {"text": "fail"}, TEXT, {"texts": ["x", "fail"]}, TEXT])
        assert [each.status_code for each in answers] == [200, 500, 200, 500, 200]
        assert answers[1].json()["error"]["code"] == "failed"
        assert running.ask(TEXT).status_code == 200
        running.stop()
        assert "the model was made to fail" in running.process.stderr.read()


def connected(running):
    host, port = running.address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def head(size):
    """Return the head of a request with a body of so many bytes."""
    return (
        b"POST /entities HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % size
    )
