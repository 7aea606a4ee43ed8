"""What the ranks of a run have sent to each other, and how much of the time they waited."""

from __future__ import annotations


class Traffic:
    """The messages of this rank so far.

    sent       bytes that this rank sent
    in_flight  seconds from the start of an exchange until it was complete, added up
    waited     seconds of these in which this rank computed nothing
    exchanges  the number of exchanges
    """

    def __init__(self) -> None:
        self.sent, self.exchanges = 0, 0
        self.in_flight, self.waited = 0.0, 0.0

    @property
    def overlap(self) -> float:
        """The share of the time of exchanges in which this rank computed."""
        return 1 - min(1.0, self.waited / self.in_flight) if self.in_flight else 0.0

    def report(self, steps: int) -> str:
        """Return what a step sent, and how much of it was overlapped, in a line."""
        if not self.exchanges:
            return "messages: none"
        each = max(1, steps)
        return (
            f"messages: {self.exchanges / each:.1f} exchanges and {self.sent / each / 1e6:.3g} MB "
            f"sent by this rank in a step; {self.in_flight / each * 1e3:.3g} ms under way, of "
            f"which {self.overlap:.0%} overlapped with computation"
        )
