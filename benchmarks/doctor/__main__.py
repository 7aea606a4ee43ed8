"""The command: `python -m benchmarks.doctor`, in the project root."""

from __future__ import annotations

import sys

from benchmarks.doctor.score import Score, examined_runs


def main() -> int:
    """Print the doctor's findings run by run, and the score; return 0 if it is perfect, else 1."""
    runs = []
    for each in examined_runs():
        runs.append(each)
        print(each, flush=True)
    score = Score(runs)
    print(f"\n{score}")
    return 0 if score.is_perfect else 1


if __name__ == "__main__":
    sys.exit(main())
