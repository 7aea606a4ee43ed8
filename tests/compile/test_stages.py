"""The stages, costs and reports of a compiled function."""

import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.arguments import Arguments
from chainrule.compile.fuse.fusion import fuse
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.compile.rewrite.rules import rewrite
from chainrule.compile.signature_text import difference
from chainrule.compile.step_costs import flops, moved_bytes, reads, writes
from chainrule.compile.trace import trace
from native import version_of

pytestmark = pytest.mark.native

FLOAT, LONG = np.dtype("float32"), np.dtype("int64")


@pytest.fixture
def step():
    weight = cr.parameter(np.ones((4, 3), "float32"), "weight")
    optimizer = cr.optim.SGD([weight], 0.5)

    @cr.compile
    def step(x):
        hidden = cr.tanh(x @ weight)
        loss = (hidden * hidden).sum()
        optimizer.minimize(loss)
        return loss

    return step


def ones(*shape):
    return np.ones(shape, "float32")


def test_every_stage_prints(step):
    step(ones(2, 4))
    stages = step.stages
    assert list(stages) == ["trace", "rewrite", "fuse", "lower", "plan", "load"]
    texts = {name: str(stage) for name, stage in stages.items()}
    for name in ("trace", "rewrite"):
        assert "input x: float32[2,4]" in texts[name]
        assert "float32[2,3] = matmul x weight" in texts[name]
        assert "hidden = cr.tanh(x @ weight)" in texts[name]
        assert "update weight: %" in texts[name]
    assert "1. product: x, weight -> %0: float32[2,3]" in texts["fuse"]
    assert re.search(r"48 bytes  step \d+ to the end: %\d+: float32\[4,3\]", texts["plan"])
    assert texts["plan"].endswith(" bytes")
    assert "define void @kernel(" in texts["lower"]
    assert repr(stages["fuse"]) == texts["fuse"]
    assert all(stage.seconds >= 0 for stage in stages.values())


def test_fuse_writes_no_kernel(step, monkeypatch):
    version = version_of(step.__wrapped__, ((2, 4), FLOAT))

    def refuse(*given):
        raise AssertionError("a kernel is written")

    monkeypatch.setattr(IRFunction, "__init__", refuse)
    steps = fuse(version.rewritten)
    assert len(steps) == len(version.steps)


def test_every_stage_is_timed_by_itself(step):
    seconds = version_of(step.__wrapped__, ((2, 4), FLOAT)).compilation.seconds
    assert list(seconds) == ["trace", "rewrite", "fuse", "lower", "plan", "load"]
    assert all(each > 0 for each in seconds.values())


def test_the_stages_are_those_of_the_call_before(step):
    step(ones(2, 4))
    step(ones(5, 4))
    assert "input x: float32[5,4]" in str(step.stages["trace"])
    step(ones(2, 4))
    assert "input x: float32[2,4]" in str(step.stages["trace"])


def test_without_a_call_there_are_no_stages(step):
    with pytest.raises(cr.ChainruleError, match="Call it once"):
        _ = step.stages


def test_rows_of_a_table_and_reshaped_tensors_are_in_the_texts():
    table = cr.parameter(np.ones((6, 2)), "table")
    optimizer = cr.optim.Adam([table], 0.5)

    @cr.compile
    def step(ids):
        loss = table[ids].reshape(-1).sum()
        optimizer.minimize(loss)
        return loss

    step(np.array([1, 2]))
    texts = {name: str(stage) for name, stage in step.stages.items()}
    assert re.search(r"update table: rows \S+ of it become %\d+, where %\d+", texts["trace"])
    assert " -> no copy" in texts["fuse"]


def test_the_report_has_times_sources_and_costs(step):
    step(ones(2, 4))
    report = step.report()
    assert re.search(
        r"milliseconds: trace [\d.]+, rewrite [\d.]+, fuse [\d.]+, lower [\d.]+, plan", report
    )
    assert re.search(r"drivers: \d+ compiled, \d+ from memory, \d+ from disk", report)
    assert "because of: the first call" in report
    assert re.search(r"a call: \S+ MFLOP, \S+ MB read and written", report)


def test_the_report_names_what_changed(step):
    step(ones(2, 4))
    step(ones(5, 4))
    assert "because of: argument x: shape (5, 4) instead of (2, 4)" in step.report()


def test_a_signature_is_compared_with_the_nearest_one():
    def signature(*args, **named):
        return Arguments(args, named).signature

    ids = np.arange(9)
    earlier = [signature(ones(2, 4), ids), signature(ones(5, 4), ids[:5]), signature(ones(1))]

    def why(*args, **named):
        return difference(signature(*args, **named), earlier, ["x", "ids"])

    assert why(ones(2, 4), ids[:2]) == "argument ids: shape (2,) instead of (9,)"
    changed = "argument ids: shape (6,) instead of (5,) and dtype float32 instead of int64"
    assert why(ones(5, 4), ones(6)) == changed
    assert why(ones(2, 4), 2) == "argument ids: int instead of int64[9]"
    pair = signature((ids, ids))
    assert difference(signature([ids, ids]), [pair], ["x"]) == "the arguments have another form"
    assert difference(signature(), [signature(ones(1))], []) == "0 arguments instead of 1"
    flags = [signature(ones(1), deep=True)]
    assert difference(signature(ones(1), deep=False), flags, ["x"]) == "argument deep is False"


def steps_of(function, *shapes):
    signature = tuple((shape, FLOAT) for shape in shapes)
    traced = trace(function, signature, [f"x{i}" for i in range(len(shapes))])
    return fuse(rewrite(traced)[0])


def test_costs_are_those_counted_by_hand():
    steps = steps_of(lambda a, b: cr.tanh(a @ b + 1.0).sum(), (3, 5), (5, 7))
    assert sum(map(flops, steps)) == 2 * 3 * 5 * 7 + 2 * 21 + 21
    product = next(each for each in steps if flops(each) == 210)
    assert moved_bytes(product) == 4 * (15 + 35 + 21)


def test_of_a_table_the_rows_looked_up_are_counted():
    (step,) = steps_of(lambda table: cr.take(table, np.array([1, 2]), 0), (1000, 5))
    assert moved_bytes(step) == 4 * 10 + 8 * 2 + 4 * 10


def test_every_step_says_what_it_reads_and_writes(step):
    version = version_of(step.__wrapped__, ((2, 4), FLOAT))
    known = {*version.rewritten.inputs}
    for each in version.steps:
        inner = [x for x in reads(each) if x.primitive is not None]
        assert set(inner) <= known
        known |= {*writes(each), *(each.nodes if hasattr(each, "nodes") else [each.node])}
    assert set(version.rewritten.results) <= known
