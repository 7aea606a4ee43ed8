"""The helper thread, which runs the second part of a split step if it is awake.

A call runs under a control block: the helper's, if no other call uses it, or a block of its own.
Native code claims and releases the block within one call, where no signal handler can run.
"""

from __future__ import annotations

import ctypes
import os
import platform
from _thread import start_new_thread
from contextlib import suppress
from queue import SimpleQueue
from time import perf_counter

from chainrule.compile.native.llvm import driver
from chainrule.compile.plan.arena import aligned
from chainrule.compile.run.thread_tuner import ThreadTuner
from chainrule.graph import Array, once

# The control block: offsets in bytes, on separate cache lines. They hold the number of the current
# job; whether its second part is claimed (2 n: no, 2 n + 1: yes); the last job whose second part
# the helper finished; the job's kernel and the arguments of its second part; the last job that the
# helper saw; whether a call uses the block.
SEQUENCE, CLAIM, DONE, KERNEL, ARGUMENTS, SEEN, RUNNING = 0, 64, 128, 192, 200, 256, 320
LENGTH = 384
_SPINS = 40_000

# The instruction of a waiting thread, which leaves the core to its other hardware thread.
_PAUSES = {
    "x86": ("declare void @llvm.x86.sse2.pause()", "call void @llvm.x86.sse2.pause()"),
    "arm": ("declare void @llvm.aarch64.hint(i32)", "call void @llvm.aarch64.hint(i32 1)"),
}
_FAMILY = {"x86_64": "x86", "AMD64": "x86", "aarch64": "arm", "arm64": "arm"}
_DECLARED, _PAUSE = _PAUSES.get(_FAMILY.get(platform.machine(), ""), ("", ""))

FORK = f"""
{_DECLARED}
define internal void @fork(ptr %ctl, ptr %kernel, ptr %first, ptr %second) {{
entry:
  %kp = getelementptr i8, ptr %ctl, i64 {KERNEL}
  store ptr %kernel, ptr %kp
  %ap = getelementptr i8, ptr %ctl, i64 {ARGUMENTS}
  store ptr %second, ptr %ap
  %old = load i64, ptr %ctl
  %job = add i64 %old, 1
  %open = shl i64 %job, 1
  %taken = or i64 %open, 1
  %cp = getelementptr i8, ptr %ctl, i64 {CLAIM}
  store atomic i64 %open, ptr %cp seq_cst, align 8
  store atomic i64 %job, ptr %ctl seq_cst, align 8
  call void %kernel(ptr %first, ptr %ctl)
  %pair = cmpxchg ptr %cp, i64 %open, i64 %taken seq_cst seq_cst
  %mine = extractvalue {{ i64, i1 }} %pair, 1
  br i1 %mine, label %run, label %wait
run:
  call void %kernel(ptr %second, ptr %ctl)
  ret void
wait:
  {_PAUSE}
  %dp = getelementptr i8, ptr %ctl, i64 {DONE}
  %done = load atomic i64, ptr %dp seq_cst, align 8
  %ready = icmp eq i64 %done, %job
  br i1 %ready, label %finished, label %wait
finished:
  ret void
}}
"""

_HELPER = f"""
{_DECLARED}
define void @run(ptr %ctl, ptr %unused, i64 %none) {{
entry:
  %sp = getelementptr i8, ptr %ctl, i64 {SEEN}
  %cp = getelementptr i8, ptr %ctl, i64 {CLAIM}
  %dp = getelementptr i8, ptr %ctl, i64 {DONE}
  %kp = getelementptr i8, ptr %ctl, i64 {KERNEL}
  %ap = getelementptr i8, ptr %ctl, i64 {ARGUMENTS}
  %rp = getelementptr i8, ptr %ctl, i64 {RUNNING}
  br label %look
look:
  %spins = phi i64 [ 0, %entry ], [ %more, %idle ], [ 0, %tried ]
  %job = load atomic i64, ptr %ctl seq_cst, align 8
  %seen = load i64, ptr %sp
  %fresh = icmp ne i64 %job, %seen
  br i1 %fresh, label %claim, label %idle
idle:
  {_PAUSE}
  %running = load atomic i64, ptr %rp monotonic, align 8
  %over = icmp eq i64 %running, 0
  %once = add i64 %spins, 1
  %more = select i1 %over, i64 %once, i64 0
  %tired = icmp sgt i64 %more, {_SPINS}
  br i1 %tired, label %leave, label %look
claim:
  store i64 %job, ptr %sp
  %open = shl i64 %job, 1
  %taken = or i64 %open, 1
  %pair = cmpxchg ptr %cp, i64 %open, i64 %taken seq_cst seq_cst
  %mine = extractvalue {{ i64, i1 }} %pair, 1
  br i1 %mine, label %work, label %tried
work:
  %kernel = load ptr, ptr %kp
  %arguments = load ptr, ptr %ap
  call void %kernel(ptr %arguments, ptr %ctl)
  store atomic i64 %job, ptr %dp seq_cst, align 8
  br label %tried
tried:
  br label %look
leave:
  ret void
}}
"""


# Run the table under the helper's control block if no other call uses it, otherwise under the
# caller's own block. Return whether it was the helper's block.
_START = f"""
define i64 @run(ptr %shared, ptr %own, ptr %run, ptr %heads, i64 %count) {{
entry:
  %rp = getelementptr i8, ptr %shared, i64 {RUNNING}
  %pair = cmpxchg ptr %rp, i64 0, i64 1 seq_cst seq_cst
  %mine = extractvalue {{ i64, i1 }} %pair, 1
  br i1 %mine, label %helped, label %alone
helped:
  call void %run(ptr %shared, ptr %heads, i64 %count)
  store atomic i64 0, ptr %rp seq_cst, align 8
  ret i64 1
alone:
  call void %run(ptr %own, ptr %heads, i64 %count)
  ret i64 0
}}
"""

# Runs a table: its control block, its first record, the number of records.
RUN = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
_STARTED = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 4, ctypes.c_int64)


def control_block() -> Array:
    """Return a new control block, whose second parts no helper takes."""
    block = aligned(LENGTH)
    block[:] = 0
    return block


class Helper:
    """A thread that waits for work in a spin loop while a program runs repeatedly, and then sleeps.

    A caller that finds the second part of its job unclaimed runs it itself. A helper that is
    asleep, or whose core is busy with another process, therefore costs no time. The helper stays
    awake as long as a call uses its block, also during steps that are not split. It serves one call
    at a time; other calls at the same time, or inside the call (from a signal handler, a finalizer
    or a user's primitive), run on one thread.
    """

    def __init__(self, exists: bool) -> None:
        self._exists = exists
        self._codes = driver(_START), driver(_HELPER)
        self._blocks: list[Array] = []
        self._start = _STARTED(self._codes[0].address)
        self._serve_jobs = RUN(self._codes[1].address)
        self._begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        """Reset to the state before the first job; also in a child process, which has no thread."""
        self._blocks.append(control_block())
        self._address = self._blocks[-1].ctypes.data
        self._wakes: SimpleQueue[None] = SimpleQueue()  # a signal handler may call put at any time
        self._asleep, self._unstarted = True, [self._serve]

    def call(self, own: int, run: int, heads: int, count: int, tuner: ThreadTuner) -> None:
        """Run a call table, with the helper if that is faster and the helper is free.

        own    the address of a control block that no other call uses
        run    the address of the function that runs call tables
        heads  the address of the first record
        count  the number of records
        tuner  chooses whether the helper is wanted
        """
        wanted = self._exists and tuner.two_threads
        if wanted and self._asleep:
            self._wake()
        start = perf_counter()
        is_shared = self._start(self._address if wanted else own, own, run, heads, count)
        if is_shared or not wanted:
            tuner.record(perf_counter() - start)

    def _wake(self) -> None:
        """Wake the helper; start its thread at the first time."""
        self._asleep = False
        self._wakes.put(None)
        with suppress(IndexError):
            start_new_thread(self._unstarted.pop(), ())  # unlike Thread.start, takes no lock

    def _serve(self) -> None:
        """Serve jobs until none comes for a while, then sleep."""
        while True:
            self._wakes.get()
            self._serve_jobs(self._address, 0, 0)
            self._asleep = True


@once
def helper() -> Helper:
    """Return the helper of this process; it never wakes if only one core is available.

    The environment variable CHAINRULE_THREADS=1 disables it. Results do not depend on it: large
    steps are cut at the same positions either way.
    """
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    alone = os.environ.get("CHAINRULE_THREADS") == "1" or (available or 1) < 2
    return Helper(exists=not alone)
