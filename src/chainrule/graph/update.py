"""Updates of parameters, applied together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from chainrule.graph.dtypes import Array
from chainrule.graph.errors import ChainruleError, ImmutableError
from chainrule.graph.order import is_ancestor
from chainrule.graph.origin import here
from chainrule.graph.parameters import AddRows, Parameter, Update, next_serial
from chainrule.graph.replaced import replaced_parameters
from chainrule.graph.storages import changing, updating
from chainrule.graph.tensor import Constant, Tensor, Traced
from chainrule.graph.tracing import Trace, current_trace

_before: ContextVar[dict[Parameter, Array] | None] = ContextVar("before", default=None)


@contextmanager
def rolled_back() -> Iterator[None]:
    """Undo, at the end of the block, the updates that are applied inside."""
    before: dict[Parameter, Array] = {}
    token = _before.set(before)
    try:
        yield
    finally:
        _before.reset(token)
        with updating(), changing():
            for parameter, value in before.items():
                parameter.assign(value)


@contextmanager
def withheld() -> Iterator[dict[Parameter, Tensor]]:
    """Compute the updates of the block without applying them.

    Yields a dict that holds, after the block, the new value of every parameter it would update.
    """
    found: dict[Parameter, Tensor] = {}
    trace = current_trace()
    if trace is not None:
        count = len(trace.updates)
        yield found
        changed = {each.parameter: trace.latest(each.parameter) for each in trace.updates[count:]}
        del trace.updates[count:]
        for each, new in changed.items():
            del trace.pending[each]
            found[each] = new.without_history()
        return
    with rolled_back():
        yield found
        before = _before.get() or {}
        found.update({each: Constant(np.array(each.value)) for each in before})


def apply_together(updates: Sequence[Update]) -> None:
    """Apply the updates of one step, whose new values are all computed from the old ones.

    All new values are read before the first is written, so that an error changes nothing. While a
    function is traced the updates are recorded instead, and the compiled step applies them.
    Raises ChainruleError for a second update of a parameter that is not computed from the `latest`
    value, so that the first would be lost. Updates of replaced parameters are dropped.
    """
    others = replaced_parameters()
    updates = [each for each in updates if each.parameter not in others]
    trace = current_trace()
    if trace is not None:
        for update in updates:
            _require_goes_on(update, trace)
            trace.record(update.fitted(), next_serial())
        return
    _refuse_traced(updates)
    for update in updates:
        if isinstance(update, AddRows):
            update.require_fits()
    values = [[each.read() for each in update.sources] for update in updates]
    before = _before.get()
    with updating():
        if before is not None:
            for update in updates:
                before.setdefault(update.parameter, np.array(update.parameter.value))
        with changing():
            for update, arrays in zip(updates, values, strict=True):
                update.apply(*arrays)


def _refuse_traced(updates: Sequence[Update]) -> None:
    """Raise ImmutableError for an update with a tensor that has no value in eager code."""
    for update in updates:
        for each in update.sources:
            if isinstance(each, Traced):
                raise ImmutableError(
                    f"The parameter {update.parameter.name!r} is updated with {each.label}, which "
                    f"has no value, since {each.function} is called once, for all steps or "
                    "examples. Return the value, and update the parameter outside; for a layer "
                    "that updates its statistics, call model.eval() first."
                )


def refuse_second_update(parameters: Iterable[Parameter]) -> None:
    """Raise ChainruleError if the traced call already updates one of these parameters."""
    trace = current_trace()
    if trace is not None:
        for each in parameters:
            if each in trace.pending:
                raise _lost(each, trace)


def _require_goes_on(update: Update, trace: Trace) -> None:
    """Raise ChainruleError for an update that does not depend on the earlier one."""
    if update.parameter not in trace.pending:
        return
    earlier = trace.pending[update.parameter].update
    if not is_ancestor(earlier.written, update.written):
        raise _lost(update.parameter, trace)


def _lost(parameter: Parameter, trace: Trace) -> ChainruleError:
    return ChainruleError(
        f"In a compiled function the parameter {parameter.name!r} is updated at "
        f"{trace.pending[parameter].origin}, and again at {here()}. Updates are applied together "
        "when the function returns, so that the first would be lost. Update it once, for example "
        "to minimize the sum of the losses, or in a second compiled function."
    )
