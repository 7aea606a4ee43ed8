"""The load test sends what it says, and reads what the load tool found."""

import shutil

import pytest
from benchmarks import serving

RESULT = (
    '{"seconds": 2.0, "lost": 3, "p50": 1.5, "p95": 2.5, "p99": 9.0, '
    '"statuses": [[200, 3], [503, 4], [200, 7]]}'
)
OUTPUT = f"Running 1s test @ http://127.0.0.1:8000\nRESULT {RESULT}\n"
TEXTS = ['Ada "the first" \\ visited\nTurin', "]==] \U0001f600 caf\u00e9", "Turin greets Ada"]


def test_what_wrk_prints_is_read():
    found = serving.measured(OUTPUT)
    assert (found.seconds, found.lost) == (2.0, 3)
    assert found.statuses == {200: 10, 503: 4}
    assert found.percentiles == {50: 1.5, 95: 2.5, 99: 9.0}


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
@pytest.mark.parametrize("as_words", [False, True])
def test_every_request_is_answered_and_counted(running, tmp_path, as_words):
    path = tmp_path / "load.lua"
    path.write_text(serving.script(TEXTS, as_words), encoding="utf-8")
    name = 'chainrule_requests_total{path="/entities",status="200"}'
    before = running.metric(name)
    found = serving.load(running.address, path, 3, 1)
    assert set(found.statuses) == {200}
    assert found.lost == 0
    assert 0 < found.statuses[200] <= running.metric(name) - before <= found.statuses[200] + 3
    assert serving.requests_per_batch(running.address) >= 1


def test_the_server_of_the_benchmark_is_stopped(tagger_folder):
    with serving.server(tagger_folder) as address:
        assert serving.metric(address, "chainrule_in_work") == 0
    with pytest.raises(OSError):  # noqa: PT011
        serving.metric(address, "chainrule_in_work")


def test_texts_come_from_a_file_or_the_corpus(tmp_path):
    path = tmp_path / "texts"
    path.write_text("Ada ran.\n\n  Turin.  \n", encoding="utf-8")
    assert serving._texts(path) == ["Ada ran.", "Turin."]
    assert len(serving._texts(None)) > 100
