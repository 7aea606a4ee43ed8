"""Compiled functions: traced once per signature, and run as native code afterwards."""

from __future__ import annotations

import functools
import inspect
import sys
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from chainrule.compile.arguments import (
    Arguments,
    CallSignature,
    WeakKey,
    call_arguments,
    names_of_places,
    with_tensors,
)
from chainrule.compile.call_history import CallHistory, history_of
from chainrule.compile.native import blas
from chainrule.compile.native.requirements import missing
from chainrule.compile.signature_text import difference
from chainrule.compile.trace import TracedGraph, trace
from chainrule.graph import (
    Array,
    ChainruleError,
    Guard,
    Input,
    Tensor,
    computed_once,
    current_trace,
    here,
    once,
    replaced_parameters,
)

if TYPE_CHECKING:
    from chainrule.compile.stage_text import Stage
    from chainrule.compile.version import Version

# The number of signatures that are kept, since each holds the memory of its values.
_MOST_SIGNATURES = 128
_ANOTHER_KEEPER = "another optimizer updates the lazy rows of a table now"
_OLDER_PARAMETERS = "parameters have changed since a result from outside was computed"


P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
Owner = TypeVar("Owner")


class Compiled(Generic[P, R]):
    """A compiled function, made by `cr.compile`."""

    def __init__(self, function: Callable[P, R]) -> None:
        # Imported here, since the stages take a quarter of chainrule's import time.
        from chainrule.compile.run.arenas import Arenas
        from chainrule.compile.version import compile_version

        functools.update_wrapper(self, function)
        self._compile_version, self._arenas = compile_version, Arenas()
        self._function = function
        self._versions: dict[CallSignature, list[Version]] = {}
        self._last: Version | None = None
        self._guard = Guard()

    def __call__(self, /, *args: P.args, **named: P.kwargs) -> R:
        if current_trace() is not None or replaced_parameters():
            return self._call_plain(args, named)
        given = Arguments(*self._by_position(args, named)) if named else Arguments(args, named)
        if not given.known:
            return self._call_plain(args, named)
        version = self._last
        if version is None or not version.is_for(given.signature):
            version = self._valid_version(given)
        if version is None:
            if not _native():
                return self._evaluate(given)
            version = self._version(given)
        if version is not self._last:
            self._begin(version)
        memory = version.history.before(given.sources, given.arrays)
        outputs = version.program.run(given.arrays)
        if version is not self._last:  # another thread began another version during this call
            version.program.leave_arenas()
        found = version.history.results(memory, outputs, here(2))
        results: R = version.traced.in_returned_form(found)
        return results

    def _begin(self, version: Version) -> None:
        """Run another version than in the last call."""
        last, self._last = self._last, version  # a call of `last` that ends from now on sees it
        if last is not None:
            last.program.leave_arenas()

    def _call_plain(self, args: tuple[Any, ...], named: dict[str, Any]) -> R:
        """Call the function itself; its gates become part of the graph that is being built."""
        parts = {name: with_tensors(each) for name, each in named.items()}
        return self._function(*map(with_tensors, args), **parts)

    def _by_position(
        self, args: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return arguments by position where possible; raises TypeError if they do not fit."""
        signature = _signature_of(self._function)
        if signature is None:
            return args, named
        bound = signature.bind(*args, **named)
        return bound.args, bound.kwargs

    def _evaluate(self, given: Arguments) -> R:
        """Run on the reference evaluator, with inputs in place of arrays."""
        tensors = (
            array.item()
            if isinstance(key, WeakKey)
            else Input(name, array.shape, array.dtype, array.copy())
            if source is None
            else source
            for name, array, source, key in zip(
                self._names(given.signature),
                given.arrays,
                given.sources,
                given.signature.keys,
                strict=True,
            )
        )
        positional, named = call_arguments(given.signature, tensors)
        return self._function(*positional, **named)

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Compiled[P, R]: ...
    @overload
    def __get__(
        self: Compiled[Concatenate[Owner, Q], R], instance: Owner, owner: type | None = None
    ) -> BoundMethod[Q, R]: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Return the compiled function bound to an object, one per object, as a method."""
        if instance is None:
            return self
        bind = functools.partial(self._function.__get__, instance, owner)
        known = getattr(instance, "__dict__", None)
        if known is None:
            return Compiled(bind())
        place = f"_compiled {getattr(self._function, '__qualname__', self._called)}"
        found = known.get(place)
        if found is None or found.compiled is not self:
            with self._guard.lock:
                found = known.get(place)
                if found is None or found.compiled is not self:
                    found = BoundMethod(bind(), self)
                    _keep(instance, place, found)
        return found

    def __reduce__(self) -> Any:
        """Pickle like a function; versions are compiled again when they are needed."""
        name = getattr(self._function, "__qualname__", "")
        module = sys.modules.get(getattr(self._function, "__module__", None) or "")
        return name if _found(module, name) is self else (Compiled, (self._function,))

    @property
    def stages(self) -> dict[str, Stage]:
        """The results of all stages for the signature of the last call; each prints as text.

        trace    the graph of the call, with the gates of its gradients and updates
        rewrite  the graph after the rewrite rules
        fuse     the steps, with the gates that each computes
        lower    the text of the kernels, in LLVM's language
        plan     the tensors that are written to memory, and their lifetimes
        load     the functions that were compiled, or read from the cache on disk

        Raises ChainruleError if nothing was compiled yet.
        """
        if self._last is None:
            package = missing()
            raise ChainruleError(
                "The stages of a compiled function were asked for, but nothing was compiled yet. "
                "Call it once: stages depend on the shapes and dtypes of the arguments."
                if package is None
                else "The stages of a compiled function were asked for, but nothing is compiled "
                f"without {package}, which is not installed: pip install {package}."
            )
        return self._last.stages

    def report(self) -> str:
        """Return, per signature, why it was compiled, how long that took, its steps and costs.

        FLOP are 2mnk of a matrix product and one per element of an elementwise gate or sum. Bytes
        are those that all steps read and write.
        """
        if not self._versions and (package := missing()) is not None:
            return f"not compiled, since {package} is not installed"
        texts = [
            version.report(signature, self._parameters)
            for signature, found in list(self._versions.items())
            for version in found
        ]
        return "\n".join(texts) or "not called yet"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Write what notebooks show: the name of the function, and its report."""
        printer.text(f"compiled function {self._called}\n{self.report()}")

    def traced(self, *args: Any, **named: Any) -> tuple[TracedGraph, list[Array]]:
        """Return the graph of a call with these arguments, and their values."""
        given = Arguments(*self._by_position(args, named))
        known = self._valid_version(given)
        return (self._trace(given) if known is None else known.traced), given.arrays

    def _version(self, given: Arguments) -> Version:
        """Return the version for these arguments; the first thread that needs it compiles it."""
        with self._guard.lock:
            return self._valid_version(given) or self._compile(given)

    def _compile(self, given: Arguments) -> Version:
        """Compile a version, and keep it."""
        signature = given.signature
        why = self._reason(given)
        made = self._compile_version(
            signature, lambda: self._trace(given), self._history, why, self._called, self._arenas
        )
        kept = [each for each in self._versions.get(signature, ()) if not each.is_outdated]
        self._versions[signature] = [*kept[1 - _MOST_SIGNATURES :], made]
        if len(self._versions) > _MOST_SIGNATURES:
            del self._versions[next(iter(self._versions))]
        return made

    def _valid_version(self, given: Arguments) -> Version | None:
        """Return the version that holds for these arguments now, None if there is none."""
        for each in self._versions.get(given.signature, ()):
            if each.always_holds or each.serves(given.arrays):
                return each
        return None

    def _trace(self, given: Arguments) -> TracedGraph:
        """Return the graph of a call."""
        signature = given.signature

        def function(*tensors: Tensor) -> Any:
            positional, named = call_arguments(signature, iter(tensors))
            return self._function(*positional, **named)

        keys = enumerate(signature.keys)
        numbers = {i: given.arrays[i].item() for i, key in keys if isinstance(key, WeakKey)}
        shapes = tuple((each.shape, each.dtype) for each in given.arrays)
        called = f"the compiled function {self._called}"
        return trace(function, shapes, self._names(signature), numbers, called)

    def _history(self, traced: TracedGraph) -> CallHistory:
        """Return how the results of a traced call depend on its arguments."""
        return history_of(traced, self._called, Compiled)

    def _reason(self, given: Arguments) -> str:
        """Return the reason why a signature has to be compiled, in words."""
        signature, parameters = given.signature, self._parameters
        if signature not in self._versions:
            return difference(signature, list(self._versions), parameters)
        latest = self._versions[signature][-1]
        broken = latest.broken
        if broken is not None:
            holder = getattr(broken.holder, "_label", "") or type(broken.holder).__name__
            now = getattr(broken.holder, broken.attribute)
            return f"{holder}: {broken.attribute.lstrip('_')} is {now} now"
        if latest.is_outdated:
            return _OLDER_PARAMETERS if latest.result_is_outdated else _ANOTHER_KEEPER
        names = self._names(signature)
        changed = (i for i, _ in latest.traced.numbers)
        return "; ".join(f"argument {names[i]} is {given.arrays[i].item()} now" for i in changed)

    @property
    def _called(self) -> str:
        """The name of the function."""
        return str(getattr(self._function, "__name__", type(self._function).__name__))

    def _names(self, signature: CallSignature) -> list[str]:
        """Return the names of a signature's arrays."""
        return names_of_places(signature, self._parameters)

    @computed_once
    def _parameters(self) -> list[str]:
        """Return the names of the function's parameters."""
        signature = _signature_of(self._function)
        return [] if signature is None else list(signature.parameters)


class BoundMethod(Compiled[P, R]):
    """A compiled function bound to an object, as a method.

    compiled  the function of the class
    """

    def __init__(self, function: Callable[P, R], compiled: Compiled[..., R]) -> None:
        super().__init__(function)
        self.compiled = compiled

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Return the method itself, which is bound already."""
        return self

    def __reduce__(self) -> Any:
        """Pickle like a method: the object, and the method of its class."""
        method: Any = self._function
        return _bound, (self.compiled, method.__self__)


def _bound(compiled: Compiled[..., Any], instance: Any) -> Any:
    """Return the method of an object, when it is unpickled."""
    return compiled.__get__(instance, type(instance))


def _keep(instance: Any, place: str, method: BoundMethod[..., Any]) -> None:
    """Store a bound method with its object, which may be a class."""
    if isinstance(instance, type):
        type.__setattr__(instance, place, method)
    else:
        instance.__dict__[place] = method


@once
def _native() -> bool:
    """Return whether native code can be made; warn once if compiled functions are slow."""
    package, slower = missing(), None
    if package is not None:
        slower = (
            f"cr.compile needs {package}, which is not installed. Compiled functions run on the "
            f"slower reference evaluator. pip install {package}"
        )
    elif blas.cpu_flags() and "avx" not in blas.cpu_flags():
        slower = "This CPU has no AVX: compiled functions use narrower vectors and are slower."
    if slower is not None:
        warnings.warn(slower, RuntimeWarning, stacklevel=4)
    return package is None


def _signature_of(function: Callable[..., Any]) -> inspect.Signature | None:
    """Return the signature of a function, None if Python does not know it."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def _found(module: Any, path: str) -> Any:
    """Return the object with a qualified name in a module, None if there is none."""
    for name in path.split("."):
        module = getattr(module, name, None)
    return module
