"""Threads: a helper takes half of a big step if it is awake; otherwise nobody waits for it."""

from __future__ import annotations

import ctypes
import os
import platform
import threading
from collections.abc import Callable
from functools import cache
from time import perf_counter

from chainrule.compile.llvm import driver_address
from chainrule.compile.memory import aligned
from chainrule.compile.pace import Pace

# The control block, in bytes, its parts on cache lines of their own: the number of the current
# job, who has claimed its second half (2 n: nobody, 2 n + 1: somebody), the last job whose second
# half the helper finished, the job's kernel and the arguments of its second half, the helper's last
# job, whether a program is running.
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


_RUN = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
Run = Callable[[int, int, int], None]


class Helper:
    """A thread that spins for jobs while a program runs again and again, and sleeps in between.

    A caller that finds the second half of its job unclaimed takes it itself, so that a helper that
    is asleep, or kept from its core by another process, costs nothing but its help. While a
    program runs the helper stays awake, however long a step takes of which it has no half.
    """

    def __init__(self, awake: bool) -> None:
        self._blocks = aligned(LENGTH), aligned(LENGTH)  # one that the helper looks at, one not
        for block in self._blocks:
            block[:] = 0
        self._address, self._alone_address = (each.ctypes.data for each in self._blocks)
        self._running = ctypes.c_uint64.from_address(self._address + RUNNING)
        self._exists = awake
        self._serve_jobs = _RUN(driver_address(_HELPER))
        self._wake = threading.Event()
        self._asleep = awake
        self._lock = threading.Lock()
        if awake:
            threading.Thread(target=self._serve, name="chainrule helper", daemon=True).start()

    def call(self, run: Run, heads: int, count: int, pace: Pace) -> None:
        """Run a tape, with the helper at hand if that is the faster way; one caller at a time."""
        with self._lock:
            start = perf_counter()
            if self._exists and pace.helped:
                self._helped(run, heads, count)
            else:
                run(self._alone_address, heads, count)
            pace.took(perf_counter() - start)

    def _helped(self, run: Run, heads: int, count: int) -> None:
        self._running.value = 1
        if self._asleep:
            self._asleep = False
            self._wake.set()
        run(self._address, heads, count)
        self._running.value = 0

    def _serve(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            self._serve_jobs(self._address, 0, 0)
            self._asleep = True


@cache
def helper() -> Helper:
    """Return this process's helper, one that never wakes where only one core may be used.

    The environment variable CHAINRULE_THREADS=1 leaves it out. Results do not depend on it: big
    steps are cut at the same places either way.
    """
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    alone = os.environ.get("CHAINRULE_THREADS") == "1" or (available or 1) < 2
    return Helper(awake=not alone)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=helper.cache_clear)
