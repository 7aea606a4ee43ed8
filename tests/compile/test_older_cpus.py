"""Code for CPUs with fewer features computes the same; a CPU without AVX causes one warning."""

import os
import subprocess
import sys

import pytest

from chainrule.compile.native import blas

pytestmark = pytest.mark.native

SCRIPT = """
import sys
import warnings
import numpy as np
import chainrule as cr
from chainrule.compile.native import blas
from chainrule.compile.native import llvm

name, features, flags = sys.argv[1:]
llvm._cpu = lambda: (name, features)
blas.cpu_flags = lambda: frozenset(flags.split())

random = np.random.default_rng(0)

def linear(inputs, outputs):
    return cr.nn.Linear(inputs, outputs, random=random)

x = random.normal(size=(12, 40)).astype("float32")
images = random.normal(size=(5, 2, 9, 9)).astype("float32")
filters = cr.parameter(random.normal(size=(3, 2, 3, 3)).astype("float32"))
ids, labels = random.integers(0, 30, (12, 5)), random.integers(0, 7, 12)
entering, inner = linear(40, 64), linear(16, 64)
tagger = cr.nn.Sequential(
    cr.nn.Embedding(30, 8, random=random), cr.nn.Flatten(), linear(40, 20), cr.tanh, linear(20, 7)
)
mlp = cr.nn.Sequential(linear(40, 33), cr.relu, linear(33, 7))

def lstm(state, x):
    gates = entering(x) + inner(state[0])
    opened, kept, shown = (cr.sigmoid(gates[:, i : i + 16]) for i in (0, 16, 32))
    c = kept * state[1] + opened * cr.tanh(gates[:, 48:])
    return (shown * cr.tanh(c), c), shown * c

def of_loss(loss, parameters):
    return loss, *cr.gradients(loss, parameters)

def trained(ids, labels):
    return of_loss(cr.nn.cross_entropy(tagger(ids), labels), list(tagger.parameters()))

def classified(x, labels):
    return of_loss(cr.nn.cross_entropy(mlp(x), labels), list(mlp.parameters()))

def seen(images):
    pooled = cr.max_pool(cr.relu(cr.convolve(images, filters, padding=1)), (3, 3))
    return of_loss((pooled * pooled).mean(), [images, filters])

def heard(x):
    zeros = np.zeros((3, 16), "float32")
    (last, _), every = cr.scan(lstm, (zeros, zeros), x.reshape(4, 3, 40))
    return of_loss(last.sum() + (every * every).sum(), [x, *inner.parameters()])

def elementary(x):
    y = cr.atan2(x, x + 1.0)
    return cr.sin(x * 30.0), cr.tan(x), cr.fmod(x, y), cr.pow(cr.abs(x), y), cr.erfc(y), cr.cbrt(x)

def spread(x):
    return cr.softmax(x), cr.log_softmax(x, axis=0), cr.exp(x) @ cr.log(x * x + 1.0).mT

def of_few_rows(x):
    rows = x[:3] @ cr.concat([x, x * 2.0] * 5).mT
    return rows, x[0] @ cr.concat([x] * 9).mT

def attended(x):
    model = cr.nn.MultiHeadAttention(40, 2, random=1)
    y = model(x.reshape(3, 4, 40), causal=True)
    return y, cr.gradients((y * y).sum(), [x])[0]

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for function, given in (
        (trained, (ids, labels)),
        (classified, (x, labels)),
        (seen, (images,)),
        (heard, (x,)),
        (elementary, (x,)),
        (elementary, (x.astype("float64"),)),
        (spread, (x,)),
        (spread, (x.astype("float64"),)),
        (attended, (x,)),
        (of_few_rows, (x,)),
        (of_few_rows, (x.astype("float64"),)),
    ):
        compiled = cr.compile(function)
        found = compiled(*given)
        wanted = function(*(cr.input(f"x{i}", value=each) for i, each in enumerate(given)))
        for ours, theirs in zip(found, wanted, strict=True):
            np.testing.assert_allclose(ours.value, theirs.value, rtol=2e-4, atol=2e-5)
        is_blocked = "llvm.masked.load" in str(compiled.stages["lower"])
        assert function in (attended, seen, of_few_rows) or not is_blocked, "a blocked product"
print(*(f"{each.category.__name__}: {each.message}" for each in caught), sep="\\n")
"""

MISSING_512 = "-avx512f,-avx512cd,-avx512bw,-avx512dq,-avx512vl"
SLOWER = (
    "RuntimeWarning: This CPU has no AVX: compiled functions use narrower vectors and are slower."
)
CPUS = {
    "no AVX": ("x86-64", f"-avx,-avx2,-fma,-f16c,{MISSING_512}", "fpu sse sse2", SLOWER),
    "AVX2": ("haswell", f"+avx,+avx2,+fma,{MISSING_512}", "sse2 avx avx2 fma", ""),
    "flags not listed": ("x86-64", f"-avx,-avx2,-fma,{MISSING_512}", "", ""),
}


@pytest.mark.skipif(
    "avx2" not in blas.cpu_flags(),
    reason="this CPU is one of the older ones, or none of their family",
)
@pytest.mark.parametrize(("name", "features", "flags", "said"), CPUS.values(), ids=CPUS)
def test_code_for_an_older_cpu_computes_the_same(name, features, flags, said):
    command = [sys.executable, "-c", SCRIPT, name, features, flags]
    environment = {**os.environ, "CHAINRULE_CACHE": "off"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == said
