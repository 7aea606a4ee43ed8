"""Arguments and results of compiled functions: tensors, numbers, bools and strings, in any form."""

import copy
import math
import pickle
import threading
from collections import Counter, OrderedDict, defaultdict, namedtuple
from concurrent.futures import ProcessPoolExecutor
from enum import IntEnum
from multiprocessing import get_context

import numpy as np
import pytest

import chainrule as cr

X = np.array([1.0, 2.0, 3.0], "float32")
Pair = namedtuple("Pair", "a b")


class Kind(IntEnum):
    A = 1
    B = 2


def same(found, wanted):
    """Compare trees: types, dtypes and values."""
    if isinstance(wanted, dict):
        assert type(found) is type(wanted)
        assert list(found) == list(wanted)
        for key in wanted:
            same(found[key], wanted[key])
    elif isinstance(wanted, list | tuple):
        assert type(found) is type(wanted)
        for ours, theirs in zip(found, wanted, strict=True):
            same(ours, theirs)
    elif isinstance(wanted, cr.Tensor):
        assert isinstance(found, cr.Tensor)
        assert found.dtype == wanted.dtype
        np.testing.assert_allclose(found.value, wanted.value, rtol=1e-6)
    else:
        assert type(found) is type(wanted)
        assert found == wanted


def t(array):
    return cr.asarray(array)


CALLS = {
    "a dict": (lambda batch: batch["x"] * batch["y"], ({"x": t(X), "y": t(X)},), {}),
    "nested": (lambda xs: [xs[0] + xs[1][0], (xs[1][1], None)], ((t(X), [t(X), t(X)]),), {}),
    "a named tuple": (lambda p: Pair(p.b, p.a * 2), (Pair(t(X), t(X)),), {}),
    "a dict with a default": (lambda d: d["a"] * 2, (defaultdict(list, a=t(X)),), {}),
    "an ordered dict": (lambda d: OrderedDict(b=d["a"], a=d["b"]), (OrderedDict(a=1, b=t(X)),), {}),
    "a counter": (lambda x: (Counter("aab"), x), (t(X),), {}),
    "a name that is taken": (lambda self, args: self - args, (), {"self": t(X), "args": t(X)}),
    "by name": (lambda x, y: x - y, (), {"y": t(X), "x": t(X * 2)}),
    "by name only": (lambda x, *, gain: x * gain, (t(X),), {"gain": 2.0}),
    "a default": (lambda x, gain=3.0: x * gain, (t(X),), {}),
    "any names": (lambda **xs: xs["a"] + xs["b"], (), {"a": t(X), "b": t(X)}),
    "any number": (lambda *xs: sum(xs[1:], xs[0]), (t(X), t(X), t(X)), {}),
    "None": (lambda x, mask: (x if mask is None else x * mask, mask), (t(X), None), {}),
    "a flag": (lambda x, deep: x * 2 if deep else x, (t(X), True), {}),
    "a word": (lambda x, kind: {kind: x.sum()}, (t(X), "total"), {}),
    "a function": (lambda x, act: act(x), (t(X), cr.tanh), {}),
    "a number": (lambda x, s: x * s, (t(X), 2.0), {}),
    "an integer": (lambda x, n: x**n / n, (t(X), 3), {}),
    "a number of NumPy": (lambda x, s: x * s, (t(X), np.float32(2.0)), {}),
    "an array without axes": (lambda x, s: x * s, (t(X), t(np.array(2.0))), {}),
    "numbers alone": (lambda a, b: (a + b * 2, a / b, -a, a < b), (2.0, 4), {}),
    "exact integers": (
        lambda n: (n * n, n + n, n**3 - 1, 3 ** (n % 99), 1 - n),
        (2_000_000_011,),
        {},
    ),
    "beyond 64 bits": (lambda x, n: (x * n, n * n, -n), (t(X), 2**70), {}),
    "powers of integers": (lambda a, b: (a**b, b**a, a**-2, a**2), (20, 30), {}),
    "whole divisions": (lambda n: (n // 3, n % 3, -n // 4, divmod(n, 2), 7 // n, n % n), (-7,), {}),
    "bits": (lambda n: (n & 3, n | 8, n ^ 1, n << 70, n >> 1, ~n, 1 << n), (5,), {}),
    "rounded": (
        lambda s: (round(s), round(s, 1), math.floor(s), math.ceil(s), int(s)),
        (2.55,),
        {},
    ),
    "text of a number": (lambda s: (f"{s} {s:.1f}", str(s)), (2.5,), {}),
    "a zero with a sign": (lambda s: (s, math.copysign(1.0, s), -s), (-0.0,), {}),
    "a flag of NumPy": (lambda x, deep: (x if deep else -x, x * deep), (t(X), np.True_), {}),
    "a member": (lambda x, kind: x * 2 if kind is Kind.B else x, (t(X), Kind.B), {}),
    "a branch on a number": (lambda x, s: x if s > 1 else -x, (t(X), 2.0), {}),
    "a range": (lambda x, n: sum((x * i for i in range(n)), x), (t(X), 3), {}),
    "an axis": (lambda x, axis: x.sum(axis=axis), (t(np.ones((2, 3))), 1), {}),
    "a shape": (lambda x, shape: x.reshape(shape), (t(np.ones(6)), (2, 3)), {}),
    "extents": (lambda x, n: x.reshape(n, -1), (t(np.ones(6)), 2), {}),
    "a number of classes": (lambda x, n: cr.one_hot(x, n), (t(np.array([1, 0])), 3), {}),
    "a number of rows": (lambda x, n: cr.add_rows(x, [0, 1, 0], n), (t(X), 4), {}),
    "a width of padding": (lambda x, n: cr.pad(x, ((n, n),)), (t(X), 2), {}),
    "a broadcast": (lambda x, n: cr.broadcast_to(x, (n, 3)), (t(X), 2), {}),
    "an axis to reverse": (lambda x, n: cr.flip(x, n), (t(X), 0), {}),
    "steps": (lambda x, n: cr.scan(lambda s, _: (s + x, s), x, length=n)[1], (t(X), 3), {}),
    "a size of windows": (lambda x, n: cr.max_pool(x, n), (t(np.ones((1, 1, 6))), 2), {}),
    "a position": (lambda x, i: cr.put(x, i, 9.0), (t(X), 1), {}),
    "an index": (lambda x, i: x[i] + x[i:], (t(X), 1), {}),
    "a list of numbers": (lambda x: x * 2.0, ([1.0, 2.0],), {}),
    "a gate of a number": (lambda x, s: x * cr.exp(s), (t(X), 0.5), {}),
    "a function of a number": (lambda x, s: x * cr.silu(s), (t(X), 0.5), {}),
    "a mean of a number": (lambda x, s: x * cr.mean(s), (t(X), 0.5), {}),
    "a limit": (lambda x, s: cr.clip(x, -s, s * 2), (t(X), 1.0), {}),
    "a larger one": (lambda x, s: cr.maximum(x, s) + np.float32(1.0), (t(X), 2.0), {}),
    "a power of a number": (lambda x, s: s**x, (t(X), 2.0), {}),
    "a choice": (lambda x, s: cr.where(x > s, x, s), (t(X), 2.0), {}),
    "a state": (lambda x, s: cr.scan(lambda h, e: (h + e, h), s, x), (t(X), 0.5), {}),
    "constants": (lambda x: (x, 1, 2.5, "word", True, None), (t(X),), {}),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_gives_what_the_plain_function_gives(name):
    function, args, named = CALLS[name]
    compiled = cr.compile(function)
    for _ in range(2):
        lifted = [cr.asarray(x) if type(x) is list and type(x[0]) is float else x for x in args]
        same(compiled(*args, **named), function(*lifted, **named))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64"])
@pytest.mark.parametrize(
    "number", [2, 2.0, True, np.float32(2), np.float64(2), np.int32(2), np.int64(2), np.uint8(2)]
)
@pytest.mark.parametrize("operation", [lambda x, s: x * s, lambda x, s: s - x, lambda x, s: x / s])
def test_numbers_are_as_weak_as_in_eager_code(dtype, number, operation):
    x = np.array([1, 2, 3], dtype)
    wanted = operation(cr.asarray(x), number)
    for found in (cr.compile(operation)(x, number), cr.compile(operation)(x, s=number)):
        assert found.dtype == wanted.dtype
        np.testing.assert_allclose(found.value, wanted.value, rtol=1e-6)


@pytest.mark.native
def test_another_number_compiles_nothing_unless_python_reads_it():
    traces = []

    @cr.compile
    def scaled(x, s):
        traces.append(s)
        return x * s

    for s in (1.0, 2.0, 3.5):
        np.testing.assert_array_equal(scaled(X, s).value, X * np.float32(s))
    assert len(traces) == 1

    @cr.compile
    def repeated(x, n):
        traces.append(n)
        return sum((x for _ in range(n)), x)

    for n in (2, 3, 2, 3):
        np.testing.assert_array_equal(repeated(X, n).value, X * (n + 1))
    assert len(traces) == 3
    assert "argument n is 3 now" in repeated.report()


@pytest.mark.native
def test_numbers_of_other_calls_are_as_exact_as_those_of_the_traced_one():
    function = cr.compile(lambda n: n * n * n + 1)
    for n in (2, 3, 2**40, -(2**31), 2):
        assert function(n) == n**3 + 1
    sign = cr.compile(lambda s: math.copysign(1.0, s))
    assert [sign(s) for s in (0.0, -0.0, math.nan, math.nan)] == [1.0, -1.0, 1.0, 1.0]
    assert sign.report().count("signature") == 3
    square = cr.compile(lambda n: n * n)
    assert [square(n) for n in (1, 5, -7, 2**31 - 1)] == [1, 25, 49, (2**31 - 1) ** 2]
    assert square.report().count("signature") == 1
    x = np.ones(2, "int32")
    scaled = cr.compile(lambda x, n: x * (n * n))
    np.testing.assert_array_equal(scaled(x, 3).value, [9, 9])
    with pytest.raises(cr.DTypeError):
        scaled(x, 10**5)


@pytest.mark.native
def test_flags_are_part_of_the_signature():
    step = cr.compile(lambda x, deep=False: x * 2 if deep else x)
    step(X)
    step(X, deep=True)
    step(X, True)
    report = step.report()
    assert report.count("signature") == 2
    assert "float32[3], deep=True" in report


class Own(tuple):
    def __new__(cls, a, b):
        return super().__new__(cls, (a, b))


@pytest.mark.native
def test_what_cannot_be_made_again_is_refused():
    with pytest.raises(cr.DTypeError, match="a value of type Own among its arguments or results"):
        cr.compile(lambda x: Own(x, x))(X)
    with pytest.raises(cr.GradientError, match="a dict whose key is 'n'"):
        cr.compile(lambda x, n: {n: x})(X, 5)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(cr.DTypeError, match="of type set, which is neither an array nor"):
        cr.compile(lambda x, s: x)(X, {1, 2})


def test_a_name_that_the_function_does_not_have_is_refused():
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        cr.compile(lambda x: x)(X, z=1)


def total(x):
    return (x * x).sum()


squared = cr.compile(total)


@cr.compile
def doubled(x):
    return x * 2


def test_compiled_functions_are_pickled_and_copied_as_functions_are():
    squared(X)
    doubled(X)
    for function in (squared, doubled):
        for other in (pickle.loads(pickle.dumps(function)), copy.deepcopy(function)):
            np.testing.assert_array_equal(other(X).value, function(X).value)
    assert pickle.loads(pickle.dumps(doubled)) is doubled


def test_compiled_functions_go_to_a_pool_of_processes():
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        (found,) = pool.map(squared, [X])
    assert found.item() == 14.0


@pytest.mark.native
def test_the_first_calls_of_several_threads_make_one_version():
    total = cr.parameter(0.0, "total", trainable=False)
    barrier = threading.Barrier(4)

    @cr.compile
    def counted(x):
        total.assign(total + x)
        return total

    def call():
        barrier.wait()
        for _ in range(50):
            counted(1.0)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert total.value == 200.0
    assert counted.report().count("signature") == 1


class Scaled:
    def __init__(self, factor):
        self.factor = cr.parameter(factor, "factor")

    @cr.compile
    def times(self, x, shift=0.0):
        """Scale."""
        return x * self.factor + shift


def test_methods_are_compiled_per_object():
    two, three = Scaled(2.0), Scaled(3.0)
    assert two.times(3.0) == 6.0
    np.testing.assert_array_equal(three.times(X, shift=1.0).value, X * 3 + 1)
    np.testing.assert_array_equal(two.times(X).value, X * 2)
    assert two.times is two.times
    assert two.times.__doc__ == "Scale."
    assert cr.gradients(two.times(X).sum(), [two.factor])[0].value == X.sum()
    for other in (pickle.loads(pickle.dumps(two)), copy.deepcopy(two)):
        other.factor.assign(5.0)
        np.testing.assert_array_equal(other.times(X).value, X * 5)
        np.testing.assert_array_equal(two.times(X).value, X * 2)


class Base:
    factor = 2.0

    @cr.compile
    def times(self, x):
        return x * self.factor

    @classmethod
    @cr.compile
    def outside(cls, x):
        return x * cls.factor

    @cr.compile
    @classmethod
    def inside(cls, x):
        return x * cls.factor

    @cr.compile
    @staticmethod
    def alone(x):
        return x * 2.0


class Derived(Base):
    factor = 3.0

    @cr.compile
    def times(self, x):
        return super().times(x) + 1


def test_a_method_may_call_the_one_that_it_replaces():
    derived = Derived()
    for each in (derived, copy.deepcopy(derived), pickle.loads(pickle.dumps(derived))):
        np.testing.assert_array_equal(each.times(X).value, X * 3 + 1)
        np.testing.assert_array_equal(Base.times(each, X).value, X * 3)
        np.testing.assert_array_equal(super(Derived, each).times(X).value, X * 3)
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(each)).times(X).value, X * 3 + 1)


@pytest.mark.parametrize("name", ["outside", "inside", "alone"])
def test_methods_of_classes_are_compiled_per_class(name):
    for owner, factor in ((Base, 2), (Derived, 2 if name == "alone" else 3), (Base, 2)):
        for each in (owner, owner()):
            np.testing.assert_array_equal(getattr(each, name)(X).value, X * factor)
