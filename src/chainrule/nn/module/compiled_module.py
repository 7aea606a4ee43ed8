"""A compiled model: a module with a compiled forward."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar, overload

from chainrule.compile import Compiled
from chainrule.nn.module.module import Module

Model = TypeVar("Model", bound=Module)
P = ParamSpec("P")
R = TypeVar("R")
_OWN = ("_model", "_compiled", "_label", "_prefix")


class CompiledModule(Module):
    """A model compiled by `cr.compile(model)`: same parameters, same names, same state.

    Attributes are those of the model, to read and to set: `compiled.hidden.weight`. The model is
    compiled once per mode (training, inference). `report()` and `stages` are those of the compiled
    forward.
    """

    _model: Module
    _compiled: Compiled[..., Any]

    def __init__(self, model: Module) -> None:
        object.__setattr__(self, "_model", model)
        object.__setattr__(self, "_compiled", Compiled(model.forward))

    def forward(self, /, *args: Any, **kwargs: Any) -> Any:
        """Run the compiled forward of the model."""
        return self._compiled(*args, **kwargs)

    def report(self) -> str:
        """Return the report of the compiled forward."""
        text: str = self._compiled.report()
        return text

    @property
    def stages(self) -> Any:
        """The stages of the signature last called with."""
        return self._compiled.stages

    @property
    def _kind(self) -> str:
        return self._model._kind

    @property
    def training(self) -> bool:
        """Whether the model is in training mode."""
        return self._model.training

    @training.setter
    def training(self, training: bool) -> None:
        self._model.training = training

    def _parts(self) -> Iterator[tuple[str, Any]]:
        return self._model._parts()

    def __getattr__(self, name: str) -> Any:
        if name in _OWN:
            raise AttributeError(name)
        return getattr(self._model, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _OWN:
            object.__setattr__(self, name, value)
        else:
            setattr(self._model, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._model, name)

    def __reduce__(self) -> Any:
        """Pickle and copy as the model, which is compiled again at its next call."""
        return type(self), (self._model,)

    def __repr__(self) -> str:
        return f"compiled {self._model!r}"

    def _repr_html_(self) -> str:
        """Return the tree of the model for notebooks."""
        return f"<p>compiled</p>{self._model._repr_html_()}"


def uncompiled(module: Module) -> Module:
    """Return the model of a compiled module, or the module itself."""
    return module._model if isinstance(module, CompiledModule) else module


@overload
def compile(function: Model) -> Model: ...  # type: ignore[overload-overlap]
@overload
def compile(function: Callable[P, R]) -> Compiled[P, R]: ...
def compile(function: Any) -> Any:
    """Compile a function of arrays: forward, backward, optimizer and all, into native code.

    The function is traced at the first call of every signature: the shapes and dtypes of the
    arrays, and the form and the flags around them. It is traced again where a module that it calls
    is in another mode (training, inference), and where Python needs the value of a number that has
    changed. Python's own effects happen then only.

    arguments  arrays, tensors, Python numbers, None, flags and words, also in nested tuples, lists
               and dicts, by position or by name. A list of numbers is an array; a Python number is
               weak, as everywhere: it takes the dtype of the tensor that it meets
    returns    what the function returns: tensors, None, numbers and words in any such form. A
               tensor remembers the call, so that gradients flow through it to arguments that are
               tensors and to everything that the function uses; the backward is native code too,
               compiled when it is first asked for

    Parameters are read, and the updates of optimizers and assignments applied, at every call; they
    are written when it returns. Inside, what is updated is read as updated from there on. A method
    can be decorated, and a model compiled as a whole: `model = cr.compile(model)`.
    """
    if isinstance(function, Compiled | CompiledModule):
        return function
    if isinstance(function, classmethod | staticmethod):
        return type(function)(Compiled(function.__func__))
    return CompiledModule(function) if isinstance(function, Module) else Compiled(function)
