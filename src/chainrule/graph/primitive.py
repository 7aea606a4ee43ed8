"""A primitive: everything there is to know about one operation, in one declaration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Protocol

import numpy as np

from chainrule.graph.dtypes import Array, DType, Shape
from chainrule.graph.errors import PrimitiveError
from chainrule.graph.lowering import TEMPLATES, Lowering, named_template

Infer = Callable[..., tuple[Shape, DType]]
Rule = Callable[..., Any]
"""(g, y, *inputs, **attributes) -> tensor or None"""
VJP = tuple[Rule | None, ...] | Callable[..., tuple[Any, ...]]
JVP = Literal["diagonal", "linear", "multilinear", "transpose"] | Rule

Family = Literal[
    "elementwise", "reduction", "product", "shaping", "rows", "windows", "chance", "gate", "loop"
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
        template = named_template(self.lowering)
        if template is not None and template not in TEMPLATES:
            raise PrimitiveError(
                f"The primitive {self.name!r} names the template {template!r}, which the compiler "
                f"does not have. Name one of {', '.join(TEMPLATES)}; give a function that writes "
                "one element; or None, and the gate runs on the reference evaluator."
            )
        arity = len(self.examples[0].operands)
        if isinstance(self.vjp, tuple) and len(self.vjp) != arity:
            raise PrimitiveError(
                f"The primitive {self.name!r} has {arity} inputs in its example but "
                f"{len(self.vjp)} vjp rules. Give one rule per input, None where there is no path."
            )

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
