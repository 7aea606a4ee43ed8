"""A relay between hosts in user space: frames are delayed, dropped, and sent at a limited rate.

It stands in for the queue `netem` of the kernel, which many kernels are built without.
"""

from __future__ import annotations

import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import threading
import time
from collections.abc import Sequence

from benchmarks.hosts.virtual_host import INTERFACE, VirtualHost

_SET_NAME, _TAP, _BARE = 0x400454CA, 0x0002, 0x1000
_CLONE_NEWNET = 0x40000000
_FRAME = 65536
_QUEUED = 0.5  # seconds of traffic that wait at most, as in the queue of a switch


class Relay:
    """A switch whose ports are interfaces of hosts.

    rate   bits per second of each direction of a port, None for no limit
    delay  seconds that a frame is under way
    loss   the probability with which a frame is lost
    """

    def __init__(
        self,
        hosts: Sequence[VirtualHost],
        rate: float | None,
        delay: float,
        loss: float,
        seed: int = 0,
    ) -> None:
        self._rate, self._delay, self._loss = rate, delay, loss
        self._random = random.Random(seed)
        self._ports = {host.number: _interface(host) for host in hosts}
        self._numbers = {port: number for number, port in self._ports.items()}
        self._place: dict[bytes, int] = {}  # hardware addresses to ports
        self._free: dict[tuple[int, str], float] = {}
        self._waiting: list[tuple[float, int, int, bytes]] = []
        self._cut: set[int] = set()
        self._count = 0
        for host in hosts:
            host.bring_up()
        threading.Thread(target=self._run, daemon=True).start()

    def cut(self, host: VirtualHost) -> None:
        """Let nothing pass to and from a host."""
        self._cut.add(host.number)

    def restore(self, host: VirtualHost) -> None:
        """Connect a host again."""
        self._cut.discard(host.number)

    def _run(self) -> None:
        ports = list(self._numbers)
        while True:
            pause = max(0.0, self._waiting[0][0] - time.monotonic()) if self._waiting else None
            for port in select.select(ports, [], [], pause)[0]:
                self._receive(self._numbers[port], os.read(port, _FRAME))
            self._deliver(time.monotonic())

    def _receive(self, source: int, frame: bytes) -> None:
        self._place[frame[6:12]] = source
        known = self._place.get(frame[:6])
        for each in self._ports if known is None else (known,):
            if each != source:
                self._send(source, each, frame)

    def _send(self, source: int, target: int, frame: bytes) -> None:
        """Let a frame wait for its turn on both ports, unless it is lost."""
        if {source, target} & self._cut or self._random.random() < self._loss:
            return
        at = time.monotonic()
        for line in ((source, "out"), (target, "in")):
            at = max(at, self._free.get(line, 0.0))
            if self._rate is not None:
                at += 8 * len(frame) / self._rate
                self._free[line] = at
        if at - time.monotonic() > _QUEUED:
            return
        self._count += 1
        heapq.heappush(self._waiting, (at + self._delay, self._count, target, frame))

    def _deliver(self, now: float) -> None:
        while self._waiting and self._waiting[0][0] <= now:
            _, _, target, frame = heapq.heappop(self._waiting)
            if target not in self._cut:
                os.write(self._ports[target], frame)


def _interface(host: VirtualHost) -> int:
    """Make the interface of a host, and return the file of its frames."""
    ours = os.open("/proc/self/ns/net", os.O_RDONLY)
    theirs = os.open(f"/proc/{host.process}/ns/net", os.O_RDONLY)
    system = ctypes.CDLL(None, use_errno=True)
    try:
        if system.setns(theirs, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"The network of {host.name} cannot be entered")
        made = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(made, _SET_NAME, struct.pack("16sH", INTERFACE.encode(), _TAP | _BARE))
        return made
    finally:
        system.setns(ours, _CLONE_NEWNET)
        os.close(ours)
        os.close(theirs)
