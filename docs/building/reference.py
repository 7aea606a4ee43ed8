"""The reference: directives that list names in a table, and describe each below it.

`names` takes a module, and a name per line below it. `functions` takes a module and files of
`chainrule.ops`, whose public functions it describes. See the pages in `docs/api`.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx

import chainrule as cr
from building import gates
from building.docstrings import inline, restructured
from building.exports import exported

_INTERNAL = {  # methods that only the framework calls
    "chainrule.Tensor": {"current_value", "note_view", "peek", "with_inputs"},
    "chainrule.Parameter": {
        "current_value",
        "exchange",
        "note_view",
        "own",
        "store_rows",
        "stored",
    },
    "chainrule.Graph": {"record"},
    "chainrule.compile.Compiled": {"traced"},
    "chainrule.nn.Module": {"adopt", "parameter_paths"},
    "chainrule.nn.Recurrent": {"parameter_paths", "title", "cell"},
    "chainrule.nn.Cell": {"title"},
    "chainrule.optim.Optimizer": {"require_settable_rate"},
    "chainrule.sklearn.NeuralClassifier": {"set_score_request"},
    "chainrule.sklearn.NeuralRegressor": {"set_score_request"},
    "chainrule.sklearn.TextClassifier": {"set_score_request"},
    "chainrule.train.Callback": {"handles"},
    "chainrule.train.History": {"step_recorder", "restore"},
    "chainrule.train.Run": {"advance", "begin_next_epoch", "interrupt"},
    "chainrule.train.metrics.Metric": {"require_some"},
}

_MADE_BY_FUNCTIONS = (cr.Tensor, cr.Parameter)


class Names(Directive):
    """A table of public names of a module, with their descriptions."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the table and the descriptions."""
        module, names = self.listed()
        text = StringList([*_table(module, names), *_descriptions(module, names)], source=module)
        found = nodes.container()
        self.state.nested_parse(text, 0, found)
        return list(found.children)

    def listed(self) -> tuple[str, list[str]]:
        """Return the module, and the names to describe."""
        return self.arguments[0], [line.strip() for line in self.content if line.strip()]


class Functions(Names):
    """The table of the public functions of some files of `chainrule.ops`, and their docstrings."""

    required_arguments = 2
    final_argument_whitespace = True
    has_content = False

    def listed(self) -> tuple[str, list[str]]:
        """Return the module, and the functions of the files."""
        return self.arguments[0], exported(self.arguments[0], self.arguments[1].split())


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directives and the hooks."""
    app.add_directive("names", Names)
    app.add_directive("functions", Functions)
    app.connect("autodoc-process-docstring", _process)
    app.connect("missing-reference", _leave_as_code)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _table(module: str, names: Sequence[str]) -> Iterator[str]:
    yield from (".. list-table::", "    :class: names", "    :widths: auto", "")
    for name in names:
        described = getattr(import_module(module), name)
        yield f"    * - :py:obj:`{name} <{module}.{name}>`"
        yield f"      - {inline(_summary(described))}"
    yield ""


def _descriptions(module: str, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        path, described = f"{module}.{name}", getattr(import_module(module), name)
        kind, call = _kind(described)
        yield f".. auto{kind}:: {path}{call}"
        if kind == "class":
            yield "    :members:"
            hidden = _INTERNAL.get(path)
            yield from [f"    :exclude-members: {', '.join(sorted(hidden))}"] if hidden else []
        yield ""


def _kind(described: Any) -> tuple[str, str]:
    if isinstance(described, cr.Primitive):
        return "function", gates.call(described)
    if not inspect.isclass(described):
        return "function", ""
    if issubclass(described, Exception):
        return "exception", "()"
    return "class", "()" if described in _MADE_BY_FUNCTIONS else ""


def _summary(described: Any) -> str:
    if isinstance(described, cr.Primitive):
        return gates.summary(described)
    return (inspect.getdoc(described) or "").partition("\n")[0].removesuffix(".")


def _process(
    app: Sphinx, what: str, name: str, described: Any, options: Any, lines: list[str]
) -> None:
    if isinstance(described, cr.Primitive):
        lines[:] = gates.description(described)
    try:
        arguments = list(inspect.signature(described).parameters)
    except (TypeError, ValueError):
        arguments = []
    lines[:] = restructured(lines, arguments)


def _leave_as_code(
    app: Sphinx, env: Any, node: nodes.Element, contents: nodes.Element
) -> nodes.Element | None:
    """Keep code in backticks as text where the reference has no target for it."""
    return contents if node["reftype"] == "obj" else None
