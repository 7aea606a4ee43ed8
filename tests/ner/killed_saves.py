"""python killed_saves.py FOLDER steps: saves a tagger over another, killed at every step of it.

Prints, for each step, which of the two was loaded afterwards and what else was left.
"""

import json
import os
import signal
import sys
import warnings
from pathlib import Path

import numpy as np

from chainrule.ner import Settings, Tagger, load, save
from chainrule.storage import atomic_folder
from chainrule.text import Sentence

EVENTS = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "os.listdir"}
TRAIN = [Sentence(("Ada", "ran"), ("B-PER", "O"))] * 3


def tagger(value):
    found = Tagger.for_corpus(TRAIN, Settings(window=1, word_size=2, hidden=2))
    for each in found.network.parameters():
        each.assign(np.full(each.shape, value, each.dtype))
    return found


def killed_at(step, action):
    """Run the action in a child that is killed before its file operation of this number."""
    child = os.fork()
    if child == 0:
        seen = 0

        def count(event, _):
            nonlocal seen
            if event in EVENTS:
                seen += 1
                if seen == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        action()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def loaded(path):
    """Return the value of all weights, which are one in a whole model, and whether it warned."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = load(path)
    (value,) = {float(each) for array in found.network.state().values() for each in array.flat}
    return value, len(said)


def main():
    place, steps = Path(sys.argv[1]) / "run", sys.argv[2]
    if steps == "two":
        atomic_folder.exchanged = lambda *_: False
    old, new = tagger(1.0), tagger(2.0)
    step, was_killed = 0, True
    while was_killed:
        step += 1
        save(old, place)
        was_killed = killed_at(step, lambda: save(new, place))
        value, warned = loaded(place)
        at_once = len(os.listdir(place.parent))
        save(old, place)
        print(json.dumps([value, warned, at_once, os.listdir(place.parent)]))


main()
