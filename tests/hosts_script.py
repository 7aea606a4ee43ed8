"""A training on several hosts, as a script: python hosts_script.py FOLDER SECONDS [cut].

SECONDS  the time limit; "cut" asks for the link to be cut after some steps
"""

import hashlib
import sys
import time
from pathlib import Path

import numpy as np

import chainrule as cr

FOLDER, SECONDS, CUT = Path(sys.argv[1]), float(sys.argv[2]), "cut" in sys.argv[3:]


class Asking(cr.train.Callback):
    """Asks for the link to be cut in the middle of the training."""

    def after_step(self, run):
        time.sleep(0.01)
        if CUT and run.step == 30:
            print("cut now", flush=True)


first = cr.distributed.communicator().rank
random = np.random.default_rng(0)
x = random.normal(size=(300, 20)).astype("float32")
model = cr.nn.Sequential(cr.nn.Linear(20, 64, random=1), cr.tanh, cr.nn.Linear(64, 1, random=2))
optimizer = cr.optim.Adam(model, 0.01)
cr.train.fit(
    model,
    optimizer,
    cr.nn.squared_error,
    (x, x[:, :1] * x[:, 1:2]),
    epochs=8,
    callbacks=[Asking()],
    checkpoint=cr.train.Checkpoint(FOLDER / "run", every_steps=7),
    progress=False,
    parallel=cr.distributed.Parallel(time_limit=SECONDS),
)
weights = b"".join(each.value.tobytes() for each in optimizer.parameters)
(FOLDER / f"done-{first}").write_text(hashlib.sha256(weights).hexdigest())
if len([*FOLDER.glob("done-*")]) == 2:
    print("both are done", flush=True)
