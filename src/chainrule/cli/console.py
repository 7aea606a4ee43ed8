"""The console of all commands, which prints names, words and errors unchanged.

rich reads text in square brackets as markup and words between colons as emoji: a file named
`[red]x[/red].conll` would lose its brackets, and `[/]` would raise an error.
"""

from __future__ import annotations

from rich.console import Console


class PlainConsole(Console):
    """A console without markup, emoji and highlights."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, stderr=stderr)

    def say(self, line: str) -> None:
        """Print a line without line breaks, so that file names stay whole."""
        self.print(line, soft_wrap=True)

    def on_broken_pipe(self) -> None:
        """Raise the error of a closed pipe, which the command handles."""
        raise
