"""Interprets pickles without Python's own reader: nothing is imported or executed.

There are only the instructions that tensors, numbers, texts, lists and dicts need. What a pickle
calls a global is looked up, by its exact pair of module and name, in a table of this package;
everything else is refused by name. Source: the module pickletools of Python's standard library.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from typing import Any

from chainrule.pretrained.files.torch.pickle_bytes import (
    BYTE,
    FLOAT,
    FRAME,
    LONG,
    SHORT,
    SIGNED,
    PickleBytes,
)
from chainrule.pretrained.files.torch.pickle_machine import Globals, Machine
from chainrule.pretrained.files.weight_file import RefusedError
from chainrule.storage.errors import FormatError

_MOST_STEPS = 2_000_000  # each makes at most one object
_STOP = b"."
_NAMES = {each.code: each.name for each in pickletools.opcodes}


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
            raise RefusedError(f"its pickle has the instruction {_name(code)}, which is refused")
        _STEPS[code](machine)
    raise FormatError(f"its pickle has more than {_MOST_STEPS} instructions")


def _name(code: bytes) -> str:
    return _NAMES.get(code.decode("latin-1"), f"0x{code.hex()}")


_Step = Callable[[Machine], object]

_STEPS: dict[bytes, _Step] = {
    b"\x80": Machine.protocol,  # PROTO
    b"\x95": lambda machine: machine.source.number(FRAME),  # FRAME
    b"N": lambda machine: machine.push(None),  # NONE
    b"\x88": lambda machine: machine.push(True),  # NEWTRUE
    b"\x89": lambda machine: machine.push(False),  # NEWFALSE
    b"J": lambda machine: machine.push(machine.source.number(SIGNED)),  # BININT
    b"K": lambda machine: machine.push(machine.source.number(BYTE)),  # BININT1
    b"M": lambda machine: machine.push(machine.source.number(SHORT)),  # BININT2
    b"G": lambda machine: machine.push(machine.source.number(FLOAT)),  # BINFLOAT
    b"\x8a": lambda machine: machine.push(machine.source.long()),  # LONG1
    b"X": lambda machine: machine.push(machine.source.text(LONG)),  # BINUNICODE
    b"\x8c": lambda machine: machine.push(machine.source.text(BYTE)),  # SHORT_BINUNICODE
    b"U": lambda machine: machine.push(machine.source.text(BYTE)),  # SHORT_BINSTRING
    b"T": lambda machine: machine.push(machine.source.text(LONG)),  # BINSTRING
    b"C": lambda machine: machine.push(machine.source.block(BYTE)),  # SHORT_BINBYTES
    b"B": lambda machine: machine.push(machine.source.block(LONG)),  # BINBYTES
    b")": lambda machine: machine.push(()),  # EMPTY_TUPLE
    b"]": lambda machine: machine.push([]),  # EMPTY_LIST
    b"}": lambda machine: machine.push({}),  # EMPTY_DICT
    b"(": Machine.mark,  # MARK
    b"t": lambda machine: machine.push(tuple(machine.since_mark())),  # TUPLE
    b"\x85": lambda machine: machine.tuple_of(1),  # TUPLE1
    b"\x86": lambda machine: machine.tuple_of(2),  # TUPLE2
    b"\x87": lambda machine: machine.tuple_of(3),  # TUPLE3
    b"q": lambda machine: machine.put(machine.source.number(BYTE)),  # BINPUT
    b"r": lambda machine: machine.put(machine.source.number(LONG)),  # LONG_BINPUT
    b"\x94": lambda machine: machine.put(len(machine.memo)),  # MEMOIZE
    b"h": lambda machine: machine.get(machine.source.number(BYTE)),  # BINGET
    b"j": lambda machine: machine.get(machine.source.number(LONG)),  # LONG_BINGET
    b"a": lambda machine: machine.append([machine.pop()]),  # APPEND
    b"e": lambda machine: machine.append(machine.since_mark()),  # APPENDS
    b"s": Machine.set_item,  # SETITEM
    b"u": lambda machine: machine.set_items(machine.since_mark()),  # SETITEMS
    b"c": lambda machine: machine.find(machine.source.line(), machine.source.line()),  # GLOBAL
    b"\x93": Machine.find_named,  # STACK_GLOBAL
    b"R": Machine.call,  # REDUCE
    b"\x81": Machine.call,  # NEWOBJ
    b"b": Machine.build,  # BUILD
    b"Q": Machine.load,  # BINPERSID
}
