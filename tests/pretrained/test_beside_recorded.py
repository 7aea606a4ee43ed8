"""Networks of all families and heads compute what the reference library computed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from comparing import assert_equal, assert_outputs_equal, batch_of, gradients
from reference_networks import HEADS, PAIRS, RECORDED

import chainrule as cr
from chainrule.pretrained import load

CASES = [f"{family}-{head}" for family, head in PAIRS]


def loaded(case: str):
    """Return the network of a recorded folder, and the arrays of the reference."""
    head = next(each for each in HEADS if case.endswith(each))
    net = load(RECORDED / case, head=None if head == "none" else head)
    with np.load(RECORDED / case / "computed.npz") as file:
        return net, dict(file)


@pytest.mark.parametrize("case", CASES)
def test_outputs_of_all_layers_equal_the_reference(case: str) -> None:
    net, expected = loaded(case)
    assert net.source.fresh == ()
    assert_outputs_equal(net, net, expected)


@pytest.mark.native
@pytest.mark.parametrize("case", ["bert-masked-language", "distilbert-tokens", "roberta-tokens"])
def test_compiled_outputs_equal_the_reference(case: str) -> None:
    net, expected = loaded(case)
    assert_outputs_equal(net, cr.compile(net), expected)


@pytest.mark.parametrize("case", CASES)
def test_gradients_of_all_parameters_equal_the_reference(case: str) -> None:
    net, expected = loaded(case)
    assert_equal(gradients(net, batch_of(expected)), expected["gradients"], case)


@pytest.mark.parametrize("case", CASES)
def test_a_saved_network_loads_with_equal_numbers(case: str, tmp_path: Path) -> None:
    net, expected = loaded(case)
    net.save(tmp_path / "saved")
    again = load(tmp_path / "saved", head=net.source.head)
    assert again.source.fresh == ()
    assert again.source.labels == net.source.labels
    for path, each in net.state().items():
        assert np.array_equal(each, again.state()[path]), path
    assert_outputs_equal(again, again, expected)
