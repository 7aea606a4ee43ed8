"""A module: a tree of parameters that computes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Self, TypeVar

import numpy as np

from chainrule.graph import (
    Array,
    ChainruleError,
    ForeignNames,
    Parameter,
    Tensor,
    changing,
    current_trace,
    scope,
    unchanged,
    updating,
)
from chainrule.nn.module.foreign_methods import OF_MODULES
from chainrule.nn.module.recorded_calls import record_call
from chainrule.nn.module.state_matching import arrays_of, require_fit, without_repeats
from chainrule.nn.module.tree import attribute_parts, is_container
from chainrule.nn.module.tree_guard import require_parts
from chainrule.nn.module.tree_text import tree_html, tree_text
from chainrule.ops import Stream

Kind = TypeVar("Kind")


class Module(ForeignNames):
    """The base of layers and models: a tree of the parameters and modules in its attributes.

    A subclass assigns parameters and modules to attributes, also in lists, tuples and dicts, and
    defines `forward`; calling the module calls it. A parameter's name is its path in the tree, such
    as "hidden.weight" or "heads.0.bias".
    """

    _foreign = OF_MODULES
    _label: str = ""
    _prefix: str = ""
    _training: bool = True
    _unread: tuple[str, ...] = ()
    _recorded_parts: frozenset[tuple[str, type]] = frozenset()

    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        """Compute the output; every subclass defines this method."""
        raise NotImplementedError(
            f"{type(self).__name__} has no forward. Define forward(self, ...), which returns the "
            "output."
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        kind = self._kind
        with scope(self._label or kind, kind=kind, path=self._prefix.removesuffix(".")):
            output = self.forward(*args, **kwargs)
            record_call(self, output)
        return output

    @property
    def _kind(self) -> str:
        """The name of the class in names and messages."""
        return type(self).__name__

    @property
    def training(self) -> bool:
        """Whether the module is in training mode; functions are compiled once per mode."""
        training: bool = self._setting("_training")
        return training

    @training.setter
    def training(self, training: bool) -> None:
        self._training = bool(training)

    def _setting(self, name: str) -> Any:
        """Return an attribute; a compiled function is compiled again for another value."""
        value, trace = getattr(self, name), current_trace()
        if trace is not None:
            trace.assume(self, name, value)
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        held = [
            each for _, each in attribute_parts(name, value) if isinstance(each, Module | Parameter)
        ]
        before = _classes(attribute_parts(name, vars(self).get(name)))
        if before:
            whole = {} if held or not is_container(value) else {name: value or None}
            require_parts(type(self).__name__, before, whole | dict(attribute_parts(name, value)))
        if held:
            self._require_room(name, held)
        object.__setattr__(self, name, value)
        if held:
            self._name_tree()

    def _require_room(self, name: str, held: Sequence[Module | Parameter]) -> None:
        """Raise ChainruleError for the name of a method, and for a module that holds this one."""
        if hasattr(Module, name):
            raise ChainruleError(
                f"{type(self).__name__}.{name} was to hold a part of the model, but {name!r} is an "
                "attribute of every module. Give the part another name."
            )
        modules = (each for each in held if isinstance(each, Module))
        if any(below is self for each in modules for below in each.modules()):
            raise ChainruleError(
                f"{type(self).__name__}.{name} was to hold a module that holds this one. A model "
                "is a tree, without cycles: pass data of the whole model to the forward of a part."
            )

    def _name_tree(self) -> dict[str, Parameter]:
        """Set the path of every parameter and module of the tree; return the parameters."""
        for path, module in self.named_modules().items():
            module._require_parts()
            if path:
                module._prefix = f"{self._prefix}{path}."
            for label, child in module.children():
                child._label = label
        parameters = self._found(Parameter)
        for path, each in parameters.items():
            each.name = self._prefix + path
        return parameters

    def _require_parts(self) -> None:
        """Record the parts; raise ChainruleError if one was replaced inside a list or dict."""
        parts = dict(self._parts())
        require_parts(type(self).__name__, dict(self._recorded_parts), parts)
        object.__setattr__(self, "_recorded_parts", frozenset(_classes(parts.items()).items()))

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """Yield the values of attributes, also in lists, tuples and dicts, by their paths here."""
        for name, value in vars(self).items():
            yield from attribute_parts(name, value)

    def _walk(self, path: str = "") -> Iterator[tuple[str, Any]]:
        """Yield everything in the tree by every path: this module, its parts, modules below."""
        yield path, self
        inside = path and f"{path}."
        parts = [(f"{inside}{name}", each) for name, each in self._parts()]
        yield from (each for each in parts if not isinstance(each[1], Module))
        for below, child in parts:
            if isinstance(child, Module):
                yield from child._walk(below)

    def _found(self, kind: type[Kind]) -> dict[str, Kind]:
        """Return every instance of a class in the tree, by the first of its paths."""
        first: dict[int, tuple[str, Kind]] = {}
        for path, each in self._walk():
            if isinstance(each, kind):
                first.setdefault(id(each), (path, each))
        found = dict(first.values())
        if len(found) < len(first):
            ((doubled, _),) = Counter(path for path, _ in first.values()).most_common(1)
            raise ChainruleError(
                f"Two parts of this {type(self).__name__} have the path {doubled!r}, so that one "
                "would not be trained or saved. Use different keys in its dicts."
            )
        return found

    def children(self) -> Iterator[tuple[str, Module]]:
        """Yield the modules in the attributes of this module, with their names here."""
        for path, each in self._parts():
            if isinstance(each, Module):
                yield path, each

    def modules(self) -> Iterator[Module]:
        """Yield this module and all below it, each once."""
        yield from {id(each): each for _, each in self._walk() if isinstance(each, Module)}.values()

    def named_modules(self) -> dict[str, Module]:
        """Return every module of the tree by its path, this one first, as "".

        A module with several paths is listed under the first.
        """
        return self._found(Module)

    def named_parameters(self) -> dict[str, Parameter]:
        """Return every parameter of the tree by its path.

        A parameter with several paths is listed under the first. Its name, in messages, pictures
        and optimizers, is its path in the largest model that it was assigned to.
        """
        return self._name_tree()

    def parameter_paths(self) -> dict[Parameter, str]:
        """Return the path of every parameter of the tree, without changing names."""
        return {each: path for path, each in self._found(Parameter).items()}

    def parameters(self) -> list[Parameter]:
        """Return every trainable parameter of the tree."""
        return [each for each in self.named_parameters().values() if each.trainable]

    def named_streams(self) -> dict[str, Stream]:
        """Return every stream of random numbers of the tree, such as that of dropout, by its path.

        A stream with several paths is listed under the first. Streams are not part of `state`; the
        checkpoints of a training run contain them.
        """
        return self._found(Stream)

    def train(self, training: bool = True) -> Self:
        """Set the training mode of every module of the tree; return this module.

        training  True for training (dropout is active), False for inference
        """
        for each in self.modules():
            each.training = training
        return self

    def eval(self) -> Self:
        """Set inference mode: dropout has no effect; return this module."""
        return self.train(False)

    def freeze(self) -> Self:
        """Make every parameter of the tree not trainable, until `unfreeze`; return this module.

        An optimizer updates the parameters that were trainable when it was made: freeze before. The
        mode does not change. Raises ChainruleError, and freezes nothing, if an optimizer with
        rows="caught_up" has deferred updates of a table in the tree.
        """
        found = self.parameters()
        kept = [str(each.name) for each in found if each.lazy_rows is not None]
        if kept:
            raise ChainruleError(
                f"{', '.join(kept)} cannot be frozen: an optimizer with "
                'rows="caught_up" has deferred updates of their rows. Freeze the model '
                "before making the optimizer."
            )
        for each in found:
            each.trainable, each.frozen = False, True
        return self

    def unfreeze(self) -> Self:
        """Make the parameters that `freeze` froze trainable again; return this module."""
        for each in self.parameter_paths():
            if each.frozen:
                each.trainable, each.frozen = True, False
        return self

    def __repr__(self) -> str:
        return tree_text(self, self._parts())

    def _repr_html_(self) -> str:
        """Return the tree of modules for notebooks."""
        return tree_html(self, self._parts())

    def state(self) -> dict[str, np.ndarray[Any, Any]]:
        """Return copies of the values of all parameters, trainable or not, by path."""
        with unchanged():
            return {path: np.array(each.value) for path, each in self.named_parameters().items()}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Set every parameter from `state`, or raise ChainruleError and change nothing.

        state  arrays by path, such as `state` returns

        The message lists all names that are missing or unknown, and all shapes and dtypes that
        differ. A parameter with several paths may be in the state under all of them, with the same
        values, or under one.
        """
        own, others = self.named_parameters(), self._other_paths()
        arrays = without_repeats(self._without_unread(arrays_of(state)), others)
        require_fit(type(self).__name__, own, arrays, others)
        with updating(), changing():
            before = [(each, each.value) for each in own.values()]
            try:
                for name, each in own.items():
                    each.assign(arrays[name])
            except BaseException:  # including Ctrl-C: a partial state is not left behind
                for each, old in before:
                    each.assign(old)
                raise

    def _other_paths(self) -> dict[str, str]:
        """Return the first path of parameters with several paths, by each other path."""
        first = self.parameter_paths()
        places = ((path, each) for path, each in self._walk() if isinstance(each, Parameter))
        return {path: first[each] for path, each in places if path != first[each]}

    def _without_unread(self, arrays: Mapping[str, Array]) -> dict[str, Array]:
        """Return the arrays without those of torch that a module here does not use."""
        unread = {
            f"{path}.{name}" if path else name
            for path, module in self.named_modules().items()
            for name in module._unread
        }
        return {name: each for name, each in arrays.items() if name not in unread}


def _classes(parts: Iterable[tuple[str, Any]]) -> dict[str, type]:
    """Return the classes of the parameters and modules among the parts, by path."""
    return {path: type(each) for path, each in parts if isinstance(each, Module | Parameter)}
