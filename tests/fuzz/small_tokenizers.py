"""Small vocabularies of the kinds that pretrained networks have, written into folders."""

import json

LETTERS = "abcdefghijklmnopqrstuvwxyz"
PIECES = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "play", "##ing", "##ed", "un", "##aff"),
    *("##able", "Hello", "hello", "world", "cafe", "café", "naive", "#", "!", "?", ",", ".", "'"),
    *("我", "喜", "欢", "学", "한국", "##어", "문", "##장", "한", "ᄒ", "##ᅡ", "##ᆫ", "😀", "$", "I"),
    *LETTERS,
    *(f"##{letter}" for letter in LETTERS),
    *("A", "##A", "É", "##É", "é", "##é", "1", "##2", "ß", "##ß"),
]
# The pieces of bytes that GPT-2 shows as other letters; "Ġ" is the space.
BYTES = [chr(each) for each in (*range(33, 127), *range(161, 173), *range(174, 512))][:256]
MERGES = ["h e", "l l", "he ll", "hell o", "Ġ w", "Ġw o", "r l", "Ġwo rl", "Ġworl d", "i n", "in g"]


def word_piece(folder, **settings):
    (folder / "vocab.txt").write_text("".join(f"{each}\n" for each in PIECES), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def byte_level(folder, **settings):
    merged = [each.replace(" ", "") for each in MERGES]
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    pieces = [*special, *BYTES, *merged, "<mask>"]
    ids = {piece: number for number, piece in enumerate(pieces)}
    (folder / "vocab.json").write_text(json.dumps(ids))
    lines = ["#version: 0.2", *MERGES]
    (folder / "merges.txt").write_text("".join(f"{each}\n" for each in lines), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
