"""How a server starts and ends."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from served import COMMAND, PATIENCE, server, wait_for

import chainrule.serve
from chainrule.serve import Limits, ServeError

TEXT = {"text": "Ada visited Turin"}


def run(*arguments, before=""):
    command = [sys.executable, "-c", before + COMMAND, "ner", "serve", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_requests_finish_and_ends_with_0(tagger_folder, number):
    with server(tagger_folder, "--batch", 1, seconds=0.2) as running:
        with ThreadPoolExecutor(6) as pool:
            answers = [pool.submit(running.ask, TEXT) for _ in range(6)]
            wait_for(lambda: running.metric("chainrule_in_work") == 6)
            running.process.send_signal(number)
            assert [each.result().status_code for each in answers] == [200] * 6
        assert running.process.wait(PATIENCE) == 0
        assert "Traceback" not in running.process.stderr.read()
        with pytest.raises(httpx.ConnectError):
            running.ask(TEXT)


@pytest.mark.parametrize("kept", [True, False])
def test_under_load_every_request_is_answered_or_not_connected(tagger_folder, kept):
    with server(tagger_folder) as running, ThreadPoolExecutor(6) as pool:
        clients = [pool.submit(ask_until_refused, running, kept) for _ in range(6)]
        wait_for(lambda: running.metric("chainrule_batch_requests_count") > 6)
        assert running.stop() == 0
        statuses = [status for each in clients for status in each.result()]
        assert len(statuses) > 6
        assert set(statuses) == {200}


def ask_until_refused(running, kept):
    """Ask until no connection can be made; other errors are those of a lost request."""
    statuses = []
    with httpx.Client(base_url=running.address, timeout=PATIENCE) as client:
        while True:
            try:
                answer = client.post("/entities", json=TEXT) if kept else running.ask(TEXT)
            except httpx.ConnectError:
                return statuses
            statuses.append(answer.status_code)


def test_the_time_for_finishing_is_bounded(tagger_folder):
    with server(tagger_folder, "--stop-time", 0.5, "--batch", 1, seconds=2) as running:
        with ThreadPoolExecutor(4) as pool:
            answers = [pool.submit(running.ask, TEXT) for _ in range(4)]
            wait_for(lambda: running.metric("chainrule_in_work") == 4)
            begin = time.monotonic()
            assert running.stop() == 0
            assert time.monotonic() - begin < 6
            found = [each.result() for each in answers]
        refused = [each for each in found if each.status_code != 200]
        assert len(refused) >= 2
        for each in refused:
            assert each.status_code == 503
            assert each.json()["error"]["code"] == "stopping"


def test_a_killed_server_is_started_again_at_its_port(tagger_folder):
    with server(tagger_folder) as running:
        assert running.ask(TEXT).status_code == 200
        running.process.kill()
        assert running.process.wait(PATIENCE) == -signal.SIGKILL
    port = running.address.rpartition(":")[2]
    with server(tagger_folder, "--port", port) as again:
        assert again.address == running.address
        assert again.ask(TEXT).status_code == 200


def test_a_port_in_use_is_an_error(tagger_folder):
    with server(tagger_folder) as running:
        port = running.address.rpartition(":")[2]
        result = run("--model", tagger_folder, "--port", port)
        assert result.returncode == 2
        assert f"127.0.0.1, port {port}, cannot be used" in " ".join(result.stderr.split())
        assert "Traceback" not in result.stderr


ERRORS = [
    (["--model", "no folder"], "", "No tagger was found in no folder"),
    (["--model", "x", "--host", "no.such.host.invalid"], "", "cannot be used"),
    (["--model", "x", "--host", "198.51.100.1"], "", "cannot be used"),
    (["--model", "x", "--timeout", "0"], "", "The limit timeout is 0"),
    (
        ["--model", "x"],
        "import sys; sys.modules['starlette'] = sys.modules['uvicorn'] = None; ",
        "not installed: starlette, uvicorn. Install them with pip install 'chainrule[serve]'",
    ),
]


@pytest.mark.parametrize(("options", "before", "sentence"), ERRORS)
def test_what_prevents_a_start_is_a_sentence(options, before, sentence):
    result = run("--port", 0, *options, before=before)
    assert result.returncode == 2
    assert result.stderr.startswith("error: ")
    assert sentence in " ".join(result.stderr.split())


def test_an_address_that_the_network_reaches_is_warned_of(tagger_folder):
    with server(tagger_folder, "--host", "0.0.0.0") as running:
        assert httpx.get(f"http://127.0.0.1:{running.address.rpartition(':')[2]}/health").is_success
        running.stop()
        assert "there is no authentication" in running.process.stderr.read()
    with server(tagger_folder) as running:
        running.stop()
        assert "authentication" not in running.process.stderr.read()


def test_limits_are_above_0():
    for name in ("max_bytes", "timeout", "queue", "batch", "linger", "stop_time"):
        for value in (0, -1, float("nan"), float("inf")):
            with pytest.raises(ServeError, match=f"The limit {name} is"):
                Limits(**{name: value})


def test_seconds_that_cannot_be_waited_for_are_refused(tagger_folder):
    for name in ("timeout", "linger", "stop_time"):
        with pytest.raises(ServeError, match=f"The limit {name} is 1e\\+300 seconds"):
            Limits(**{name: 1e300})
    for watch in (-1, float("nan"), float("inf")):
        with pytest.raises(ServeError, match="Give 0 for never"):
            chainrule.serve.application(tagger_folder, watch=watch)


def test_the_package_has_its_names():
    assert {"Limits", "ServeError", "application", "serve"} <= set(dir(chainrule.serve))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = chainrule.serve.nothing
