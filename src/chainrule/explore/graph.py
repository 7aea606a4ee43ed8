"""The graph as users hold it: run forward, run backward, read, explained and drawn."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Any

from chainrule.explore.binding import bind, did_you_mean, require_whole
from chainrule.explore.derivation import Derivation
from chainrule.explore.derive.deriver import derive
from chainrule.explore.errors import DrawingError, UnknownNameError
from chainrule.explore.explain.explainer import explain
from chainrule.explore.explanation import Explanation
from chainrule.explore.gate import Gate
from chainrule.explore.live.explorer import Explorer, explore_record
from chainrule.explore.live.saved_page import SavedPage
from chainrule.explore.page.document import graph_document
from chainrule.explore.page.file import require_html, write_page
from chainrule.explore.record import Record
from chainrule.explore.render.dot import dot
from chainrule.explore.render.graph_picture import Picture
from chainrule.explore.render.graph_text import text
from chainrule.explore.seeded_sweep import SeededSweep, seed_values, seeded_sweep
from chainrule.explore.structure.fold import Unit, fold
from chainrule.explore.structure.folded_layers import closing, folded_layers
from chainrule.explore.structure.gate_names import names_of
from chainrule.explore.structure.opening import Open, closed_unless, opened_by_name
from chainrule.grad import Report, check_graph
from chainrule.graph import (
    Array,
    DTypeError,
    Input,
    Parameter,
    Tensor,
    evaluate,
    is_float,
    rebuild,
    topological_order,
)
from chainrule.ops import add

Result = float | int | bool | Array


class Graph:
    """The computational graph of one tensor, or of several.

    outputs  a tensor, or a sequence of tensors

    Values and gradients of a run are kept here; the tensors are not changed. Inputs are bound by
    name; parameters have their current value when the graph runs. Parameters of the same name get a
    suffix (`W`, `W_2`), in the order they were made.
    Raises AmbiguousNameError if two inputs share a name.
    """

    def __init__(self, outputs: Tensor | Sequence[Tensor]) -> None:
        self._single = isinstance(outputs, Tensor)
        self.outputs = _checked(outputs)
        order = topological_order(self.outputs)
        self._order = tuple(sorted(order, key=lambda node: node.serial))
        self._names = names_of(self._order)
        self._nodes = {self._names[node]: node for node in reversed(self._order)}
        self._backward: SeededSweep | None = None
        self._values: dict[Tensor, Array] = {}
        self._seeds: dict[Tensor, Array] = {}
        self._upstream: dict[Tensor, Array] = {}
        self._downstream: dict[tuple[Tensor, int], Array] = {}

    # -- running ---------------------------------------------------------------------------------

    def forward(self, /, **inputs: Any) -> Result | list[Result]:
        """Compute the gates in topological order, and return the value of the output.

        inputs   a value per input, by name; an input left out keeps the value it was made with
        returns  a Python number for a scalar, a read-only array otherwise; a list of these if the
                 graph was made of a sequence

        Raises UnknownInputError, UnboundInputError, ShapeError or DTypeError, naming the input;
        ChainruleError if the graph holds a count or a mask of parameters that have changed since.
        """
        require_whole(self._order)
        self._values = evaluate(self.outputs, bind(self.inputs, inputs))
        self._seeds, self._upstream, self._downstream = {}, {}, {}
        results = [_result(self._values[each]) for each in self.outputs]
        return results[0] if self._single else results

    def backward(self, upstream: Any = None) -> dict[str, Result | None]:
        """Visit every gate once, in reverse order, and return the gradient of every leaf by name.

        upstream  the gradient arriving at the output: 1 unless given. An array of the output's
                  shape if that is not a scalar, a list with one per output if there are several
        returns   per floating-point input and parameter its gradient; None where no path leads
                  from it to the output, which is not the same as zero

        The values are those of the last forward, which runs now if it has not run. Raises
        GradientError without `upstream` if the output is an array or there are several.
        """
        self._run_if_needed()
        seeds = seed_values(self.outputs, upstream)
        found = self._symbolic
        bound: dict[Tensor, Array] = {found.seeds[output]: value for output, value in seeds.items()}
        sweep = found.sweep
        wanted = [*sweep.upstream.values(), *sweep.downstream.values()]
        numbers = evaluate(wanted, {**self._values, **bound})
        self._seeds = seeds
        self._upstream = {node: numbers[each] for node, each in sweep.upstream.items()}
        self._downstream = {edge: numbers[each] for edge, each in sweep.downstream.items()}
        gradients = ((each, self._upstream.get(each)) for each in self._differentiable)
        return {self._names[each]: None if g is None else _result(g) for each, g in gradients}

    @property
    def _symbolic(self) -> SeededSweep:
        """The symbolic reverse sweep, built at the first backward and valid for all values."""
        if self._backward is None:
            self._backward = seeded_sweep(self.outputs, self._differentiable)
        return self._backward

    @property
    def _differentiable(self) -> list[Tensor]:
        kinds = (Input, Parameter)
        return [x for x in self._order if isinstance(x, kinds) and is_float(x.dtype)]

    def _run_if_needed(self) -> None:
        if not self._values:
            self.forward()

    def _differentiate_if_needed(self) -> None:
        if not self._seeds:
            self.backward()

    # -- reading ---------------------------------------------------------------------------------

    @property
    def inputs(self) -> dict[str, Tensor]:
        """The inputs by name, in the order they were made."""
        return {self._names[each]: each for each in self._order if isinstance(each, Input)}

    @property
    def parameters(self) -> dict[str, Tensor]:
        """The parameters by name, in the order they were made."""
        return {self._names[each]: each for each in self._order if isinstance(each, Parameter)}

    @property
    def gates(self) -> list[Gate]:
        """The gates in topological order, with the numbers of the last run."""
        record = self.record()
        return [Gate(record, each) for each in record.gates]

    def __getitem__(self, name: str) -> Gate:
        """Return the gate, input or parameter of this name, with its value and gradients."""
        if name in self._nodes:
            return Gate(self.record(), self._nodes[name])
        raise UnknownNameError(
            f"The graph has nothing named {name!r}.{did_you_mean(name, self._names.values())} "
            "print(graph) shows all names."
        )

    def __repr__(self) -> str:
        return self.text()

    def text(self, open: Open = False) -> str:
        """Return the graph as typed let-bindings, one line per gate; see `explain` for `open`."""
        return text(self.record(), self._units(open))

    def explain(self, open: Open = False) -> Explanation:
        """Return what every gate does to the gradient, in words, with the numbers of the last run.

        open  labels or paths of the gates and modules whose operations are shown one by one, such
              as "sigmoid" or "encoder.layers.0"; True opens all. Models are always open down to
              their layers, as long as that makes at most 40 paragraphs

        It prints as text, and has `markdown()`, `latex()`, `json()` and `to_dict()`. If the graph
        holds large arrays, it ends with receipts: the cost of every unit, forward and backward.
        Runs forward and backward if they have not run. Raises UnknownNameError for a name that no
        call has.
        """
        units = self._units(open)
        self._differentiate_if_needed()
        return Explanation(**vars(explain(self.record(), units)))

    def check(self, samples: int = 20, tolerance: float = 1e-5, seed: int = 0) -> Report:
        """Compare the gradients with central differences, at the numbers of the last run.

        Arguments and result are those of `cr.check_gradients`; for several outputs, the gradient of
        their sum is checked. Raises GradientError if an output is not finite.
        """
        self._run_if_needed()
        leaves = {
            node: Input(name, node.shape, node.dtype, self._values[node])
            for name, node in self.inputs.items()
        }
        made = rebuild(self.outputs, leaves)
        checked = [made[each] for each in self.outputs if is_float(each.dtype)]
        total = checked[0] if self._single else reduce(add, [each.sum() for each in checked])
        return check_graph(total, samples=samples, tolerance=tolerance, seed=seed)

    def derivation(self, open: Open = False, elements: bool = False) -> Derivation:
        """Return the gradient in textbook form, each line checked by central differences.

        open      the calls that are written out, as in `explain`; layers, if that makes at most 8
                  forward lines
        elements  whether every line is also derived element by element: its sum over indices, its
                  local gradients, the chain rule, and the matrix form with the shapes of its
                  factors; small tensors are written out whole

        Of three or more equal layers of a stack, the first is written out, and those opened by
        name. The others stay closed: one line each has the gradients of their parameters, checked
        by moving all of them together.

        It prints as text, and has `markdown()`, `latex()`, `json()` and `to_dict()`. Runs forward
        and backward if they have not run. The check is in float64. Raises ChainruleError for more
        than 1,000 lines forward.
        """
        gates = self.record().gates
        stacks = folded_layers(self._order, opened_by_name(open, gates))
        closed = closing(closed_unless(open, gates), stacks)
        self._differentiate_if_needed()
        return Derivation(**vars(derive(self.record(), closed, elements, stacks)))

    def dot(self, open: Open = False) -> str:
        """Return the picture in Graphviz' language; see `explain` for `open`."""
        if all(each.known for each in self.inputs.values()):
            self._run_if_needed()
        return dot(self.record(), self._units(open))

    def show(self, path: str | os.PathLike[str] | None = None, open: Open = False) -> Picture:
        """Draw the graph: values above the edges, gradients below them after backward.

        path  the file to write, ending in .svg, .png, .pdf or .dot; notebooks show the result
        open  see `explain`

        Raises DrawingError if the file cannot be written, or if pygraphviz is missing.
        """
        picture = Picture(self.dot(open))
        if path is not None:
            picture.save(path)
        return picture

    def explore(
        self, path: str | os.PathLike[str] | None = None, *, wait: bool | None = None
    ) -> Explorer | SavedPage:
        """Open the explorer page of the graph in a browser or notebook, or write it to a file.

        path     the file to write, ending in .html, which a browser opens without a network; None
                 to open the page
        wait     whether to return only when the page is closed with Ctrl-C; None for scripts, whose
                 end would close it, but not where statements are entered one by one
        returns  the page, which notebooks show in a frame; with `path` that of the file

        The page shows the forward and the backward graph, folded as in `explain`, with the numbers
        of the last run. Runs forward and backward if they have not run. Tensors of more than 4,096
        elements are sampled, with statistics of all elements; the page has at most 10 MB.

        A page that is opened has a server in this process, which this machine alone reaches and
        which runs the graph again for every edit; graph and tensors are not changed. It needs the
        packages of pip install 'chainrule[explore]'; without them a file is opened, where small
        graphs can be edited.

        Raises GradientError as `backward` does, DrawingError for another ending or a missing
        folder, StorageError if the file cannot be written, LiveError if no server can be started.
        """
        if path is not None:
            require_html(path)
        self._differentiate_if_needed()
        if path is None:
            return explore_record(self.record(), self._repr_svg_, wait)
        write_page(graph_document(self.record()), path)
        return SavedPage(Path(path), self._repr_svg_)

    def _repr_svg_(self) -> str | None:
        """Return what notebooks show: the picture, or None, for the text, without pygraphviz."""
        try:
            return self.show().svg()
        except DrawingError:
            return None

    def _units(self, open: Open) -> list[Unit]:
        gates = [node for node in self._order if node.primitive is not None]
        return fold(gates, closed_unless(open, gates))

    def record(self) -> Record:
        """Return a snapshot of the graph and of its last run."""
        return Record(
            self.outputs,
            self._order,
            self._names,
            self._values,
            self._upstream,
            self._downstream,
            self._backward if self._seeds else None,
            self._seeds,
        )


def _checked(outputs: Any) -> tuple[Tensor, ...]:
    found = tuple(outputs) if isinstance(outputs, list | tuple) else (outputs,)
    if not found or not all(isinstance(each, Tensor) for each in found):
        kinds = ", ".join(type(each).__name__ for each in found) or "an empty sequence"
        raise DTypeError(
            f"cr.Graph takes a tensor or a sequence of tensors but was given {kinds}. Compute the "
            "output with chainrule's functions from cr.input(...) or cr.parameter(...)."
        )
    return found


def _result(value: Array) -> Result:
    number: Result = value.item() if value.ndim == 0 else value
    return number
