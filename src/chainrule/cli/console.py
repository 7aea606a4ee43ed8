"""The console of all commands: what comes from outside (names, words, errors) is printed as it is.

To rich, text in square brackets is markup and a word between colons an emoji: a file named
`[red]x[/red].conll` would lose its brackets, and `[/]` would be an error.
"""

from __future__ import annotations

from rich.console import Console


class PlainConsole(Console):
    """A console that prints text letter by letter: no markup, no emoji, no highlights."""

    def __init__(self) -> None:
        super().__init__(highlight=False, markup=False, emoji=False)

    def say(self, line: str) -> None:
        """Print a line as a whole, however long, so that names of files are not broken."""
        self.print(line, soft_wrap=True)

    def on_broken_pipe(self) -> None:
        """Leave a closed pipe to the command."""
        raise
