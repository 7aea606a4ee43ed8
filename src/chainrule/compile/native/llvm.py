"""Compile text in LLVM's language to functions in memory. Only this file imports llvmlite."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal
from weakref import WeakValueDictionary

from chainrule.compile.native import explicit_vectors
from chainrule.compile.native import object_cache as cache
from chainrule.compile.native.elementary.library import vectors_of
from chainrule.compile.native.object_file import is_loadable
from chainrule.compile.native.vector_math import function_of
from chainrule.graph import Guard, once

Source = Literal["compiled", "memory", "disk"]
_PER_ENGINE = 16
_RECIPE = "kernels -O3, loops vectorised and not unrolled, or explicit; drivers -O0"


@dataclass(frozen=True)
class Code:
    """Machine code that was requested: its text, where it came from, and the seconds that took."""

    text: str
    source: Source
    seconds: float


@dataclass(frozen=True, eq=False)
class Loaded:
    """A function in memory, which is freed with the last reference to this object.

    engine  holds the code
    """

    address: int
    engine: Any


def kernel(text: str) -> Loaded:
    """Return the function @kernel of `text`; equal texts in use share one function."""
    return _found(text, optimised=True)


def _kernel_module(text: str) -> str:
    """Return a kernel with the functions it calls, and one that reads its arguments."""
    wide = 'attributes #0 = { noinline "prefer-vector-width"="512" }'
    body = text.replace("define void @kernel(", "define internal void @kernel(")
    body = body.replace(") {", ") #0 {", 1)
    return "\n".join([_used(text), body, _entry(text, _name(text)), wide, ""])


def _name(text: str) -> str:
    """Return the name of a text's function, which depends on the text alone."""
    return f"code_{_digest(text)[:16]}"


def _entry(text: str, name: str) -> str:
    """Return a function that calls @kernel with arguments read from a table."""
    given = re.findall(r"(ptr|i64)[\w ]* (%[pn]\d+)", text.partition("{")[0])
    lines = [f"define void @{name}(ptr %arguments, ptr %ctl) {{"]
    for number, (kind, each) in enumerate(given):
        lines.append(f"  {each}.at = getelementptr i64, ptr %arguments, i64 {number}")
        lines.append(f"  {each} = load {kind}, ptr {each}.at")
    values = ", ".join(f"{kind} {each}" for kind, each in given)
    return "\n".join([*lines, f"  call void @kernel({values})", "  ret void", "}"])


def driver(text: str) -> Loaded:
    """Return the function @run of `text`, which calls kernels in order.

    It is compiled without optimisation: it consists of loads and calls.
    """
    return _found(text, optimised=False)


@contextmanager
def recorded() -> Iterator[list[Code]]:
    """Yield a list that has all code requested inside the block when it ends, each text once."""
    record: dict[str, Code] = {}
    asked: list[Code] = []
    token = _record.set(record)
    try:
        yield asked
    finally:
        _record.reset(token)
        asked += record.values()


_record: ContextVar[dict[str, Code] | None] = ContextVar("record", default=None)
_known: WeakValueDictionary[str, Loaded] = WeakValueDictionary()
_guard = Guard(waited_for=True)


def _found(text: str, *, optimised: bool) -> Loaded:
    """Return the function of a text; compile or read its code if it is not in memory."""
    start = time.perf_counter()
    source: Source = "memory"
    with _guard.lock:
        found = _known.get(text)
        if found is None:
            name = _name(text)
            module = _kernel_module(text) if optimised else text.replace("@run(", f"@{name}(")
            code, source = _machine_code(module, name, optimised)
            found = _known[text] = _engine().loaded(code, name)
    record = _record.get()
    if record is not None:
        record.setdefault(text, Code(text, source, time.perf_counter() - start))
    return found


def _machine_code(module: str, name: str, optimised: bool) -> tuple[bytes, Source]:
    """Return the object file of a module that defines `name`, from the disk if it is there."""
    key = _digest("\n".join([*_circumstances(), str(optimised), module]))
    code = cache.load(key)
    if code is not None and is_loadable(code, name):
        return code, "disk"
    code = _compiled(module, optimised)
    cache.save(key, code)
    return code, "compiled"


@once
def _circumstances() -> tuple[str, ...]:
    """Return everything that machine code depends on other than its text."""
    import llvmlite

    version = ".".join(map(str, _binding().llvm_version_info))
    ours = sys.modules["chainrule"].__version__
    return (_RECIPE, ours, llvmlite.__version__, version, *host_cpu())


def _compiled(text: str, optimised: bool) -> bytes:
    """Return the object file of a module."""
    binding, machine = _binding(), _machines()[3 if optimised else 0]
    module = binding.parse_assembly(text)
    module.verify()
    if optimised:
        _optimise(text, module, machine)
    code: bytes = machine.emit_object(module)
    return code


def _optimise(text: str, module: Any, machine: Any) -> None:
    """Run the passes on the module of a kernel's text."""
    binding = _binding()
    options = binding.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = True
    options.slp_vectorization = False
    options.loop_unrolling = False  # the vectoriser interleaves; more costs compile time
    builder = binding.create_pass_builder(machine, options)
    if explicit_vectors.is_explicit(text):
        explicit_vectors.optimise(binding, module, builder)
        return
    builder.getModulePassManager().run(module, builder)
    if vectors_of(text):  # loops call vector functions only now
        inliner = binding.create_new_module_pass_manager()
        inliner.add_always_inliner_pass()
        inliner.run(module, builder)


@dataclass(frozen=True, eq=False)
class _Engine:
    """Holds the code of a few functions; the code is freed with the last of them."""

    native: Any
    names: set[str]

    def loaded(self, code: bytes, name: str) -> Loaded:
        """Load an object file, and return its function `name`."""
        if name not in self.names:
            self.native.add_object_file(_binding().ObjectFileRef.from_data(code))
            self.native.finalize_object()
            self.names.add(name)
        return Loaded(self.native.get_function_address(name), self)


_newest: list[_Engine] = []


def _engine() -> _Engine:
    """Return the engine for the next function; making an engine takes a millisecond."""
    if not _newest or len(_newest[0].names) >= _PER_ENGINE:
        binding = _binding()
        native = binding.create_mcjit_compiler(binding.parse_assembly(""), _machine(0))
        _newest[:] = [_Engine(native, set())]
    return _newest[0]


@once
def _binding() -> Any:
    """Return llvmlite's binding, initialised for this machine."""
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding


@once
def host_cpu() -> tuple[str, str]:
    """Return the name and the features of this machine's CPU."""
    binding = _binding()
    return binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()


@once
def _machines() -> dict[int, Any]:
    """Return the target machines by optimisation level: 0 for drivers, 3 for kernels."""
    return {level: _machine(level) for level in (0, 3)}


def _machine(level: int) -> Any:
    """Return the target machine of an optimisation level."""
    name, features = host_cpu()
    target = _binding().Target.from_default_triple()
    return target.create_target_machine(cpu=name, features=features, opt=level, jit=True)


_CALLED = re.compile(r"@([\w.]+)\(")


def _used(text: str) -> str:
    """Return the functions that `text` calls, those that they call, and their vector functions."""
    found: dict[str, str] = {}
    kept: list[str] = []
    waiting = _CALLED.findall(text)
    while waiting:
        name = waiting.pop()
        own = None if name in found else function_of(name)
        if own is not None:
            vectors = vectors_of(own)
            found[name] = own
            kept += [name, *vectors] if vectors else []
            waiting += [*_CALLED.findall(own), *vectors]
    return "\n".join([*found.values(), *_unchanged(kept)])


def _unchanged(names: list[str]) -> list[str]:
    """Return the line that keeps functions, and their operands, until loops are vectorised."""
    if not names:
        return []
    listed = ", ".join(f"ptr @{each}" for each in names)
    kind = f"[{len(names)} x ptr]"
    return [f'@llvm.compiler.used = appending global {kind} [{listed}], section "llvm.metadata"']


def _digest(text: str) -> str:
    """Return the hexadecimal SHA-256 digest of a text."""
    return sha256(text.encode()).hexdigest()
