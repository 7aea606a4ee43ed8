"""Ranks that others wait for, as a script: python lost_scripts.py "sleeps"|"is stopped"."""

import os
import signal
import sys
import time

import numpy as np

from chainrule.distributed import communicator

between = communicator()
between.patience.limit = 3.0
for number in range(20):
    between.all_reduce(np.ones(10))
    if number == 10 and between.rank == 1:
        if sys.argv[1] == "sleeps":
            time.sleep(60)
        os.kill(os.getpid(), signal.SIGSTOP)
