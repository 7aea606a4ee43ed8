"""python -m benchmarks.kills: kill ranks of trainings at random moments, and compare the results.

python -m benchmarks.kills --ranks 3 --kills 50
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile

from benchmarks.kills.killed_training import Outcome, run_training


def main() -> int:
    """Kill ranks until there are enough kills, print a line for each, and return an exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("--ranks", type=int, default=3)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--most", type=int, default=1, help="kills in one training, at most")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seconds", default="0.005", help="the least duration of a step")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    undisturbed = _trained(given, ())
    expected = undisturbed.results[0]
    print(f"undisturbed: loss {expected[0]}, weights {expected[1]}, {undisturbed.seconds:.1f} s")
    made = wrong = 0
    while made < given.kills:
        victims = chance.sample(range(given.ranks), chance.randint(1, given.most))
        kills = [(chance.uniform(0, undisturbed.seconds), each) for each in victims]
        found = _trained(given, kills)
        left = [each for each in range(given.ranks) if each not in victims]
        is_equal = all(found.results.get(each) == expected for each in left)
        made, wrong = made + len(kills), wrong + (not is_equal)
        when = ", ".join(f"rank {rank} after {seconds:.2f} s" for seconds, rank in kills)
        print(f"{made}: {when}: {'equal' if is_equal else 'DIFFERENT'}", flush=True)
        if not is_equal:
            print(found.text)
    print(f"{made} kills, {wrong} trainings without the weights of the undisturbed one")
    return int(wrong > 0)


def _trained(given: argparse.Namespace, kills: list[tuple[float, int]] | tuple[()]) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        return run_training(given.ranks, [folder, str(given.epochs), given.seconds], kills)


if __name__ == "__main__":
    sys.exit(main())
