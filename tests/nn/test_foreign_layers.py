"""Names of PyTorch and Keras lead to ours."""

import re

import pytest

import chainrule as cr
from chainrule.nn.module.foreign_layers import HERE


@pytest.mark.parametrize("name", HERE)
def test_a_foreign_name_raises_an_error_with_the_equivalent(name):
    with pytest.raises(
        AttributeError, match=rf"has no '{name}'\. Here it is {re.escape(HERE[name])}"
    ):
        getattr(cr.nn, name)


@pytest.mark.parametrize("ours", sorted(set(HERE.values())))
def test_what_the_error_names_exists(ours):
    for space, name in re.findall(r"\b(cr\.nn|cr|nn)\.(\w+)", ours):
        assert hasattr({"cr": cr, "nn": cr.nn, "cr.nn": cr.nn}[space], name)


def test_other_names_are_plain_attribute_errors():
    with pytest.raises(AttributeError, match=r"^chainrule\.nn has no 'Nothing'\.$"):
        cr.nn.Nothing  # noqa: B018
