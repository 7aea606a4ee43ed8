"""The reference has every public name."""

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

import chainrule as cr
from building.exports import exported

PAGES = sorted((Path(__file__).resolve().parents[2] / "docs" / "api").glob("*.rst"))
TABLE = re.compile(r"^\.\. names:: (\S+)\n\n((?:    \w+\n)+)", re.MULTILINE)
FILES = re.compile(r"^\.\. functions:: (\S+) (.+)\n", re.MULTILINE)
MODULES = (
    "chainrule",
    "chainrule.explore",
    "chainrule.explorer",
    "chainrule.language_model",
    "chainrule.lecture",
    "chainrule.ner",
    "chainrule.ner.advice",
    "chainrule.nn",
    "chainrule.nn.initial",
    "chainrule.optim",
    "chainrule.optim.schedules",
    "chainrule.pretrained.elmo",
    "chainrule.pretrained.files",
    "chainrule.pretrained.stanza",
    "chainrule.pretrained.flair",
    "chainrule.pretrained.tokenizer",
    "chainrule.random",
    "chainrule.serve",
    "chainrule.sklearn",
    "chainrule.spacy",
    "chainrule.text",
    "chainrule.text.vectors",
    "chainrule.train",
    "chainrule.train.doctor",
    "chainrule.train.metrics",
    "chainrule.word2vec",
    "chainrule.zoo",
)
HELPERS = {"drawn", "fans", "generator"}  # of the initialisers, for layers to use


def described():
    """Return everything that the reference describes, as (module, name)."""
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    by_hand = [(module, names.split()) for text in texts for module, names in TABLE.findall(text)]
    return [(module, name) for module, names in by_hand for name in names] + functions()


def functions():
    """Return the functions that the reference takes from the lists of exports."""
    return [
        (module, name)
        for page in PAGES
        for module, files in FILES.findall(page.read_text(encoding="utf-8"))
        for name in exported(module, files.split())
    ]


def public(module):
    """Return the names of functions, classes and gates that a module offers."""
    return {
        name: each
        for name, each in ((name, getattr(module, name)) for name in dir(module))
        if not name.startswith("_")
        and (inspect.isfunction(each) or inspect.isclass(each) or isinstance(each, cr.Primitive))
        and getattr(each, "__module__", "").startswith("chainrule")
    }


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_is_described(name):
    if name in ("chainrule.sklearn", "chainrule.spacy"):
        pytest.importorskip(name.removeprefix("chainrule."))
    known = {id(getattr(import_module(module), each)) for module, each in described()}
    module = import_module(name)
    missing = [each for each, found in public(module).items() if id(found) not in known]
    assert set(missing) <= HELPERS


def test_nothing_is_described_twice():
    found = described()
    assert len(found) == len(set(found)) > 300


def test_functions_follow_from_the_lists_of_exports():
    lists = (cr.ops.exports.functions, cr.ops.exports.losses)
    names = {name for each in lists for name in vars(each) if not name.startswith("_")}
    assert {name for _, name in functions()} == names


def test_all_names_of_the_package_are_public_ones():
    assert set(cr.__all__) >= set(public(cr)) | {"Graph", "explore", "nn", "optim", "train"}
    assert not {"graph", "ops", "storage"} & set(cr.__all__)
    assert all(hasattr(cr, name) for name in cr.__all__)
