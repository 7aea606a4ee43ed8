"""python -m tests.fuzz READER --count 1000000 --seed 0"""

import argparse
import tempfile
from pathlib import Path

from .reader import attack, prepared
from .readers import READERS


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.fuzz")
    options.add_argument("reader", choices=READERS)
    options.add_argument("--count", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=0, help="of the first case")
    given = options.parse_args()
    reader = READERS[given.reader]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        valid = prepared(reader, folder)
        read = 0
        for seed in range(given.seed, given.seed + given.count):
            try:
                read += attack(reader, folder, valid, seed)
            except BaseException:
                print(f"{given.reader}: seed {seed}")
                raise
    print(f"{given.reader}: {given.count} cases, {read} of them read, the others refused")


if __name__ == "__main__":
    main()
