"""Parameters: leaves with their own storage, and the updates that a step writes into them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from chainrule.graph import tensor as node
from chainrule.graph.dtypes import Array, DType, as_dtype, is_float, is_integer
from chainrule.graph.errors import ChainruleError, DTypeError, RangeError, ShapeError
from chainrule.graph.inputs import note_leaf
from chainrule.graph.lazy_rows import LazyRows
from chainrule.graph.primitive import PRIMITIVES
from chainrule.graph.replaced import replaced_parameters
from chainrule.graph.storages import CHANGES, changing, have_holders, new_revision, updating
from chainrule.graph.tensor import Tensor, apply, as_tensor
from chainrule.graph.tracing import Trace, current_trace, require_between_calls

_anonymous = count(1)


def next_serial() -> int:
    """Return a serial number higher than those of all nodes and changes so far."""
    return next(node._serials)


class Parameter(Tensor):
    """A leaf with its own storage, which optimizers update.

    A value read from it is a snapshot: a later `assign` or `assign_rows` does not change it.

    trainable  whether optimizers update it
    frozen     whether it was trainable until `model.freeze()`
    table      whether rows of it are looked up by ids
    changed    the serial number of the last change; gradients through older nodes are refused
    lazy_rows  the deferred updates of its rows, if its optimizer has rows="caught_up"
    """

    __slots__ = ("_has_view", "changed", "frozen", "lazy_rows", "table", "trainable")

    _leaf = "parameter"

    def __init__(self, value: Array, name: str, trainable: bool, table: bool = False) -> None:
        super().__init__(None, (), {}, value.shape, value.dtype, value, True, True, name)
        self.differentiable = is_float(value.dtype)
        self.trainable = trainable
        self.frozen = False
        self.table = table
        self.lazy_rows: LazyRows[Tensor] | None = None
        self.changed = 0
        self._has_view = False

    @property
    def value(self) -> Array:
        """The current value, read-only, with all rows up to date.

        Raises ChainruleError in a traced function, which would freeze the value.
        """
        self._leave(".value")
        return self.current_value()

    def _leave(self, way: str) -> None:
        self._require_readable()
        super()._leave(way)

    def _one(self) -> float | int | bool:
        self._require_readable()
        return super()._one()

    def __index__(self) -> int:
        self._require_readable()
        return super().__index__()

    def _require_readable(self) -> None:
        """Raise ChainruleError in a traced function, which would freeze the value."""
        require_between_calls(
            f"The value of parameter {self.name!r} was read",
            "Compute with the parameter itself, which is read at every call; read what must not "
            "change outside.",
        )
        if self in replaced_parameters():
            raise ChainruleError(
                f"The value of parameter {self.name!r} was read in a functional_call that gives "
                "another tensor for it. Compute with the parameter itself, which is read as that "
                "tensor."
            )

    def current_value(self) -> Array:
        """Return the current value with all rows up to date, also while a function is traced."""
        if self.lazy_rows is not None:
            self.lazy_rows.catch_up()
        return self.stored

    @property
    def stored(self) -> Array:
        """The stored array, read-only: the value without the updates deferred by lazy rows."""
        with CHANGES.lock:
            assert self._value is not None
            self.note_view()
            view = self._value.view()
        view.flags.writeable = False
        return view

    def peek(self) -> Array:
        """Return the storage for a computation; it is not written while it is referenced.

        The reference is taken before the check for a writer: either the writer sees the reference,
        or this check sees the writer.
        """
        value = self._value
        if CHANGES.entered.locked():
            with CHANGES.lock:
                value = self._value
        assert value is not None
        return value

    def note_view(self) -> None:
        if not self._has_view:
            self._has_view = True
            new_revision()

    def assign(self, value: Any) -> None:
        """Replace the whole value.

        In a compiled function the new value is computed in every call and written when the function
        returns; reads after the assignment give the new value. Within a `functional_call` that
        gives another tensor for the parameter, the assignment is dropped.

        Raises ShapeError or DTypeError, and changes nothing, if `value` has another shape or is of
        another kind, such as a float for an integer parameter.
        """
        if self in replaced_parameters():
            return
        if (trace := current_trace()) is not None:
            self._assign_in_call(trace, as_tensor(value))
            return
        new = value.read() if isinstance(value, Tensor) else np.asarray(value)
        self.require_fits(new)
        fresh = np.array(new, dtype=self.dtype, order="C")
        with updating():
            if self.lazy_rows is not None and self.trainable:  # untrained state is loaded as stored
                self.lazy_rows.catch_up()
            self.exchange(fresh)

    def _assign_in_call(self, trace: Trace, new: Tensor) -> None:
        """Record the assignment for the end of the traced call, in place of earlier updates."""
        self.require_fits(new)
        self._refuse_lazy_rows()
        trace.updates = [each for each in trace.updates if each.parameter is not self]
        value = node.traced_value(new, trace).astype(self.dtype)
        trace.record(Replace(self, value), next_serial())

    def _refuse_lazy_rows(self) -> None:
        if self.lazy_rows is not None:
            raise ChainruleError(
                f"Parameter {self.name!r} was assigned in a compiled function, but an optimizer "
                'with rows="caught_up" defers updates of its rows. Assign it between the calls.'
            )

    def require_fits(self, new: Tensor | Array) -> None:
        """Raise ShapeError or DTypeError for a value that cannot be assigned."""
        if new.shape != self.shape:
            raise ShapeError(
                f"Parameter {self.name!r} has shape {self.shape} but was assigned an array of "
                f"shape {new.shape}. Reshape the array, or make a new parameter."
            )
        self._require_dtype(new.dtype)

    def exchange(self, fresh: Array) -> Array | None:
        """Make `fresh` the storage, without a copy, and return the old storage.

        Return None if the old storage or a view of it is referenced elsewhere. `fresh` has the
        shape and dtype of the parameter, and is not written by the caller afterwards.
        """
        with updating(), changing():
            old = None if self._is_held() else self._value
            self._has_view = False
            self._value = fresh
            new_revision()
            mark_changed([self])
            return old

    def assign_rows(self, ids: Array, rows: Array) -> None:
        """Replace the rows at `ids` (n,), which must differ from each other, by `rows` (n, ...).

        The cost is proportional to the rows, not the table, unless a view of the value is
        referenced. In a compiled function they are written when it returns, as by `assign`.
        Raises RangeError, ShapeError or DTypeError, and changes nothing, for operands that do not
        fit.
        """
        if self in replaced_parameters():
            return
        if (trace := current_trace()) is not None:
            self._assign_rows_in_call(trace, as_tensor(ids), as_tensor(rows))
            return
        with updating():
            if self.lazy_rows is not None and self.trainable:
                self.lazy_rows.catch_up()
            self.store_rows(ids, rows)

    def store_rows(self, ids: Array, rows: Array) -> None:
        """Do what `assign_rows` does on the stored rows, without bringing lazy rows up to date."""
        ids, rows = np.array(ids), np.asarray(rows)
        self.require_rows_fit(ids, rows)
        if ids.size and not (ids.min() >= 0 and ids.max() < self.shape[0]):
            raise RangeError(
                f"Rows {ids.min()} to {ids.max()} of parameter {self.name!r} were assigned, "
                f"but it has rows 0 to {self.shape[0] - 1}."
            )
        with updating(), changing():
            self.own()
            assert self._value is not None
            self._value[ids] = rows
            mark_changed([self])

    def _assign_rows_in_call(self, trace: Trace, ids: Tensor, rows: Tensor) -> None:
        """Record the assignment of rows for the end of the traced call."""
        self.require_rows_fit(ids, rows)
        self._refuse_lazy_rows()
        if self in trace.pending:
            raise ChainruleError(
                f"In a compiled function parameter {self.name!r} is updated at "
                f"{trace.pending[self].origin}, and rows of it are assigned after that. Assign the "
                f"whole: {self.name}.assign(cr.put({self.name}, ids, rows))."
            )
        keep = as_tensor(np.ones(ids.shape, np.bool_))
        value = rows.without_history().astype(self.dtype)
        trace.record(ReplaceRows(self, ids, value, keep), next_serial())

    def require_rows_fit(self, ids: Tensor | Array, rows: Tensor | Array) -> None:
        """Raise ShapeError or DTypeError for ids and rows that cannot be assigned."""
        if not is_integer(ids.dtype):
            raise DTypeError(
                f"Rows of parameter {self.name!r} were assigned at ids of dtype {ids.dtype}. "
                "Ids are integers."
            )
        if rows.shape != (*ids.shape, *self.shape[1:]):
            raise ShapeError(
                f"Parameter {self.name!r} has rows of shape {self.shape[1:]} but {ids.size} ids "
                f"were assigned an array of shape {rows.shape}."
            )
        self._require_dtype(rows.dtype)

    def own(self) -> None:
        """Copy the storage if it is referenced elsewhere, so that it can be written in place.

        Only for writers, inside `changing()`.
        """
        assert self._value is not None
        if self._is_held():
            self._value = self._value.copy()
            self._has_view = False
            new_revision()

    def _is_held(self) -> bool:
        """Return whether a view of the storage was given out, or a computation references it."""
        return self._has_view or have_holders([self])

    def _require_dtype(self, new: DType) -> None:
        if not np.can_cast(new, self.dtype, "same_kind"):
            raise DTypeError(
                f"Parameter {self.name!r} is {self.dtype} but was assigned {new}. "
                "Convert the array with astype first."
            )


def mark_changed(parameters: Iterable[Parameter]) -> None:
    """Set the serial number of the last change of these parameters."""
    now = next(node._serials)
    for each in parameters:
        each.changed = now


def parameter(
    value: Any, name: str | None = None, *, trainable: bool = True, table: bool = False
) -> Parameter:
    """Return a parameter with a copy of `value`, which optimizers update.

    value      a number or array; a trainable one must be float32 or float64
    name       used in messages, pictures and saved models
    trainable  False for state that is saved but not learned
    table      True if rows of it are looked up by ids, as in an embedding; an optimizer with
               rows="caught_up" asks for it

    Raises DTypeError for a trainable parameter that is not floating-point, ShapeError for a table
    without axes.
    """
    note_leaf(value, "cr.parameter")
    given = value if isinstance(value, np.ndarray) else as_tensor(value).read()
    as_dtype(given.dtype)
    array = np.array(given, order="C")
    if trainable and array.dtype.kind != "f":
        raise DTypeError(
            f"A trainable parameter was made from {array.dtype} values; gradients exist for "
            "floating-point values only. Use value.astype('float32'), or trainable=False."
        )
    if table and array.ndim == 0:
        raise ShapeError(
            "A table was made from a single number, which has no rows to look up. Give an array "
            "with one row per id."
        )
    return Parameter(array, name or f"parameter{next(_anonymous)}", trainable, table)


@dataclass(frozen=True)
class Replace:
    """The update that gives `parameter` the value of `new`."""

    parameter: Parameter
    new: Tensor

    @property
    def written(self) -> Tensor:
        """The computed values."""
        return self.new

    @property
    def sources(self) -> tuple[Tensor, ...]:
        """The tensors that the update reads."""
        return (self.new,)

    def fitted(self) -> Replace:
        """Return the update with a value of the parameter's dtype.

        Raises ShapeError or DTypeError if the parameter cannot be assigned such a value.
        """
        self.parameter.require_fits(self.new)
        if self.new.dtype == self.parameter.dtype:
            return self
        return Replace(self.parameter, self.new.astype(self.parameter.dtype))

    def apply(self, new: Array) -> None:
        """Write the new value."""
        self.parameter.assign(new)


@dataclass(frozen=True)
class ReplaceRows:
    """The update of the rows at `ids` (n,), where `keep` (n,), by `rows` (n, ...)."""

    parameter: Parameter
    ids: Tensor
    rows: Tensor
    keep: Tensor

    @property
    def new(self) -> Tensor:
        """The whole value after the update."""
        before = apply(PRIMITIVES["take"], self.parameter, self.ids, axis=0)
        change = self.rows - before
        keep = self.keep.reshape(*self.keep.shape, *(1,) * (change.ndim - 1))
        kept = apply(PRIMITIVES["where"], keep, change, 0)
        size = self.parameter.shape[0]
        return self.parameter + apply(PRIMITIVES["add_rows"], kept, self.ids, size=size, axis=0)

    @property
    def written(self) -> Tensor:
        """The computed values."""
        return self.rows

    @property
    def sources(self) -> tuple[Tensor, ...]:
        """The tensors that the update reads."""
        return (self.ids, self.rows, self.keep)

    def fitted(self) -> ReplaceRows:
        """Return the update with rows of the parameter's dtype.

        Raises ShapeError or DTypeError if the parameter cannot be assigned such rows.
        """
        self.parameter.require_rows_fit(self.ids, self.rows)
        if self.rows.dtype == self.parameter.dtype:
            return self
        rows = self.rows.astype(self.parameter.dtype)
        return ReplaceRows(self.parameter, self.ids, rows, self.keep)

    def apply(self, ids: Array, rows: Array, keep: Array) -> None:
        """Write the new rows; the cost is proportional to the rows, not the table."""
        chosen = np.flatnonzero(keep)
        self.parameter.store_rows(ids[chosen], rows[chosen])


@dataclass(frozen=True)
class AddRows:
    """The update that adds `factor` () times `rows` (n, ...) to the rows at `ids` (n,) in order."""

    parameter: Parameter
    ids: Tensor
    rows: Tensor
    factor: Tensor

    @property
    def new(self) -> Tensor:
        """The whole value after the update."""
        size, rows = self.parameter.shape[0], self.rows * self.factor
        return self.parameter + apply(PRIMITIVES["add_rows"], rows, self.ids, size=size, axis=0)

    @property
    def written(self) -> Tensor:
        """The computed values."""
        return self.rows

    @property
    def sources(self) -> tuple[Tensor, ...]:
        """The tensors that the update reads."""
        return (self.ids, self.rows, self.factor)

    def require_fits(self) -> None:
        """Raise ShapeError or DTypeError if such rows cannot be added to the parameter's."""
        self.parameter.require_rows_fit(self.ids, self.rows)
        if self.factor.shape:
            raise ShapeError(
                f"Rows are added to parameter {self.parameter.name!r} times a factor of shape "
                f"{self.factor.shape}. The factor is one number."
            )

    def fitted(self) -> AddRows:
        """Return the update with rows and factor of the parameter's dtype.

        Raises ShapeError or DTypeError if such rows cannot be added to the parameter's.
        """
        self.require_fits()
        if self.rows.dtype == self.factor.dtype == self.parameter.dtype:
            return self
        dtype = self.parameter.dtype
        rows, factor = self.rows.astype(dtype), self.factor.astype(dtype)
        return AddRows(self.parameter, self.ids, rows, factor)

    def apply(self, ids: Array, rows: Array, factor: Array) -> None:
        """Add the rows; the cost is proportional to the rows, not the table."""
        places, which = np.unique(ids, return_inverse=True)
        new = self.parameter.peek()[places]
        np.add.at(new, which, rows * factor)
        self.parameter.store_rows(places, new)


Update = Replace | ReplaceRows | AddRows
