"""Interprets pickles without Python's own reader: nothing is imported or executed.

There are only the instructions that tensors, numbers, texts, lists and dicts need. What a pickle
calls a global is looked up, by its exact pair of module and name, in a table of this package;
everything else is refused by name. Source: the module pickletools of Python's standard library.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from typing import Any

from chainrule.pretrained.files.torch.pickle_bytes import PickleBytes
from chainrule.pretrained.files.torch.pickle_machine import Globals, Machine
from chainrule.storage.errors import FormatError

_MOST_STEPS = 4_000_000  # each makes at most one object
_STOP = b"."


def unpickle(
    source: PickleBytes,
    table: Globals | None = None,
    persistent: Callable[[Any], Any] | None = None,
) -> Any:
    """Return the value of the next pickle.

    table       what a global, a pair of module and name, stands for; a `Call` may be called
    persistent  returns the object for a persistent id; None if there are no such ids

    Raises FormatError for an instruction or a global that is not known, and for a damaged pickle.
    """
    machine = Machine(source, table or {}, persistent)
    for _ in range(_MOST_STEPS):
        code = source.take(1)
        if code == _STOP:
            return machine.pop()
        if code not in _STEPS:
            raise FormatError(f"its pickle has the instruction {_name(code)}, which is refused")
        _STEPS[code](machine)
    raise FormatError(f"its pickle has more than {_MOST_STEPS} instructions")


def _name(code: bytes) -> str:
    known = pickletools.code2op.get(code.decode("latin-1"))
    return f"0x{code.hex()}" if known is None else known.name


_Step = Callable[[Machine], object]

_STEPS: dict[bytes, _Step] = {
    b"\x80": Machine.protocol,
    b"\x95": lambda machine: machine.source.number("<Q"),  # the length of a frame, which says nothing new
    b"N": lambda machine: machine.push(None),
    b"\x88": lambda machine: machine.push(True),
    b"\x89": lambda machine: machine.push(False),
    b"J": lambda machine: machine.push(machine.source.number("<i")),
    b"K": lambda machine: machine.push(machine.source.number("<B")),
    b"M": lambda machine: machine.push(machine.source.number("<H")),
    b"G": lambda machine: machine.push(machine.source.number(">d")),
    b"\x8a": lambda machine: machine.push(machine.source.long()),
    b"X": lambda machine: machine.push(machine.source.text("<I")),
    b"\x8c": lambda machine: machine.push(machine.source.text("<B")),
    b"U": lambda machine: machine.push(machine.source.text("<B")),
    b"T": lambda machine: machine.push(machine.source.text("<I")),
    b"C": lambda machine: machine.push(machine.source.block("<B")),
    b"B": lambda machine: machine.push(machine.source.block("<I")),
    b")": lambda machine: machine.push(()),
    b"]": lambda machine: machine.push([]),
    b"}": lambda machine: machine.push({}),
    b"(": Machine.mark,
    b"t": lambda machine: machine.push(tuple(machine.since_mark())),
    b"\x85": lambda machine: machine.tuple_of(1),
    b"\x86": lambda machine: machine.tuple_of(2),
    b"\x87": lambda machine: machine.tuple_of(3),
    b"q": lambda machine: machine.put(machine.source.number("<B")),
    b"r": lambda machine: machine.put(machine.source.number("<I")),
    b"\x94": lambda machine: machine.put(len(machine.memo)),
    b"h": lambda machine: machine.get(machine.source.number("<B")),
    b"j": lambda machine: machine.get(machine.source.number("<I")),
    b"a": lambda machine: machine.append([machine.pop()]),
    b"e": lambda machine: machine.append(machine.since_mark()),
    b"s": Machine.set_item,
    b"u": lambda machine: machine.set_items(machine.since_mark()),
    b"c": lambda machine: machine.find(machine.source.line(), machine.source.line()),
    b"\x93": Machine.find_named,
    b"R": Machine.call,
    b"\x81": Machine.call,
    b"b": Machine.build,
    b"Q": Machine.load,
}
