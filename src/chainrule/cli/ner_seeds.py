"""Training with several seeds: the tagger with the best F1 is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median

import typer

from chainrule.cli.ner_training import TaggerTraining
from chainrule.cli.ranks import is_first
from chainrule.ner import Settings, Tagger, save


def best_of_seeds(
    run: Callable[[Settings, Path], TaggerTraining], settings: Settings, seeds: int, out: Path
) -> Tagger:
    """Train with `seeds` seeds from `settings.seed` on; return the best tagger, saved in `out`."""
    best: Tagger | None = None
    found: list[float] = []
    for seed in range(settings.seed, settings.seed + seeds):
        if seeds > 1:
            typer.echo(f"seed {seed}")
        training = run(settings.model_copy(update={"seed": seed}), out)
        tagger = training.train()
        if not is_first():
            best = tagger
            continue
        found.append(training.best.f1)
        if best is None or found[-1] > max(found[:-1]):
            best = tagger
            history = [each.as_dict() for each in training.history]
    assert best is not None
    if seeds > 1 and is_first():
        save(best, out, history)
        typer.echo(
            f"dev F1 of {seeds} seeds: {', '.join(f'{each:.2f}' for each in found)}; "
            f"median {median(found):.2f}; the best is kept"
        )
    return best
