"""Plan: what is called in which order, and where in memory every value stands."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace

from chainrule.compile.fuse import Alias, Reference, Rows, Step
from chainrule.compile.lower import (
    Argument,
    Call,
    Note,
    Place,
    Scratch,
    checked,
    copied,
    lowered,
    rows_written,
)
from chainrule.compile.memory import Lifetime, lifetimes, placed
from chainrule.compile.settle import ids_checked, settle
from chainrule.compile.trace import Traced
from chainrule.graph import Replace, ReplaceRows, Tensor, Update

Item = Call | Reference


class Plan:
    """The calls of a program and its memory.

    before    what is computed while no parameter changes: calls, and gates without native code
    after     the calls that write over parameters, once all ids were found inside their tables
    assigned  updates that are left to Python, since the new value has another dtype
    kept      results that are a parameter's old value: where they are copied before it changes
    notes     the cells for ids outside, in the order of the calls
    offsets   per computed value, and per memory that a step works in, its place in the arena
    nbytes    the size of the arena
    """

    def __init__(self, traced: Traced, steps: Sequence[Step]) -> None:
        self.traced, self.steps = traced, tuple(steps)
        self._views = {s.node: (s.node.inputs[0], s.start) for s in steps if isinstance(s, Alias)}
        self._settled = settle(traced, steps)
        self.kept: dict[Tensor, Scratch] = {}
        self.before = [self._resolved(each) for each in self._before()]
        self.after = [self._resolved_call(each) for each in self._after()]
        self.assigned = [each for each in self._settled.aside if _is_left_to_python(each)]
        self.notes = [each.of for each in self._places() if isinstance(each.of, Note)]
        self.lifetimes = self._lifetimes()
        self.offsets, self.nbytes = placed(self.lifetimes)

    def root(self, node: Tensor) -> tuple[Tensor, int]:
        """Return in whose memory a tensor stands, and from which element on."""
        start = 0
        while node in self._views:
            node, more = self._views[node]
            start += more
        return node, start

    # -- calls -----------------------------------------------------------------------------------

    def _before(self) -> Iterator[Item]:
        for step in self._settled.before:
            if isinstance(step, Reference):
                yield step
            else:
                yield from lowered(step)
        yield from self._snapshots()
        known = ids_checked(self._settled.before)
        for update in self.traced.updates:
            if isinstance(update, ReplaceRows) and update.ids.size:
                asked = (update.ids, update.parameter.shape[0])
                if asked not in known:
                    known.add(asked)
                    yield checked(update)

    def _snapshots(self) -> Iterator[Call]:
        """Yield copies of parameters that are results or new values, before they change."""
        written = {each.parameter for each in self.traced.updates}
        sources = [each for update in self._settled.aside for each in update.sources]
        for each in dict.fromkeys((*self.traced.outputs, *sources)):
            if self.root(each)[0] in written and each.size > 0:
                self.kept[each] = Scratch(_bytes(each))
                yield copied(each, self.kept[each])

    def _after(self) -> Iterator[Call]:
        for step in self._settled.after:
            yield from lowered(step)
        for update in self._settled.aside:
            if isinstance(update, ReplaceRows):
                sources = [self.kept.get(each, each) for each in update.sources]
                yield from rows_written(update, sources)
            elif not _is_left_to_python(update) and update.new.size:
                yield copied(update.new, update.parameter, self.kept.get(update.new))

    def _resolved(self, item: Item) -> Item:
        return self._resolved_call(item) if isinstance(item, Call) else item

    def _resolved_call(self, call: Call) -> Call:
        second = None if call.second is None else tuple(map(self._argument, call.second))
        return replace(call, arguments=tuple(map(self._argument, call.arguments)), second=second)

    def _argument(self, given: Argument) -> Argument:
        """Return an argument, a view's place as that of the memory it is a view of."""
        if not isinstance(given, Place) or not isinstance(given.of, Tensor):
            return given
        root, start = self.root(given.of)
        return Place(root, given.offset + start * root.dtype.itemsize)

    # -- memory ----------------------------------------------------------------------------------

    def _places(self) -> Iterator[Place]:
        for item in (*self.before, *self.after):
            yield from _places_of(item) if isinstance(item, Call) else ()

    def _lifetimes(self) -> dict[Hashable, Lifetime]:
        uses = [self._used(each) for each in (*self.before, *self.after)]
        sizes = {each: _size(each) for used in uses for each in used if _is_computed(each)}
        sizes |= {s.node: _room(s) for s in self.steps if isinstance(s, Rows) and s.kernel.padded}
        kept = [self.root(each)[0] for each in self.traced.results]
        kept += [self.root(each.ids)[0] for each in self.notes]
        return lifetimes(uses, sizes, [*kept, *self.kept.values()])

    def _used(self, item: Item) -> list[Hashable]:
        if isinstance(item, Call):
            return [each.of for each in _places_of(item)]
        return [self.root(each)[0] for each in (*item.node.inputs, item.node)]


def _places_of(call: Call) -> Iterator[Place]:
    arguments: Iterable[Argument] = (*call.arguments, *(call.second or ()))
    return (each for each in arguments if isinstance(each, Place))


def _is_left_to_python(update: Update) -> bool:
    return isinstance(update, Replace) and update.new.dtype != update.parameter.dtype


def _is_computed(block: Hashable) -> bool:
    return isinstance(block, Scratch) or (isinstance(block, Tensor) and block.primitive is not None)


def _size(block: Hashable) -> int:
    return _bytes(block) if isinstance(block, Tensor) else getattr(block, "nbytes", 0)


def _bytes(tensor: Tensor) -> int:
    return tensor.size * tensor.dtype.itemsize


def _room(step: Rows) -> int:
    """Return the bytes that a kernel writes which rounds its extents up."""
    return step.kernel.padded * step.node.dtype.itemsize
