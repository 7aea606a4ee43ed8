"""The description of the server's interface, in the format OpenAPI 3.1."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

import chainrule as cr
from chainrule.serve.messages import (
    EntitiesRequest,
    ErrorAnswer,
    Health,
    TextAnswer,
    TextsAnswer,
    WordsAnswer,
)

_ANSWERS = (TextAnswer, TextsAnswer, WordsAnswer)
_REFUSALS = {
    400: "The body is not valid JSON.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    415: "The body has another type than application/json.",
    422: "The JSON does not have the fields of a request.",
    500: "The model failed on the input.",
    503: "Too many requests are in work, or the server stops; Retry-After says when to retry.",
    504: "The answer was not ready in time.",
}


def description() -> dict[str, Any]:
    """Return the description as JSON values."""
    models: list[type[BaseModel]] = [EntitiesRequest, *_ANSWERS, ErrorAnswer, Health]
    _, schemas = models_json_schema(
        [(each, "validation") for each in models],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "chainrule ner serve",
            "version": cr.__version__,
            "description": "Entities in text. Places are counted in Unicode code points.",
        },
        "paths": {
            "/entities": {"post": _entities()},
            "/health": {"get": _get("The state of the server.", Health, 503)},
            "/health/live": {"get": _get("Whether a restart is needed.", Health, 503)},
            "/metrics": {"get": _text("Metrics in the text format of Prometheus.", "text/plain")},
            "/openapi.json": {
                "get": _text("This description.", "application/json", {"type": "object"})
            },
            "/": {"get": _text("A page to try a text.", "text/html")},
        },
        "components": {"schemas": schemas["$defs"]},
    }


def _entities() -> dict[str, Any]:
    return {
        "summary": "Find entities in a text, in several texts, or in sentences of words.",
        "operationId": "entities",
        "requestBody": {"required": True, "content": _json(_reference(EntitiesRequest))},
        "responses": {
            "200": {
                "description": "The entities, or the tags of words.",
                "content": _json({"anyOf": [_reference(each) for each in _ANSWERS]}),
            },
            **{
                str(status): {"description": text, "content": _json(_reference(ErrorAnswer))}
                for status, text in _REFUSALS.items()
            },
        },
    }


def _get(summary: str, model: type[BaseModel], failure: int) -> dict[str, Any]:
    content = _json(_reference(model))
    return {
        "summary": summary,
        "responses": {
            "200": {"description": "Yes.", "content": content},
            str(failure): {"description": "No.", "content": content},
        },
    }


def _text(summary: str, kind: str, schema: Any = None) -> dict[str, Any]:
    content = {kind: {"schema": schema or {"type": "string"}}}
    return {"summary": summary, "responses": {"200": {"description": "Done.", "content": content}}}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}
