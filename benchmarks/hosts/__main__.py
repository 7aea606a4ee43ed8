"""python -m benchmarks.hosts: run a command on several hosts that one machine pretends to be.

python -m benchmarks.hosts --rate 100mbit --delay 5 --loss 0.001 -- python script.py
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks.hosts.bridge import Bridge
from benchmarks.hosts.launch import environment, launched
from benchmarks.hosts.namespaces import enter, is_inside, missing, own_folder
from benchmarks.hosts.relay import Relay
from benchmarks.hosts.virtual_host import VirtualHost

_UNITS = {"kbit": 1e3, "mbit": 1e6, "gbit": 1e9}


def main() -> int:
    """Make the hosts, run the command on all of them, and return its exit code."""
    given = _parsed()
    if not is_inside():
        reason = missing()
        if reason is not None:
            print(f"Several hosts cannot be made here: {reason}.", file=sys.stderr)
            return 77
        enter(sys.argv[1:])
    hosts = [VirtualHost(number + 1) for number in range(given.hosts)]
    network = _network(given, hosts)
    options, folder = given.mpiexec.split(), own_folder()
    command = launched(hosts, folder, given.slots, options, given.command)
    return _watched(command, environment(folder), given, hosts, network)


def _network(given: argparse.Namespace, hosts: list[VirtualHost]) -> Bridge | Relay:
    if given.delay or given.loss:
        return Relay(hosts, _bits(given.rate), given.delay / 1e3, given.loss)
    return Bridge(hosts, given.rate)


def _watched(
    command: list[str],
    variables: dict[str, str],
    given: argparse.Namespace,
    hosts: list[VirtualHost],
    network: Bridge | Relay,
) -> int:
    """Run the command, show what it prints, and cut the link when a line says so."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=variables
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
            if given.cut and given.cut_at in line:
                network.cut(hosts[given.cut - 1])
                print(f"The link of host {given.cut} is cut.", flush=True)
                given.cut = 0
            if given.until and given.until in line:
                running.kill()
                return 0
    return running.returncode


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hosts")
    parser.add_argument("--hosts", type=int, default=3)
    parser.add_argument("--slots", type=int, default=1, help="processes per host")
    parser.add_argument("--rate", help="bits per second of a link, such as 100mbit")
    parser.add_argument("--delay", type=float, default=0.0, help="of a frame, in milliseconds")
    parser.add_argument("--loss", type=float, default=0.0, help="the share of lost frames")
    parser.add_argument("--mpiexec", default="", help="further options of mpiexec")
    parser.add_argument("--cut", type=int, default=0, help="the host whose link is cut")
    parser.add_argument("--cut-at", default="cut now", help="cut when a line has this text")
    parser.add_argument("--until", help="end when a line has this text")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def _bits(rate: str | None) -> float | None:
    """Return bits per second, of a number with a unit as `tc` has them."""
    if rate is None:
        return None
    number, unit = rate[:-4], rate[-4:]
    return float(number) * _UNITS[unit]


if __name__ == "__main__":
    sys.exit(main())
