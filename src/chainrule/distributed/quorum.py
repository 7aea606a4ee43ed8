"""Whether the ranks that are left after a failure may go on: at most one part of a run does."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def may_go_on(hosts: Sequence[str], left: Collection[int]) -> bool:
    """Return whether the ranks that are left may go on without the others.

    hosts  the host of every rank, before the failure
    left   the ranks that are left

    A lost rank on a host where another rank is left has ended. A rank of another host may have
    ended, or the network between the hosts may be cut, and the ranks on its other side see the same
    loss. So those that are left need more than half of the ranks that have not ended for sure, or
    half of them with the first one. If all ranks of one host are left alone, at most one part of
    the run goes on, whatever happened.
    """
    ours = {hosts[each] for each in left}
    possible = [each for each in range(len(hosts)) if each in left or hosts[each] not in ours]
    twice = 2 * len(left)
    return twice > len(possible) or (twice == len(possible) and possible[0] in left)
