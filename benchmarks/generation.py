"""Generation by GPT-2 beside transformers and PyTorch: tokens per second.

python -m benchmarks.generation [FOLDER]

FOLDER holds a GPT-2; without one, a network of the smallest published sizes (124 million weights)
is drawn. Both continue the same prompts with their caches of keys and values, in turns, and must
find the same tokens. Every token reads all weights once: the table also says how many bytes of
weights were read per second. On a machine that others use too, CHAINRULE_THREADS=1 and --threads 1
make processor time comparable: threads of PyTorch that wait for each other use it up.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from chainrule.pretrained import load

Array = np.ndarray[Any, Any]
Generate = Callable[[Array, int], Array]


def drawn(folder: Path) -> None:
    """Write a network of the smallest published sizes with drawn weights."""
    import torch
    import transformers

    torch.manual_seed(0)
    transformers.GPT2LMHeadModel(transformers.GPT2Config()).save_pretrained(folder)


def peer(folder: Path, beams: int, threads: int) -> Generate:
    """Return the function that continues prompts in PyTorch."""
    import torch
    import transformers

    torch.set_num_threads(threads)
    model = transformers.GPT2LMHeadModel.from_pretrained(folder).eval()

    @torch.inference_mode()
    def generate(ids: Array, length: int) -> Array:
        found = model.generate(
            torch.from_numpy(ids).long(),
            attention_mask=torch.ones(ids.shape, dtype=torch.long),
            min_new_tokens=length,
            max_new_tokens=length,
            num_beams=beams,
            do_sample=False,
            pad_token_id=0,
        )
        return found.numpy()

    return generate


def ours(folder: Path, beams: int) -> tuple[Generate, int]:
    """Return the function that continues prompts, and the bytes of weights that a token reads."""
    net = load(folder)
    read = sum(each.nbytes for each in net.state().values())
    read -= net.body.embeddings.positions.weight.nbytes

    def generate(ids: Array, length: int) -> Array:
        return np.stack(net.generate(list(ids), length, end=-1, beams=beams))

    return generate, read


def measured(generate: Generate, ids: Array, length: int) -> tuple[float, float, Array]:
    """Return the seconds of the clock and of the processors that a generation took, and its ids."""
    start, used = time.perf_counter(), time.process_time()
    found = generate(ids, length)
    return time.perf_counter() - start, time.process_time() - used, found


def main(
    folder: Annotated[Path | None, typer.Argument(help="That of a GPT-2.")] = None,
    length: Annotated[int, typer.Option(help="Tokens that are generated.")] = 32,
    prompt: Annotated[int, typer.Option(help="Tokens of a prompt.")] = 16,
    texts: Annotated[int, typer.Option(help="Prompts that are continued together.")] = 1,
    beams: Annotated[int, typer.Option(help="Beams; 1 for the best token every time.")] = 1,
    threads: Annotated[int, typer.Option(help="Threads of PyTorch.")] = 2,
    rounds: Annotated[int, typer.Option(help="Measurements of each, in turns.")] = 5,
) -> None:
    """Measure both in turns, and print tokens per second."""
    with tempfile.TemporaryDirectory() as scratch:
        if folder is None:
            drawn(folder := Path(scratch) / "gpt2")
        (own, read), other = ours(folder, beams), peer(folder, beams, threads)
        sides = {"chainrule": own, "transformers": other}
        ids = np.random.default_rng(0).integers(0, 1000, (texts, prompt))
        found: dict[str, list[tuple[float, float, Array]]] = {name: [] for name in sides}
        for each in sides.values():
            each(ids, 2)
        for _ in range(rounds):
            for name, each in sides.items():
                found[name].append(measured(each, ids, length))
    same = all(np.array_equal(a[2], b[2]) for a, b in zip(*found.values(), strict=True))
    tokens = texts * length
    table = Table("", "tokens/s", "best", "GB/s of weights", "tokens/s of processor time", box=None)
    rates = {}
    for name, runs in found.items():
        clock, used = ([run[i] for run in runs] for i in (0, 1))
        rates[name] = tokens / statistics.median(clock)
        table.add_row(
            name,
            f"{rates[name]:.1f}",
            f"{tokens / min(clock):.1f}",
            f"{length * read / statistics.median(clock) / 1e9:.1f}",
            f"{tokens / statistics.median(used):.1f}",
        )
    console = Console()
    console.print(table)
    console.print(
        f"{rates['chainrule'] / rates['transformers']:.2f} times as many tokens per second"
    )
    console.print(f"Tokens are {'equal' if same else 'different'}.")
    console.print(", ".join(f"{name} {each}" for name, each in machine.described().items()))


if __name__ == "__main__":
    typer.run(main)
