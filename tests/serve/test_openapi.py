"""The description of the interface fits what the server sends and takes."""

import re

import pytest

from chainrule.serve import messages
from chainrule.serve.openapi import description


def references(value):
    """Yield every reference in JSON values."""
    if isinstance(value, dict):
        yield from (each for name, each in value.items() if name == "$ref")
        value = [*value.values()]
    if isinstance(value, list):
        for each in value:
            yield from references(each)


def test_the_server_sends_its_description(running):
    answer = running.client.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == description()
    assert answer.json()["openapi"].startswith("3.1")


def test_every_reference_is_defined():
    found = description()
    names = {re.fullmatch(r"#/components/schemas/(\w+)", each)[1] for each in references(found)}
    assert names == set(found["components"]["schemas"])


def test_every_path_is_answered(running):
    for path, methods in description()["paths"].items():
        for method, stated in methods.items():
            body = {"text": "Ada"} if method == "post" else None
            answer = running.client.request(method.upper(), path, json=body)
            kinds = stated["responses"][str(answer.status_code)]["content"]
            assert answer.headers["content-type"].partition(";")[0] in kinds


ANSWERS = [
    ({"text": "Ada visited Turin"}, "TextAnswer"),
    ({"texts": ["Ada", "Turin"]}, "TextsAnswer"),
    ({"words": [["Ada", "ran"]]}, "WordsAnswer"),
    ({"text": 5}, "ErrorAnswer"),
]


@pytest.mark.parametrize(("body", "name"), ANSWERS)
def test_answers_have_the_described_form(running, body, name):
    answer = running.ask(body)
    stated = description()["paths"]["/entities"]["post"]["responses"][str(answer.status_code)]
    model = getattr(messages, name)
    assert f"#/components/schemas/{name}" in references(stated)
    assert model.model_validate_json(answer.content).model_dump(mode="json") == answer.json()


def test_statuses_of_refusals_are_described(running):
    stated = description()["paths"]["/entities"]["post"]["responses"]
    assert {"400", "408", "413", "415", "422", "500", "503", "504"} < set(stated)
    schema = description()["components"]["schemas"]["EntitiesRequest"]
    assert [each["required"] for each in schema["oneOf"]] == [["text"], ["texts"], ["words"]]
    assert all("default" not in each for each in schema["properties"].values())
