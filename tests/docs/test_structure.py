"""Imports between modules: none is mutual, and those between folders are in ARCHITECTURE.md."""

import ast
import re
from pathlib import Path

import pytest

import chainrule as cr

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)/` \|.*\|([^|]*)\|$", re.MULTILINE)


def module_name(path):
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules():
    return {module_name(path): path for path in sorted(SOURCE.rglob("*.py"))}


def imported(tree, known):
    """Return the modules that a file names in imports, TYPE_CHECKING and functions included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in known)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for each in node.names:
                name = f"{node.module}.{each.name}"
                if name in known or node.module in known:
                    yield name if name in known else node.module


def cycles(imports):
    """Return the sets of modules that import each other, directly or not (Tarjan 1972)."""
    number, low, stack, found = {}, {}, [], set()

    def visit(name):
        number[name] = low[name] = len(number)
        stack.append(name)
        for each in imports[name]:
            if each not in number:
                visit(each)
            if each in stack:
                low[name] = min(low[name], low[each])
        if low[name] == number[name]:
            at = stack.index(name)
            if len(stack) - at > 1:
                found.add(frozenset(stack[at:]))
            del stack[at:]

    for name in imports:
        if name not in number:
            visit(name)
    return found


def all_imports():
    known = modules()
    return {
        name: set(imported(ast.parse(path.read_text(encoding="utf-8")), known)) - {name}
        for name, path in known.items()
    }


def folder(module):
    """Return the folder of a module; `chainrule` for the package itself and its own files."""
    name = module.split(".")[1] if "." in module else ""
    return name if (SOURCE / "chainrule" / name).is_dir() and name else "chainrule"


def test_no_modules_import_each_other():
    assert cycles(all_imports()) == set()


@pytest.mark.parametrize(
    ("imports", "wanted"),
    [
        ({"a": "b", "b": "c", "c": ""}, set()),
        ({"a": "b", "b": "a"}, {frozenset("ab")}),
        ({"a": "b", "b": "c", "c": "bd", "d": ""}, {frozenset("bc")}),
        ({"a": "bc", "b": "a", "c": "d", "d": "c"}, {frozenset("ab"), frozenset("cd")}),
    ],
)
def test_cycles_are_found(imports, wanted):
    assert cycles(imports) == wanted


def test_imports_for_type_checkers_and_in_functions_count():
    text = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from chainrule.graph import tensor
def load():
    import chainrule.nn
    from chainrule.ops import exp
"""
    known = {"chainrule.graph", "chainrule.graph.tensor", "chainrule.nn", "chainrule.ops"}
    assert set(imported(ast.parse(text), known)) == known - {"chainrule.graph"}


def test_the_table_of_the_architecture_has_the_imports_of_every_folder():
    found = {folder(name): set() for name in modules()}
    for name, imports in all_imports().items():
        found[folder(name)] |= {folder(each) for each in imports} - {folder(name)}
    del found["chainrule"]
    stated = {name: set(re.findall(r"`(\w+)`", cell)) for name, cell in ROW.findall(ARCHITECTURE)}
    assert stated == found


def test_the_architecture_counts_the_primitives():
    assert re.findall(r"(\d+) primitives", ARCHITECTURE) == [str(len(cr.PRIMITIVES))]
