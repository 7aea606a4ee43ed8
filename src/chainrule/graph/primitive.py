"""Primitives: the complete declaration of an operation, and the table of all primitives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Protocol, get_args

import numpy as np

from chainrule.graph.batching import WORDS, Batching, derived_batching
from chainrule.graph.dtypes import Array, DType, Shape
from chainrule.graph.errors import PrimitiveError
from chainrule.graph.lowering import TEMPLATES, Lowering, Partly, named_template

Infer = Callable[..., tuple[Shape, DType]]
Rule = Callable[..., Any]
"""(g, y, *inputs, **attributes) -> tensor or None"""
VJP = tuple[Rule | None, ...] | Callable[..., tuple[Any, ...]]
Derived = Literal["diagonal", "linear", "multilinear", "transpose"]
JVP = Derived | Rule

Family = Literal[
    "elementwise", "reduction", "product", "shaping", "rows", "windows", "random", "gate", "scan"
]
Accepts = Literal["any", "number", "float", "integer", "integer or bool", "bool"]
Structure = Literal["diagonal", "routing", "block", "dense", "none"]


_MISSING: Any = object()


class GateView(Protocol):
    """The names and values of a gate that its `says` function reads, after the backward pass."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def arguments(self) -> tuple[Array, ...]: ...
    @property
    def value(self) -> Array: ...
    @property
    def attributes(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Notation:
    """The notation of a gate in a formula: a template over its inputs, and its precedence.

    level  1 for a sum, 2 for a product, 3 for a power or prefix, 9 if no brackets are needed
    """

    template: str
    level: int = 9


@dataclass(frozen=True)
class Operand:
    """An operand of an example: its shape, and an interval without kinks to draw values from."""

    shape: Shape
    low: float = -2.0
    high: float = 2.0
    dtype: str = "float64"


@dataclass(frozen=True)
class Example:
    """One call of a primitive, used by tests, documentation and checks."""

    operands: tuple[Operand, ...]
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Primitive:
    """One operation, declared once and completely.

    In every rule `g` is the upstream gradient, `y` the output and `x` the inputs.

    name      a unique name
    family    the kind of loop that computes it
    accepts   the kinds of dtype its promoted operands may have
    promotes  the positions of the operands that are promoted to one dtype
    infer     (*inputs, **attributes) -> (shape, dtype) of the output; raises on bad operands
    numpy     (*arrays, **attributes) -> array: the reference definition
    lowering  the native code. For an elementwise primitive (writer, node, names) -> name, which
              writes one element in LLVM IR (ops/scalars.py); for others the name of a template of
              the compiler. None: the gate runs on the reference evaluator, also in compiled
              functions, whose report names it
    vjp       one rule (g, y, *inputs, **attributes) -> downstream gradient per input, None where
              there is no path; or one function that returns the tuple of all. Rules need not undo
              broadcasting: the reverse pass does
    jvp       "diagonal": the vjp rules are applied to tangents; "linear" or "multilinear": the
              primitive is applied to tangents; "transpose": the transposed vjp; or a rule
              (tangents, y, *inputs, **attributes) -> tangent
    jacobian  the sparsity class of the local gradient
    notation  its notation in a formula
    says      its effect on the gradient, as a sentence
    branch    (*arrays, **attributes) -> array that identifies the smooth piece in use; kinks lie
              where it changes. None for a primitive that is smooth wherever it is finite
    examples  calls inside its domain
    vmap      the gate of a batch, operands with one more axis in front. "elementwise": operands
              broadcast. "axis": all have as many axes, of which the attribute `axis` names one or
              several. "leading": further leading axes are allowed. "scan": one example after the
              other. Or a rule (batch, *inputs, **attributes) -> tensor; see `graph/batching.py`.
              None: the rule of the families elementwise, reduction ("axis") and random ("scan");
              a primitive of another family runs as a scan, with a warning
    deferred  True: the value is computed at the first read, not when the node is made
    detaches  True: a known value becomes a constant, without the gate and its inputs
    selective True: the vjp, a function, takes `wanted=`, the positions of the inputs that need a
              gradient, because the gradients of the others would be expensive
    reads_stored_rows  True: reads the rows of a table with lazy rows as they are stored. Other
              gates bring all rows up to date first

    Raises PrimitiveError for a missing field, an unknown word, or contradictory fields.
    """

    name: str
    family: Family = _MISSING
    accepts: Accepts = _MISSING
    promotes: tuple[int, ...] | Literal["all"] = _MISSING
    infer: Infer = _MISSING
    numpy: Callable[..., Any] = _MISSING
    lowering: Lowering = _MISSING
    vjp: VJP = _MISSING
    jvp: JVP = _MISSING
    jacobian: Structure = _MISSING
    notation: Notation | Callable[..., Notation] = _MISSING
    says: str | Callable[[GateView], str] = _MISSING
    branch: Callable[..., Array] | None = _MISSING
    examples: tuple[Example, ...] = _MISSING
    deferred: bool = False
    detaches: bool = False
    selective: bool = False
    reads_stored_rows: bool = False
    vmap: Batching | None = None

    def __post_init__(self) -> None:
        missing = [f.name for f in fields(self) if getattr(self, f.name) is _MISSING]
        if missing:
            raise PrimitiveError(
                f"The primitive {self.name!r} is incomplete: it does not declare "
                f"{', '.join(missing)}. A primitive is one complete declaration; "
                "see the docstring of Primitive for what each field means."
            )
        if not self.examples:
            raise PrimitiveError(
                f"The primitive {self.name!r} gives no examples, so nothing could test it. "
                "Declare at least one Example."
            )
        for fault in (*_unknown_words(self), *_unfit_rules(self), *_unfit_fields(self)):
            raise PrimitiveError(f"The primitive {self.name!r} {fault}")

    @property
    def differentiable(self) -> bool:
        """Whether a gradient exists for at least one input."""
        return callable(self.vjp) or any(rule is not None for rule in self.vjp)

    @property
    def batching(self) -> Batching | None:
        """The declared `vmap`, or what follows from the family; None if there is neither."""
        return derived_batching(self) if self.vmap is None else self.vmap

    def takes_gradient(self, position: int) -> bool:
        """Return whether the input at `position` receives a gradient."""
        return callable(self.vjp) or self.vjp[position] is not None

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce__(self) -> tuple[Callable[[str], Primitive], tuple[str]]:
        """Pickle by name."""
        return declared, (self.name,)


def _unknown_words(primitive: Primitive) -> Iterator[str]:
    """Yield a sentence for every field that holds a word it cannot hold."""
    words = {"family": Family, "accepts": Accepts, "jacobian": Structure, "jvp": Derived}
    for name, kind in words.items():
        word, allowed = getattr(primitive, name), get_args(kind)
        if word not in allowed and not (name == "jvp" and callable(word)):
            rule = ", or give a rule" if name == "jvp" else ""
            yield f"declares {name}={word!r}. Choose one of {', '.join(allowed)}{rule}."
    template = named_template(primitive.lowering)
    if template is not None and template not in TEMPLATES:
        yield (
            f"names the template {template!r}, which the compiler does not have. Name one of "
            f"{', '.join(TEMPLATES)}; give a function that writes one element; or None, and the "
            "gate runs on the reference evaluator."
        )


def _unfit_rules(primitive: Primitive) -> Iterator[str]:
    """Yield a sentence for every rule of differentiation that cannot be used as declared."""
    vjp, jvp = primitive.vjp, primitive.jvp
    if not callable(vjp) and not isinstance(vjp, tuple):
        yield f"declares vjp={vjp!r}. Give a tuple of one rule per input, or one function."
    if isinstance(vjp, tuple):
        yield from _unfit_tuple(vjp, [len(each.operands) for each in primitive.examples])
    if jvp == "transpose" and not callable(vjp):
        yield (
            'declares jvp="transpose", which is derived from a vjp that is one function, but gives '
            "one vjp rule per input. Give one function that returns all gradients, or another jvp."
        )
    if jvp == "diagonal" and not isinstance(vjp, tuple):
        yield (
            'declares jvp="diagonal", which uses one vjp rule per input, but gives one function '
            "for all. Give a tuple of rules, or another jvp."
        )
    if isinstance(vjp, tuple) and (primitive.jacobian == "none") == primitive.differentiable:
        passes = "passes a gradient" if primitive.differentiable else "has no vjp rule"
        yield (
            f'declares jacobian="{primitive.jacobian}" but {passes}. Declare "none" if no '
            "gradient passes the primitive, and only then."
        )
    if primitive.selective and not callable(vjp):
        yield "is selective, so that its vjp must be one function that takes wanted=."


def _unfit_tuple(vjp: tuple[Rule | None, ...], arities: Sequence[int]) -> Iterator[str]:
    if not all(rule is None or callable(rule) for rule in vjp):
        yield "has a vjp rule that is not a function. Give functions, None where there is no path."
    for arity in arities:
        if arity != len(vjp):
            yield (
                f"has {arity} inputs in its example but {len(vjp)} vjp rules. Give one rule per "
                "input, None where there is no path."
            )


def _unfit_fields(primitive: Primitive) -> Iterator[str]:
    """Yield a sentence for every other field of the wrong kind."""
    for name in ("infer", "numpy"):
        if not callable(getattr(primitive, name)):
            yield f"declares {name}={getattr(primitive, name)!r}, which is not a function."
    if not (primitive.vmap is None or callable(primitive.vmap) or primitive.vmap in WORDS):
        yield f"declares vmap={primitive.vmap!r}. Choose one of {', '.join(WORDS)}, or give a rule."
    if primitive.branch is not None and not callable(primitive.branch):
        yield f"declares branch={primitive.branch!r}. Give a function, or None if it is smooth."
    lowering = primitive.lowering
    if lowering is not None and not isinstance(lowering, str | Partly) and not callable(lowering):
        yield f"declares lowering={lowering!r}. Give a function, a template, a Partly or None."
    arity = max(len(each.operands) for each in primitive.examples)
    outside = primitive.promotes != "all" and [i for i in primitive.promotes if i >= arity]
    if outside:
        yield f"promotes the operand {outside[0]}, but has {arity} operands in its examples."


PRIMITIVES: dict[str, Primitive] = {}


def declare(primitive: Primitive) -> Primitive:
    """Add `primitive` to the table of primitives, and return it.

    Raises PrimitiveError if the name is taken.
    """
    if primitive.name in PRIMITIVES:
        raise PrimitiveError(
            f"A primitive named {primitive.name!r} is declared already. Choose another name."
        )
    PRIMITIVES[primitive.name] = primitive
    return primitive


def declared(name: str) -> Primitive:
    """Return the primitive `name`; raises PrimitiveError if it is not declared."""
    if name not in PRIMITIVES:
        raise PrimitiveError(
            f"The primitive {name!r} was asked for, but is not declared. Import the module that "
            "declares it first."
        )
    return PRIMITIVES[name]


@np.errstate(all="ignore")
def compute(primitive: Primitive, arrays: Sequence[Array], attributes: dict[str, Any]) -> Array:
    """Return the value of `primitive` for NumPy arrays: read-only, without warnings."""
    value = np.asarray(primitive.numpy(*arrays, **attributes))
    for each in arrays:
        if value is each:
            value = value.view()
            break
    value.setflags(False)  # type: ignore[call-arg]
    return value
