"""A primitive is one complete declaration; what is missing is named at once."""

import dataclasses

import numpy as np
import pytest

import chainrule as cr
from chainrule.grad import tangents
from chainrule.graph.lowering import Partly
from chainrule.ops.scalars import call, same


def complete(**changes):
    fields = {
        "name": "twice",
        "family": "elementwise",
        "accepts": "float",
        "promotes": "all",
        "infer": lambda x: (x.shape, x.dtype),
        "numpy": lambda x: 2 * x,
        "lowering": None,
        "vjp": (lambda g, y, x: 2 * g,),
        "jvp": "linear",
        "jacobian": "diagonal",
        "notation": cr.Notation("2 {}", 2),
        "says": "doubles",
        "branch": None,
        "examples": (cr.Example((cr.Operand((3,)),)),),
    }
    return {**fields, **changes}


def test_a_complete_declaration_is_a_gate_at_once(own_primitives):
    twice = cr.declare(cr.Primitive(**complete()))
    x = cr.input("x", value=[1, 2], dtype="float32")
    y = cr.apply(twice, x)
    np.testing.assert_array_equal(y.value, [2.0, 4.0])
    np.testing.assert_array_equal(cr.gradients(y.sum(), [x])[0].value, [2.0, 2.0])
    assert cr.PRIMITIVES["twice"] is twice
    assert repr(twice) == "<primitive twice>"
    assert cr.apply(twice, 3).dtype == cr.float64


@pytest.mark.parametrize("field", [each for each in complete() if each != "name"])
def test_what_is_missing_is_named(field):
    fields = complete()
    del fields[field]
    with pytest.raises(cr.PrimitiveError) as caught:
        cr.Primitive(**fields)
    assert f"'twice' is incomplete: it does not declare {field}." in str(caught.value)


def test_all_that_is_missing_is_named_together():
    with pytest.raises(cr.PrimitiveError) as caught:
        cr.Primitive(name="empty")
    named = str(caught.value).split("does not declare ")[1].split(". ")[0].split(", ")
    wanted = [each.name for each in dataclasses.fields(cr.Primitive)]
    optional = ("name", "deferred", "detaches", "selective", "reads_stored_rows", "vmap")
    assert named == [each for each in wanted if each not in optional]


def test_a_primitive_without_examples_cannot_be_tested():
    with pytest.raises(cr.PrimitiveError, match="'twice' gives no examples, so nothing could test"):
        cr.Primitive(**complete(examples=()))


def test_there_is_one_rule_per_input():
    with pytest.raises(cr.PrimitiveError, match="has 1 inputs in its example but 2 vjp rules"):
        cr.Primitive(**complete(vjp=(None, None)))


def test_a_template_that_the_compiler_does_not_have_is_refused():
    message = "'twice' names the template 'spin', which the compiler does not have. Name one of"
    for lowering in ("spin", Partly(lambda node: False, same, "spin")):
        with pytest.raises(cr.PrimitiveError, match=message):
            cr.Primitive(**complete(lowering=lowering))


def vjp(g, y, x):
    return (2 * g,)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"family": "elementary"}, "declares family='elementary'. Choose one of elementwise, red"),
        ({"accepts": "complex"}, "declares accepts='complex'. Choose one of any, number, float"),
        ({"jacobian": "sparse"}, "declares jacobian='sparse'. Choose one of diagonal, routing"),
        ({"jvp": "derived"}, "declares jvp='derived'. Choose one of diagonal, .*or give a rule"),
        ({"jvp": "transpose"}, 'declares jvp="transpose", .* Give one function that returns all'),
        ({"jvp": "diagonal", "vjp": vjp}, 'declares jvp="diagonal", .* Give a tuple of rules'),
        ({"vjp": [None]}, r"declares vjp=\[None\]. Give a tuple of one rule per input, or one"),
        ({"vjp": ("2 g",)}, "has a vjp rule that is not a function"),
        ({"jacobian": "none"}, 'declares jacobian="none" but passes a gradient'),
        ({"vjp": (None,)}, 'declares jacobian="diagonal" but has no vjp rule'),
        ({"selective": True}, "is selective, so that its vjp must be one function"),
        ({"infer": "same"}, "declares infer='same', which is not a function"),
        ({"numpy": 2}, "declares numpy=2, which is not a function"),
        ({"vmap": "rows"}, "declares vmap='rows'. Choose one of elementwise, axis, leading, scan"),
        ({"branch": 0}, "declares branch=0. Give a function, or None if it is smooth"),
        ({"lowering": 3}, "declares lowering=3. Give a function, a template, a Partly or None"),
        ({"promotes": (0, 1)}, "promotes the operand 1, but has 1 operands in its examples"),
    ],
)
def test_what_cannot_be_used_as_declared_is_refused(changes, message):
    with pytest.raises(cr.PrimitiveError, match=f"^The primitive 'twice' {message}"):
        cr.Primitive(**complete(**changes))


def test_every_example_has_one_operand_per_rule():
    examples = (cr.Example((cr.Operand((3,)),)), cr.Example((cr.Operand((3,)),) * 2))
    with pytest.raises(cr.PrimitiveError, match="has 2 inputs in its example but 1 vjp rules"):
        cr.Primitive(**complete(examples=examples))


def test_a_call_without_a_text_is_refused():
    with pytest.raises(cr.PrimitiveError, match="A call of 'gamma' was declared, but kernels have"):
        call("gamma")


def test_a_name_is_taken_once(own_primitives):
    with pytest.raises(cr.PrimitiveError, match=r"named 'exp' is declared already. Choose another"):
        cr.declare(cr.Primitive(**complete(name="exp")))
    assert cr.PRIMITIVES["exp"] is cr.exp


def test_a_declaration_does_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        cr.exp.name = "other"


def test_who_takes_gradient():
    assert cr.exp.differentiable
    assert not cr.sign.differentiable
    assert [cr.where.takes_gradient(i) for i in range(3)] == [False, True, True]
    assert cr.PRIMITIVES["concat"].takes_gradient(7)


def test_a_jvp_rule_of_the_users_own_is_used(own_primitives):
    rule = cr.declare(cr.Primitive(**complete(jvp=lambda ts, y, x: ts[0] * 20)))
    x = cr.input("x", value=1.0)
    assert tangents([cr.apply(rule, x)], {x: cr.asarray(1.0)})[0].item() == 20.0


def test_a_rule_of_the_wrong_shape_is_an_error_that_names_the_gate(own_primitives):
    wrong = cr.declare(cr.Primitive(**complete(name="wrong", vjp=(lambda g, y, x: g[:1],))))
    x = cr.input("x", value=[1.0, 2.0, 3.0])
    with pytest.raises(cr.ShapeError) as caught:
        cr.gradients(cr.apply(wrong, x).sum(), [x])
    message = str(caught.value)
    assert message.startswith("The backward of wrong (test_declarations.py:")
    assert "shape (1,) for its input 0, which has shape (3,)" in message
