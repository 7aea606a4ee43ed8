"""What importing chainrule loads, and what it leaves until it is used."""

import subprocess
import sys

import pytest

import chainrule as cr

LATER = ("llvmlite", "matplotlib", "rich", "sklearn", "chainrule.train", "chainrule.explore")


def test_importing_loads_nothing_that_few_need():
    script = "import sys, chainrule; print(*(name for name in sys.argv[1:] if name in sys.modules))"
    run = subprocess.run([sys.executable, "-c", script, *LATER], capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("\n", "")


def test_parts_that_are_loaded_when_used_are_listed():
    assert {"Graph", "explore", "train"} <= set(dir(cr))
    assert cr.Graph is cr.explore.Graph
    with pytest.raises(AttributeError, match="'chainrule' has no attribute 'nonsense'"):
        _ = cr.nonsense
