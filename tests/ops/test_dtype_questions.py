"""What the standard asks about dtypes."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import PROMOTION

INTEGERS = [each for each in PROMOTION if each.kind in "iu"]


@pytest.mark.parametrize("dtype", [cr.float32, "float64", cr.asarray(1.0), np.ones(2, "float32")])
def test_the_limits_of_floats_are_numpys(dtype):
    found, wanted = cr.finfo(dtype), np.finfo(getattr(dtype, "dtype", dtype))
    assert found.dtype == wanted.dtype
    for name in ("bits", "eps", "max", "min", "smallest_normal"):
        assert getattr(found, name) == getattr(wanted, name)
        assert type(getattr(found, name)) in (int, float)


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_the_limits_of_integers_are_numpys(dtype):
    found, wanted = cr.iinfo(dtype), np.iinfo(dtype)
    assert (found.bits, found.max, found.min) == (wanted.bits, wanted.max, wanted.min)
    assert cr.iinfo(cr.asarray(np.ones(2, dtype))) == found


def test_limits_of_another_kind_are_refused():
    with pytest.raises(cr.DTypeError, match=r"finfo was called on int32.*cr.iinfo\(dtype\)"):
        cr.finfo(cr.int32)
    with pytest.raises(cr.DTypeError, match=r"iinfo was called on float32.*cr.finfo\(dtype\)"):
        cr.iinfo("float32")


KINDS = {
    "bool": "bool",
    "signed integer": "int8 int16 int32 int64",
    "unsigned integer": "uint8 uint16 uint32",
    "integral": "int8 int16 int32 int64 uint8 uint16 uint32",
    "real floating": "float32 float64",
    "complex floating": "",
    "numeric": "int8 int16 int32 int64 uint8 uint16 uint32 float32 float64",
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_of_a_dtype(kind):
    assert {each.name for each in PROMOTION if cr.isdtype(each, kind)} == set(KINDS[kind].split())


def test_one_of_several_kinds_or_dtypes():
    assert cr.isdtype(cr.uint8, ("bool", cr.uint8))
    assert cr.isdtype(cr.uint8, cr.uint8)
    assert not cr.isdtype(cr.uint8, (cr.int8, "real floating"))
    with pytest.raises(cr.DTypeError, match=r"given the kind 'whole'\. Choose from 'bool', 'si"):
        cr.isdtype(cr.uint8, "whole")


def test_the_dtype_of_a_result():
    x = cr.asarray(np.ones(2, "uint8"))
    for operands, wanted in (
        ((x,), "uint8"),
        ((x, cr.int8), "int16"),
        ((x, 300), "uint8"),
        ((x, 1.5), "float64"),
        ((x, np.ones(2, "float32"), 1.5), "float32"),
        ((cr.bool, True), "bool"),
        ((1, 2.0), "float64"),
        (("uint32", cr.int32), "int64"),
    ):
        assert cr.result_type(*operands) == wanted
    with pytest.raises(cr.DTypeError, match="result_type was given nothing"):
        cr.result_type()


@pytest.mark.parametrize("old", PROMOTION, ids=str)
def test_a_dtype_casts_to_what_it_promotes_to(old):
    for new in PROMOTION:
        assert cr.can_cast(old, new) is (cr.result_type(old, new) == new)
    assert cr.can_cast(cr.asarray(np.ones(2, old)), old)
