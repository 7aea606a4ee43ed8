"""How a batch is divided, and in which order the gradients of its parts are added."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

from chainrule.distributed.communicator import Communicator
from chainrule.distributed.errors import DistributedError
from chainrule.distributed.launcher import launched_size
from chainrule.distributed.patience import TIME_LIMIT

Summation = Literal["fixed order", "any order"]

_LAUNCHED_BLOCKS = 12  # 1, 2, 3, 4 and 6 ranks own equal numbers of them


@dataclass(frozen=True)
class Parallel:
    """How `cr.train.fit` divides a batch among the processes of a run.

    blocks      the number of parts that a batch is cut into, at most. The gradient of each is
                computed by one process, and they are added in an order that depends on this number
                alone: the same number gives the same weights, bit for bit, for any number of
                processes. None for 12 in processes that a launcher started, and 1 otherwise
    summation   "fixed order" keeps that promise. "any order" does not: every process computes one
                part, whatever `blocks` is, and the engine adds them up as is fastest
    bucket_bytes
                gradients are sent together until they have so many bytes
    time_limit  seconds after which a rank that others wait for ends the run, with an error that
                names it; None for no limit. What rank 0 does alone, such as an evaluation, may last

    Raises DistributedError for numbers below 1, more than 8,192 blocks, or another summation.
    """

    blocks: int | None = None
    summation: Summation = "fixed order"
    bucket_bytes: int = 1 << 20
    time_limit: float | None = TIME_LIMIT

    def __post_init__(self) -> None:
        if self.blocks is not None and not 1 <= self.blocks <= 8192:
            raise DistributedError(f"blocks={self.blocks} was given. Give a number from 1 to 8192.")
        if self.bucket_bytes < 1:
            raise DistributedError(
                f"bucket_bytes={self.bucket_bytes} was given. Give the bytes of the gradients that "
                "are sent together, such as 2**20."
            )
        if self.time_limit is not None and not self.time_limit > 0:
            raise DistributedError(
                f"time_limit={self.time_limit} was given. Give seconds above 0, or None."
            )
        if self.summation not in ("fixed order", "any order"):
            raise DistributedError(
                f"summation={self.summation!r} was given. Choose 'fixed order' or 'any order'."
            )

    @property
    def fixed(self) -> bool:
        """Whether the order of additions is fixed."""
        return self.summation == "fixed order"

    def require_work(self, between: Communicator) -> None:
        """Warn, on rank 0, if some ranks have no block."""
        blocks = self.blocks_for(between)
        if between.size > blocks and between.rank == 0:
            warnings.warn(
                f"{between.size} processes share the {blocks} blocks of a batch, so that "
                f"{between.size - blocks} have nothing to compute. Give more blocks, such as "
                f"Parallel(blocks={2 * between.size}); another number rounds differently.",
                UserWarning,
                stacklevel=3,
            )

    def blocks_for(self, between: Communicator) -> int:
        """Return the number of blocks of a large batch, between the processes of a run."""
        if not self.fixed:
            return between.size
        if self.blocks is not None:
            return self.blocks
        return _LAUNCHED_BLOCKS if between.size > 1 or launched_size() is not None else 1
