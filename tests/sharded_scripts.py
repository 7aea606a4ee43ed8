"""Sharded tables on several processes, as a script.

python sharded_scripts.py NAME ARGUMENTS
"""

import hashlib
import resource
import sys
from pathlib import Path

import numpy as np

import chainrule as cr
from chainrule.distributed import ShardedTable, communicator

COUNT, SIZE, BATCH, STEPS = 500, 6, 24, 20


def batches():
    random = np.random.default_rng(7)
    for _ in range(STEPS):
        ids = random.integers(0, COUNT, (BATCH, 3))
        yield ids, random.normal(size=(BATCH, SIZE)).astype("float32")


def part(between, *arrays):
    """Return the consecutive samples of a rank."""
    ends = np.linspace(0, BATCH, between.size + 1).astype(int)
    return [each[ends[between.rank] : ends[between.rank + 1]] for each in arrays]


def gradients(rows, targets):
    """Return the gradients of rows (n, 3, SIZE) of a loss whose terms belong to samples."""
    return (rows.sum(axis=1, keepdims=True) - targets[:, None, :]) * np.float32(
        1 / BATCH
    ) + 0 * rows


def optimizer(parameters):
    return cr.optim.Adam(parameters, 0.05)


def digest(blocks):
    return hashlib.sha256(b"".join(each.tobytes() for each in blocks)).hexdigest()[:16]


def train(table, between, steps=None):
    for ids, targets in list(batches())[steps or slice(None)]:
        own, mine = part(between, ids, targets)
        table.update(own, gradients(table.rows(own), mine))


def trained(path):
    """Train, save, and print the digest of all rows."""
    between = communicator()
    table = ShardedTable(COUNT, SIZE, optimizer, seed=3)
    train(table, between)
    table.save(path)
    found = digest(table.blocks())
    if between.rank == 0:
        print(found)


def resumed(path, end):
    """Train half of the steps in one table, and the others in one that loads its file."""
    between = communicator()
    first = ShardedTable(COUNT, SIZE, optimizer, seed=3)
    if end == "first":
        train(first, between, slice(0, STEPS // 2))
        first.save(path)
        return
    table = ShardedTable(COUNT, SIZE, optimizer, seed=4)
    table.load(path)
    train(table, between, slice(STEPS // 2, None))
    found = digest(table.blocks())
    if between.rank == 0:
        print(found)


def limited(rows, megabytes):
    """Train a table of so many rows, with so many megabytes for the data of each process."""
    between = communicator()
    used = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    limit = used + int(megabytes) * 10**6
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    try:
        table = ShardedTable(
            int(rows), 64, optimizer, initial=lambda shape, random: np.zeros(shape)
        )
    except MemoryError:
        print("too large", flush=True)
        return
    random = np.random.default_rng(between.rank)
    for _ in range(3):
        ids = random.integers(0, int(rows), 256)
        table.update(ids, table.rows(ids))
    if between.rank == 0:
        print("trained", flush=True)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
