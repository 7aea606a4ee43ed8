"""The decorator: a function traced once per signature, and run as native code from then on."""

from __future__ import annotations

import functools
import inspect
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.compile import llvm
from chainrule.compile.fuse import Alias, Loop, Product, Reference, Rows, Step, Total, fuse
from chainrule.compile.program import Program
from chainrule.compile.rewrite import Firing, rewrite
from chainrule.compile.trace import Signature, Traced, trace
from chainrule.graph import Array, Constant, Tensor, as_tensor, current_trace


class Version:
    """What one signature was compiled to: the result of every stage, in order."""

    def __init__(self, function: Callable[..., Any], signature: Signature, names: Sequence[str]):
        start = time.perf_counter()
        self.signature = signature
        self.traced: Traced = trace(function, signature, names)
        self.rewritten, self.firings = rewrite(self.traced)
        self.steps: list[Step] = fuse(self.rewritten)
        self.program = Program(self.rewritten, self.steps)
        self.seconds = time.perf_counter() - start


class Compiled:
    """A function that runs compiled; made by `cr.compile`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._versions: dict[Signature, Version] = {}

    def __call__(self, *args: Any) -> Any:
        if current_trace() is not None or not _native():
            return self._function(*(as_tensor(each) for each in args))
        arrays = [_array(each) for each in args]
        signature = tuple((each.shape, each.dtype) for each in arrays)
        version = self._versions.get(signature)
        if version is None:
            version = Version(self._function, signature, self._names(len(args)))
            self._versions[signature] = version
        results = tuple(Constant(each) for each in version.program.run(arrays))
        return results[0] if version.traced.single else results

    def _names(self, count: int) -> list[str]:
        names = list(inspect.signature(self._function).parameters)
        return [names[i] if i < len(names) else f"argument{i}" for i in range(count)]

    def report(self) -> str:
        """Return, per signature, what was fused, what runs natively, and what it took."""
        return "\n".join(_described(each) for each in self._versions.values()) or "not called yet"


def compile(function: Callable[..., Any]) -> Compiled:
    """Compile a function of arrays: forward, backward, optimizer and all, into native code.

    The function is traced at the first call of every signature (shapes and dtypes); Python's own
    effects happen then only. It returns one tensor or a tuple of tensors. Parameters are read, and
    the updates of optimizers applied, at every call.
    """
    return Compiled(function)


@functools.cache
def _native() -> bool:
    """Say whether native code can be made; if not, warn once that functions run as they are."""
    package = llvm.missing()
    if package is not None:
        warnings.warn(
            f"cr.compile needs {package}, which is not installed: compiled functions run on the "
            f"reference evaluator, slower. pip install {package}",
            RuntimeWarning,
            stacklevel=3,
        )
    return package is None


def _array(value: Any) -> Array:
    tensor = value if isinstance(value, Tensor) else as_tensor(value)
    return np.ascontiguousarray(tensor.read()).reshape(tensor.shape)


def _described(version: Version) -> str:
    kinds = (Loop, Total, Product, Rows, Reference, Alias)
    counts = [(kind.__name__.lower(), _count(version.steps, kind)) for kind in kinds]
    shapes = ", ".join(f"{dtype}{list(shape)}" for shape, dtype in version.signature)
    gates = sum(len(each.nodes) for each in version.steps if isinstance(each, Loop))
    by_reference = sorted({each.node.kind for each in version.steps if isinstance(each, Reference)})
    return "\n".join(
        [
            f"signature ({shapes}): compiled in {version.seconds * 1e3:.0f} ms",
            "  steps: " + ", ".join(f"{count} {name}" for name, count in counts if count),
            f"  {gates} elementwise gates fused; rewrites: {_fired(version.firings)}",
            f"  on the reference evaluator: {', '.join(by_reference) or 'nothing'}",
            f"  memory: {version.program.bytes / 1e6:.2f} MB",
        ]
    )


def _count(steps: Sequence[Step], kind: type) -> int:
    return sum(isinstance(each, kind) for each in steps)


def _fired(firings: Sequence[Firing]) -> str:
    names = [each.rule for each in firings]
    return ", ".join(f"{names.count(name)} {name}" for name in dict.fromkeys(names)) or "none"
