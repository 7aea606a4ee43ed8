"""Tensors, the nodes of the graph, and `apply`, which makes them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any, Union

import numpy as np

from chainrule.graph.array_protocols import ArrayProtocols
from chainrule.graph.dtypes import Array, DType, Shape, as_dtype, float64
from chainrule.graph.errors import DTypeError, UnboundInputError
from chainrule.graph.foreign_attributes import OF_TENSORS, ForeignNames
from chainrule.graph.lazy_rows import LazyRows
from chainrule.graph.numpy_calls import NumPyCalls
from chainrule.graph.origin import Origin, here
from chainrule.graph.primitive import PRIMITIVES, Primitive, compute
from chainrule.graph.promotion import PYTHON_NUMBERS, common_dtype, number_type, takes
from chainrule.graph.replaced import replaced_parameters
from chainrule.graph.tensor_html import tensor_html
from chainrule.graph.tensor_value import TensorValue
from chainrule.graph.tracing import Trace, current_trace

_OF_KIND: dict[str, type] = {"f": float, "i": int, "u": int, "b": bool}
TensorLike = Union["Tensor", Array, float, Sequence[Any]]
_serials = count(1)


class Tensor(TensorValue["Tensor"], NumPyCalls["Tensor"], ArrayProtocols["Tensor"], ForeignNames):
    """A node of the graph: a primitive applied to inputs, with a shape, a dtype and an origin.

    primitive   the primitive; None for a leaf (an input, a parameter, a constant)
    inputs      the tensors that it is applied to
    attributes  the static arguments of the primitive, such as `axis`
    shape       a tuple of integers
    dtype       a NumPy dtype: `cr.bool`, `int8` to `int64`, `uint8` to `uint32`, `float32`, ...
    name        the name given by the user, or None
    origin      the user's source line and the path of the enclosing modules
    value       a read-only NumPy array, or None while an input of the graph has no value

    Tensors are immutable. Operators, `x[...]` and NumPy's ufuncs build new nodes. Tensors are made
    by functions such as `cr.asarray`, `cr.input` and `cr.parameter`.
    """

    __slots__ = (
        "__weakref__",
        "_deferred",
        "_value",
        "attributes",
        "bindable",
        "differentiable",
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

    _foreign = OF_TENSORS
    primitive: Primitive | None
    inputs: tuple[Tensor, ...]
    attributes: dict[str, Any]
    shape: Shape
    dtype: DType
    name: str | None
    origin: Origin
    known: bool
    tracked: bool
    bindable: bool
    differentiable: bool
    serial: int
    lazy_rows: LazyRows[Tensor] | None = None
    weak = False
    _leaf = "tensor"
    _value: Array | None
    _deferred: list[Array] | None

    def __init__(
        self,
        primitive: Primitive | None = None,
        inputs: tuple[Tensor, ...] = (),
        attributes: dict[str, Any] | None = None,
        shape: Shape = (),
        dtype: DType = float64,
        value: Array | None = None,
        known: bool = False,
        tracked: bool | None = None,
        name: str | None = None,
        origin: Origin | None = None,
    ) -> None:
        if attributes is None or tracked is None:
            raise DTypeError(
                "cr.Tensor was called, which is the class of all nodes. Write cr.asarray(values) "
                "for a tensor of these values, cr.parameter(values) for one that optimizers update."
            )
        self.primitive = primitive
        self.inputs = inputs
        self.attributes = attributes
        self.shape = shape
        self.dtype = dtype
        self.name = name
        self.origin = here(2) if origin is None else origin
        self.known = known
        self.tracked = tracked
        self.bindable = self.differentiable = False
        self.serial = next(_serials)
        self._value = value
        self._deferred = None

    def current_value(self) -> Array | None:
        """Return the value for internal use, without recording a read."""
        if self._deferred is not None and self.primitive is not None:
            self._value = compute(self.primitive, self._deferred, self.attributes)
            self._deferred = None
        return self._value

    def with_inputs(self, inputs: tuple[Tensor, ...], attributes: dict[str, Any]) -> Tensor:
        """Return this gate, without a value, with other inputs of the same shapes and dtypes."""
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
            origin=self.origin,
        )

    def renewed(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Return this gate, with its value, as a new node with other inputs of the same values."""
        new = Tensor(
            self.primitive,
            inputs,
            self.attributes,
            self.shape,
            self.dtype,
            self._value,
            self.known,
            self.tracked,
            self.name,
        )
        new.bindable, new.differentiable = self.bindable, self.differentiable
        new._deferred = self._deferred
        return new

    def without_history(self) -> Tensor:
        """Return the value as a tensor without a gradient."""
        return self._gate("stop_gradient", self)

    def note_view(self) -> None:
        """Record that a view of the value was given out, so that it must not change in place."""

    @property
    def label(self) -> str:
        """A short name for messages: the user's name, or the primitive and its source line."""
        if self.name is not None:
            return repr(self.name)
        return f"{self.kind} ({self.origin})"

    @property
    def kind(self) -> str:
        """The kind of node: input, parameter, constant, or the name of its primitive or gate."""
        if self.primitive is None:
            return self._leaf
        return str(self.attributes.get("name", self.primitive.name))

    def __repr__(self) -> str:
        shown = "no value" if not self.known else np.array2string(self.read(), threshold=20)
        return f"<{self._heading()}: {shown}>"

    def _repr_html_(self) -> str:
        """Return what notebooks show: a table of the value, see `tensor_html`."""
        return tensor_html(self._heading(), self.read() if self.known else None)

    def _heading(self) -> str:
        name = "" if self.name is None else f" {self.name!r}"
        return f"{self.kind}{name} {self.dtype}{list(self.shape)}"

    # -- operators -------------------------------------------------------------------------------

    __hash__ = object.__hash__

    def _gate(self, name: str, *operands: TensorLike, **attributes: Any) -> Tensor:
        return apply(PRIMITIVES[name], *operands, **attributes)

    def __pos__(self) -> Tensor:
        return self


class Traced(Tensor):
    """A node made while a function was traced, which never has a value.

    function  the name of the traced function, for messages
    """

    __slots__ = ("function",)

    function: str

    def read(self) -> Array:
        """Raise UnboundInputError, which names the traced function."""
        raise UnboundInputError(
            f"The value of {self.label} was asked for at {here()}, but it was made while "
            f"{self.function} was traced, so that it has none. Return the tensor from the function "
            "and read it outside; inside, compute with tensors."
        )

    current_value = peek = read


class Constant(Tensor):
    """A leaf with a fixed value and no gradient."""

    __slots__ = ()

    _leaf = "constant"

    def __init__(self, value: Array, name: str | None = None, origin: Origin | None = None) -> None:
        value = np.asarray(value)
        value.setflags(False)  # type: ignore[call-arg]
        Tensor.__init__(
            self, None, (), {}, value.shape, value.dtype, value, True, False, name, origin
        )


class Detached(Constant):
    """A value without gradient that was computed from parameters, such as a count or mask.

    It is as old as these parameters, so that a graph that holds it cannot run once they have
    changed.
    """

    __slots__ = ()


class Stopped(Constant):
    """A computed value from which no gradient flows back, as the result of stop_gradient."""

    __slots__ = ()


def as_tensor(operand: TensorLike, dtype: DType | None = None) -> Tensor:
    """Return `operand` as a tensor: the tensor itself, or a constant with a copy.

    The result is not weak, also for Python numbers and NumPy scalars, which are weak as operands of
    an operation: there they take the dtype of the tensors beside them. Raises DTypeError for an
    operand that is not a number or an array of a supported dtype.
    """
    if isinstance(operand, np.generic) and dtype is not None:
        operand = operand.item()
    trace = current_trace() if type(operand) in PYTHON_NUMBERS and operand else None
    if trace is not None:
        found: Tensor | None = trace.constants.get((type(operand), operand, dtype))
        if found is not None and found.origin == here():
            return found
    if isinstance(operand, Tensor):
        if dtype is None:
            return apply(PRIMITIVES["identity"], operand) if operand.weak else operand
        return operand.astype(dtype)
    if isinstance(operand, list | tuple) and any(
        isinstance(each, Tensor) and not each.weak for each in operand
    ):
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
    as_dtype(array.dtype)
    constant = Constant(array)
    if trace is not None:
        trace.constants[type(operand), operand, dtype] = constant
    return constant


def apply(primitive: Primitive, *operands: TensorLike, **attributes: Any) -> Tensor:
    """Return the gate of `primitive` applied to `operands`, with its value if all inputs have one.

    A result that depends on no parameter or input is a constant without history. So is a result
    without gradient, unless it depends on an input that can be bound to another value.
    Raises ShapeError or DTypeError for operands that do not fit.
    """
    trace = current_trace()
    if trace is not None and attributes:
        attributes = {name: _static(each) for name, each in attributes.items()}
    inputs = _prepare(primitive, operands)
    others = replaced_parameters()
    if others:
        inputs = tuple([others.get(each, each) for each in inputs])
    shape, dtype = primitive.infer(*inputs, **attributes)
    known, tracked, bindable, reached, flows = True, False, False, False, False
    for position, each in enumerate(inputs):
        known = known and each.known
        tracked = tracked or each.tracked
        bindable = bindable or each.bindable
        if each.differentiable:
            reached = True
            flows = flows or primitive.takes_gradient(position)
        if each.lazy_rows is not None and not primitive.reads_stored_rows:
            each.lazy_rows.before_gate(primitive.name)
    if not known or (tracked and trace is not None):
        within = trace if tracked else None
        return _without_value(primitive, inputs, attributes, shape, dtype, tracked, within)
    arrays = [each.peek() for each in inputs]
    value = None if primitive.deferred else compute(primitive, arrays, attributes)
    if value is None or value.base is not None:
        for each in inputs:
            each.note_view()
    if value is not None and not tracked:
        kinds = [type(each) for each in inputs]
        return next((kind for kind in (Detached, Stopped) if kind in kinds), Constant)(value)
    if value is not None and not bindable and (primitive.detaches or not reached):
        return Stopped(value) if primitive.detaches else Detached(value)
    node = Tensor(primitive, inputs, attributes, shape, dtype, value, known, tracked)
    node.bindable, node.differentiable = bindable, flows and dtype.kind == "f"
    if value is None:
        node._deferred = arrays
    return node


def _static(attribute: Any) -> Any:
    """Return an attribute with the number arguments of a traced function as Python numbers."""
    if isinstance(attribute, tuple):
        return tuple(map(_static, attribute))
    return attribute.item() if isinstance(attribute, Tensor) and attribute.weak else attribute


def _without_value(
    primitive: Primitive,
    inputs: tuple[Tensor, ...],
    attributes: dict[str, Any],
    shape: Shape,
    dtype: DType,
    tracked: bool,
    trace: Trace | None,
) -> Tensor:
    """Return a gate without a value: its inputs have none, or a function is traced."""
    if trace is not None:
        function: str | None = trace.function
        if trace.pending:
            inputs = tuple(map(trace.as_updated, inputs))
    else:
        function = next((each.function for each in inputs if isinstance(each, Traced)), None)
    if function is None:
        return Tensor(primitive, inputs, attributes, shape, dtype, None, False, tracked)
    node = Traced(primitive, inputs, attributes, shape, dtype, None, False, tracked)
    node.function = function
    return node


def traced_value(value: Tensor, trace: Trace) -> Tensor:
    """Return a value as a gate of the traced function, so that gates computed from it are too."""
    stop = PRIMITIVES["stop_gradient"]
    return _without_value(stop, (value,), {}, value.shape, value.dtype, True, trace)


def _prepare(primitive: Primitive, operands: tuple[TensorLike, ...]) -> tuple[Tensor, ...]:
    """Convert the operands to tensors, and the promoted ones to one dtype."""
    positions = primitive.promotes
    if positions == "all" and _agree(primitive, operands):
        return operands  # type: ignore[return-value]
    promoted = operands if positions == "all" else [operands[i] for i in positions]
    if not promoted:
        return tuple(as_tensor(each) for each in operands)
    common = common_dtype(primitive, _kinds_of(promoted))
    return tuple(
        each
        if isinstance(each, Tensor) and each.dtype is common
        else as_tensor(each, common if positions == "all" or i in positions else None)
        for i, each in enumerate(operands)
    )


def _agree(primitive: Primitive, operands: tuple[TensorLike, ...]) -> bool:
    """Return whether all operands are tensors of one accepted dtype."""
    first = operands[0]
    if not isinstance(first, Tensor) or not takes(primitive, first.dtype):
        return False
    for each in operands:
        if not isinstance(each, Tensor) or each.dtype is not first.dtype:
            return False
    return True


def _kinds_of(operands: Sequence[TensorLike]) -> list[DType | type]:
    """Return the dtypes or number types of operands; among numbers only, scalars have a dtype."""
    kinds = list(map(_kind_of, operands))
    if any(not isinstance(each, type) for each in kinds):
        return kinds
    return [
        as_tensor(each).dtype if isinstance(each, np.generic) else kind
        for each, kind in zip(operands, kinds, strict=True)
    ]


def _kind_of(operand: TensorLike) -> DType | type:
    """Return the dtype of an operand, or the type of a number, which is weak."""
    if isinstance(operand, Tensor):
        return _OF_KIND[operand.dtype.kind] if operand.weak else operand.dtype
    return number_type(operand) or as_tensor(operand).dtype
