"""Summaries of models: the tree of modules with shapes, parameters and costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from chainrule.compile.step_costs import ComputeCost
from chainrule.compile.trace import Signature, TracedGraph
from chainrule.graph import ChainruleError, html_table, topological_order
from chainrule.nn.module.call_cost import costs, tensors, traced_call, traced_training
from chainrule.nn.module.layer_count import layer_count, layers_text
from chainrule.nn.module.module import Module
from chainrule.nn.module.recorded_calls import ModuleCall
from chainrule.nn.module.repeated_rows import folded
from chainrule.nn.module.signature import Inputs, read_inputs, require_bindable, types_text
from chainrule.nn.module.summary_row import Row
from chainrule.nn.module.text_table import quantity, table

_HEAD = ("module", "class", "output", "parameters", "FLOP", "bytes")


@dataclass(frozen=True, repr=False)
class Summary:
    """The result of `cr.summary`; it prints as a table, and shows as one in notebooks.

    The table has one block of rows for equal layers of a stack; `text(open=True)` has all rows.

    rows             one per module, the model itself first
    inputs           shape and dtype of every input
    parameter_bytes  the bytes of all parameters
    forward          the cost of a call of the model
    training         the cost of a call and of the gradients of all trainable parameters
    layers           the number of layers with weights, the input layer not counted, of a model that
                     is a feed-forward stack; None for other models
    """

    rows: tuple[Row, ...]
    inputs: Signature
    parameter_bytes: int
    forward: ComputeCost
    training: ComputeCost
    layers: int | None

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def text(self, open: bool = False) -> str:
        """Return the table and the totals.

        open  True for a row per module. Otherwise equal modules that follow each other in a list or
              `Sequential` have one block of rows, "layers.0 … 5" and "layers.*" for what is in
              them, with the sums of parameters, FLOP and bytes of all of them
        """
        rows = self.rows if open else folded(self.rows)
        cells = [_cells(each) for each in rows]
        return "\n".join([self._title, table(_HEAD, cells, left=3), *self._totals])

    def _repr_html_(self) -> str:
        """Return the table and the totals for notebooks."""
        totals = "<br>".join(map(escape, self._totals))
        cells = [_cells(each) for each in folded(self.rows)]
        return f"<p>{escape(self._title)}</p>{html_table(_HEAD, cells)}<p>{totals}</p>"

    @property
    def _title(self) -> str:
        title = f"{self.rows[0].kind} of {types_text(self.inputs) or 'nothing'}"
        return title if self.layers is None else f"{title}: {layers_text(self.layers)}"

    @property
    def _totals(self) -> list[str]:
        model = self.rows[0]
        return [
            f"parameters: {model.parameters:,}, {model.trainable:,} of them trained; "
            f"{quantity(self.parameter_bytes, 'B')}",
            f"forward: {_described(self.forward)}",
            f"forward and backward: {_described(self.training)}",
        ]


def summary(model: Module, *inputs: Any, **options: Any) -> Summary:
    """Return a summary of a model: output shapes, parameters and cost of every module.

    model    a module; use `model.eval()` for the cost of inference
    inputs   its inputs: arrays, tensors, shapes such as (32, 20), which mean float32, or pairs such
             as ((32, 20), "int64"); also in tuples, lists and dicts, beside None
    options  further arguments of its forward

    Nothing is computed: the call is traced, and the operations of the compiled call are counted.
    FLOP are 2mnk for a product of matrices and one per element of an elementwise gate or sum; bytes
    are those that the steps read and write, fused gates being one step. The row of a module
    includes the modules below it; a module with several paths has one row, for all its calls.
    Equal layers of a stack are printed as one block of rows, with their sums.
    A feed-forward stack gets the name of the lectures: one of three layers with weights is a
    3-layer network with 2 hidden layers.

    Raises TypeError if `model` is not a module or its forward does not accept the arguments,
    ShapeError for a negative extent, and the errors of the model on such inputs.
    """
    if not isinstance(model, Module):
        raise TypeError(
            f"cr.summary was given {type(model).__name__} as the model. Give a module first, then "
            "what it is called with: cr.summary(model, (32, 20))."
        )
    require_bindable(model, inputs, options)
    given = read_inputs(inputs)
    try:
        return _summary(model, given, options)
    except ChainruleError as error:
        called_on = types_text(given.signature) or "nothing"
        error.add_note(
            f"cr.summary called {type(model).__name__} on {called_on}. A "
            'shape alone means float32; give another dtype beside it: ((32, 20), "int64").'
        )
        raise


def _summary(model: Module, inputs: Inputs, options: dict[str, Any]) -> Summary:
    signature = inputs.signature

    def forward(*given: Any) -> Any:
        return model(*inputs.filled(given), **options)

    parameters = model.named_parameters().values()
    traced, calls = traced_call(forward, signature)
    training = traced_training(forward, signature, traced.outputs, model.parameters())
    total, by_module = costs(traced, calls)
    return Summary(
        tuple(_rows(model, traced, calls, by_module)),
        signature,
        sum(each.nbytes for each in parameters),
        total,
        costs(training)[0],
        layer_count(traced),
    )


def _rows(
    model: Module, traced: TracedGraph, calls: Sequence[ModuleCall], cost: Mapping[int, ComputeCost]
) -> Iterator[Row]:
    last = {id(each.module): each.output for each in calls}
    times = Counter(id(each.module) for each in calls)
    read = set(topological_order(traced.results))
    for path, module in model.named_modules().items():
        parameters = module.parameter_paths()
        sizes = [(each.size, each.trainable) for each in parameters]
        yield Row(
            path,
            type(module).__name__,
            tuple((each.shape, each.dtype) for each in tensors(last.get(id(module), ()))),
            times[id(module)],
            id(module) in last or not read.isdisjoint(parameters),
            sum(size for size, trainable in sizes if trainable),
            sum(size for size, trainable in sizes if not trainable),
            cost.get(id(module), ComputeCost()),
        )


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.path or "(model)",
        row.kind,
        _shapes(row),
        f"{row.parameters:,}",
        quantity(row.forward.flops),
        quantity(row.forward.bytes),
    )


def _shapes(row: Row) -> str:
    if not row.calls:
        return "-" if row.used else "not called"
    shown = ", ".join(str(shape) for shape, _ in row.outputs)
    return shown if row.calls == 1 else f"{shown} × {row.calls}"


def _described(cost: ComputeCost) -> str:
    return f"{quantity(cost.flops, 'FLOP')}, {quantity(cost.bytes, 'B')} read and written"
