"""The folder of a new BERT: a WordPiece vocabulary of some texts, and a configuration."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def write_folder(folder: Path, texts: Iterable[str], sizes: dict[str, int], pieces: int) -> None:
    """Write vocab.txt, tokenizer_config.json and config.json of a BERT that keeps case.

    texts   from which the vocabulary is made
    sizes   entries of config.json: hidden_size, num_hidden_layers, ...
    pieces  the largest number of word pieces
    """
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = word_pieces(texts, pieces)
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    _write_json(folder / "tokenizer_config.json", {"do_lower_case": False, "strip_accents": False})
    _write_json(
        folder / "config.json", {"model_type": "bert", "vocab_size": len(vocabulary), **sizes}
    )


def word_pieces(texts: Iterable[str], count: int) -> list[str]:
    """Return the word pieces of some texts, special tokens first."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=count, special_tokens=SPECIAL, limit_alphabet=4000, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    by_number = {number: piece for piece, number in tokenizer.get_vocab().items()}
    return [by_number[number] for number in range(len(by_number))]


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
