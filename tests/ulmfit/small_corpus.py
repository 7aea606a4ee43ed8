"""A small language: sentences of two topics, which a language model and a classifier learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np

TOPICS = {
    "food": ("bread", "cheese", "soup", "bakes", "cooks", "eats"),
    "sport": ("ball", "match", "race", "runs", "plays", "wins"),
}


def sentence(topic: str, random: np.random.Generator) -> str:
    """Return a sentence: "the cook bakes the bread", with words of a topic."""
    words = TOPICS[topic]
    subject, thing = random.choice(words[:3], 2)
    return f"The {subject} {random.choice(words[3:])} the {thing} and {random.choice(words[3:])}."


def texts(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """Return labels and texts, both topics in turn."""
    random = np.random.default_rng(seed)
    return [(topic, sentence(topic, random)) for topic in list(TOPICS) * (count // 2)]


def write_labelled(path: Path, count: int, seed: int = 0) -> Path:
    """Write a file of labelled texts."""
    rows = [f"{label}\t{text}" for label, text in texts(count, seed)]
    path.write_text("\n".join(["label\ttext", *rows]) + "\n", encoding="utf-8")
    return path


def write_raw(path: Path, count: int, seed: int = 9) -> Path:
    """Write raw text, documents separated by empty lines."""
    path.write_text("\n\n".join(text for _, text in texts(count, seed)), encoding="utf-8")
    return path
