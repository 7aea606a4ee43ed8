"""A retrained model is loaded while requests are answered; a damaged one is not."""

import shutil
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from served import server, wait_for

from chainrule.ner import load, save

TEXT = {"text": "Ada visited Turin"}


@pytest.fixture
def folder(tagger_folder, tmp_path):
    """Return a folder with a tagger that a test may replace."""
    return shutil.copytree(tagger_folder, tmp_path / "tagger")


class Clients:
    """Threads that ask again and again, and keep all answers."""

    def __init__(self, running, count):
        self._running, self._over = running, threading.Event()
        self.answers = []
        self._pool = ThreadPoolExecutor(count)
        self._work = [self._pool.submit(self._ask) for _ in range(count)]

    def _ask(self):
        while not self._over.is_set():
            self.answers.append(self._running.ask(TEXT))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._over.set()
        for each in self._work:
            each.result()
        self._pool.shutdown()


def test_no_request_is_dropped_while_models_are_exchanged(folder, other_folder):
    first, other = load(folder), load(other_folder)
    with server(folder, "--watch", 0.05, seconds=None) as running:
        wanted = {running.health()["checksum"]: places(first)}
        with Clients(running, 4) as clients:
            for tagger in (other, first, other):
                before = running.health()["checksum"]
                wait_for(lambda: any(each.json()["model"] == before for each in clients.answers))  # noqa: B023
                save(tagger, folder)
                wait_for(lambda: running.health()["checksum"] != before)  # noqa: B023
                wanted[running.health()["checksum"]] = places(tagger)
            wait_for(lambda: len({each.json()["model"] for each in clients.answers}) == len(wanted))
        assert {each.status_code for each in clients.answers} == {200}
        for each in clients.answers:
            found = [(e["label"], e["start"], e["end"]) for e in each.json()["entities"]]
            assert found == wanted[each.json()["model"]]
        assert running.metric('chainrule_reloads_total{result="done"}') == 3
        assert running.health()["reload_error"] is None


def places(tagger):
    return [(each.label, each.start, each.end) for each in tagger(TEXT["text"])]


def test_a_damaged_model_is_reported_and_the_earlier_one_stays(folder, other_folder):
    with server(folder, "--watch", 0.05) as running:
        checksum = running.health()["checksum"]
        weights = folder / "model.safetensors"
        whole = weights.read_bytes()
        weights.write_bytes(whole[:-9] + b"\0" * 9)
        wait_for(lambda: running.health()["reload_error"])
        health = running.client.get("/health")
        assert health.status_code == 200
        assert "model.safetensors" in health.json()["reload_error"]
        assert health.json()["checksum"] == checksum == running.ask(TEXT).json()["model"]
        assert running.metric('chainrule_reloads_total{result="failed"}') >= 1
        shutil.rmtree(folder)
        wait_for(lambda: "No tagger was found" in running.health()["reload_error"])
        assert running.ask(TEXT).status_code == 200
        save(load(other_folder), folder)
        wait_for(lambda: running.health()["checksum"] != checksum)
        assert running.health()["reload_error"] is None
        assert running.stop() == 0
        assert "the model was not reloaded" in running.process.stderr.read()


def test_a_request_ends_with_the_model_that_it_began_with(folder, other_folder):
    with server(folder, "--watch", 0.05, "--batch", 40, seconds=0.3) as running:
        old = running.health()["checksum"]
        with ThreadPoolExecutor(1) as pool:
            long = pool.submit(running.ask, {"texts": [TEXT["text"]] * 20})
            wait_for(lambda: running.metric("chainrule_in_work") == 1)
            save(load(other_folder), folder)
            wait_for(lambda: running.health()["checksum"] != old)
            assert not long.done()
            assert running.ask(TEXT).json()["model"] != old
            assert long.result().json()["model"] == old


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="the system has no SIGHUP")
def test_sighup_loads_the_folder_at_once(folder, other_folder):
    with server(folder, "--watch", 0) as running:
        checksum = running.health()["checksum"]
        save(load(other_folder), folder)
        assert running.health()["checksum"] == checksum
        running.process.send_signal(signal.SIGHUP)
        wait_for(lambda: running.health()["checksum"] != checksum)


def test_a_link_may_be_pointed_at_another_model(tagger_folder, other_folder, tmp_path):
    link, beside = tmp_path / "current", tmp_path / "next"
    link.symlink_to(tagger_folder)
    with server(link, "--watch", 0.05) as running:
        checksum = running.health()["checksum"]
        beside.symlink_to(other_folder)
        beside.replace(link)
        wait_for(lambda: running.health()["checksum"] != checksum)
        assert running.health()["model"] == other_folder.name
