"""What type checkers see: decorators and derivatives keep the signature of their function."""

import subprocess
import sys

import pytest

SNIPPET = """
from typing import Any, assert_type

import numpy as np

import chainrule as cr


def loss(w: cr.TensorLike, scale: float = 1.0) -> cr.Tensor:
    return cr.sum(w) * scale


cr.grad(loss)(np.ones(2), scale=2.0)
value, gradient = cr.value_and_grad(loss)(np.ones(2), 3.0)
assert_type(value, cr.Tensor)
assert_type(cr.jacobian(loss)(np.ones(2)), cr.Tensor)
assert_type(cr.hessian(loss)(np.ones(2), scale=1.0), cr.Tensor)
output, pullback = cr.vjp(loss, np.ones(2))
assert_type(output, cr.Tensor)
pullback(1.0)
output, tangent = cr.jvp(loss, (np.ones(2),), (np.ones(2),))
assert_type(tangent, cr.Tensor)

cr.grad(loss)("w", factor=2)  # refused
cr.value_and_grad(loss)()  # refused
cr.jacobian(loss)(np.ones(2), scale="2")  # refused
cr.hessian(loss)(scale=2.0)  # refused


@cr.compile
def step(x: cr.TensorLike) -> tuple[cr.Tensor, int]:
    return cr.exp(x), 1


assert_type(step(np.ones(2)), tuple[cr.Tensor, int])
assert_type(step.report(), str)
step(np.ones(2), 3)  # refused


class Model(cr.nn.Module):
    @cr.compile
    def forward(self, x: cr.TensorLike) -> cr.Tensor:
        return cr.tanh(x)


model = Model()
assert_type(model.forward(np.ones(2)), cr.Tensor)
assert_type(cr.compile(model), Model)
model.forward(y=1.0)  # refused


@cr.gate
def cube(x: cr.TensorLike) -> cr.Tensor:
    return cr.pow(x, 3)


@cube.backward
def cube_backward(upstream: cr.Tensor, output: cr.Tensor, x: cr.Tensor) -> cr.Tensor:
    return upstream * 3 * x * x


@cr.gate(says="doubles")
def double(x: cr.TensorLike) -> cr.Tensor:
    return cr.multiply(x, 2)


assert_type(cube(np.ones(2)), cr.Tensor)
assert_type(double(x=2.0), cr.Tensor)
assert_type(cr.relu(np.ones(2)) + 1, cr.Tensor)
assert_type(1 - cr.parameter([1.0])[0], cr.Tensor)
cube(np.ones(2), 3)  # refused
double(y=2.0)  # refused
cr.nonsense  # refused
"""


def test_a_type_checker_knows_the_signatures(tmp_path):
    pytest.importorskip("mypy")
    script = tmp_path / "snippet.py"
    script.write_text(SNIPPET, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), str(script)]
    run = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path)
    found = {int(line.split(":")[1]) for line in run.stdout.splitlines() if ": error: " in line}
    lines = enumerate(SNIPPET.splitlines(), start=1)
    assert found == {number for number, line in lines if line.endswith("# refused")}, run.stdout
