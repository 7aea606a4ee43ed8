"""What importing chainrule loads, and what it leaves until it is used."""

import subprocess
import sys

import pytest

import chainrule as cr

# Other libraries, and what building a graph does not need: the stages of the compiler, optimizers,
# files, training, exploring.
LATER = (
    "IPython",
    "llvmlite",
    "matplotlib",
    "numpy.random",
    "playwright",
    "pydantic",
    "rich",
    "safetensors",
    "sklearn",
    "starlette",
    "uvicorn",
    "chainrule.compile.fuse",
    "chainrule.compile.kernels",
    "chainrule.compile.lower",
    "chainrule.compile.native.llvm",
    "chainrule.compile.pipeline",
    "chainrule.compile.plan",
    "chainrule.compile.rewrite",
    "chainrule.compile.run",
    "chainrule.distributed",
    "chainrule.explore",
    "chainrule.http",
    "chainrule.nn.module.summary",
    "chainrule.optim",
    "chainrule.storage",
    "chainrule.train",
)


def test_importing_loads_nothing_that_few_need():
    script = "import sys, chainrule; print(*(name for name in sys.argv[1:] if name in sys.modules))"
    run = subprocess.run([sys.executable, "-c", script, *LATER], capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("\n", "")


def test_parts_that_are_loaded_when_used_are_listed():
    parts = {"Graph", "StorageError", "explore", "load", "optim", "save", "summary"}
    assert parts | {"train"} <= set(dir(cr)) & set(cr.__all__)
    assert all(getattr(cr, each) is getattr(cr.nn, each) for each in ("load", "save", "summary"))
    assert cr.Graph is cr.explore.Graph
    with pytest.raises(AttributeError, match="'chainrule' has no attribute 'nonsense'"):
        _ = cr.nonsense
