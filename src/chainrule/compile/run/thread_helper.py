"""Threads: a helper takes half of a big step if it is awake; otherwise nobody waits for it.

A call runs under a control block: the helper's, if nobody else has it, or a block of its own. It is
taken and given back by the native code of one call, between which no signal handler runs.
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

# The control block, in bytes, its parts on cache lines of their own: the number of the current
# job, who has claimed its second half (2 n: nobody, 2 n + 1: somebody), the last job whose second
# half the helper finished, the job's kernel and the arguments of its second half, the helper's last
# job, whether a call is running under it.
SEQUENCE, CLAIM, DONE, KERNEL, ARGUMENTS, SEEN, RUNNING = 0, 64, 128, 192, 200, 256, 320
LENGTH = 384
_SPINS = 40_000

# How a thread that waits tells its core, whose other thread may be the one at work.
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


# Make the calls under the helper's control block if no other call is running under it, else under
# the caller's own. Return whether it was the helper's.
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

_SERVE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
_STARTED = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 4, ctypes.c_int64)


def control_block() -> Array:
    """Return a block of one's own, under which nobody takes a half."""
    block = aligned(LENGTH)
    block[:] = 0
    return block


class Helper:
    """A thread that spins for jobs while a program runs again and again, and sleeps in between.

    A caller that finds the second half of its job unclaimed takes it itself, so that a helper that
    is asleep, or kept from its core by another process, costs nothing but its help. While a
    program runs the helper stays awake, however long a step takes of which it has no half. It
    serves one call at a time; others that run beside it, or inside it (from a signal handler, a
    finalizer or a user's primitive), run alone.
    """

    def __init__(self, exists: bool) -> None:
        self._exists = exists
        self._codes = driver(_START), driver(_HELPER)
        self._blocks: list[Array] = []
        self._start = _STARTED(self._codes[0].address)
        self._serve_jobs = _SERVE(self._codes[1].address)
        self._begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        """Begin without a thread, which is started when it is wanted: a child has none."""
        self._blocks.append(control_block())
        self._address = self._blocks[-1].ctypes.data
        self._wakes: SimpleQueue[None] = SimpleQueue()  # a signal handler may put at any time
        self._asleep, self._unstarted = True, [self._serve]

    def call(
        self, own: int, run: int, heads: int, count: int, tuner: ThreadTuner | None, memory: object
    ) -> None:
        """Run a call table, with the helper at hand if that is the faster way and it is free.

        own     the address of a control block that no other call uses
        run     the address of the function that runs call tables
        pace    chooses whether the helper is wanted; None for a table without halves
        memory  what holds all that the addresses point to
        """
        if tuner is None:
            if count:
                self._start(own, own, run, heads, count)
            return
        wanted = self._exists and tuner.helped
        if wanted and self._asleep:
            self._wake()
        start = perf_counter()
        helped = self._start(self._address if wanted else own, own, run, heads, count)
        if helped or not wanted:
            tuner.took(perf_counter() - start)

    def _wake(self) -> None:
        self._asleep = False
        self._wakes.put(None)
        with suppress(IndexError):
            start_new_thread(self._unstarted.pop(), ())  # takes no lock, as Thread.start does

    def _serve(self) -> None:
        while True:
            self._wakes.get()
            self._serve_jobs(self._address, 0, 0)
            self._asleep = True


@once
def helper() -> Helper:
    """Return this process's helper, one that never wakes where only one core may be used.

    The environment variable CHAINRULE_THREADS=1 leaves it out. Results do not depend on it: big
    steps are cut at the same places either way.
    """
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    alone = os.environ.get("CHAINRULE_THREADS") == "1" or (available or 1) < 2
    return Helper(exists=not alone)
