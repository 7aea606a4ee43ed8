"""Many processes: communicators, and what is added up over all ranks."""

from chainrule.distributed.collectives import all_reduce as all_reduce
from chainrule.distributed.collectives import rank_sum as rank_sum
from chainrule.distributed.communicator import Communicator as Communicator
from chainrule.distributed.communicator import Transfer as Transfer
from chainrule.distributed.errors import DistributedError as DistributedError
from chainrule.distributed.errors import RanksLostError as RanksLostError
from chainrule.distributed.errors import RanksSilentError as RanksSilentError
from chainrule.distributed.one_process import OneProcess as OneProcess
from chainrule.distributed.parallel import Parallel as Parallel
from chainrule.distributed.sharded_table import ShardedTable as ShardedTable
from chainrule.distributed.world import communicator as communicator
from chainrule.distributed.world import mpi_communicator as mpi_communicator
from chainrule.distributed.world import replace_communicator as replace_communicator

__all__ = [
    "Communicator",
    "DistributedError",
    "OneProcess",
    "Parallel",
    "RanksLostError",
    "RanksSilentError",
    "ShardedTable",
    "Transfer",
    "all_reduce",
    "communicator",
    "mpi_communicator",
    "rank_sum",
    "replace_communicator",
]
