"""mpiexec over virtual hosts: an agent enters the namespaces of a host, as ssh enters a machine."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.hosts.virtual_host import VirtualHost

# Open MPI may then use nothing that does not pass over the links between hosts. The launcher's
# daemons look for lost hosts by a time limit of TCP and end the whole job: not in this test.
_ONLY_LINKS = ("--mca", "pml", "ob1", "--mca", "btl", "tcp,self", "--mca", "coll", "^han,sm,xhc")
_PATIENT = ("--prtemca", "oob_tcp_keepalive_time", "0")


def launched(
    hosts: Sequence[VirtualHost],
    folder: Path,
    slots: int,
    options: Sequence[str],
    command: Sequence[str],
) -> list[str]:
    """Return the command that runs `command` on all hosts, from the first one.

    folder   for the list of hosts and the agent
    slots    processes per host
    options  further ones of mpiexec
    """
    listed, agent = folder / "hosts", folder / "agent"
    listed.write_text("".join(f"{each.address} slots={slots}\n" for each in hosts))
    agent.write_text(_agent(hosts))
    agent.chmod(0o700)
    mpiexec = str(Path(sys.executable).with_name("mpiexec"))
    places = ["--prtemca", "plm_ssh_agent", str(agent), "--hostfile", str(listed)]
    count = ["-n", str(slots * len(hosts))]
    return hosts[0].command([mpiexec, *places, *count, *_PATIENT, *_ONLY_LINKS, *options, *command])


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of mpiexec, which is root in its namespaces.

    folder  for its sockets
    """
    allowed = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return os.environ | allowed | {"TMPDIR": str(folder)}


def _agent(hosts: Sequence[VirtualHost]) -> str:
    """Return a script that is called as ssh is: with a host, and the words of a command."""
    cases = "\n".join(
        f'    {each.address}) exec {shlex.join(each.command(["sh", "-c"]))} "$*" ;;'
        for each in hosts
    )
    lines = ["#!/bin/sh", "host=$1; shift", 'case "$host" in', cases, "esac"]
    return "\n".join([*lines, 'echo "There is no host $host." >&2', "exit 1", ""])
