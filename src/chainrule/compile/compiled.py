"""The decorator: a function traced once per signature, and run as native code from then on."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.compile import blas, llvm
from chainrule.compile.cost import flops, moved_bytes
from chainrule.compile.fuse import Reference, nested
from chainrule.compile.nest import Nest
from chainrule.compile.stages import Stage, Version
from chainrule.compile.trace import Signature, Traced, outputs_of, trace
from chainrule.graph import (
    PROMOTION,
    Array,
    ChainruleError,
    Constant,
    Input,
    as_tensor,
    current_trace,
)

_DTYPES = frozenset(PROMOTION)


# Every signature holds the memory of its values: beyond so many, the oldest is let go.
_MOST_SIGNATURES = 128
_ANOTHER_KEEPER = "another optimizer keeps the rows of a table up to date since"


class Compiled:
    """A function that runs compiled; made by `cr.compile`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._versions: dict[Signature, list[Version]] = {}
        self._last: Version | None = None

    def __call__(self, *args: Any, **named: Any) -> Any:
        if named:
            called = getattr(self._function, "__name__", "step")
            raise TypeError(
                f"The compiled function {called} was given {', '.join(named)} by name. Give arrays "
                "by position; what is no array belongs into a closure."
            )
        if current_trace() is not None:
            return self._function(*map(as_tensor, args))
        arrays = [_array(each) for each in args]
        if not _native():
            return self._evaluated(arrays)
        version = self._last = self._version(_signature(arrays))
        results = tuple(map(Constant, version.program.run(arrays)))
        return results[0] if version.traced.single else results

    def _evaluated(self, arrays: Sequence[Array]) -> Any:
        """Run on the reference evaluator; the arguments are inputs there too, for gradients."""
        named = zip(self._names(len(arrays)), arrays, strict=True)
        returned = self._function(*(Input(name, a.shape, a.dtype, a.copy()) for name, a in named))
        results = tuple(Constant(each.read()) for each in outputs_of(returned))
        return results if isinstance(returned, tuple) else results[0]

    @property
    def stages(self) -> dict[str, Stage]:
        """What each stage made of the signature last called with, in order; each prints as text.

        trace    the graph of the call, the gates of its gradients among them: differentiating is
                 building gates, and is done while tracing
        rewrite  the same results from fewer gates
        fuse     the steps, with the gates that each computes
        plan     the tensors that reach memory
        lower    the LLVM text of the kernels, and of what calls them

        Raises ChainruleError if nothing was compiled yet.
        """
        if self._last is None:
            package = llvm.missing()
            raise ChainruleError(
                "The stages of a compiled function were asked for, but nothing was compiled yet. "
                "Call it once: stages depend on the shapes and dtypes of the arguments."
                if package is None
                else "The stages of a compiled function were asked for, but nothing is compiled "
                f"without {package}, which is not installed: pip install {package}."
            )
        return self._last.stages

    def report(self) -> str:
        """Return, per signature, why it was compiled, what that took, what runs and what it costs.

        FLOPs are 2mnk of a product of matrices and one per element of an elementwise gate or sum;
        bytes are what all steps read and write.
        """
        if not self._versions and (package := llvm.missing()) is not None:
            return f"not compiled, since {package} is not installed"
        versions = (each for found in self._versions.values() for each in found)
        return "\n".join(map(_described, versions)) or "not called yet"

    def traced(self, *args: Any) -> tuple[Traced, list[Array]]:
        """Return the graph that these arguments are sent through, and their values."""
        arrays = [_array(each) for each in args]
        signature = _signature(arrays)
        known = self._known(signature)
        if known is not None:
            return known.traced, arrays
        return trace(self._function, signature, self._names(len(args))), arrays

    def _version(self, signature: Signature) -> Version:
        known = self._known(signature)
        if known is None:
            names = self._names(len(signature))
            known = Version(self._function, signature, names, self._reason(signature, names))
            kept = [each for each in self._versions.get(signature, ()) if not each.is_outdated]
            self._versions[signature] = [*kept, known]
            if len(self._versions) > _MOST_SIGNATURES:
                del self._versions[next(iter(self._versions))]
        return known

    def _known(self, signature: Signature) -> Version | None:
        """Return the version of a signature for the world as it is, None if there is none."""
        for each in self._versions.get(signature, ()):
            if each.broken is None and not each.is_outdated:
                return each
        return None

    def _reason(self, signature: Signature, names: Sequence[str]) -> str:
        """Return why a signature has to be compiled."""
        if signature not in self._versions:
            return difference(signature, list(self._versions), names)
        latest = self._versions[signature][-1]
        broken = latest.broken
        if broken is None:
            return _ANOTHER_KEEPER
        holder = getattr(broken.holder, "_label", "") or type(broken.holder).__name__
        now = getattr(broken.holder, broken.attribute)
        return f"{holder}: {broken.attribute.lstrip('_')} is {now} now"

    def _names(self, count: int) -> list[str]:
        names = list(inspect.signature(self._function).parameters)
        return [names[i] if i < len(names) else f"argument{i}" for i in range(count)]


def compile(function: Callable[..., Any]) -> Compiled:
    """Compile a function of arrays: forward, backward, optimizer and all, into native code.

    The function is traced at the first call of every signature (shapes and dtypes), and again where
    a module that it calls is in another mode (training, inference); Python's own effects happen
    then only. It returns one tensor or a tuple of tensors. Parameters are read, and
    the updates of optimizers applied, at every call; they are applied when it returns, so that a
    second update of a parameter, or reading it after the update, raises ChainruleError.
    """
    return Compiled(function)


@functools.cache
def _native() -> bool:
    """Say whether native code can be made; warn once of what makes compiled functions slower."""
    package, slower = llvm.missing(), None
    if package is not None:
        slower = (
            f"cr.compile needs {package}, which is not installed: compiled functions run on the "
            f"reference evaluator, slower. pip install {package}"
        )
    elif blas.cpu_flags() and "avx" not in blas.cpu_flags():
        slower = "This CPU has no AVX: compiled functions run, on narrower vectors, slower."
    if slower is not None:
        warnings.warn(slower, RuntimeWarning, stacklevel=3)
    return package is None


def _array(value: Any) -> Array:
    """Return an argument as an array whose elements follow each other; it is only read."""
    if type(value) is np.ndarray and value.flags.c_contiguous and value.dtype in _DTYPES:
        return value
    array = as_tensor(value).read()
    return np.ascontiguousarray(array).reshape(array.shape)


def _signature(arrays: Sequence[Array]) -> Signature:
    return tuple((each.shape, each.dtype) for each in arrays)


def difference(signature: Signature, earlier: Sequence[Signature], names: Sequence[str]) -> str:
    """Return in words how a signature differs from the nearest earlier one, or the latest such."""
    if not earlier:
        return "the first call"
    nearest = min(reversed(earlier), key=lambda each: len(_differences(signature, each, names)))
    return "; ".join(_differences(signature, nearest, names))


def _differences(new: Signature, old: Signature, names: Sequence[str]) -> list[str]:
    if len(new) != len(old):
        return [f"{len(new)} arguments instead of {len(old)}"] * max(len(new), len(old))
    found = []
    for name, (shape, dtype), (old_shape, old_dtype) in zip(names, new, old, strict=True):
        changes = [f"shape {shape} instead of {old_shape}"] if shape != old_shape else []
        changes += [f"dtype {dtype} instead of {old_dtype}"] if dtype != old_dtype else []
        found += [f"argument {name}: {' and '.join(changes)}"] if changes else []
    return found


def _described(version: Version) -> str:
    steps, program = version.steps, version.program
    every = list(nested(steps))
    shapes = ", ".join(f"{dtype}{list(shape)}" for shape, dtype in version.signature)
    fused = sum(len(each.nodes) for each in every if isinstance(each, Nest))
    by_reference = sorted({each.node.kind for each in every if isinstance(each, Reference)})
    seconds = version.seconds
    took = ", ".join(f"{name} {each * 1e3:.1f}" for name, each in seconds.items())
    work, traffic = sum(map(flops, steps)), sum(map(moved_bytes, steps))
    return "\n".join(
        [
            f"signature ({shapes}): compiled in {sum(seconds.values()) * 1e3:.0f} ms",
            f"  because of: {version.why}",
            f"  milliseconds: {took}",
            f"  kernels and drivers: {_sources(version.codes)}",
            f"  steps: {_tally([type(each).__name__.lower() for each in every])}",
            f"  {fused} gates fused; rewrites: {_tally([each.rule for each in version.firings])}",
            f"  on the reference evaluator: {', '.join(by_reference) or 'nothing'}",
            f"  a call: {work / 1e6:.3g} MFLOP, {traffic / 1e6:.3g} MB read and written",
            f"  memory: {program.bytes / 1e6:.2f} MB",
        ]
    )


def _sources(codes: Sequence[llvm.Code]) -> str:
    found = [each.source for each in codes]
    words = {"compiled": "compiled", "memory": "from memory", "disk": "from disk"}
    return ", ".join(f"{sum(each == source for each in found)} {words[source]}" for source in words)


def _tally(names: Sequence[str]) -> str:
    """Return how often each name occurs, in the order of the first time."""
    return ", ".join(f"{names.count(name)} {name}" for name in dict.fromkeys(names)) or "none"
