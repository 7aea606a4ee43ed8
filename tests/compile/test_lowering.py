"""Primitives are lowered as their declaration says; the table of templates is complete."""

import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.gates import window_gates
from chainrule.compile.kernels.templates import TEMPLATES, TemplateLowering
from chainrule.compile.native.vector_math import function_of
from chainrule.graph.lowering import FUNCTIONS, named_template
from chainrule.graph.lowering import TEMPLATES as NAMES
from chainrule.ops.attending import attention_gates
from chainrule.ops.scalars import binary, call

pytestmark = pytest.mark.native


def made_by_the_compiler():
    found = [*vars(window_gates).values(), *vars(attention_gates).values()]
    return [each for each in found if isinstance(each, cr.Primitive)]


def test_every_template_is_named_by_a_primitive_and_known_to_the_compiler():
    primitives = [*cr.PRIMITIVES.values(), *made_by_the_compiler()]
    named = {named_template(each.lowering) for each in primitives} - {None}
    assert named == set(NAMES)


def test_the_table_has_a_row_for_every_template_and_a_way_in_every_row():
    assert list(TEMPLATES) == list(NAMES)
    assert TemplateLowering() not in TEMPLATES.values()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_that_kernels_can_call_has_its_text(name):
    for kind, suffix in (("float", "f32"), ("double", "f64")):
        text = rf"(define internal|declare) {kind} @{re.escape(name)}\.{suffix}\({kind}[ ,)]"
        assert re.match(text, function_of(f"{name}.{suffix}"))


def test_every_primitive_of_ours_has_native_code():
    by_reference = [name for name, each in cr.PRIMITIVES.items() if each.lowering is None]
    assert sorted(by_reference) == [
        "argsort",  # NumPy's vectorised sort is faster than a native radix sort
        "call",  # which a compiled function replaces by the gates inside
        "first_ids",
        "sort",
    ]


def doubling(lowering):
    return cr.declare(
        cr.Primitive(
            name="twice",
            family="elementwise",
            accepts="float",
            promotes="all",
            infer=lambda x: (x.shape, x.dtype),
            numpy=lambda x: 2 * x,
            lowering=lowering,
            vjp=(lambda g, y, x: 2 * g,),
            jvp="linear",
            jacobian="diagonal",
            notation=cr.Notation("2 {}", 2),
            says="doubles",
            branch=None,
            examples=(cr.Example((cr.Operand((3,)),)),),
        )
    )


def test_a_primitive_without_native_code_runs_on_the_reference_evaluator(own_primitives):
    twice = doubling(None)
    step = cr.compile(lambda x: cr.exp(cr.apply(twice, cr.log(x))).sum())
    x = np.array([1.0, 2.0, 3.0])
    assert step(x).item() == pytest.approx(14.0)
    assert "on the reference evaluator: twice" in step.report()


def test_a_loop_over_a_gate_without_native_code_is_left_whole(own_primitives):
    twice = doubling(None)
    step = cr.compile(lambda s: cr.scan(lambda s, _: (cr.apply(twice, s), None), s, length=3)[0])
    np.testing.assert_array_equal(step(np.ones(2)).value, [8.0, 8.0])
    assert "on the reference evaluator: scan" in step.report()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_primitive_of_the_users_own_is_fused_like_ours(own_primitives, dtype):
    twice = doubling(lambda writer, node, x: binary("fadd", "add")(writer, node, [x[0], x[0]]))
    step = cr.compile(lambda x: cr.exp(cr.apply(twice, x) + 1).sum())
    x = np.array([0.5, -1.0, 2.0], dtype)
    np.testing.assert_allclose(step(x).value, np.exp(2 * x + 1).sum(), rtol=1e-6)
    assert "4 gates fused" in step.report()
    assert "on the reference evaluator: nothing" in step.report()


def test_functions_that_come_with_every_kernel_serve_a_users_primitive(own_primitives):
    step = cr.compile(lambda x: cr.apply(doubling(call("tanh")), x))
    np.testing.assert_allclose(step(np.array([0.3])).value, np.tanh([0.3]), rtol=1e-14)


def test_what_passes_through_is_no_step(own_primitives):
    passing = doubling("pass through")
    step = cr.compile(lambda x: cr.apply(passing, x) + 1)
    np.testing.assert_array_equal(step(np.ones(2)).value, [2.0, 2.0])
    assert "on the reference evaluator: nothing" in step.report()
