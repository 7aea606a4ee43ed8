"""The object model of the Array API standard, and DLPack."""

import gc
import operator as op

import numpy as np
import pytest

import chainrule as cr

X = np.array([[1.5, -2.0, 0.5], [2.5, 1.0, -1.0]])
INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"]


def test_the_namespace_is_the_package():
    x = cr.asarray(X)
    assert x.__array_namespace__() is x.__array_namespace__(api_version="2024.12") is cr
    assert cr.__array_api_version__ == "2024.12"
    with pytest.raises(cr.ChainruleError, match=r"Version 2031.12 of the Array API .* 2024.12"):
        x.__array_namespace__(api_version="2031.12")


def test_the_namespace_says_what_it_offers():
    info = cr.__array_namespace_info__()
    assert info.capabilities()["data-dependent shapes"] is True
    assert (info.default_device(), info.devices()) == ("cpu", ["cpu"])
    assert info.default_dtypes() == {"real floating": "f8", "integral": "i8", "indexing": "i8"}
    assert set(info.dtypes()) == {"bool", *INTEGERS, "float32", "float64"}
    assert set(info.dtypes(kind="integral", device="cpu")) == set(INTEGERS)
    assert set(info.dtypes(kind=("bool", "real floating"))) == {"bool", "float32", "float64"}
    assert info.dtypes(kind="complex floating") == {}
    assert all(getattr(cr, name) is dtype for name, dtype in info.dtypes().items())


def test_constants_are_those_of_numpy():
    for name in ("e", "inf", "nan", "pi", "newaxis"):
        np.testing.assert_equal(getattr(cr, name), getattr(np, name))
        assert name in cr.__all__


def test_a_tensor_has_the_attributes_of_the_standard():
    x = cr.asarray(X)
    assert (x.ndim, x.size, x.shape, x.dtype, x.device) == (2, 6, (2, 3), cr.float64, "cpu")
    np.testing.assert_array_equal(x.T.value, X.T)
    np.testing.assert_array_equal(x.mT.value, X.T)
    assert x.to_device("cpu", stream=None) is x
    for call in (lambda: x.to_device("cuda"), lambda: cr.asarray(X, device="cuda:0")):
        with pytest.raises(cr.ChainruleError, match=r"The device cuda.* 'cpu'. Leave the device"):
            call()


ARITHMETIC = [op.add, op.sub, op.mul, op.truediv, op.floordiv, op.mod, op.pow]
COMPARISONS = [op.lt, op.le, op.gt, op.ge, op.eq, op.ne]
BITS = [op.and_, op.or_, op.xor]
SHIFTS = [op.lshift, op.rshift]


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("call", [*ARITHMETIC, *COMPARISONS, *BITS, *SHIFTS])
def test_operators_on_integers_are_numpys_and_wrap_around(call, dtype):
    edges = np.iinfo(dtype)
    a = np.array([1, 2, 7, edges.max, edges.min, 5], dtype)
    b = np.array([3, 1, 2, 3, 1, 6], dtype)
    with np.errstate(all="ignore"):
        for found, wanted in (
            (call(cr.asarray(a), cr.asarray(b)), call(a, b)),
            (call(cr.asarray(a), 3), call(a, 3)),
            (call(3, cr.asarray(b)), call(3, b)),
        ):
            assert found.dtype == ("float64" if call is op.truediv else wanted.dtype)
            np.testing.assert_array_equal(found.value, wanted.astype(found.dtype))


@pytest.mark.parametrize("call", BITS)
def test_operators_on_bits_are_logical_ones_of_bools(call):
    a, b = np.array([True, True, False]), np.array([True, False, False])
    for found in (call(cr.asarray(a), b), call(a, cr.asarray(b)), call(cr.asarray(a), b.tolist())):
        assert found.dtype == cr.bool
        np.testing.assert_array_equal(found.value, call(a, b))
    np.testing.assert_array_equal((~cr.asarray(a)).value, ~a)
    np.testing.assert_array_equal((~cr.asarray(np.uint8([0, 5]))).value, [255, 250])
    with pytest.raises(cr.DTypeError, match="integer or bool operands but was given bool, float64"):
        call(cr.asarray(a), X[0])


def test_in_place_operators_make_a_new_tensor_and_items_are_not_assigned():
    x = before = cr.asarray(X)
    for call in (op.iadd, op.isub, op.imul, op.itruediv, op.ifloordiv, op.imod, op.ipow):
        x = call(x, 2)
        assert x is not before
    np.testing.assert_array_equal(before.value, X)
    with pytest.raises(cr.ImmutableError, match=r"Write x = cr.put\(x, index, value\)"):
        x[0] = 1


def test_numbers_are_read_from_tensors_of_one_element():
    one = cr.asarray(np.uint8(3))
    assert (int(one), float(one), bool(one), op.index(one)) == (3, 3.0, True, 3)
    assert [10, 11, 12, 13][one] == 13
    with pytest.raises(TypeError, match="integer"):
        op.index(cr.asarray(3.0))
    assert complex(cr.asarray(1.5)) == one.__complex__() / 2 == 1.5 + 0j


def test_asarray_copies_or_not_as_asked():
    x = cr.asarray(X)
    assert cr.asarray(x) is cr.asarray(x, copy=False) is x
    copied = cr.asarray(x, copy=True)
    assert copied is not x
    np.testing.assert_array_equal(copied.value, X)
    for value in (X, [1.0], 2.0):
        with pytest.raises(ValueError, match=r"asked not to copy a .*cr.from_dlpack\(x\) shares"):
            cr.asarray(value, copy=False)
    assert cr.astype(x, "float64", copy=False, device="cpu") is x


# -- DLPack ----------------------------------------------------------------------------------------


def address(array):
    return array.__array_interface__["data"][0]


DTYPES = ["bool", *INTEGERS, "float32", "float64"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_numpy_reads_a_tensor_without_a_copy_and_read_only(dtype):
    x = cr.asarray(np.arange(6).reshape(2, 3).astype(dtype))
    shared = np.from_dlpack(x)
    assert address(shared) == address(x.value)
    assert not shared.flags.writeable
    np.testing.assert_array_equal(shared, x.value)
    assert x.__dlpack_device__() == (1, 0)
    copied = np.from_dlpack(x, copy=True)
    copied[0] = 1
    assert address(copied) != address(x.value)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_tensor_reads_numpy_without_a_copy(dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    x = cr.from_dlpack(array)
    assert (x.dtype, address(x.value)) == (dtype, address(array))
    assert array.flags.writeable
    assert not x.value.flags.writeable
    assert address(cr.from_dlpack(array, copy=True).value) != address(array)
    assert cr.from_dlpack(x) is cr.from_dlpack(x, device="cpu", copy=False) is x
    assert cr.from_dlpack(x, copy=True) is not x


def test_memory_is_kept_while_it_is_shared():
    x = cr.from_dlpack(np.arange(1000.0))
    out = np.from_dlpack(cr.asarray(np.arange(1000.0)) * 2)
    for _ in range(3):
        gc.collect()
        np.full(1000, -1.0)
    np.testing.assert_array_equal(x.value, np.arange(1000.0))
    np.testing.assert_array_equal(out, 2 * np.arange(1000.0))


def test_a_parameter_that_changes_leaves_shared_memory_as_it_was():
    w = cr.parameter(np.zeros((4, 2)), "w")
    shared = np.from_dlpack(w)
    w.assign_rows(np.array([1]), np.ones((1, 2)))
    np.testing.assert_array_equal(shared, 0)
    assert w.value[1, 0] == 1


def test_older_protocols_have_no_mark_for_read_only_memory_and_get_a_copy():
    class Older:
        """A consumer that asks without a version, as before DLPack 1.0."""

        def __init__(self, x):
            self.x = x

        def __dlpack__(self, **_):
            return self.x.__dlpack__()

        def __dlpack_device__(self):
            return self.x.__dlpack_device__()

    x = cr.asarray(X)
    copied = np.from_dlpack(Older(x))
    assert address(copied) != address(x.value)
    assert address(copied) % 64 == 0
    np.testing.assert_array_equal(copied, X)
    with pytest.raises(BufferError, match=r"cannot mark it read-only.*Allow a copy"):
        x.__dlpack__(copy=False)


def test_what_is_not_aligned_is_copied():
    raw = np.zeros(25, np.uint8)[1:].view(np.float64)
    x = cr.from_dlpack(raw)
    assert x.value.flags.aligned
    with pytest.raises(cr.DTypeError, match="not aligned in memory"):
        cr.from_dlpack(raw, copy=False)


def test_what_cannot_be_shared_is_refused_in_words():
    for value, message in (
        ([1.0], r"a list, which has no __dlpack__. Write cr.asarray"),
        (np.zeros(2, np.float16), "float16 is not supported"),
        (np.zeros(2, np.uint64), "uint64 is not supported"),
        (np.array(["a"]), "a ndarray of numpy, whose memory NumPy cannot share"),
    ):
        with pytest.raises(cr.DTypeError, match=message):
            cr.from_dlpack(value)


def test_a_traced_tensor_has_no_memory_to_share():
    with pytest.raises(cr.UnboundInputError, match="was traced, so that it has none"):
        cr.compile(lambda x: np.from_dlpack(x))(X)
    with pytest.raises(cr.GradientError, match="DLPack"):
        cr.grad(lambda x: cr.asarray(np.from_dlpack(x).sum()))(X)


@pytest.mark.parametrize("dtype", DTYPES)
def test_torch_shares_memory_both_ways(dtype):
    torch = pytest.importorskip("torch")
    x = cr.asarray(np.arange(6).reshape(2, 3).astype(dtype))
    theirs = torch.from_dlpack(x)
    assert theirs.data_ptr() == address(x.value)
    np.testing.assert_array_equal(theirs.numpy(), x.value)
    assert address(cr.from_dlpack(theirs).value) == address(x.value)
    with pytest.raises(cr.DTypeError, match=r"a Tensor of torch.*detach it"):
        cr.from_dlpack(torch.zeros(2, requires_grad=True))
    with pytest.raises(cr.DTypeError, match="convert it to a dtype that NumPy has"):
        cr.from_dlpack(torch.zeros(2, dtype=torch.bfloat16))


def test_jax_reads_tensors_and_is_read_without_a_copy():
    jax = pytest.importorskip("jax")
    x = cr.asarray(X.astype("float32"))
    theirs = jax.dlpack.from_dlpack(x)
    np.testing.assert_array_equal(np.asarray(theirs), x.value)
    back = cr.from_dlpack(theirs)
    assert address(back.value) == theirs.unsafe_buffer_pointer()
    del theirs
    gc.collect()
    np.testing.assert_array_equal(back.value, x.value)
