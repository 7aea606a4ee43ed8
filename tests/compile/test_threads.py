"""Two threads give the same bits as one; a busy or sleeping helper changes no result."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import chainrule as cr

pytestmark = pytest.mark.native

IMAGES = """
import hashlib
import numpy as np
import chainrule as cr

random = np.random.default_rng(0)
weights = [
    cr.parameter(random.normal(size=shape).astype("float32") / 8)
    for shape in ((16, 3, 3, 3), (24, 16, 3, 3), (24 * 64, 5))
]
optimizer = cr.optim.Adam(weights)

@cr.compile
def step(x, labels):
    x = cr.max_pool(cr.relu(cr.convolve(x, weights[0], padding=1)), (2, 2))
    x = cr.relu(cr.convolve(x, weights[1], 2, padding=1))
    loss = cr.nn.cross_entropy(x.reshape(x.shape[0], -1) @ weights[2], labels)
    optimizer.minimize(loss)
    return loss

for size in (31, 31, 16):
    x = random.normal(size=(size, 3, 32, 32)).astype("float32")
    step(x, random.integers(0, 5, size))
digest = hashlib.sha256()
for each in weights:
    digest.update(each.value.tobytes())
print(digest.hexdigest())
"""

SCRIPT = """
import hashlib
import numpy as np
import chainrule as cr

random = np.random.default_rng(0)
model = cr.nn.Sequential(
    cr.nn.Linear(300, 257, random=random), cr.relu, cr.nn.Linear(257, 190, random=random), cr.tanh,
    cr.nn.Linear(190, 10, random=random),
)
optimizer = cr.optim.Adam(model)

@cr.compile
def step(x, labels):
    loss = cr.nn.cross_entropy(model(x), labels)
    optimizer.minimize(loss)
    return loss

for size in (200, 131, 200, 64):
    for _ in range(5):
        x = random.normal(size=(size, 300)).astype("float32")
        step(x, random.integers(0, 10, size))
digest = hashlib.sha256()
for name, value in model.state().items():
    digest.update(value.tobytes())
print(digest.hexdigest())
"""

SEQUENCES = """
import hashlib
import numpy as np
import chainrule as cr

random = np.random.default_rng(0)
entering, inner, last = (
    cr.nn.Linear(a, b, random=random) for a, b in ((50, 640), (160, 640), (160, 5))
)
optimizer = cr.optim.Adam(cr.nn.Sequential(entering, inner, last))

def cell(state, x):
    h, c = state
    gates = entering(x) + inner(h)
    opened, kept, shown = (cr.sigmoid(gates[:, i * 160 : (i + 1) * 160]) for i in range(3))
    c = kept * c + opened * cr.tanh(gates[:, 480:])
    h = shown * cr.tanh(c)
    return (h, c), h

@cr.compile
def step(x, labels):
    zeros = np.zeros((x.shape[1], 160), "float32")
    (h, _), every = cr.scan(cell, (zeros, zeros), x)
    (h, _), _ = cr.scan(lambda s, x: cell(s, x[:, :50]), (h, zeros), every, reverse=True)
    loss = cr.nn.cross_entropy(last(h), labels)
    optimizer.minimize(loss)
    return loss

for steps, size in ((7, 65), (7, 65), (3, 130), (7, 65)):
    x = random.normal(size=(steps, size, 50)).astype("float32")
    step(x, random.integers(0, 5, size))

def cut(items):
    return sum(cut(each.items) if hasattr(each, "items") else each.second is not None
               for each in items)

loops = [each for each in step._last.compilation.lowered.before if hasattr(each, "moving")]
assert len(loops) == 4 and all(cut(each.items) for each in loops), list(map(cut, loops))
digest = hashlib.sha256()
for each in (*entering.parameters(), *inner.parameters(), *last.parameters()):
    digest.update(each.value.tobytes())
print(digest.hexdigest())
"""

SUMS = """
import hashlib
import numpy as np
import chainrule as cr

@cr.compile
def sums(x, ids):
    return (
        *(x.sum(axis) for axis in (0, 1, None)),
        cr.var(x, 0),
        cr.cumulative_sum(x, 1),
        cr.add_rows(x, ids, 5),
        cr.add_along_axis(x, cr.broadcast_to(ids.reshape(ids.size, 1), x.shape), 5, 0),
        x[:, :8].T @ x,
        cr.dot(x.astype("float64").reshape(-1), x.astype("float64").reshape(-1)[::-1]),
        *(function(x, axis) for function in (cr.max, cr.argmin) for axis in (0, 1, None)),
        cr.pad(x, ((3, 1), (0, 2))),
        x.T,
    )

digest = hashlib.sha256()
for shape in ((40_001, 33), (3, 50_001), (70, 3001), (130, 1024)):
    random = np.random.default_rng(3)
    x, ids = random.random(shape).astype("float32"), random.integers(0, 3, shape[0])
    for each in sums(x, ids):
        digest.update(each.value.tobytes())
print(digest.hexdigest())
"""

PRODUCTS = """
import hashlib
import numpy as np
import chainrule as cr

@cr.compile
def products(a, b):
    return a @ b, a.mT @ (a @ b), (a @ b) @ b.mT, a.mT @ b.mT

digest = hashlib.sha256()
random = np.random.default_rng(3)
for dtype in ("float32", "float64"):
    for lead, rows, columns in ((), 301, 130), ((), 67, 770), ((), 1030, 64), ((5,), 99, 66):
        a, b = (random.random((*lead, *each)).astype(dtype)
                for each in ((rows, columns), (columns, rows)))
        for each in products(a, b):
            digest.update(each.value.tobytes())
print(digest.hexdigest())
"""


def bits(threads, script):
    environment = {**os.environ, "CHAINRULE_THREADS": threads}
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "script",
    [SCRIPT, IMAGES, SEQUENCES, SUMS, PRODUCTS],
    ids=["words", "images", "sequences", "sums", "products"],
)
def test_results_do_not_depend_on_the_number_of_threads(script):
    assert bits("1", script) == bits("2", script) == bits("2", script)


def test_several_python_threads_may_run_compiled_functions_at_once():
    a = np.random.default_rng(0).normal(size=(300, 300))
    functions = [cr.compile(lambda x, k=k: cr.tanh(x @ x * (0.01 * k))) for k in range(1, 5)]
    wanted = [np.tanh(a @ a * (0.01 * k)) for k in range(1, 5)]
    wrong = []

    def work(function, reference):
        for _ in range(20):
            if not np.allclose(function(a).value, reference):
                wrong.append(function)

    threads = [
        threading.Thread(target=work, args=pair) for pair in zip(functions, wanted, strict=True)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not wrong


def test_products_of_transposed_matrices_vectors_and_batches_are_split_right():
    random = np.random.default_rng(0)
    for shapes in [
        ((400, 300), (300, 200)),
        ((40, 300), (300, 900)),
        ((6, 200, 100), (6, 100, 200)),
        ((7, 200, 100), (100, 200)),
        ((2000, 2000), (2000,)),
        ((2000,), (2000, 2000)),
    ]:
        a, b = (random.normal(size=shape) for shape in shapes)
        plain = cr.compile(lambda x, y: x @ y)(a, b).value
        np.testing.assert_allclose(plain, a @ b, rtol=1e-9, atol=1e-9)
        if a.ndim > 1 and b.ndim > 1:
            turned = cr.compile(lambda x, y: (y.mT @ x.mT) if x.ndim == y.ndim else x @ y)(a, b)
            wanted = b.swapaxes(-1, -2) @ a.swapaxes(-1, -2) if a.ndim == b.ndim else a @ b
            np.testing.assert_allclose(turned.value, wanted, rtol=1e-9, atol=1e-9)


def test_a_large_fused_kernel_with_broadcast_operands_is_split_right():
    random = np.random.default_rng(0)
    x, row, column = (
        random.normal(size=(999, 501)),
        random.normal(size=501),
        random.normal(size=999),
    )
    found = cr.compile(lambda a, b, c: cr.exp(cr.tanh(a * b) + c.reshape(999, 1)) * a)(
        x, row, column
    )
    np.testing.assert_allclose(found.value, np.exp(np.tanh(x * row) + column[:, None]) * x)


FORKED = """
import os
import numpy as np
import chainrule as cr

product = cr.compile(lambda a, b: a @ b)
a = np.random.default_rng(0).normal(size=(400, 400))
product(a, a)
child = os.fork()
if child == 0:
    same = np.allclose(product(a, a).value, a @ a)
    os._exit(0 if same else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork processes")
def test_a_forked_process_has_a_helper_of_its_own():
    command = [sys.executable, "-c", FORKED]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout == "0\n", done.stderr


def test_large_strided_copies_are_split_where_the_parts_do_not_overlap():
    x = np.random.default_rng(0).normal(size=(8, 5, 40, 40))

    def moved(v):
        cut = cr.pad(v, [(0, 0), (0, 0), (1, 1), (1, 1)])
        windows = cr.windows(cut, (3, 3))
        turned = cr.permute_dims(windows, (0, 2, 3, 1, 4, 5))
        total = (turned * turned).sum()
        return total, turned, cr.flip(v, 0)

    def with_gradient(v):
        total, turned, flipped = moved(v)
        return total, turned, flipped, cr.gradients(total, [v])[0]

    reference = with_gradient(cr.input("x", value=x))
    for native, wanted in zip(cr.compile(with_gradient)(x), reference, strict=True):
        np.testing.assert_allclose(native.value, wanted.value, rtol=1e-12)
