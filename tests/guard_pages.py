"""A pytest plugin: memory of compiled programs ends where the next byte is a crash.

    pytest -p guard_pages tests/compile

Every block of an arena, every argument, output and parameter stands at the end of a page, followed
by a page that may not be touched, and no two blocks share a place. Linux only. It is not for
test_random_graphs, which fills arenas from end to end.
"""

import ctypes
import gc
import mmap

import numpy as np

from chainrule.compile.plan import planning as plan
from chainrule.compile.plan.arena import LINE
from chainrule.compile.run import arenas, output_memory, workspace
from chainrule.graph import Parameter

PAGE = mmap.PAGESIZE
libc = ctypes.CDLL(None, use_errno=True)


def pages(nbytes):
    return -(-nbytes // PAGE) * PAGE


def forbid(address):
    assert libc.mprotect(ctypes.c_void_p(address), ctypes.c_size_t(PAGE), 0) == 0


def guarded(nbytes, line=LINE):
    """Return bytes that start at a cache line, and end less than a line before a guard page."""
    room = pages(max(nbytes, 1))
    block = np.frombuffer(mmap.mmap(-1, room + PAGE), np.uint8)
    forbid(block.ctypes.data + room)
    start = (room - nbytes) // line * line
    return block[start : start + nbytes]


def like(array):
    """Return a copy whose memory ends exactly at a guard page."""
    copy = guarded(array.nbytes, array.itemsize).view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def apart(blocks):
    """Place every block at the end of pages of its own, with a guard page behind."""
    offsets, end = {}, 0
    for block, life in blocks.items():
        nbytes = max(life.nbytes, 1)
        room = pages(nbytes)
        offsets[block] = end + (room - nbytes) // LINE * LINE
        end += room + PAGE
    return offsets, end


class GuardedArena(arenas.Arena):
    """An arena of one workspace, with a guard page behind every block."""

    def __init__(self, made):
        self.bytes = np.frombuffer(mmap.mmap(-1, pages(max(made.nbytes, 1))), np.uint8)
        self.address, self.user = self.bytes.ctypes.data, None
        layout = made._layout
        for block, offset in layout.offsets.items():
            forbid(self.address + pages(offset + max(layout.lifetimes[block].nbytes, 1)))


def pytest_configure(config):
    plan.assign_offsets = apart
    output_memory.aligned = guarded
    run, init, exchange = workspace.Workspace.run, Parameter.__init__, Parameter.exchange

    def guarded_run(self, arrays, arena):
        if not hasattr(self, "guarded"):
            self.guarded = GuardedArena(self)
        return run(self, [like(each) for each in arrays], self.guarded)

    workspace.Workspace.run = guarded_run
    Parameter.__init__ = lambda self, value, *rest, **named: init(self, like(value), *rest, **named)
    Parameter.exchange = lambda self, fresh: exchange(self, like(fresh))


def pytest_runtest_teardown():
    """Give back the memory of the test: a process may have 65,530 mappings."""
    gc.collect()
