"""A tensor: a node of the graph, which carries a value when its inputs do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any, NoReturn, Union

import numpy as np

from chainrule.graph.axes import Axis, normalise_axes, parse_index
from chainrule.graph.dtypes import DType, as_dtype, float64, kept_as, promote, promote_scalar
from chainrule.graph.errors import (
    DTypeError,
    ImmutableError,
    ShapeError,
    UnboundInputError,
)
from chainrule.graph.keeper import Keeper
from chainrule.graph.operators import Operators
from chainrule.graph.origin import Origin, here, made_for
from chainrule.graph.primitive import PRIMITIVES, Array, Primitive, Shape
from chainrule.graph.tracing import current_trace

TensorLike = Union["Tensor", Array, float, Sequence[Any]]
_PYTHON_NUMBERS = (float, int, bool)
_KINDS = {"any": "bif", "number": "if", "float": "f", "integer": "i", "bool": "b"}
_LOGIC = {
    np.bitwise_and: np.logical_and,
    np.bitwise_or: np.logical_or,
    np.invert: np.logical_not,
}
_NOT_A_GATE = (
    "numpy.{} was called on a tensor, and no gate has it as its meaning. "
    "Use the functions of chainrule (import chainrule as cr), or x.value for the array."
)
_serials = count(1)


class Tensor(Operators):
    """A node of the graph: a primitive applied to inputs, with a shape, a dtype and an origin.

    primitive   what was applied; None for a leaf (an input, a parameter, a constant)
    inputs      the tensors it was applied to
    attributes  the static arguments of the primitive, such as `axis`
    shape       a tuple of integers
    dtype       a NumPy dtype, one of `cr.float32, float64, int32, int64, bool`
    name        the user's name for it, or None
    origin      the user's source line and the module path that made it
    value       a read-only NumPy array, or None while an input of the graph has no value

    Tensors are immutable. Operators, `x[...]` and NumPy's ufuncs build new nodes.
    """

    __slots__ = (
        "__weakref__",
        "_deferred",
        "_value",
        "attributes",
        "dtype",
        "inputs",
        "known",
        "name",
        "origin",
        "primitive",
        "serial",
        "shape",
        "tracked",
    )

    primitive: Primitive | None
    inputs: tuple[Tensor, ...]
    attributes: dict[str, Any]
    shape: Shape
    dtype: DType
    name: str | None
    origin: Origin
    known: bool
    tracked: bool
    serial: int
    keeper: Keeper | None = None
    _value: Array | None
    _deferred: list[Array] | None

    def __init__(
        self,
        primitive: Primitive | None,
        inputs: tuple[Tensor, ...],
        attributes: dict[str, Any],
        shape: Shape,
        dtype: DType,
        value: Array | None,
        known: bool,
        tracked: bool,
        name: str | None = None,
    ) -> None:
        self.primitive = primitive
        self.inputs = inputs
        self.attributes = attributes
        self.shape = shape
        self.dtype = dtype
        self.name = name
        self.origin = here()
        self.known = known
        self.tracked = tracked
        self.serial = next(_serials)
        self._value = value
        self._deferred = None

    # -- reading ---------------------------------------------------------------------------------

    @property
    def value(self) -> Array | None:
        """The value, computed now if it was deferred; None while an input is unbound."""
        if self._deferred is not None and self.primitive is not None:
            self._value = compute(self.primitive, self._deferred, self.attributes)
            self._deferred = None
        return self._value

    def read(self) -> Array:
        """Return the value; raises UnboundInputError where there is none."""
        value = self.value
        if value is None:
            raise UnboundInputError(
                f"The value of {self.label} was asked for, but it depends on an input without a "
                "value. Give the input one with cr.input(name, value=...), or bind it in "
                "cr.Graph(...).forward(name=...)."
            )
        return value

    def peek(self) -> Array:
        """Return the value to a computation, which reads it at once and keeps no view of it."""
        return self._value if self._value is not None else self.read()

    def with_inputs(self, inputs: tuple[Tensor, ...], attributes: dict[str, Any]) -> Tensor:
        """Return this gate, without a value, on other inputs of the same shapes and dtypes."""
        with made_for(self.origin):
            return Tensor(
                self.primitive,
                inputs,
                attributes,
                self.shape,
                self.dtype,
                value=None,
                known=False,
                tracked=self.tracked,
                name=self.name,
            )

    def lend(self) -> None:
        """Note that somebody holds a view of the value, so that it must not change in place."""

    @property
    def label(self) -> str:
        """A short name for messages: the user's name, or the primitive and where it was made."""
        if self.name is not None:
            return repr(self.name)
        return f"{self.kind} ({self.origin})"

    @property
    def kind(self) -> str:
        """What the node is: input, parameter, constant, or the name of its primitive or gate."""
        if self.primitive is None:
            return type(self).__name__.lower()
        return str(self.attributes.get("name", self.primitive.name))

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        size = 1
        for extent in self.shape:
            size *= extent
        return size

    @property
    def nbytes(self) -> int:
        """The number of bytes of the elements."""
        return self.size * self.dtype.itemsize

    def item(self) -> float | int | bool:
        """Return the value of a tensor of one element as a Python number."""
        if self.size != 1:
            raise ShapeError(
                f"item() was asked of {self.label} with shape {self.shape}. "
                "It needs exactly one element; reduce it first, or read .value."
            )
        return self.read().item()  # type: ignore[no-any-return]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        value = self.read()
        return np.array(value, dtype=dtype, copy=copy)

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        return self.read().__index__()

    def __bool__(self) -> bool:
        if not self.known:
            raise UnboundInputError(
                f"A branch depends on {self.label}, which has no value while the graph is built. "
                "Use cr.where(condition, a, b), which holds both branches."
            )
        return bool(self.item())

    def __len__(self) -> int:
        if not self.shape:
            raise ShapeError(f"len() was asked of {self.label}, a scalar, which has no axes.")
        return self.shape[0]

    def __repr__(self) -> str:
        name = "" if self.name is None else f" {self.name!r}"
        shown = "no value" if not self.known else np.array2string(self.read(), threshold=20)
        return f"<{self.kind}{name} {self.dtype}{list(self.shape)}: {shown}>"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    # -- operators -------------------------------------------------------------------------------

    __hash__ = object.__hash__

    def _gate(self, name: str, *operands: TensorLike, **attributes: Any) -> Tensor:
        return apply(PRIMITIVES[name], *operands, **attributes)

    def __pos__(self) -> Tensor:
        return self

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Tensor:
        """Let `np.exp(x)` and `array + x` build gates: the primitive defined by `ufunc`."""
        wanted = _LOGIC.get(ufunc, ufunc)
        for primitive in PRIMITIVES.values():
            if primitive.numpy is wanted and method == "__call__" and not options:
                return apply(primitive, *operands)
        raise DTypeError(_NOT_A_GATE.format(ufunc.__name__))

    def __array_function__(self, function: Any, *_: Any) -> NoReturn:
        """Refuse NumPy's other functions, which would return arrays that forget the graph."""
        raise DTypeError(_NOT_A_GATE.format(function.__name__))

    # -- indexing and shape ----------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Tensor:
        if isinstance(key, Tensor | np.ndarray | list):
            ids = np.array(key, np.int64) if isinstance(key, list) and not key else key
            if self.keeper is not None:
                return self.keeper.rows(self, ids)
            return self._gate("take", self, ids, axis=0)
        index = parse_index(key, self.shape)
        if index.lengths == self.shape and all(step == 1 for step in index.steps):
            return self.reshape(index.shape)
        part = self._gate(
            "slice",
            self,
            starts=index.starts,
            lengths=index.lengths,
            steps=index.steps,
        )
        return part.reshape(index.shape)

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        name = self.name or "x"
        raise ImmutableError(
            f"{name}[...] = value was asked, but tensors are values and never change. "
            f"Write {name} = cr.put({name}, index, value), or "
            f"{name} = cr.where(mask, value, {name}); a parameter changes by assign(...)."
        )

    def __iter__(self) -> Any:
        return (self[position] for position in range(len(self)))

    def reshape(self, *shape: int | Sequence[int]) -> Tensor:
        """Return the same elements in another shape; one extent may be -1."""
        asked = shape[0] if len(shape) == 1 and isinstance(shape[0], Sequence) else shape
        target = _complete_shape(self, tuple(asked))  # type: ignore[arg-type]
        if target == self.shape:
            return self
        return self._gate("reshape", self, shape=target)

    def astype(self, dtype: Any) -> Tensor:
        """Return the tensor converted to `dtype`; itself if that is its dtype."""
        target = as_dtype(dtype)
        if target == self.dtype:
            return self
        return self._gate("astype", self, dtype=target)

    @property
    def T(self) -> Tensor:
        """The transpose of a matrix; raises ShapeError for other numbers of axes."""
        if self.ndim != 2:
            raise ShapeError(
                f".T was asked of {self.label} with shape {self.shape}; it is for matrices. "
                "Use .mT for the last two axes or cr.permute_dims(x, axes)."
            )
        return self._gate("permute_dims", self, axes=(1, 0))

    @property
    def mT(self) -> Tensor:
        """The tensor with its last two axes exchanged."""
        if self.ndim < 2:
            raise ShapeError(
                f".mT was asked of {self.label} with shape {self.shape}; it needs two axes."
            )
        axes = (*range(self.ndim - 2), self.ndim - 1, self.ndim - 2)
        return self._gate("permute_dims", self, axes=axes)

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Return the sum over `axis` (all axes by default)."""
        axes = normalise_axes(axis, self.ndim)
        return self._gate("sum", self, axis=axes, keepdims=keepdims)

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Return the arithmetic mean over `axis` (all axes by default)."""
        axes = normalise_axes(axis, self.ndim)
        total = self.sum(axes, keepdims)
        return total / float(np.prod([self.shape[each] for each in axes]))


class Constant(Tensor):
    """A leaf whose value never changes and through which no gradient is asked."""

    __slots__ = ()

    def __init__(self, value: Array, name: str | None = None) -> None:
        value = np.asarray(value)
        value.flags.writeable = False
        super().__init__(None, (), {}, value.shape, value.dtype, value, True, False, name)


def as_tensor(operand: TensorLike, dtype: DType | None = None) -> Tensor:
    """Return `operand` as a tensor: itself, or a constant holding a copy of it.

    Integers of fewer bits, such as labels in uint8, are kept as int64. Raises DTypeError for what
    is not a number or an array of a supported dtype.
    """
    if isinstance(operand, Tensor):
        return operand if dtype is None else operand.astype(dtype)
    if isinstance(operand, list | tuple) and any(isinstance(each, Tensor) for each in operand):
        raise DTypeError(
            "A list that holds tensors was given where one tensor is needed. "
            "Join them with cr.stack([...]) or cr.concat([...])."
        )
    try:
        with np.errstate(over="ignore"):
            array = np.array(operand, dtype=dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise DTypeError(
            f"{type(operand).__name__} cannot become a tensor: {error}. Give numbers or an array."
        ) from error
    kept = kept_as(array.dtype)
    return Constant(array if kept is array.dtype else array.astype(kept))


def apply(primitive: Primitive, *operands: TensorLike, **attributes: Any) -> Tensor:
    """Make the node of `primitive` applied to `operands`, and its value if the inputs have one.

    A result without a parameter or input among its ancestors is a constant and forgets how it came
    about. Raises ShapeError or DTypeError when the operands do not fit.
    """
    inputs = _prepare(primitive, operands)
    shape, dtype = primitive.infer(*inputs, **attributes)
    known, tracked = True, False
    for each in inputs:
        known = known and each.known
        tracked = tracked or each.tracked
        if each.keeper is not None and primitive.name != "take":
            each.keeper.before_gate(primitive.name)
    trace = current_trace() if tracked else None
    if trace is not None:
        trace.refuse_outdated(primitive.name, inputs)
    if trace is not None or not known:
        return Tensor(primitive, inputs, attributes, shape, dtype, None, False, tracked)
    arrays = [each.peek() for each in inputs]
    value = None if primitive.deferred else compute(primitive, arrays, attributes)
    if value is None or value.base is not None:
        for each in inputs:
            each.lend()
    if value is not None and not tracked:
        return Constant(value)
    node = Tensor(primitive, inputs, attributes, shape, dtype, value, known, tracked)
    if value is None:
        node._deferred = arrays
    return node


@np.errstate(all="ignore")
def compute(primitive: Primitive, arrays: Sequence[Array], attributes: dict[str, Any]) -> Array:
    """Return the value of `primitive` on NumPy arrays, read-only; floating-point events pass."""
    value = np.asarray(primitive.numpy(*arrays, **attributes))
    if any(value is each for each in arrays):
        value = value.view()
    value.flags.writeable = False
    return value


def _prepare(primitive: Primitive, operands: tuple[TensorLike, ...]) -> tuple[Tensor, ...]:
    """Lift the operands to tensors, the promoted ones to one common dtype."""
    positions = primitive.promotes
    if positions == "all" and _agree(primitive, operands):
        return operands  # type: ignore[return-value]
    promoted = operands if positions == "all" else [operands[i] for i in positions]
    if not promoted:
        return tuple(as_tensor(each) for each in operands)
    common = _common_dtype(primitive, promoted)
    return tuple(
        each
        if isinstance(each, Tensor) and each.dtype is common
        else as_tensor(each, common if positions == "all" or i in positions else None)
        for i, each in enumerate(operands)
    )


def _agree(primitive: Primitive, operands: tuple[TensorLike, ...]) -> bool:
    """Say whether nothing has to be lifted or promoted."""
    first = operands[0]
    if not isinstance(first, Tensor) or first.dtype.kind not in _KINDS[primitive.accepts]:
        return False
    for each in operands:
        if not isinstance(each, Tensor) or each.dtype is not first.dtype:
            return False
    return True


def _common_dtype(primitive: Primitive, operands: Sequence[TensorLike]) -> DType:
    strong = [
        each.dtype if isinstance(each, Tensor) else as_tensor(each).dtype
        for each in operands
        if type(each) not in _PYTHON_NUMBERS
    ]
    weak = [type(each) for each in operands if type(each) in _PYTHON_NUMBERS]
    if strong:
        common = strong[0] if len(strong) == 1 else promote(*strong)
    else:
        common = promote(*(as_tensor(each).dtype for each in operands))
    for scalar in weak:
        common = promote_scalar(scalar, common)
    if common.kind in _KINDS[primitive.accepts]:
        return common
    if primitive.accepts == "float":
        return float64
    raise DTypeError(
        f"{primitive.name} takes {primitive.accepts} operands but was given "
        f"{', '.join(str(dtype) for dtype in strong) or common}. "
        "Convert with x.astype(...), or compare first to get a bool."
    )


def _complete_shape(x: Tensor, shape: tuple[int, ...]) -> Shape:
    known = 1
    for extent in shape:
        known *= extent if extent != -1 else 1
    free = [axis for axis, extent in enumerate(shape) if extent == -1]
    if len(free) == 1 and known and x.size % known == 0:
        return (*shape[: free[0]], x.size // known, *shape[free[0] + 1 :])
    if free or known != x.size or any(extent < 0 for extent in shape):
        raise ShapeError(
            f"{x.label} with shape {x.shape} has {x.size} elements and cannot be reshaped to "
            f"{shape}. The product of the extents must stay {x.size}; one of them may be -1."
        )
    return shape
