"""Tagging of files, from start to end of the command, and of one sentence from Python.

python -m benchmarks.tagging eng.testa

Taggers are not trained, since weights do not matter for the speed; they know the words of the file.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from chainrule.ner import Tagger, load, recommended, save
from chainrule.text import Sentence, read_conll

Encoder = Literal["window", "bilstm"]

_COMMAND = "from chainrule.cli import app; app()"
_CALLS = 1000
_LARGER = 4


@dataclass(frozen=True)
class Run:
    """The time of a command from start to end, its processor time, and its largest memory."""

    seconds: float
    processor: float
    megabytes: float


def repeated(sentences: Sequence[Sentence], words: int, path: Path) -> int:
    """Write the sentences as plain text again and again; return the number of words."""
    text = "".join(" ".join(each.words) + "\n" for each in sentences)
    size = sum(len(each.words) for each in sentences)
    times = max(1, round(words / size))
    with path.open("w", encoding="utf-8") as file:
        for _ in range(times):
            file.write(text)
    return times * size


def tagged(model: Path, text: Path) -> Run:
    """Run `chainrule ner tag` on a file with a sentence per line."""
    arguments = [sys.executable, "-c", _COMMAND, "ner", "tag", "--model", model]
    arguments += ["--lines", "--file", text]
    out = os.open(text.with_suffix(".tags"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    begin = time.perf_counter()
    child = os.posix_spawn(
        sys.executable,
        [str(each) for each in arguments],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, out, 1)],
    )
    _, status, used = os.wait4(child, 0)
    seconds = time.perf_counter() - begin
    os.close(out)
    if status:
        raise SystemExit(f"The command ended with status {status}.")
    kilobytes = used.ru_maxrss // (1 if sys.platform == "linux" else 1 << 10)
    return Run(seconds, used.ru_utime + used.ru_stime, kilobytes / 1024)


def microseconds(tagger: Tagger, words: Sequence[str]) -> float:
    """Return the median of a loop that tags one sentence."""
    found = []
    for _ in range(_CALLS):
        begin = time.perf_counter()
        tagger.tag([words])
        found.append(time.perf_counter() - begin)
    return 1e6 * statistics.median(found)


def main(
    data: Annotated[Path, typer.Argument(help="CoNLL columns.")],
    words: Annotated[int, typer.Option(min=1, help="Words of the file.")] = 2_000_000,
    rounds: Annotated[int, typer.Option(min=1, help="Runs of each, taken in turns.")] = 3,
) -> None:
    """Tag a file, and one of four times the size; print medians."""
    encoders: tuple[Encoder, ...] = ("window", "bilstm")
    sentences = read_conll(data)
    one = min((each.words for each in sentences), key=lambda each: abs(len(each) - 12))
    table = Table("encoder", "words/s", "words/processor s", "MB", box=None)
    table.add_column(f"words/s, {_LARGER} times the words")
    table.add_column("MB")
    table.add_column(f"one sentence of {len(one)} words")
    with tempfile.TemporaryDirectory() as folder:
        models = {each: Path(folder) / each for each in encoders}
        for encoder, model in models.items():
            save(Tagger.for_corpus(sentences, recommended(encoder, has_vectors=False)), model)
        text, larger = Path(folder) / "text.txt", Path(folder) / "larger.txt"
        count = repeated(sentences, words, text)
        repeated(sentences, _LARGER * words, larger)
        runs: dict[Encoder, list[Run]] = {each: [] for each in encoders}
        for _ in range(rounds):
            for encoder, model in models.items():
                runs[encoder].append(tagged(model, text))
        for encoder, model in models.items():
            seconds = statistics.median(each.seconds for each in runs[encoder])
            processor = statistics.median(each.processor for each in runs[encoder])
            whole = tagged(model, larger)
            table.add_row(
                encoder,
                f"{count / seconds:,.0f}",
                f"{count / processor:,.0f}",
                f"{max(each.megabytes for each in runs[encoder]):.0f}",
                f"{_LARGER * count / whole.seconds:,.0f}",
                f"{whole.megabytes:.0f}",
                f"{microseconds(load(model), one):.0f} us",
            )
    console = Console()
    console.print(table)
    console.print(
        f"{count:,} words; {machine.described()['processor']}, load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    typer.run(main)
