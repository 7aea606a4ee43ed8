"""A primitive: everything there is to know about one operation, in one declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Protocol, get_args

import numpy as np

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
Accepts = Literal["any", "number", "float", "integer", "bool"]
Structure = Literal["diagonal", "routing", "block", "dense", "none"]


_MISSING: Any = object()


class GateView(Protocol):
    """What a gate's sentence may read: names and values, after forward and backward."""

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
    """How a gate is written in a formula: a template over its inputs, and how strongly it binds.

    `level` 1 is a sum, 2 a product, 3 a power or a prefix, 9 something that needs no brackets.
    """

    template: str
    level: int = 9


@dataclass(frozen=True)
class Operand:
    """An operand of an example: its shape and the interval it is drawn from, clear of kinks."""

    shape: Shape
    low: float = -2.0
    high: float = 2.0
    dtype: str = "float64"


@dataclass(frozen=True)
class Example:
    """One way to call a primitive: the tests, the documentation and the checks loop over these."""

    operands: tuple[Operand, ...]
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Primitive:
    """One operation, declared once and completely; an incomplete declaration raises at import.

    In every rule `g` is the upstream gradient, `y` the output and `x` the inputs.

    name      unique, the word that users write
    family    what its loops look like
    accepts   the kinds of dtype its promoted operands may have
    promotes  the positions of the operands that are brought to one common dtype
    infer     (*inputs, **attributes) -> (shape, dtype) of the output; raises on bad operands
    numpy     (*arrays, **attributes) -> array: the definition
    lowering  the native code. Where an element is made of one element of every input, broadcast:
              (writer, node, names) -> name, which writes it in LLVM's language (ops/scalars.py).
              For other gates the name of a template, a loop that the compiler has. None: the gate
              runs on the reference evaluator, also in compiled functions, whose report names it
    vjp       one rule (g, y, *inputs, **attributes) -> downstream per input, None where there is
              no path; or one function that returns the tuple of all downstreams. Rules need not
              undo broadcasting: the reverse walk does it once for all
    jvp       "diagonal": the vjp rules serve; "linear" or "multilinear": the primitive itself
              serves; "transpose": derived by transposing the vjp; or a rule
              (tangents, y, *inputs, **attributes) -> tangent
    jacobian  the sparsity class of its local gradient
    notation  how it is written in a formula
    says      what it does to gradient, as a sentence
    branch    (*arrays, **attributes) -> array naming the smooth piece in use; kinks lie where it
              changes. None for a primitive that is smooth wherever it is finite
    examples  calls that are in its domain
    deferred  True: the value is computed when somebody reads it, not when the node is made
    detaches  True: a known value goes on as a constant, without the gate and its inputs
    selective True: the vjp, a function, takes `wanted=`, the positions of the inputs that need a
              gradient, because the gradients of the others would be expensive
    reads_stored_rows  True: reads the rows of a table with lazy rows as they are stored. Other
              gates bring all rows up to date first
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
        """Say whether gradient flows through this primitive at all."""
        return callable(self.vjp) or any(rule is not None for rule in self.vjp)

    def takes_gradient(self, position: int) -> bool:
        """Say whether gradient flows to the input at `position`."""
        return callable(self.vjp) or self.vjp[position] is not None

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce__(self) -> tuple[Callable[[str], Primitive], tuple[str]]:
        """Pickle as its name in the table."""
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
        passes = "lets gradient through" if primitive.differentiable else "has no vjp rule"
        yield (
            f'declares jacobian="{primitive.jacobian}" but {passes}. A primitive is "none" exactly '
            "if no gradient passes it."
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
    """Enter `primitive` into the table, and return it.

    Raises PrimitiveError if the name is taken.
    """
    if primitive.name in PRIMITIVES:
        raise PrimitiveError(
            f"A primitive named {primitive.name!r} is declared already. Choose another name."
        )
    PRIMITIVES[primitive.name] = primitive
    return primitive


def declared(name: str) -> Primitive:
    """Return the primitive of this name; raises PrimitiveError if there is none."""
    if name not in PRIMITIVES:
        raise PrimitiveError(
            f"The primitive {name!r} was asked for, but is not declared. Import the module that "
            "declares it first."
        )
    return PRIMITIVES[name]


@np.errstate(all="ignore")
def compute(primitive: Primitive, arrays: Sequence[Array], attributes: dict[str, Any]) -> Array:
    """Return the value of `primitive` on NumPy arrays, read-only; floating-point events pass."""
    value = np.asarray(primitive.numpy(*arrays, **attributes))
    for each in arrays:
        if value is each:
            value = value.view()
            break
    value.flags.writeable = False
    return value
