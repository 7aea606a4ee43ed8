"""The settings of a tagger."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Units = Literal["words", "characters"]
VectorsMode = Literal["freeze", "fine-tune", "retrain"]
CharacterNetwork = Literal["none", "convolution", "lstm"]
EncoderName = Literal["window", "cnn", "bilstm", "pretrained"]
DecoderName = Literal["softmax", "crf"]
Augmentation = Literal["case", "mentions"]


class Settings(BaseModel):
    """The settings of a tagger, which are stored with the model.

    encoder         the network over the words of a sentence: "window", "cnn", "bilstm", or
                    "pretrained", the network of a folder
    decoder         "crf" scores sequences of tags, "softmax" single tags
    window          the number of neighbours on each side of a word, of the window encoder
    word_size       the extent of the vector of a word; that of the file of vectors, if one is
                    given; 0 for none
    vectors_mode    what training does to the vectors of a file: "freeze" keeps them, "fine-tune"
                    changes those of the words in the training data, "retrain" learns new ones
    capital_size    the extent of the vector of a capitalisation, 0 for none
    affix_size      the extent of the vector of each prefix and suffix, 0 for none
    characters      the network over the characters of a word: "none", "convolution" or "lstm"
    character_size  the extent of the vector of a character, and of the output of that network
    hidden          the number of units of the encoder; a bilstm has half of them per direction
    input_dropout   the share of inputs dropped in training, below 1
    hidden_dropout  the share of hidden units dropped in training, below 1
    unknown_rate    a word with n occurrences in training is replaced by the unknown word with the
                    probability rate / (rate + n)
    affix_dropout   the share of prefixes and suffixes that are unknown in training, below 1
    gazetteer_dropout
                    the share of names of a gazetteer left out in an epoch of training, below 1
    augment         changes of the training sentences, by name: "case" and "mentions"
    outside_bias    a number that is added to the score of the tag O after training; negative
                    numbers find more entities, of which fewer are right
    batch_size      the number of words per step, about; with a pretrained encoder, of sub-tokens
    epochs          the number of passes over the training data
    patience        the number of epochs without a better F1 after which training ends
    learning_rate   the learning rate of Adam in the first step; it falls to 0 as half a cosine.
                    With a pretrained encoder, the largest rate of AdamW for all other parts; it
                    rises from 0 and falls to 0 linearly
    encoder_rate    the largest rate of a pretrained encoder
    warm_up         with a pretrained encoder, the share of the steps in which rates rise
    freeze_encoder  True keeps the weights of a pretrained encoder
    last            the number of last layers of a pretrained encoder that are trained; None for
                    all layers and the embeddings
    max_length      the tokens that a pretrained encoder reads at once, special tokens included;
                    None for its number of positions. Longer sentences are read in overlapping
                    windows
    seed            of the initial weights, the order of the data and dropout

    Raises pydantic.ValidationError for values out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    encoder: EncoderName = "window"
    decoder: DecoderName = "crf"
    window: int = Field(default=2, ge=0, le=50)
    word_size: int = Field(default=64, ge=0)
    vectors_mode: VectorsMode = "fine-tune"
    capital_size: int = Field(default=8, ge=0)
    affix_size: int = Field(default=12, ge=0)
    characters: CharacterNetwork = "convolution"
    character_size: int = Field(default=30, ge=1)
    hidden: int = Field(default=300, ge=1)
    input_dropout: float = Field(default=0.5, ge=0, lt=1)
    hidden_dropout: float = Field(default=0.5, ge=0, lt=1)
    unknown_rate: float = Field(default=0.25, ge=0)
    affix_dropout: float = Field(default=0.0, ge=0, lt=1)
    gazetteer_dropout: float = Field(default=0.5, ge=0, lt=1)
    augment: tuple[Augmentation, ...] = ()
    outside_bias: float = 0.0
    batch_size: int = Field(default=256, ge=1)
    epochs: int = Field(default=15, ge=1)
    patience: int = Field(default=10, ge=1)
    learning_rate: float = Field(default=2e-3, gt=0)
    encoder_rate: float = Field(default=5e-5, gt=0)
    warm_up: float = Field(default=0.1, ge=0, lt=1)
    freeze_encoder: bool = False
    last: int | None = Field(default=None, ge=1)
    max_length: int | None = Field(default=None, ge=8)
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _require_consistent(self) -> Self:
        if self.freeze_encoder and self.last is not None:
            raise ValueError("freeze_encoder and last exclude each other; give one of them")
        if self.encoder != "pretrained" and not self.word_size:
            raise ValueError("word_size 0 is for a pretrained encoder; others read words")
        return self


def recommended(encoder: EncoderName, has_vectors: bool, units: Units = "words") -> Settings:
    """Return the settings that were best on a development set.

    That of CoNLL-2003 for words, that of KLUE for characters.
    """
    if encoder == "pretrained":
        return _for_pretrained(has_vectors)
    chosen: dict[str, Any] = {"encoder": encoder}
    if has_vectors:
        chosen |= {"input_dropout": 0.4, "unknown_rate": 1.0}
    if encoder == "bilstm":
        chosen |= {"learning_rate": 3e-3, "affix_size": 0}
    if units == "characters":
        chosen |= {"characters": "none", "affix_size": 12, "affix_dropout": 0.4}
    return Settings(**chosen)


def _for_pretrained(has_vectors: bool) -> Settings:
    return Settings(
        encoder="pretrained",
        word_size=64 if has_vectors else 0,
        characters="none",
        input_dropout=0.4,
        hidden_dropout=0.1,
        unknown_rate=1.0,
        batch_size=512,
        epochs=3,
        learning_rate=1e-3,
    )


# The settings of models of the first two formats, which did not store these.
FIRST_SETTINGS = {"decoder": "softmax", "affix_size": 0, "characters": "none"}
