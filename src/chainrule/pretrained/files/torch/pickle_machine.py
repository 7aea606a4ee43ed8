"""The machine that pickles are programs for: a stack, marks on it, and numbered memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chainrule.pretrained.files.torch.pickle_bytes import BYTE, PickleBytes
from chainrule.pretrained.files.weight_file import RefusedError
from chainrule.storage.errors import FormatError

_NEWEST_PROTOCOL = 5
_KEYS = (str, int, bytes, float, bool, type(None))  # hashing tuples of tuples could take for ever


@dataclass(frozen=True)
class Call:
    """A global that a pickle may call: a function of this package, of the tuple of arguments."""

    function: Callable[[tuple[Any, ...]], Any]


class OrderedEntries(dict[Any, Any]):
    """Stands for an OrderedDict, whose attributes are dropped."""


@dataclass(eq=False)
class StandIn:
    """Stands for an object of a class of another package: a name and attributes, no behaviour."""

    name: str
    state: dict[Any, Any] = field(default_factory=dict)


Globals = Mapping[tuple[str, str], Any]


class Machine:
    """The state of the machine, and what instructions do to it.

    table       what a global, a pair of module and name, stands for; a `Call` may be called
    persistent  returns the object for a persistent id; None if there are no such ids

    Whatever is not possible raises FormatError.
    """

    def __init__(
        self,
        source: PickleBytes,
        table: Globals,
        persistent: Callable[[Any], Any] | None,
    ) -> None:
        self.source, self.table, self.persistent = source, table, persistent
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []  # the parts of the stack below each mark
        self.memo: dict[int, Any] = {}

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def pop(self) -> Any:
        if not self.stack:
            raise FormatError("its pickle takes a value that is not there")
        return self.stack.pop()

    def top(self) -> Any:
        self.push(value := self.pop())
        return value

    def mark(self) -> None:
        self.below.append(self.stack)
        self.stack = []

    def since_mark(self) -> list[Any]:
        if not self.below:
            raise FormatError("its pickle takes values to a mark that is not there")
        found, self.stack = self.stack, self.below.pop()
        return found

    def tuple_of(self, count: int) -> None:
        found = [self.pop() for _ in range(count)]
        self.push(tuple(reversed(found)))

    def put(self, number: int) -> None:
        self.memo[number] = self.top()

    def get(self, number: int) -> None:
        if number not in self.memo:
            raise FormatError("its pickle reads memory that was not written")
        self.push(self.memo[number])

    def append(self, values: list[Any]) -> None:
        target = self.top()
        if type(target) is not list:
            raise FormatError("its pickle appends to what is no list")
        target += values

    def set_items(self, values: list[Any]) -> None:
        target = self.top()
        if not isinstance(target, dict) or len(values) % 2:
            raise FormatError("its pickle sets items of what is no dict")
        for key, value in zip(values[::2], values[1::2], strict=True):
            if type(key) not in _KEYS:
                raise FormatError("its pickle has a key that is neither text nor a number")
            target[key] = value

    def set_item(self) -> None:
        value, key = self.pop(), self.pop()
        self.set_items([key, value])

    def find(self, module: Any, name: Any) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise FormatError("its pickle names a global by what is no text")
        if (module, name) not in self.table:
            raise RefusedError(
                f"its pickle asks for {ascii(module)[1:-1][:200]}.{ascii(name)[1:-1][:200]}, which "
                "is not among what is needed; it was not executed"
            )
        self.push(self.table[module, name])

    def find_named(self) -> None:
        name, module = self.pop(), self.pop()
        self.find(module, name)

    def call(self) -> None:
        arguments, function = self.pop(), self.pop()
        if not isinstance(function, Call) or type(arguments) is not tuple:
            raise RefusedError("its pickle calls what cannot be called; it was not executed")
        self.push(function.function(arguments))

    def build(self) -> None:
        state, target = self.pop(), self.top()
        if isinstance(target, OrderedEntries):
            return
        if not isinstance(target, StandIn) or not isinstance(state, dict):
            raise FormatError("its pickle sets attributes of what has none")
        target.state.update(state)

    def load(self) -> None:
        if self.persistent is None:
            raise FormatError("its pickle refers to data outside, where there is none")
        self.push(self.persistent(self.pop()))

    def protocol(self) -> None:
        if (number := self.source.number(BYTE)) > _NEWEST_PROTOCOL:
            raise FormatError(f"its pickle has the protocol {number}, which is not known")
