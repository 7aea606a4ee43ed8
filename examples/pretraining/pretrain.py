"""Pretrain a small BERT on text files: `python pretrain.py --text FILE --out FOLDER`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from hidden_tokens import Chunks, HiddenTokens, chunks_of
from vocabulary import write_folder

import chainrule as cr
from chainrule.pretrained import fresh

HELD_OUT = 0.02


def main(
    text: Annotated[list[Path], typer.Option(help="A text file; repeat for more.")],
    out: Annotated[Path, typer.Option(help="The folder of the network.")],
    pieces: Annotated[int, typer.Option(help="Word pieces of the vocabulary.")] = 12_000,
    layers: int = 4,
    width: int = 192,
    heads: int = 4,
    length: Annotated[int, typer.Option(help="Tokens of a chunk.")] = 64,
    batch_size: int = 32,
    epochs: int = 4,
    learning_rate: float = 1e-3,
    seed: int = 0,
) -> None:
    """Make a vocabulary, train on hidden tokens, and write the network. A stopped run goes on."""
    texts = [each for path in text for each in paragraphs(path)]
    start = out / "start"
    if not (start / "config.json").exists():
        sizes = {
            "hidden_size": width,
            "num_hidden_layers": layers,
            "num_attention_heads": heads,
            "intermediate_size": 4 * width,
            "max_position_embeddings": 512,
        }
        write_folder(start, texts, sizes, pieces)
    net = fresh(start, head="masked-language", random=seed)
    ids = chunks_of(net.tokenizer, texts, length)
    order = np.random.default_rng(seed).permutation(len(ids))
    held_out = max(batch_size, round(HELD_OUT * len(ids)))
    special = net.tokenizer.special_ids["mask"]
    options = {"mask": special, "ordinary": special + 1, "batch_size": batch_size}
    data = Chunks(ids[order[held_out:]], **options, seed=seed)
    development = [*Chunks(ids[order[:held_out]], **options, seed=seed)(0)]
    print(f"{len(texts):,} texts, {ids.size:,} tokens in {len(ids):,} chunks, {held_out} held out")

    model = HiddenTokens(net)
    steps = epochs * (len(data.ids) // batch_size)
    rate = cr.optim.schedules.WarmUp(
        cr.optim.schedules.Linear(learning_rate, 0.0, steps), max(1, steps // 20)
    )
    optimizer = cr.optim.AdamW(model.parameters(), rate, weight_decay=0.01)
    cr.train.fit(
        model,
        optimizer,
        cr.nn.cross_entropy,
        data,
        epochs=epochs,
        validate=development,
        metrics=[cr.train.metrics.Accuracy()],
        checkpoint=out / "checkpoints",
        progress="lines",
    )
    net.save(out / "network")
    print(f"{out / 'network'} holds the network")


def paragraphs(path: Path) -> list[str]:
    """Return the paragraphs of a text file: lines up to an empty one, joined."""
    blocks = path.read_text(encoding="utf-8").split("\n\n")
    return [joined for each in blocks if (joined := " ".join(each.split()))]


if __name__ == "__main__":
    typer.run(main)
