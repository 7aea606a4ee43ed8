"""LLVM: from text to the address of a function. The only file that imports llvmlite."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from typing import Any

from chainrule.compile.mathematics import LIBRARY


def missing() -> str | None:
    """Return the package that native code needs and that is not installed, None if all is there."""
    needed = ("llvmlite", "scipy_openblas32")
    return next((each for each in needed if find_spec(each) is None), None)


@cache
def _engine() -> tuple[Any, Any, Any]:
    """Return llvmlite's binding, the engine that holds all code, and the machine it is for."""
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    target = binding.Target.from_default_triple()
    machine = target.create_target_machine(
        cpu=binding.get_host_cpu_name(),
        features=binding.get_host_cpu_features().flatten(),
        opt=3,
        jit=True,
    )
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)
    return binding, engine, machine


@cache
def kernel_address(text: str) -> int:
    """Compile the function @kernel of `text`, once per text, and return its address."""
    name = f"kernel_{sha256(text.encode()).hexdigest()[:16]}"
    wide = 'attributes #0 = { "prefer-vector-width"="512" }'
    renamed = text.replace("@kernel(", f"@{name}(").replace(") {", ") #0 {", 1)
    return _compiled(f"{LIBRARY}\n{renamed}\n{wide}\n", name)


@cache
def driver_address(text: str) -> int:
    """Compile the function @run of `text`, which calls kernels in order, and return its address."""
    name = f"run_{sha256(text.encode()).hexdigest()[:16]}"
    return _compiled(text.replace("@run(", f"@{name}("), name)


def _compiled(text: str, name: str) -> int:
    binding, engine, machine = _engine()
    module = binding.parse_assembly(text)
    module.verify()
    options = binding.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    options.slp_vectorization = False
    builder = binding.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    engine.add_module(module)
    engine.finalize_object()
    address: int = engine.get_function_address(name)
    return address
