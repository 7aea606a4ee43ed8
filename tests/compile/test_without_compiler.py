"""Without the packages for native code, the reference evaluator runs, with one warning."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
sys.modules[sys.argv[1]] = None  # as if it were not installed

import warnings
import numpy as np
import chainrule as cr

model = cr.nn.Sequential(cr.nn.Linear(3, 4), cr.tanh, cr.nn.Linear(4, 2))
optimizer = cr.optim.Adam(model, 0.1)

@cr.compile
def step(x, labels):
    loss = cr.nn.cross_entropy(model(x), labels)
    optimizer.minimize(loss)
    return loss

predict = cr.compile(model.forward)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    losses = [step(np.eye(3), np.array([0, 1, 1])).item() for _ in range(50)]
    predict(np.eye(3))
assert losses[-1] < 0.1 < losses[0], losses
(warning,) = caught
assert warning.category is RuntimeWarning
assert warning.filename == __file__, warning.filename
print(warning.message)
print(step.report())
try:
    step.stages
except cr.ChainruleError as error:
    print(error)
"""


@pytest.mark.parametrize("package", ["llvmlite", "scipy_openblas32"])
def test_a_missing_package_is_named_once_and_everything_runs(package, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-W", "error", str(script), package]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    said, reported, refused = run.stdout.splitlines()
    assert said == (
        f"cr.compile needs {package}, which is not installed. Compiled functions run on the slower "
        f"reference evaluator. pip install {package}"
    )
    assert reported == f"not compiled, since {package} is not installed"
    assert refused.startswith("The stages of a compiled function were asked for")
    assert f"pip install {package}" in refused


def test_what_hides_the_packages_from_processes_hides_all_of_them():
    folder = Path(__file__).parents[1] / "without_compiler"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    script = "from chainrule.compile.native.requirements import missing; print(missing())"
    command = [sys.executable, "-W", "error", "-c", script]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert run.stdout == "llvmlite\n", run.stderr
