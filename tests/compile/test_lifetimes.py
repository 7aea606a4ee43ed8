"""Memory of a program: it lives as long as the program, holds every access, and is freed."""

import gc
import weakref

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.kernels.small_kernels import copy_text
from chainrule.compile.lower.kernel_calls import (
    Address,
    KernelCall,
    MovingOperand,
    ScanLoop,
    Scratch,
)
from chainrule.compile.native import llvm
from chainrule.compile.plan.bounds_check import require_inside

pytestmark = pytest.mark.native

LEAVES = {
    "input with a value": lambda: cr.input("b", value=np.arange(3.0)),
    "constant": lambda: cr.asarray(np.arange(3.0)),
    "parameter": lambda: cr.parameter(np.arange(3.0)),
}


@pytest.mark.parametrize("leaf", LEAVES.values(), ids=LEAVES)
def test_leaves_from_outside_are_read_where_they_are(leaf):
    b = leaf()
    functions = {
        "elementwise": lambda x: x * b + 1,
        "product": lambda x: x @ b,
        "sum": lambda x: b.sum() + x.sum(),
        "result": lambda x: b,
        "scan": lambda x: cr.scan(lambda s, v: (s * v + b, s), cr.asarray(np.zeros(3)), x)[1],
    }
    x = np.ones((3, 3))
    for function in functions.values():
        found, wanted = cr.compile(function)(x), function(cr.asarray(x))
        np.testing.assert_allclose(found.value, wanted.value)


def test_an_input_without_a_value_is_an_error():
    b = cr.input("b", (3,))
    with pytest.raises(cr.UnboundInputError, match="'b'"):
        cr.compile(lambda x: x + b)(np.ones(3))


def nested(w, xs, inner_reverse=False, outer_reverse=False):
    """A scan of a cell that scans s @ w."""

    def step(s, x):
        s = cr.tanh(s @ w * x)
        return s, s

    def cell(s, x):
        s, inside = cr.scan(step, s, x, reverse=inner_reverse)
        return s, inside.sum(0)

    s, out = cr.scan(cell, cr.asarray(np.full((1, 3), 0.5)), xs, reverse=outer_reverse)
    return s + out.sum(0)


@pytest.mark.parametrize("inner", [False, True])
@pytest.mark.parametrize("outer", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_forward_derivatives_through_nested_scans(inner, outer, size):
    random = np.random.default_rng(0)
    xs = random.normal(size=(2, size, 1))
    w, t = random.normal(size=(2, 3, 3))

    def f(w):
        return nested(w, xs, inner, outer)

    kinds = (
        lambda w: cr.jvp(f, (w,), (t,))[1],
        lambda w: cr.hessian_vector_product(lambda v: f(v).sum(), w, t),
        lambda w: cr.grad(lambda v: f(v).sum())(w),
    )
    for kind in kinds:
        np.testing.assert_allclose(cr.compile(kind)(w).value, kind(w).value, rtol=1e-10)


def test_the_derivative_of_a_product_in_nested_scans_is_the_known_one():
    def cell(s, x):
        s, _ = cr.scan(lambda s, x: (s @ w, s), s, x)
        return s, s

    def f(v):
        nonlocal w
        w = v
        return cr.scan(cell, cr.asarray(np.ones((1, 3))), np.ones((2, 2, 1)))[0]

    w = np.eye(3)
    pushed = cr.compile(lambda v: cr.jvp(f, (v,), (np.ones((3, 3)),))[1])(np.eye(3))
    np.testing.assert_array_equal(pushed.value, [[12.0, 12.0, 12.0]])


BLOCK = Scratch(100)
OUTSIDE = {
    "before": Address(BLOCK, -8, 8),
    "behind": Address(BLOCK, 104, 0),
    "over the end": Address(BLOCK, 96, 8),
}


@pytest.mark.parametrize("place", OUTSIDE.values(), ids=OUTSIDE)
def test_a_place_outside_its_memory_is_refused(place):
    call = KernelCall(copy_text(), (place, Address(Scratch(8)), 8))
    with pytest.raises(cr.ChainruleError, match="of the 100 bytes"):
        require_inside([call], lambda block: block.nbytes)


@pytest.mark.parametrize(
    ("start", "stride", "fine"), [(0, 40, True), (0, 41, False), (79, -40, False), (80, -40, True)]
)
def test_a_loop_that_leaves_its_memory_is_refused(start, stride, fine):
    moving = Scratch(20)
    call = KernelCall(copy_text(), (Address(moving), Address(Scratch(20)), 20))
    loop = ScanLoop((call,), (MovingOperand(moving, Address(BLOCK, start), stride),), 3)
    if fine:
        return require_inside([loop], lambda block: block.nbytes)
    with pytest.raises(cr.ChainruleError, match="of the 100 bytes"):
        require_inside([loop], lambda block: block.nbytes)


def engines():
    gc.collect()
    return sum(type(each) is llvm._Engine for each in gc.get_objects())


def chain(number):
    """Return a function whose kernel no other number has."""

    def function(x):
        for bit in range(8):
            x = cr.tanh(x) if number >> bit & 1 else cr.exp(-x)
        return x

    return function


def test_code_is_freed_with_its_last_user():
    x, before = np.ones((5, 7)), engines()
    kept = [cr.compile(chain(number)) for number in range(100, 164)]
    wanted = [each(x).value for each in kept]
    assert engines() >= before + 3
    again = cr.compile(chain(100))
    assert again(x).value.tobytes() == wanted[0].tobytes()
    program = weakref.ref(kept[0]._last.program)
    del kept[:]
    assert engines() <= before + 2  # the newest, and that of the function still in use
    assert program() is None
    assert again(x).value.tobytes() == wanted[0].tobytes()


def test_ids_are_copied_before_they_are_checked():
    ids = np.random.default_rng(0).integers(0, 9, 50_000)
    step = cr.compile(lambda i, x: (cr.take(x, i), x * 2))
    step(ids, np.ones((9, 2000)))
    copied = step._last.compilation.plan.layout.copied
    names = {each.name for each in copied}
    assert names == {"i"}
    step = cr.compile(lambda i: i + i)
    step(ids)
    assert step._last.compilation.plan.layout.copied == ()


@pytest.mark.parametrize(
    "function", [lambda x: x + x, lambda x: cr.argsort(-x)], ids=["kernel", "reference"]
)
def test_results_that_are_still_referenced_are_not_overwritten(function):
    inputs = np.random.default_rng(0).normal(size=(6, 20_000))
    step = cr.compile(function)
    kept = [step(x).value[5:] for x in inputs]
    for each, x in zip(kept, inputs, strict=True):
        np.testing.assert_array_equal(each, function(cr.asarray(x)).value[5:])


def test_the_memory_of_a_dropped_result_is_used_again():
    x, step = np.ones(20_000), cr.compile(lambda x: x + x)
    assert len({step(x).value.ctypes.data for _ in range(6)}) == 1
    large = np.ones(1 << 20)
    step(large)
    (_, memory, _), *_ = step._last.program._idle[0]._handed_out
    assert memory._kept == []


UPDATES = {
    "whole": lambda p: cr.graph.Replace(p, (p * 1.0).astype("float64") * 2),
    "rows": lambda p: cr.graph.ReplaceRows(
        p,
        cr.asarray(np.array([2, 0])),
        cr.asarray(np.array([[1.0, 2], [3, 4]])),
        cr.asarray(np.array([True, True])),
    ),
    "added rows": lambda p: cr.graph.AddRows(
        p,
        cr.asarray(np.array([2, 2])),
        cr.asarray(np.array([[1.0, 2], [3, 4]])),
        cr.asarray(np.array(-0.5)),
    ),
}


@pytest.mark.parametrize("update", UPDATES.values(), ids=UPDATES)
def test_updates_of_another_dtype_are_converted_in_the_step(update):
    found = []
    for mode in (cr.compile, lambda function: function):
        p = cr.parameter(np.arange(6, dtype="float32").reshape(3, 2))

        def function(x, p=p):
            cr.graph.apply_together([update(p)])
            return x * 1

        mode(function)(cr.asarray(np.ones(2)))
        found.append((p.dtype, p.value.tolist()))
    assert found[0] == found[1]


def test_updates_that_do_not_fit_are_refused_before_anything_runs():
    p = cr.parameter(np.zeros((3, 2), "float32"))

    def function(x):
        cr.graph.apply_together([cr.graph.Replace(p, x)])
        return x * 1

    for bad, error in ((np.zeros((5, 5), "float32"), cr.ShapeError), (np.zeros((3, 2), int), None)):
        if error:
            with pytest.raises(error, match="was assigned"):
                cr.compile(function)(bad)
        else:
            cr.compile(function)(bad)
        np.testing.assert_array_equal(p.value, 0)


def test_a_step_writes_in_place_unless_the_caller_holds_the_storage():
    p = cr.parameter(np.zeros((4, 3)))
    one = cr.asarray(1.0)
    step = cr.compile(lambda: (cr.graph.apply_together([cr.graph.Replace(p, p + 1)]), one * 1)[1])
    step()
    place = p.peek().ctypes.data
    step()
    assert p.peek().ctypes.data == place
    held, view = p.peek(), p.value
    step()
    assert p.peek().ctypes.data != place
    place = p.peek().ctypes.data
    step()
    assert p.peek().ctypes.data == place
    np.testing.assert_array_equal(held, 2)
    np.testing.assert_array_equal(view, 2)
    np.testing.assert_array_equal(p.value, 4)


def test_a_view_read_before_the_first_step_is_a_snapshot_wherever_the_storage_is():
    p = cr.parameter(np.zeros((4, 3)))
    p.exchange(np.zeros((8, 3))[2:6])  # a storage that is itself a view
    one = cr.asarray(1.0)
    step = cr.compile(lambda: (cr.graph.apply_together([cr.graph.Replace(p, p + 1)]), one * 1)[1])
    for number in range(3):
        view = p.value
        step()
        np.testing.assert_array_equal(view, number)
        np.testing.assert_array_equal(p.value, number + 1)
