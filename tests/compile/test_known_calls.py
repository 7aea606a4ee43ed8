"""Equal fused kernels have the same calls on their own tensors, and are lowered once."""

import gc

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.fuse.fused_kernel import FusedKernel
from chainrule.compile.fuse.fusion import all_steps
from chainrule.compile.lower import fused_calls
from chainrule.compile.lower.fused_kernel_cache import numbers_of
from chainrule.compile.lower.kernel_calls import Address, RangeFlag, Scratch
from chainrule.compile.lower.known_calls import exact_key, without_tensors

pytestmark = pytest.mark.native

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((300, 40)).astype(np.float32)
LABELS = RANDOM.integers(0, 40, 300)


def trained(dropped=0.0):
    """Return a compiled step with layers, sums over rows, gathered rows and slices."""
    layers = [cr.nn.Linear(40, 40, random=number) for number in range(3)]
    words = cr.nn.Embedding(40, 40, random=3)
    optimizer = cr.optim.Adam([p for each in (*layers, words) for p in each.parameters()])

    @cr.compile
    def step(x, labels):
        for each in layers:
            x = cr.tanh(each(x)) + dropped
        x = cr.nn.layer_norm(x + words(labels), 40)
        apart = cr.abs(x[:, 1:] - x[:, :-1]).sum()
        loss = cr.nn.cross_entropy(x, labels) + apart
        optimizer.minimize(loss)
        return loss

    return step


def kernels(step):
    steps = all_steps(step._last.steps)
    return [each for each in steps if isinstance(each, FusedKernel)]


def described(calls):
    """Return calls with scratch memory and flags by their number, in the order they are met."""
    met = {}

    def block(of):
        number = met.setdefault(id(of), len(met))
        if isinstance(of, Scratch):
            return "scratch", number, of.nbytes
        if isinstance(of, RangeFlag):
            return "flag", number, of.name, id(of.ids), id(of.table), of.size
        return id(of)

    def listed(arguments):
        return [
            (block(e.of), e.offset, e.nbytes) if isinstance(e, Address) else e
            for e in arguments or ()
        ]

    def divided(units):
        if units is None:
            return None
        rest = units.count, units.position, units.steps, units.starts, units.moves, units.range
        return (listed(units.whole), listed(units.other), *rest)

    return [
        (e.text, listed(e.arguments), listed(e.second), e.written, divided(e.units)) for e in calls
    ]


def test_known_calls_are_those_that_lowering_writes():
    step = trained()
    step(X, LABELS)
    found = kernels(step)
    assert any(each.is_plain for each in found)
    assert not all(each.is_plain for each in found)
    for fused in found:
        numbers = numbers_of(fused)
        calls = list(fused_calls._lowered(fused, numbers))
        known = without_tensors(calls, numbers)
        assert described(known.on(list(numbers))) == described(calls)
        assert described(fused_calls.fused_kernel_calls(fused)) == described(calls)


def test_equal_kernels_are_lowered_once(monkeypatch):
    trained()(X, LABELS)
    monkeypatch.setattr(fused_calls, "_lowered", None)
    trained()(X, LABELS)


def test_kernels_that_differ_in_a_number_an_extent_or_a_slice_have_keys_of_their_own():
    def key(function, x=X):
        step = cr.compile(function)
        step(x)
        (fused,) = kernels(step)
        return exact_key(fused, numbers_of(fused))

    first = key(lambda x: cr.tanh(x) * 2.0)
    assert key(lambda x: cr.tanh(x) * 2.0) == first
    others = [
        key(lambda x: cr.tanh(x) * 3.0),
        key(lambda x: cr.tanh(x) * 2.0, X[:200]),
        key(lambda x: cr.tanh(x) * 2.0, X.astype(np.float64)),
        key(lambda x: cr.sum(x, axis=0)),
        key(lambda x: cr.sum(x, axis=1)),
        key(lambda x: x[:, 1:] - x[:, :-1]),
        key(lambda x: x[:, :-1] - x[:, 1:]),
        key(lambda x: cr.tanh(x) - 2.0 * x),
        key(lambda x: 2.0 * x - cr.tanh(x)),
    ]
    assert len({first, *others}) == 10


def test_equal_numbers_of_other_types_or_signs_stay_apart():
    def function(x):
        return x + 1, x + 1.0, x * True, x * 0.0, x * -0.0, x + 1, 1 / (x * 0.0), 1 / (x * -0.0)

    for x in (np.arange(1, 4), np.arange(1.0, 4.0)):
        with np.errstate(divide="ignore"):
            wanted = function(cr.asarray(x))
        for found, each in zip(cr.compile(function)(x), wanted, strict=True):
            assert found.dtype == each.dtype
            assert found.value.tobytes() == each.value.tobytes()


def test_the_collector_of_garbage_is_as_it_was_after_a_compilation():
    def failing(x):
        assert not gc.isenabled()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cr.compile(failing)(X)
    assert gc.isenabled()
    gc.disable()
    try:
        cr.compile(cr.tanh)(X)
        assert not gc.isenabled()
    finally:
        gc.enable()
