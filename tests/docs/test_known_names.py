"""The page of names of other libraries: complete, up to date, and of names that exist."""

import ast
import inspect
import re
from fnmatch import fnmatchcase

import numpy as np
import pytest

import chainrule as cr
from building.names import collect, page
from building.names.answers import answer, refused, written
from chainrule.ops import call_of

FUNCTIONS = collect.read()
LISTED = {f"{space}.{name}" for space, names in FUNCTIONS.items() for name in names}
TAKES_TENSORS = re.compile(r"`np\.([\w.]+)[^`]*`, which takes tensors")
NAME = re.compile(r"cr(\.\w+)+")
SNIPPET = re.compile(r"`([^`]+)`")


def parsed(text):
    """Yield the calls of functions of chainrule in the code of an answer."""
    for code in SNIPPET.findall(text) if "`" in text else [text]:
        for node in ast.walk(ast.parse(code, mode="eval")):
            if isinstance(node, ast.Call) and NAME.fullmatch(ast.unparse(node.func)):
                yield node


def test_the_page_is_up_to_date():
    assert page.PAGE.read_text(encoding="utf-8") == page.generated(), "run python -m building.names"


@pytest.mark.parametrize("namespace", FUNCTIONS)
def test_every_function_has_an_answer(namespace):
    missing = [each for each in FUNCTIONS[namespace] if answer(namespace, each).kind == "none"]
    assert not missing


def test_what_is_listed_is_what_the_libraries_have():
    for library in collect.LIBRARIES:
        pytest.importorskip(library)
    if collect.installed() != collect.collected():
        pytest.skip("other versions of the libraries are installed")
    assert {name: collect.functions_of(name) for name in FUNCTIONS} == FUNCTIONS


def last(name):
    return name.rpartition(".")[2]


@pytest.mark.parametrize("name", written())
def test_an_expression_answers_for_a_function_and_calls_ours_rightly(name):
    users = [each for each in LISTED if name in (each, last(each))]
    texts = {answer(*each.rsplit(".", 1)).text.strip("`") for each in users}
    assert written()[name].strip("`") in texts, "something else answers for every such function"
    for call in parsed(written()[name]):
        bound = inspect.signature(eval(ast.unparse(call.func), {"cr": cr})).bind_partial
        bound(*call.args, **{each.arg: each.value for each in call.keywords})


@pytest.mark.parametrize(("pattern", "reason"), refused())
def test_a_reason_is_given_for_a_function(pattern, reason):
    matching = [each for each in LISTED if any(fnmatchcase(n, pattern) for n in (each, last(each)))]
    assert any(answer(*each.rsplit(".", 1)).text == reason for each in matching)


def test_functions_of_numpy_that_are_said_to_take_tensors_do():
    for name in TAKES_TENSORS.findall(page.generated()):
        function = np
        for part in name.split("."):
            function = getattr(function, part)
        assert call_of(function) is not None, name
