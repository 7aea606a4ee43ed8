"""An optimizer shows its options and parameters, as text and as escaped HTML in notebooks."""

import pytest

import chainrule as cr
from chainrule.optim import schedules


def parameters():
    return [cr.parameter([1.0, 2.0], "weight<1>"), cr.parameter(0.0, "bias")]


SHOWN = {
    "defaults": (
        lambda: cr.optim.Adam(parameters()),
        "Adam(2 parameters, learning_rate=0.001, steps=0)",
    ),
    "options": (
        lambda: cr.optim.SGD(parameters(), 0.1, momentum=0.9, clip=cr.optim.ClipByNorm(2.0)),
        "SGD(2 parameters, learning_rate=0.1, steps=0, clip=ClipByNorm(limit=2.0))",
    ),
    "a schedule": (
        lambda: cr.optim.AdamW(parameters(), schedules.Constant(0.1)),
        "AdamW(2 parameters, learning_rate=Constant(rate=0.1), steps=0, decoupled=True, "
        "weight_decay=0.01)",
    ),
}


@pytest.mark.parametrize(("make", "text"), SHOWN.values(), ids=SHOWN)
def test_an_optimizer_shows_what_differs_from_the_defaults(make, text):
    assert repr(make()) == text


@pytest.mark.native
def test_it_counts_its_steps_and_can_be_shown_while_a_function_is_traced():
    x = cr.parameter(1.0, "x")
    optimizer = cr.optim.SGD([x], 0.5)

    @cr.compile
    def step():
        assert repr(optimizer).startswith("SGD(1 parameters, learning_rate=0.5, steps=")
        loss = x * x
        optimizer.minimize(loss)
        return loss

    step(), step()
    assert "steps=2" in repr(optimizer)
    assert step.report().count("signature") == 1


def test_a_notebook_shows_a_row_per_parameter_escaped():
    groups = {"bias": {"learning_rate_factor": 0.5, "weight_decay": 0.0}}
    shown = cr.optim.Adam(parameters(), weight_decay=0.1, groups=groups)._repr_html_()
    assert shown.count("<tr>") == 3
    assert "<td>weight&lt;1&gt;</td><td>float64(2,)</td><td>1 · rate</td><td>0.1</td>" in shown
    assert "<td>bias</td><td>float64()</td><td>0.5 · rate</td><td>0</td>" in shown
    assert "<td>mean, square</td>" in shown
