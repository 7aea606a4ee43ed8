"""Vectors of texts beside transformers and PyTorch: texts per second.

python -m benchmarks.pretrained FOLDER --texts dev.tsv

Both have the same tokenizer, take two threads and batches of similar length, and make normalised
means of hidden states, which must agree. They are measured in turns. FOLDER is that of a network
for sentences; the last column of the table has the texts, of which the first words are short ones.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from chainrule.pretrained import PretrainedNetwork, load

_THREADS = 2
_BATCH = 32  # texts of a batch of the peer
_SHORT = 12  # words
_LIMIT = 1e-5  # of the difference of normalised vectors
Array = np.ndarray[Any, Any]
Embed = Callable[[Sequence[str]], Array]


def texts_of(path: Path, count: int) -> dict[str, list[str]]:
    """Return the texts of a table by kind: whole ones, and their first words."""
    lines = path.read_text(encoding="utf-8").splitlines()[1 : count + 1]
    whole = [line.rpartition("\t")[2] for line in lines]
    return {"whole texts": whole, "short texts": [" ".join(t.split()[:_SHORT]) for t in whole]}


def peer(folder: Path, net: PretrainedNetwork) -> Embed:
    """Return the function that embeds texts in PyTorch."""
    import torch
    import transformers

    torch.set_num_threads(_THREADS)
    model = transformers.AutoModel.from_pretrained(folder).eval()

    def vectors(ids: Array, mask: Array) -> Array:
        visible = torch.from_numpy(mask)
        hidden = model(torch.from_numpy(ids).long(), attention_mask=visible.long())[0]
        weights = visible[:, :, None].to(hidden.dtype)
        means = (hidden * weights).sum(1) / weights.sum(1)
        found: Array = torch.nn.functional.normalize(means).numpy()
        return found

    @torch.inference_mode()
    def embed(texts: Sequence[str]) -> Array:
        ids, mask, _ = net.tokenizer.encode_batch(texts, max_length=net.source.pooling.longest)
        lengths = mask.sum(1)
        order = np.argsort(lengths, kind="stable")
        found = np.empty((len(order), net.body.settings.width), np.float32)
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            longest = int(lengths[chosen].max())
            found[chosen] = vectors(ids[chosen, :longest], mask[chosen, :longest])
        return found

    return embed


def seconds(embed: Embed, texts: Sequence[str]) -> float:
    """Return the time of one call."""
    begin = time.perf_counter()
    embed(texts)
    return time.perf_counter() - begin


def main(
    folder: Annotated[Path, typer.Argument(help="The folder of a network for sentences.")],
    texts: Annotated[Path, typer.Option(help="A table whose last column has texts.")],
    count: Annotated[int, typer.Option(min=1, help="The number of texts.")] = 512,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; the table has medians.")] = 5,
) -> None:
    """Measure texts per second beside transformers; fail if the vectors differ."""
    net, console = load(folder), Console()
    theirs = peer(folder, net)
    table = Table("texts", "chainrule, 1/s", "transformers, 1/s", "ratio", "difference")
    for kind, some in texts_of(texts, count).items():
        difference = float(np.abs(net.embed(some) - theirs(some)).max())
        if difference > _LIMIT:
            raise SystemExit(f"The vectors of {kind} differ by {difference:.1e}.")
        times = [(seconds(net.embed, some), seconds(theirs, some)) for _ in range(rounds)]
        ratio = statistics.median(peers / ours for ours, peers in times)
        rates = [len(some) / statistics.median(each) for each in zip(*times, strict=True)]
        table.add_row(kind, *(f"{each:.0f}" for each in rates), f"{ratio:.2f}", f"{difference:.0e}")
    console.print(table)
    for name, value in machine.described().items():
        console.print(f"{name}: {value}", highlight=False)


if __name__ == "__main__":
    typer.run(main)
