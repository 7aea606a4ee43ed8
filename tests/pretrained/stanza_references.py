"""Small named-entity taggers of Stanza with random weights, and what the library computes.

`python tests/pretrained/stanza_references.py [FOLDER [SEED]]` records them, in the folder
`references` here if no other is given, for tests on machines without that library. It needs
Stanza 1.15; `python -m judges stanza` says how to install it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

RECORDED = Path(__file__).parent / "references"
TYPES = ("PER", "LOC")
TAGS = ["O", *(f"{prefix}-{each}" for each in TYPES for prefix in "BIES")]
SENTENCES = [
    ["Ada", "Lovelace", "lives", "in", "London", "."],
    ["Zürich"],
    ["the", "new", "York", "of", "Ada", "and", "New York", "x", "y", "."],
    ["in", "ADA", "日本"],
    ["Ada", "New", "in", "the", "new", "London", "Ada", "York", ".", ".", "Ada", "of", "new"],
    ["of", "York", "York", "York", "lives", "lives", "new"],
]
CASES = ("charlm", "charmodel", "columns", "old-names")
_COMMON = {"hidden_dim": 5, "char_emb_dim": 3, "char_hidden_dim": 4, "shorthand": "en_small"}
_OPTIONS: dict[str, dict[str, Any]] = {
    "charlm": {"charlm": True},
    "charmodel": {"num_layers": 2, "lowercase": False, "char_lowercase": True},
    "columns": {"connect_output_layers": True, "predict_tagset": 1, "input_transform": False},
    "old-names": {"char": False},
}


def record(case: str, folder: Path, seed: int = 0) -> None:
    """Write the files of one tagger as the library lays them out, and what it computes."""
    import torch
    from stanza.models.ner.trainer import Trainer

    torch.manual_seed(len(CASES) * seed + CASES.index(case))
    for name in ("ner", "pretrain", "forward_charlm", "backward_charlm"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    options = _options(case, folder)
    paths = _paths(options)
    vectors = _vectors(folder) if case != "columns" else None
    if case == "charlm":
        _language_models(folder)
    tagger = Trainer(options, _vocabulary(case, vectors), vectors, device="cpu")
    _draw(tagger.model, skipped="word_emb" if case == "charlm" else "none")
    path = folder / "ner" / "small.pt"
    tagger.args |= {name: Path(each).name for name, each in paths.items()}
    tagger.save(str(path))
    if case == "old-names":
        _rename(path)
    found = _computed(Trainer(args=paths, model_file=str(path), pretrain=vectors, device="cpu"))
    if case == "charlm":
        for direction in ("forward", "backward"):
            found |= _language_model_values(folder, direction)
    np.savez_compressed(folder / "computed.npz", **found)
    if case == "charmodel":
        (folder / "pretrain" / "small.pt").unlink()  # the tagger has its own vectors
    for each in folder.iterdir():
        if each.is_dir() and not any(each.iterdir()):
            each.rmdir()


def _options(case: str, folder: Path) -> dict[str, Any]:
    from stanza.models.ner_tagger import parse_args

    charlm = {f"charlm_{d}_file": f"{folder}/{d}_charlm/small.pt" for d in ("forward", "backward")}
    options = {**parse_args([]), **_COMMON, **_OPTIONS[case], "word_emb_dim": 6}
    return {**options, **(charlm if case == "charlm" else {})}


def _paths(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that are paths of files of this machine."""
    return {name: each for name, each in options.items() if name.endswith("ward_file") and each}


def _letters() -> list[str]:
    return sorted({" ", "\n", *"".join(word for each in SENTENCES[:3] for word in each)})


def _vectors(folder: Path) -> Any:
    from stanza.models.common.pretrain import Pretrain

    random, text = np.random.default_rng(3), folder / "vectors.txt"
    words = ["ada", "Ada", "london", "new\u00a0york", "york", "in", "the", "lives", "."]
    rows = [" ".join([word, *(f"{x:.4f}" for x in random.normal(size=6))]) for word in words]
    text.write_text("\n".join([f"{len(rows)} 6", *rows]) + "\n", encoding="utf-8")
    found = Pretrain(str(folder / "pretrain" / "small.pt"), str(text))
    found.load()
    text.unlink()
    return found


def _language_models(folder: Path) -> None:
    from stanza.models.common.char_model import CharacterLanguageModel
    from stanza.models.common.vocab import CharVocab

    args = {"char_emb_dim": 3, "char_hidden_dim": 4, "char_num_layers": 1}
    args |= {"char_dropout": 0.0, "char_rec_dropout": 0.0}
    for direction in ("forward", "backward"):
        vocabulary = {"char": CharVocab([_letters()])}
        model = CharacterLanguageModel(args, vocabulary, is_forward_lm=direction == "forward")
        _draw(model)
        model.save(str(folder / f"{direction}_charlm" / "small.pt"))


def _vocabulary(case: str, vectors: Any) -> Any:
    from stanza.models.common.vocab import CharVocab, CompositeVocab
    from stanza.models.ner.vocab import MultiVocab
    from stanza.models.pos.vocab import WordVocab

    words = [[(word,) for word in each] for each in SENTENCES[:2]]
    columns = [("O", "O"), *((tag, TAGS[-k]) for k, tag in enumerate(TAGS[1:], 1))]
    tags = [[(each if case == "columns" else each[:1],) for each in columns]]
    found = {"char": CharVocab([_letters()]), "tag": CompositeVocab(tags, "en", idx=0, sep=None)}
    if case in ("charlm", "columns"):
        ignore = {"zürich"} if case == "charlm" else None
        found["delta"] = WordVocab(words, "en", cutoff=1, lower=True, ignore=ignore)
    if vectors is not None:
        found["word"] = vectors.vocab
    return MultiVocab(found)


def _draw(model: Any, skipped: str = "none") -> None:
    """Draw all parameters, initial states too; rows of padding stay zero."""
    import torch

    with torch.no_grad():
        for name, each in model.named_parameters():
            if not name.startswith((skipped, "charmodel_")):
                each.copy_(torch.randn(each.shape) * 0.6)
            if name in ("delta_emb.weight", "word_emb.weight", "charmodel.char_emb.weight"):
                each[0] = 0


def _rename(path: Path) -> None:
    """Give the file the names and the vocabulary of tags of older versions."""
    import torch

    found = torch.load(path, weights_only=True)
    model, tags = found["model"], found["vocab"]["tag"]
    model["crit._transitions"] = model.pop("crits.0._transitions")
    for part in ("weight", "bias"):
        model[f"tag_clf.{part}"] = model.pop(f"tag_clfs.0.{part}")
    tags["_id2unit"], tags["_unit2id"] = tags["_id2unit"][0], tags["_unit2id"][0]
    del tags["sep"], tags["keyed"]
    found["vocab"]["_key2class"]["tag"] = "TagVocab"
    torch.save(found, path, _use_new_zipfile_serialization=False)


def _computed(tagger: Any) -> dict[str, np.ndarray[Any, Any]]:
    """Return scores, tags and entities of the sentences, and the loss of random tags."""
    from stanza.models.common.doc import Document
    from stanza.models.ner.data import DataLoader
    from stanza.models.ner.utils import decode_from_bioes

    document = Document([[{"id": k, "text": w} for k, w in enumerate(s, 1)] for s in SENTENCES])
    loader = DataLoader(
        document, 100, tagger.args, vocab=tagger.vocab, evaluation=True, preprocess_tags=False
    )
    tags = tagger.predict(loader[0])
    entities = [
        (number, each["start"], each["end"] + 1, each["type"])
        for number, sentence in enumerate(tags)
        for each in decode_from_bioes(sentence)
    ]
    found = {
        "tags": np.array([tag for each in tags for tag in each]),
        "entities": np.array([" ".join(map(str, each)) for each in entities]),
    }
    return {**found, **_scores_and_gradients(tagger, loader[0])}


def _scores_and_gradients(tagger: Any, batch: Any) -> dict[str, np.ndarray[Any, Any]]:
    import torch
    from stanza.models.ner.trainer import unpack_batch

    inputs, order, words, letters, lengths, wordlens, charlens, offsets = unpack_batch(batch, "cpu")
    random = torch.Generator().manual_seed(5)
    count, kept = tagger.vocab["tag"].lens()[0], tagger.args["predict_tagset"]
    shape = inputs[4].shape
    inputs[4] = torch.randint(4, count, shape, generator=random)
    inside = torch.arange(shape[1]) < torch.tensor(lengths)[:, None]
    inputs[4][~inside] = 0
    model, seen = tagger.model, {}
    model.taggerlstm.register_forward_hook(lambda _, given, out: seen.update(given=given, out=out))
    for each in model.parameters():
        each.requires_grad_(True)
    sentences, wordchars, mask, chars, tags = inputs
    loss, scores, _ = model(
        sentences,
        wordchars,
        mask,
        tags,
        words,
        lengths,
        wordlens,
        chars,
        offsets,
        charlens,
        letters,
    )
    loss.backward()
    back = np.argsort(order)
    found = {"loss": loss, "scores": _flat(scores[kept], back, lengths)}
    found |= {"given_tags": _flat(tags, back, lengths)}
    for name, packed in (("words", seen["given"][0]), ("hidden", seen["out"][0])):
        padded = torch.nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)[0]
        found[name] = _flat(padded, back, lengths)
    for name, each in model.named_parameters():
        if each.grad is not None and name.split(".")[0] not in model.unsaved_modules:
            found[f"gradient/{name}"] = each.grad
    return {name: each.detach().numpy() for name, each in found.items()}


def _flat(padded: Any, back: Any, lengths: list[int]) -> Any:
    """Return what belongs to words, sentence after sentence."""
    import torch

    return torch.cat([padded[k, : lengths[k]] for k in back])


def _language_model_values(folder: Path, direction: str) -> dict[str, np.ndarray[Any, Any]]:
    """Return outputs and gradients of a language model that reads the first sentence's letters."""
    import torch
    from stanza.models.common.char_model import CharacterLanguageModel

    model = CharacterLanguageModel.load(str(folder / f"{direction}_charlm" / "small.pt"))
    ids = torch.tensor([model.char_vocab().map(["\n", *"Ada lives in London "])])
    output, _, scores = model(ids, [ids.shape[1]])
    (torch.cos(output).sum() + torch.cos(scores).sum()).backward()
    found = {"ids": ids, "outputs": output, "scores": scores}
    found |= {f"gradient/{name}": each.grad for name, each in model.named_parameters()}
    return {f"{direction}/{name}": each.detach().numpy() for name, each in found.items()}


if __name__ == "__main__":
    home = Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDED
    for each in CASES:
        record(each, home / f"stanza-{each}", int(sys.argv[2]) if len(sys.argv) > 2 else 0)
