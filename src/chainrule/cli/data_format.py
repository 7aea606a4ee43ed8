"""The option that names the format of labelled data."""

from __future__ import annotations

from enum import StrEnum


class Form(StrEnum):
    """The formats of labelled data."""

    CONLL = "conll"
    JSONL = "jsonl"
    LABEL_STUDIO = "label-studio"
    BRAT = "brat"
    SPACY = "spacy"


FORMS = "conll, jsonl, label-studio, brat or spacy"
