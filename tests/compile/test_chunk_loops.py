"""Calls that follow each other are made for some rows at a time: same values, fewer meetings."""

import os
import subprocess
import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.lower import chunk_loops
from chainrule.compile.lower.kernel_calls import ChunkLoop, ScanLoop
from chainrule.compile.native import blas

pytestmark = pytest.mark.native
needs_panels = pytest.mark.skipif(
    not blas.has_avx512(), reason="products by panels, which have units, need AVX-512"
)

WIDTH = 48
DRAWN = np.random.default_rng(0)
A = DRAWN.normal(size=(WIDTH, WIDTH)).astype("float32") / 7
B = DRAWN.normal(size=(WIDTH, 96)).astype("float32") / 7
BIAS = DRAWN.normal(size=WIDTH).astype("float32")


def scanned(x, reverse=False):
    """Scan over three matrices; the states change places, and a state is an output too."""

    def step(states, entering):
        h, before = states
        h, before = cr.tanh(before @ A + entering), h
        return (h, before), (h, cr.exp(before) @ A, before)

    entering = cr.stack([x, x * 0.5, cr.tanh(x)])
    (h, _), outputs = cr.scan(step, (x, x + 1), entering, reverse=reverse)
    return (h, *outputs)


# Functions of rows; in some, a row of the values depends on other rows.
CASES = {
    "a layer": lambda x: cr.tanh(x @ A + BIAS),
    "two layers": lambda x: cr.relu(cr.tanh(x @ A + BIAS) @ B),
    "around a sum of rows": lambda x: cr.softmax(cr.tanh(x @ A)) @ A,
    "normalised": lambda x: cr.layer_norm(x @ A + x, np.ones(WIDTH, "float32"), BIAS) @ A,
    "a residual": lambda x: x + cr.gelu(x @ A) @ A,
    "columns apart": lambda x: (x @ B)[:, 3:43] * (x @ B)[:, 50:90],
    "columns joined": lambda x: cr.concat([cr.tanh(x @ A), cr.exp(x @ A)], 1) @ B.T,
    "rows before": lambda x: cr.exp(x @ A)[1:] - cr.exp(x @ A)[:-1],
    "rows backwards": lambda x: cr.tanh(cr.tanh(x @ A)[::-1] @ A),
    "sums over rows": lambda x: cr.tanh(x @ A) / cr.sum(cr.exp(x @ A), 0),
    "the largest row": lambda x: cr.tanh(x @ A) - cr.max(cr.tanh(x @ A), 0),
    "a product of columns": lambda x: cr.tanh(x @ A) @ (cr.tanh(x @ A).T @ cr.tanh(x @ A)),
    "along the rows": lambda x: cr.cumulative_sum(cr.tanh(x @ A), 0) @ A,
    "in another shape": lambda x: cr.tanh((cr.tanh(x @ A)).reshape(WIDTH, -1) * 2),
    "transposed": lambda x: cr.tanh(cr.tanh(x @ A).T * 3),
    "steps of a scan": scanned,
    "steps of a scan backwards": lambda x: scanned(x, reverse=True),
    "every value returned": lambda x: (x @ A, cr.tanh(x @ A), cr.tanh(x @ A) @ B),
}
ROWS = (1, 5, 97, 640)


def gradient_of(function):
    def loss(x):
        found = function(x)
        parts = found if isinstance(found, tuple) else (found,)
        return sum(cr.sum(each * cr.sin(each)) for each in parts)

    return cr.grad(loss)


def made_with(monkeypatch, function, chunk):
    """Return the compiled function, with loops of any size; without any if the chunk is 0."""
    pays = property(lambda loop: bool(chunk) and loop._has_edge)
    monkeypatch.setattr(chunk_loops._Loop, "pays", pays)
    monkeypatch.setattr(chunk_loops, "_CHUNK", chunk)
    return cr.compile(function)


@pytest.mark.parametrize("chunk", [1, 3000])
@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_are_those_of_whole_calls(name, chunk, monkeypatch):
    for function in (CASES[name], gradient_of(CASES[name])):
        for rows in ROWS:
            x = np.random.default_rng(rows).normal(size=(rows, WIDTH)).astype("float32")
            found, wanted = (made_with(monkeypatch, function, e)(x) for e in (chunk, 0))
            for a, b in zip(parts_of(found), parts_of(wanted), strict=True):
                scale = max(1, np.abs(b.value).max(initial=0))
                np.testing.assert_allclose(a.value / scale, b.value / scale, atol=1e-6)


def parts_of(found):
    return found if isinstance(found, tuple) else (found,)


def loops_of(step):
    return [each for each in step._last.compilation.lowered.before if isinstance(each, ChunkLoop)]


@needs_panels
def test_layers_of_many_rows_are_one_loop():
    x = DRAWN.normal(size=(2048, 256)).astype("float32")
    w, v = (DRAWN.normal(size=(256, 256)).astype("float32") / 16 for _ in range(2))
    step = cr.compile(lambda x, w, v: x + cr.gelu(cr.gelu(x @ w) @ v))
    step(x, w, v)
    (loop,) = loops_of(step)
    assert len(loop.calls) == 4
    assert len(loop.spans) == 2
    assert all(span.times > 1 for span in loop.spans)


@needs_panels
def test_the_step_of_a_long_sequence_is_one_loop():
    net = cr.nn.LSTM(64, 128, random=0)
    step = cr.compile(lambda x: net(x)[0])
    step(DRAWN.normal(size=(5, 32, 64)).astype("float32"))
    (scan,) = (e for e in step._last.compilation.lowered.before if isinstance(e, ScanLoop))
    (loop,) = scan.items
    assert isinstance(loop, ChunkLoop)
    assert len(loop.calls) == 3  # the product, everything else, and the state as an output


def test_a_small_graph_has_no_loop():
    step = cr.compile(lambda x: cr.tanh(x @ A) @ A)
    step(np.ones((4, WIDTH), "float32"))
    assert not loops_of(step)


SCRIPT = """
import hashlib
import numpy as np
import chainrule as cr

random = np.random.default_rng(0)
net = cr.nn.Sequential(
    cr.nn.Linear(96, 256, random=0), cr.gelu, cr.nn.LayerNorm(256), cr.nn.Linear(256, 96, random=1),
    cr.nn.LayerNorm(96), cr.nn.Linear(96, 7, random=2),
)
optimizer = cr.optim.Adam(net)

@cr.compile
def step(x, labels):
    loss = cr.nn.cross_entropy(net(x), labels)
    optimizer.minimize(loss)
    return loss

for rows in (1500, 997, 1500):
    step(random.normal(size=(rows, 96)).astype("float32"), random.integers(0, 7, rows))
assert any(hasattr(e, "spans") for e in step._last.compilation.lowered.before)
digest = hashlib.sha256()
for each in net.parameters():
    digest.update(each.value.tobytes())
print(digest.hexdigest())
"""


def test_loops_give_the_same_bits_on_one_thread_and_on_two():
    def digest(**settings):
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )
        return run.stdout

    assert digest() == digest(CHAINRULE_THREADS="1")
