"""The run of `chainrule language-model train`: a progress bar with the characters per second."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

from chainrule import ChainruleError
from chainrule.cli.console import PlainConsole
from chainrule.language_model import Epoch, Settings, train_language_model
from chainrule.pretrained.flair import CharacterLanguageModel
from chainrule.pretrained.flair.writing import CONFIG, WEIGHTS
from chainrule.storage import replace_folder, require_replaceable

_STOPPED = 130  # the exit code of shells for Ctrl-C


def train_with_progress(
    text: str,
    settings: Settings,
    out: Path,
    checkpoint: Path | None,
    initial: CharacterLanguageModel | None = None,
) -> None:
    """Train a language model; show progress on a terminal, write it, and say what was written.

    initial  a model to train further
    """
    require_replaceable(out.resolve(), _is_model)
    console = PlainConsole()
    direction = settings.direction if initial is None else initial.settings.direction
    console.say(f"{len(text):,} characters of text, read {direction}")
    with _bar(console) as bar:
        task = bar.add_task("", total=len(text) * settings.epochs, loss="-")

        def on_step(characters: int, loss: float) -> None:
            bar.update(task, completed=characters, loss=f"{loss:.3f}")

        def on_epoch(epoch: Epoch) -> None:
            console.say(
                f"epoch {epoch.number:3d}  loss {epoch.loss:.4f}  held-out perplexity "
                f"{epoch.perplexity:.4f}  {epoch.characters_per_second:,.0f} characters/s"
            )

        net, history = train_language_model(
            text,
            settings,
            on_epoch=on_epoch,
            on_step=on_step,
            checkpoint=checkpoint,
            net=initial,
        )
    if history.interrupted:
        kept = "the same command continues" if checkpoint else "nothing was written"
        console.say(f"stopped by Ctrl-C; {kept}")
        raise typer.Exit(_STOPPED)
    try:
        replace_folder(out.resolve(), net.save)
    except OSError as error:
        raise ChainruleError(f"The model cannot be written to {out}: {error}.") from error
    console.say(f"{len(net.characters)} characters, width {net.width}; model in {out}")


def _is_model(folder: Path) -> bool:
    return {each.name for each in folder.iterdir()} <= {CONFIG, WEIGHTS}


class _CharactersPerSecond(ProgressColumn):
    """The characters per second in the last seconds."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:,.0f} characters/s")


def _bar(console: PlainConsole) -> Progress:
    whole = Column(no_wrap=True)
    return Progress(
        BarColumn(),
        TextColumn("loss {task.fields[loss]}", table_column=whole),
        _CharactersPerSecond(table_column=whole),
        TimeRemainingColumn(table_column=whole),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
