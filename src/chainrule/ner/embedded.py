"""The embedded corpus: a few hundred English and Korean sentences, written for this project."""

from __future__ import annotations

from importlib import resources

from chainrule.ner.settings import Settings
from chainrule.text import Sentence, read_conll

SETTINGS = Settings(epochs=25, batch_size=64)
EXAMPLES = (
    "Marie Curie was born in Warsaw and won the Nobel Prize twice.",
    "The Bank of England was founded in London in 1694.",
    "세종대왕 은 서울 에서 한글 을 만들었다 .",
)


def corpus(part: str) -> list[Sentence]:
    """Return the sentences of a part of the corpus, "train" or "dev"."""
    with resources.as_file(resources.files("chainrule.ner") / "corpus" / f"{part}.conll") as path:
        return read_conll(path)
