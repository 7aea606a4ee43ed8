"""A module: a tree of parameters that computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np

from chainrule.graph import ChainruleError, Parameter, Tensor, current_trace, scope
from chainrule.nn.calls import note
from chainrule.nn.matching import misfits
from chainrule.nn.tree_text import tree_text
from chainrule.ops import Stream


class Module:
    """The base of layers and models: whatever is assigned to an attribute belongs to the tree.

    A subclass assigns parameters and modules to attributes, also in lists, tuples and dicts, and
    defines `forward`; calling the module calls it. A parameter's name is its path in the tree, such
    as "hidden.weight" or "heads.0.bias".
    """

    label: str = ""
    _training: bool = True

    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        """Compute the output; every module defines it."""
        raise NotImplementedError(
            f"{type(self).__name__} has no forward. Define forward(self, ...) to say what it does."
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        with scope(self.label or type(self).__name__):
            output = self.forward(*args, **kwargs)
            note(self, output)
        return output

    @property
    def training(self) -> bool:
        """Whether it is in training mode; a compiled function is compiled once for each mode."""
        trace = current_trace()
        if trace is not None:
            trace.assume(self, "training", self._training)
        return self._training

    @training.setter
    def training(self, training: bool) -> None:
        object.__setattr__(self, "_training", bool(training))

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        for path, each in _held(name, value):
            if isinstance(each, Module):
                each.adopt(path)
        self.named_parameters()

    def adopt(self, label: str) -> None:
        """Take `label` as the name under which a parent holds this module."""
        object.__setattr__(self, "label", label)

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """Yield what the attributes hold, also in lists, tuples and dicts, by its path here."""
        for name, value in vars(self).items():
            yield from _held(name, value)

    def children(self) -> Iterator[tuple[str, Module]]:
        """Yield the modules held directly, with the names they have here."""
        for path, each in self._parts():
            if isinstance(each, Module):
                yield path, each

    def modules(self) -> Iterator[Module]:
        """Yield this module and all below it."""
        yield self
        for _, child in self.children():
            yield from child.modules()

    def named_modules(self) -> dict[str, Module]:
        """Return every module of the tree by its path, this one first, as "".

        A module that stands in several places has the first of its paths.
        """
        found: dict[int, tuple[str, Module]] = {id(self): ("", self)}
        for name, child in self.children():
            for path, each in child.named_modules().items():
                found.setdefault(id(each), (f"{name}.{path}" if path else name, each))
        return dict(found.values())

    def named_parameters(self, prefix: str = "") -> dict[str, Parameter]:
        """Return every parameter of the tree by its path, and give it that path as its name.

        A parameter that stands in several places has the first of its paths.
        """
        paths = self.parameter_paths(prefix)
        for parameter, path in paths.items():
            parameter.name = path
        return {path: parameter for parameter, path in paths.items()}

    def parameter_paths(self, prefix: str = "") -> dict[Parameter, str]:
        """Return every parameter of the tree with its path, and leave the names as they are."""
        paths: dict[Parameter, str] = {}
        for name, value in vars(self).items():
            for path, each in _held(name, value):
                if isinstance(each, Parameter):
                    paths.setdefault(each, prefix + path)
        for name, child in self.children():
            for parameter, path in child.parameter_paths(f"{prefix}{name}.").items():
                paths.setdefault(parameter, path)
        return paths

    def parameters(self) -> list[Parameter]:
        """Return every trainable parameter of the tree."""
        return [each for each in self.named_parameters().values() if each.trainable]

    def named_streams(self, prefix: str = "") -> dict[str, Stream]:
        """Return every stream of random numbers of the tree, such as that of dropout, by its path.

        A stream that stands in several places has the first of its paths. Streams are no part of
        `state`: a saved model computes the same without them, a training run goes on with them.
        """
        paths: dict[Stream, str] = {}
        for name, value in vars(self).items():
            for path, each in _held(name, value):
                if isinstance(each, Stream):
                    paths.setdefault(each, prefix + path)
        for name, child in self.children():
            for path, stream in child.named_streams(f"{prefix}{name}.").items():
                paths.setdefault(stream, path)
        return {path: stream for stream, path in paths.items()}

    def train(self, training: bool = True) -> Self:
        """Put the tree into training mode (dropout works), or out of it; return it."""
        for each in self.modules():
            each.training = training
        return self

    def eval(self) -> Self:
        """Put the tree into inference mode (dropout rests); return it."""
        return self.train(False)

    def freeze(self) -> Self:
        """Take every parameter of the tree out of training, until `unfreeze`; return it.

        An optimizer moves what was trainable when it was made: freeze before. The mode stays as it
        is. Raises ChainruleError, and freezes nothing, if an optimizer with rows="caught_up" has
        yet to move rows of a table in the tree.
        """
        found = self.parameters()
        kept = [each.name for each in found if each.keeper is not None]
        if kept:
            raise ChainruleError(
                f"{', '.join(map(str, kept))} cannot be frozen: an optimizer with "
                'rows="caught_up" moves its rows when they are next looked up. Freeze the model '
                "before making the optimizer."
            )
        for each in found:
            each.trainable, each.frozen = False, True
        return self

    def unfreeze(self) -> Self:
        """Let train again what `freeze` took out of training, and nothing else; return it."""
        for each in self.parameter_paths():
            if each.frozen:
                each.trainable, each.frozen = True, False
        return self

    def __repr__(self) -> str:
        return tree_text(self, self._parts())

    def state(self) -> dict[str, np.ndarray[Any, Any]]:
        """Return a copy of every parameter's value by its path."""
        return {path: np.array(each.value) for path, each in self.named_parameters().items()}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Set every parameter from `state`, or raise ChainruleError and change nothing.

        The message lists all names that are missing or unknown, and all shapes and dtypes that
        differ.
        """
        own = self.named_parameters()
        arrays = {name: np.asarray(each) for name, each in state.items()}
        wrong = misfits(own, arrays)
        if wrong:
            raise ChainruleError(
                f"The state does not fit this {type(self).__name__} of {len(own)} parameters, and "
                "nothing was loaded:\n  " + "\n  ".join(wrong) + "\nBuild the model with the "
                "settings it was saved with. To load a part: "
                "model.load_state({**model.state(), **part})."
            )
        before = [(each, each.value) for each in own.values()]
        try:
            for name, each in own.items():
                each.assign(arrays[name])
        except BaseException:  # Ctrl-C among them: half a state is none
            for each, old in before:
                each.assign(old)
            raise


def _held(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what an attribute holds, in lists, tuples and dicts of any depth, with its path."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _held(f"{name}.{key}", each)
    elif isinstance(value, list | tuple):
        for position, each in enumerate(value):
            yield from _held(f"{name}.{position}", each)
    else:
        yield name, value
