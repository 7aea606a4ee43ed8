"""The bodies of requests and responses, and the sentences for what does not fit."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chainrule.http.wrong_fields import parsed as parsed_as
from chainrule.ner import Entity
from chainrule.serve.batch_queue import Item

_NAMES = ("text", "texts", "words")
_EXPECTED = '{"text": "..."}, {"texts": ["...", ...]} or {"words": [["...", ...], ...]}'


def _absent(value: Any, description: str) -> Any:
    """Return a field that may be absent; `value` is no part of its description."""

    def without_default(schema: dict[str, Any]) -> None:
        del schema["default"]

    return Field(default=value, description=description, json_schema_extra=without_default)


class EntitiesRequest(BaseModel):
    """Text to find entities in: exactly one of text, texts and words."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "oneOf": [{"required": [name]} for name in _NAMES],
            "examples": [{"text": "Ada Lovelace visited Turin."}],
        },
    )

    text: str = _absent("", "One text.")
    texts: list[str] = _absent([], "Several texts.")
    words: list[list[str]] = _absent([], "Sentences of words; each word gets a tag.")

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        given = [name for name in _NAMES if name in self.model_fields_set]
        if len(given) != 1:
            found = " and ".join(given) or "none of them"
            raise ValueError(
                f"exactly one of text, texts and words is needed, and {found} is there"
            )
        return self

    @property
    def items(self) -> list[Item]:
        """The texts or the sentences."""
        if "text" in self.model_fields_set:
            return [self.text]
        return [*(self.texts or self.words)]


class TextAnswer(BaseModel):
    """The entities of one text."""

    model: str = Field(description="The SHA-256 of the weights of the model that answered.")
    entities: list[Entity]


class TextsAnswer(BaseModel):
    """The entities of each text."""

    model: str = Field(description="The SHA-256 of the weights of the model that answered.")
    entities: list[list[Entity]]


class WordsAnswer(BaseModel):
    """The tags of the words of each sentence, in the scheme of the training data."""

    model: str = Field(description="The SHA-256 of the weights of the model that answered.")
    tags: list[list[str]]


class Fault(BaseModel):
    """Why a request was refused."""

    status: int = Field(description="The HTTP status.")
    code: str = Field(description="A short name for programs.")
    message: str = Field(description="A sentence for people.")


class ErrorAnswer(BaseModel):
    """The answer to a request that was refused."""

    error: Fault


class Health(BaseModel):
    """The state of the server."""

    status: str = Field(description='"ready", "stopping" or "failed".')
    live: bool = Field(description="Whether requests can still be answered without a restart.")
    ready: bool = Field(description="Whether requests are accepted.")
    model: str = Field(description="The name of the model, which is that of its folder.")
    checksum: str = Field(description="The SHA-256 of model.safetensors.")
    labels: list[str] = Field(description="The types of entities that the model finds.")
    loaded: str = Field(description="When the model was loaded, UTC.")
    reload_error: str | None = Field(
        description="Why the folder, as it is now, could not be loaded; an earlier model is used."
    )


def parsed(body: bytes) -> EntitiesRequest:
    """Return a request; raises RefusedRequest for what is not JSON (400) or does not fit (422)."""
    return parsed_as(EntitiesRequest, body, _EXPECTED)


def answer(request: EntitiesRequest, checksum: str, answers: list[Any]) -> BaseModel:
    """Return the response of a request; `answers` has one entry per item."""
    if "text" in request.model_fields_set:
        return TextAnswer.model_construct(model=checksum, entities=answers[0])
    if "texts" in request.model_fields_set:
        return TextsAnswer.model_construct(model=checksum, entities=answers)
    return WordsAnswer.model_construct(model=checksum, tags=answers)
