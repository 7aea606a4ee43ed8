"""Links of the kernel: a virtual cable from each host to a bridge, with a limited rate."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.hosts.virtual_host import INTERFACE, VirtualHost, system

_BRIDGE = "crbridge"


class Bridge:
    """Connects hosts by cables and a bridge.

    rate  bits per second of each direction of a cable, as `tc` writes it ("100mbit"); None for
          no limit
    """

    def __init__(self, hosts: Sequence[VirtualHost], rate: str | None) -> None:
        system("ip", "link", "add", _BRIDGE, "type", "bridge")
        system("ip", "link", "set", _BRIDGE, "up")
        for host in hosts:
            self._plug(host, rate)

    def _plug(self, host: VirtualHost, rate: str | None) -> None:
        port, peer = _port(host), f"crpeer{host.number}"
        system("ip", "link", "add", port, "type", "veth", "peer", "name", peer)
        system("ip", "link", "set", peer, "netns", str(host.process))
        system(*host.command(["ip", "link", "set", peer, "name", INTERFACE]))
        system("ip", "link", "set", port, "master", _BRIDGE, "up")
        host.bring_up()
        if rate is not None:
            limit = ["root", "tbf", "rate", rate, "burst", "64kb", "latency", "50ms"]
            system("tc", "qdisc", "add", "dev", port, *limit)
            system(*host.command(["tc", "qdisc", "add", "dev", INTERFACE, *limit]))

    def cut(self, host: VirtualHost) -> None:
        """Cut the cable of a host; nothing passes from then on, and no error is reported."""
        system("ip", "link", "set", _port(host), "nomaster")

    def restore(self, host: VirtualHost) -> None:
        """Connect a host again."""
        system("ip", "link", "set", _port(host), "master", _BRIDGE)


def _port(host: VirtualHost) -> str:
    return f"crport{host.number}"
