"""Plan: what is called in which order, and where in memory every value stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

from chainrule.compile.fuse.fusion import Reference, Rows, Step
from chainrule.compile.lower.kernel_calls import (
    Call,
    Item,
    Note,
    Place,
    Scratch,
    is_computed,
    places_of,
    replaced,
)
from chainrule.compile.lower.step_calls import checked, copied, lowered, room_of_rows, rows_written
from chainrule.compile.plan.arena import Lifetime, lifetimes, placed
from chainrule.compile.plan.in_place_updates import ids_checked, settle
from chainrule.compile.plan.place_bounds import require_inside
from chainrule.compile.plan.scan_loops import items_of
from chainrule.compile.plan.views import Views
from chainrule.compile.trace import Traced
from chainrule.graph import ReplaceRows, Tensor

_SMALL = 1 << 15


class Plan:
    """The calls of a program and its memory.

    before    what is computed while no parameter changes: calls, and gates without native code
    after     the calls that write over parameters, once all ids were found inside their tables
    copied    arguments so small that copying them costs less than asking where they are, and all
              integers: ids are checked and used at different times, and must not change in between
    kept      results that are a parameter's old value: where they are copied before it changes
    given     results that are handed out in the memory they were computed in, not copied
    notes     the cells for ids outside, in the order of the calls; their numbers in that order
    offsets   per computed value, and per memory that a step works in, its place in the arena
    nbytes    the size of the arena
    """

    def __init__(self, traced: Traced, steps: Sequence[Step]) -> None:
        self.traced, self.steps = traced, tuple(steps)
        self._views = Views(steps)
        self._settled = settle(traced, steps, self._views)
        self.kept: dict[Tensor, Scratch] = {}
        self.copied = tuple(each for each in traced.inputs if _is_copied(each))
        self.before = _prepared_once([self._resolved(each) for each in self._before()])
        self.after = [replaced(each, self._views.place) for each in self._after()]
        notes = (each.of for each in self._places() if isinstance(each.of, Note))
        self.notes = list(dict.fromkeys(notes))
        self.note_numbers = {each: number for number, each in enumerate(self.notes)}
        self.given = frozenset(self._given())
        self.lifetimes = self._lifetimes()
        self.offsets, self.nbytes = placed(self.lifetimes)
        native = [each for each in self.before if not isinstance(each, Reference)]
        require_inside([*native, *self.after], self._room)

    def root(self, node: Tensor) -> tuple[Tensor, int]:
        """Return in whose memory a tensor stands, and from which element on."""
        return self._views.root(node)

    # -- calls -----------------------------------------------------------------------------------

    def _before(self) -> Iterator[Item | Reference]:
        yield from items_of(self._settled.before)
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
            if self._views.owner(each) in written and each.size > 0:
                self.kept[each] = Scratch(each.nbytes)
                yield copied(each, Place(self.kept[each]))

    def _after(self) -> Iterator[Call]:
        for step in self._settled.after:
            yield from lowered(step)
        for update in self._settled.aside:
            if isinstance(update, ReplaceRows):
                sources = [self.kept.get(each, each) for each in update.sources]
                yield from rows_written(update, sources)
            elif update.new.size:
                yield copied(update.new, Place(update.parameter), self.kept.get(update.new))

    def _resolved(self, item: Item | Reference) -> Item | Reference:
        return item if isinstance(item, Reference) else replaced(item, self._views.place)

    # -- memory ----------------------------------------------------------------------------------

    def _places(self) -> Iterator[Place]:
        for item in (*self.before, *self.after):
            yield from () if isinstance(item, Reference) else places_of(item)

    def _given(self) -> Iterator[Tensor]:
        """Yield the large outputs that have memory to themselves."""
        roots = [self._views.owner(each) for each in self.traced.outputs]
        times = Counter(roots)
        rounded = {
            each.node for each in self.steps if isinstance(each, Rows) and each.kernel.padded
        }
        for node, root in zip(self.traced.outputs, roots, strict=True):
            alone = node not in self.kept and times[root] == 1 and root not in rounded
            if alone and is_computed(root) and _SMALL < node.nbytes == root.nbytes:
                yield root

    def _lifetimes(self) -> dict[Hashable, Lifetime]:
        uses = [list[Hashable](self.copied)]
        uses += [self._used(each) for each in (*self.before, *self.after)]
        blocks = (each for used in uses for each in used if each not in self.given)
        sizes = {each: each.nbytes for each in blocks if is_computed(each)}
        sizes |= {each: each.nbytes for each in self.copied}
        rows = (e for e in self.steps if isinstance(e, Rows) and e.node in sizes)
        sizes |= {each.node: room_of_rows(each) for each in rows}
        kept = [self._views.owner(each) for each in self.traced.results]
        kept += self.copied
        kept += [self._views.owner(each) for note in self.notes for each in _needed_to_tell(note)]
        return lifetimes(uses, sizes, [*kept, *self.kept.values()])

    def _room(self, block: Tensor | Scratch | Note) -> int:
        """Return how many bytes a block of memory has."""
        life = self.lifetimes.get(block)
        return block.nbytes if life is None else life.nbytes

    def _used(self, item: Item | Reference) -> list[Hashable]:
        if isinstance(item, Reference):
            return [self._views.owner(each) for each in (*item.node.inputs, item.node)]
        return [each.of for each in places_of(item)]


def _prepared_once(items: Sequence[Item | Reference]) -> list[Item | Reference]:
    """Return the calls, an operand that several products need in one order copied once."""
    known: dict[Hashable, Scratch] = {}
    same: dict[Hashable, Scratch] = {}
    kept: list[Item | Reference] = []
    for item in items:
        if isinstance(item, Call) and item.prepares:
            source, target, *numbers = item.arguments
            key = (item.text, source, tuple(numbers))
            assert isinstance(target, Place)
            assert isinstance(target.of, Scratch)
            if key in known:
                same[target.of] = known[key]
                continue
            known[key] = target.of
        kept.append(item if isinstance(item, Reference) else replaced(item, _in_place_of(same)))
    return kept


def _in_place_of(same: Mapping[Hashable, Scratch]) -> Callable[[Place], Place]:
    return lambda place: Place(same.get(place.of, place.of), place.offset)


def _needed_to_tell(note: Note) -> tuple[Tensor, ...]:
    """Return the tensors from which the message about an id outside is made."""
    return (note.ids,) if note.within is None else note.within.inputs


def _is_copied(argument: Tensor) -> bool:
    is_integer = argument.dtype.kind == "i"
    return argument.nbytes > 0 and (is_integer or argument.nbytes <= _SMALL)
