"""Namespaces of the kernel: a process tree with networks of its own, which ends as a whole."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_INSIDE = "CHAINRULE_HOSTS_INSIDE"
_TOOLS = ("ip", "unshare", "nsenter")


def is_inside() -> bool:
    """Return whether this process is the first one of namespaces that `inside` made."""
    return os.getpid() == 1 and _INSIDE in os.environ


def inside(command: Sequence[str]) -> list[str]:
    """Return the command that runs `command` in new namespaces of processes, mounts and networks.

    All processes in them end when the first one ends, or the one that started it is killed, and
    networks and their links end with them: nothing is left to remove.
    """
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    made = ["unshare", *user, "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return [*made, "env", f"{_INSIDE}=1", *command]


def own_folder() -> Path:
    """Return a folder in memory, which is seen in these namespaces only and ends with them."""
    folder = Path("/mnt")
    subprocess.run(["mount", "-t", "tmpfs", "none", str(folder)], check=True)
    return folder


def missing() -> str | None:
    """Return why namespaces with links between them cannot be made here; None if they can."""
    absent = [each for each in _TOOLS if shutil.which(each) is None]
    if absent:
        return f"the commands {', '.join(absent)} are not installed"
    tried = subprocess.run(
        inside(["sh", "-c", "ip link add crtry0 type veth peer name crtry1"]),
        capture_output=True,
        text=True,
    )
    if tried.returncode:
        return f"namespaces cannot be made: {tried.stderr.strip()}"
    return None


def enter(arguments: Sequence[str]) -> None:
    """Replace this process by this module's command in namespaces; they end with the caller."""
    command = inside([sys.executable, "-m", "benchmarks.hosts", *arguments])
    tied = ["setpriv", "--pdeathsig", "KILL", *command] if shutil.which("setpriv") else command
    os.execvp(tied[0], tied)
