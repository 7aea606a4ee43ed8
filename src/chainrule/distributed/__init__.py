"""Many processes: communicators, and what is added up over all ranks."""

from chainrule.distributed.communicator import Communicator as Communicator
from chainrule.distributed.communicator import Transfer as Transfer
from chainrule.distributed.errors import DistributedError as DistributedError
from chainrule.distributed.one_process import OneProcess as OneProcess
from chainrule.distributed.world import communicator as communicator
from chainrule.distributed.world import mpi_communicator as mpi_communicator
from chainrule.distributed.world import replace_communicator as replace_communicator

__all__ = [
    "Communicator",
    "DistributedError",
    "OneProcess",
    "Transfer",
    "communicator",
    "mpi_communicator",
    "replace_communicator",
]
