"""A virtual host: a network namespace with one address, held by a process."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

NETWORK = "10.77.0"
INTERFACE = "eth0"


def system(*command: str) -> None:
    """Run a command of the system; raises RuntimeError with what it printed if it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr.strip()}")


class VirtualHost:
    """A host with a network and a host name of its own.

    number  from 1
    """

    def __init__(self, number: int) -> None:
        self.number, self.name, self.address = number, f"host{number}", f"{NETWORK}.{number}"
        # The holder says that it has its namespaces, and then waits forever.
        script = f"hostname {self.name} && echo ready && exec sleep infinity"
        self._holder = subprocess.Popen(
            ["unshare", "--net", "--uts", "sh", "-c", script], stdout=subprocess.PIPE
        )
        assert self._holder.stdout is not None
        if not self._holder.stdout.readline():
            raise RuntimeError(f"The namespaces of {self.name} cannot be made.")

    @property
    def process(self) -> int:
        """The process that holds the namespaces."""
        return self._holder.pid

    def command(self, command: Sequence[str]) -> list[str]:
        """Return the command that runs `command` on this host."""
        return ["nsenter", "--target", str(self.process), "--net", "--uts", *command]

    def bring_up(self) -> None:
        """Give the interface its address, once a link has made it."""
        own = f"{self.address}/24"
        system(*self.command(["ip", "address", "add", own, "dev", INTERFACE]))
        for each in (INTERFACE, "lo"):
            system(*self.command(["ip", "link", "set", each, "up"]))
