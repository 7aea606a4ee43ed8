"""Loading of pretrained networks: the folder is read and checked before a network is returned."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.nn.initial import generator
from chainrule.pretrained.assembly import assembled, parts_of
from chainrule.pretrained.families.catalogue import family_of
from chainrule.pretrained.files import open_folder
from chainrule.pretrained.network import PretrainedNetwork
from chainrule.pretrained.recognition import recognised
from chainrule.pretrained.stored.array_names import array_names
from chainrule.pretrained.stored.head_choice import Labels, choose_head
from chainrule.pretrained.stored.stored_parts import StoredParts
from chainrule.pretrained.stored.stored_tokenizer import stored_tokenizer
from chainrule.pretrained.stored.supported import require_supported
from chainrule.pretrained.stored_family import LoadRequest


def load(
    folder: str | os.PathLike[str],
    head: str | None = None,
    labels: Labels = None,
    lower: bool | None = None,
    random: np.random.Generator | int | None = None,
) -> Any:
    """Return the pretrained network of a folder, in inference mode.

    folder  as hubs lay it out: config.json, model.safetensors or pytorch_model.bin (also in
            shards), the files of a tokenizer. Nothing is downloaded or executed
    head    what is computed from the encoder's output: "classification" of texts or pairs, labels
            of "tokens", "masked-language" or "next-sentence"; None for no head. A head that the
            file holds is loaded. Otherwise its values are drawn: `net.source.fresh` lists them
    labels  names of the labels of a head, or their number; those of the file if None. Others than
            those of the file bring a fresh head. One label is a regression
    lower   whether the tokenizer makes lower case; as its files say if None
    random  a NumPy generator or a seed, for fresh values and dropout; fresh entropy if None

    Families: BERT, DistilBERT, RoBERTa and XLM-R are a `PretrainedNetwork`. Families with files of
    their own have classes of their own: GPT-2 is a `gpt2.Gpt2Network` and Transformer-XL a
    `transformer_xl.TransformerXLNetwork`, ULMFiT a `ulmfit.UlmfitNetwork` (heads "language-model"
    and "classification"), ELMo an `elmo.ElmoNetwork`; a file of Flair is a
    `flair.CharacterLanguageModel` or a `flair.FlairTagger`, a folder of Stanza's files a
    `stanza.StanzaTagger`.

    Everything is read and checked before a network is returned. Raises PretrainedError, with a list
    of all differences, for weights that do not fit the configuration, and for unknown families and
    what is not supported; StorageError for files that cannot be read.
    """
    request = LoadRequest(head, labels, lower, generator(random))
    family = recognised(Path(folder))
    return family.load(Path(folder), request) if family else load_encoder(folder, request)


def load_encoder(folder: str | os.PathLike[str], request: LoadRequest) -> PretrainedNetwork:
    """Return the network of a folder whose config.json names a family of encoders; see `load`."""
    stored, source = open_folder(folder), request.random
    family = family_of(stored.config)
    require_supported(stored.config)
    names = array_names(stored.weights, family)
    choice = choose_head(family, request.head, request.labels, stored.config, names.own)
    parts = StoredParts(stored, family, names, choice)
    settings = parts.settings()
    tokenizer = stored_tokenizer(stored, request.lower, settings.vocabulary)
    body, made = parts_of(stored, choice, settings, source)
    fresh = parts.fill(body, made)
    return assembled(
        (body, made), stored, family, choice, tokenizer, fresh=fresh, unread=parts.unread()
    )
