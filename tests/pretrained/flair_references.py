"""Small networks of Flair with random weights, in its own files, and what it computes of them.

`python tests/pretrained/flair_references.py` records them in the folder `references/flair` here,
for tests on machines without that library; its version was 0.15.1.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

RECORDED = Path(__file__).parent / "references" / "flair"
SENTENCES = [
    ["Ab", "cé", "de."],
    ["xyz"],
    ["fgh", "", "a", "de"],
    ["ab", "cde"] * 90,
]
TEXT = "\nAb cé de. fgh\na jx "
MODELS: dict[str, dict[str, Any]] = {
    "forward": {"is_forward_lm": True},
    "backward": {"is_forward_lm": False},
    "projected": {"is_forward_lm": True, "nout": 5, "nlayers": 2},
}
TAGGERS: dict[str, dict[str, Any]] = {
    "tagger": {},
    "tagger-without-crf": {"use_crf": False, "rnn_layers": 2},
    "tagger-linear": {"use_rnn": False, "reproject_embeddings": False},
}
_CHARACTERS = "abcdefghij \nA.é"


def record(folder: Path, seed: int) -> None:
    """Write files of Flair, and what it computes, into a folder."""
    import flair
    import torch

    flair.device = torch.device("cpu")
    torch.manual_seed(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for name, options in MODELS.items():
        model = _model(options)
        model.save(folder / f"{name}.pt")
        np.savez_compressed(folder / f"{name}.npz", **_of_model(model, folder / f"{name}.pt"))
    for name, options in TAGGERS.items():
        tagger = _tagger(folder, options)
        tagger.save(folder / f"{name}.pt")
        np.savez_compressed(folder / f"{name}.npz", **_of_tagger(tagger))


def _randomised(module: Any, size: float) -> Any:
    import torch

    with torch.no_grad():
        for name, each in module.named_parameters():
            if name.endswith("transitions"):
                each[:-2, :-1] = torch.randn(each[:-2, :-1].shape)  # not to <START>, from <STOP>
                each[-1, :-1] = torch.randn(each[-1, :-1].shape)
            elif ".lm." not in name:
                each.copy_(torch.randn(each.shape) * size)
    return module.eval()


def _model(options: dict[str, Any]) -> Any:
    from flair.data import Dictionary
    from flair.models import LanguageModel

    table = Dictionary()
    for each in _CHARACTERS:
        table.add_item(each)
    sizes = {"hidden_size": 6, "nlayers": 1, "embedding_size": 4}
    return _randomised(LanguageModel(table, **{**sizes, **options}), 0.5)


def _tagger(folder: Path, options: dict[str, Any]) -> Any:
    from flair.data import Dictionary
    from flair.embeddings import FlairEmbeddings, StackedEmbeddings
    from flair.models import SequenceTagger

    tags = Dictionary()
    for each in ("PER", "LOC"):
        tags.add_item(each)
    tags.span_labels = True
    read = [FlairEmbeddings(folder / f"{name}.pt") for name in ("forward", "backward")]
    made = SequenceTagger(StackedEmbeddings(read), tags, "ner", hidden_size=5, **options)
    return _randomised(made, 0.8)


def _of_model(model: Any, path: Path) -> dict[str, Any]:
    """Return the states, scores and gradients of a text, and the vectors of words."""
    import torch
    from flair.data import Sentence
    from flair.embeddings import FlairEmbeddings

    ids = torch.tensor(model.dictionary.get_idx_for_items(list(TEXT)))[:, None]
    scores, outputs, (h, c) = model(ids, model.init_hidden(1))
    loss = torch.nn.functional.cross_entropy(scores[:-1, 0], ids[1:, 0])
    loss.backward()
    found = {"outputs": outputs, "scores": scores, "h": h, "c": c, "loss": loss}
    found |= {f"gradient {name}": each.grad for name, each in model.named_parameters()}
    arrays = {name: each.detach().numpy() for name, each in found.items()}
    embeddings = FlairEmbeddings(path)
    for number, words in enumerate(SENTENCES):
        sentence = Sentence([each for each in words if each])
        embeddings.embed(sentence)
        arrays[f"words {number}"] = np.array([each.embedding.numpy() for each in sentence])
    return {"ids": ids.numpy(), **arrays}


def _of_tagger(tagger: Any) -> dict[str, Any]:
    """Return the scores and the tags of words."""
    from flair.data import Sentence

    found: dict[str, Any] = {}
    seen: list[Any] = []
    tagger.linear.register_forward_hook(lambda module, given, scores: seen.append(scores))
    for number, words in enumerate(SENTENCES):
        sentence = Sentence([each for each in words if each])
        vectors, lengths = tagger._prepare_tensors([sentence])
        scores = tagger(vectors, lengths)
        found[f"scores {number}"] = seen[-1][0].detach().numpy()
        if tagger.use_crf:
            best = tagger.viterbi_decoder.decode(scores, False, [sentence])[0][0]
            found[f"tags {number}"] = np.array([tag for tag, _ in best])
        else:
            entries = tagger.label_dictionary.get_items()
            found[f"tags {number}"] = np.array([entries[i] for i in scores.argmax(1).tolist()])
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RECORDED)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    record(given.out, given.seed)
