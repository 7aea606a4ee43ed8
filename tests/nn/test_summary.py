"""The summary of a model says its shapes, its parameters and what a call costs."""

import re

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.fuse.fusion import fuse
from chainrule.compile.rewrite.rules import rewrite
from chainrule.compile.step_costs import flops, moved_bytes
from chainrule.compile.trace import trace


def by_path(summary):
    return {row.path: row for row in summary.rows}


class Convolving(cr.nn.Module):
    def __init__(self, channels=3, kernels=8, size=5, stride=1, padding=2):
        self.weight = cr.parameter(np.zeros((kernels, channels, size, size), np.float32))
        self.options = {"stride": stride, "padding": padding}

    def forward(self, x):
        return cr.convolve(x, self.weight, **self.options)


class TwoInputs(cr.nn.Module):
    def __init__(self):
        self.words = cr.nn.Embedding(100, 8, random=0)
        self.scores = cr.nn.Linear(11, 2, random=0)
        self.mean = cr.parameter(np.zeros(3, np.float32), trainable=False)

    def forward(self, ids, features, scale=1.0):
        return self.scores(cr.concat([self.words(ids), features - self.mean], axis=1)) * scale


class Factors(cr.nn.Module):
    def __init__(self):
        self.left = cr.parameter(np.zeros((4, 5)))
        self.right = cr.parameter(np.zeros((5, 6)))

    def forward(self):
        return self.left @ self.right


class Recurrent(cr.nn.Module):
    def __init__(self):
        self.cell = cr.nn.Linear(4, 4, bias=False, random=0)

    def forward(self, x):
        def step(state, now):
            state = self.cell(state) + now
            return state, state

        return cr.scan(step, np.zeros((x.shape[1], 4), np.float32), x)


@pytest.mark.parametrize(("batch", "inputs", "outputs"), [(1, 1, 2), (32, 20, 64), (7, 100, 3)])
def test_a_linear_layer_costs_two_mnk_and_its_bias(batch, inputs, outputs):
    row = cr.summary(cr.nn.Linear(inputs, outputs), (batch, inputs)).rows[0]
    assert row.forward.flops == 2 * batch * inputs * outputs + batch * outputs
    assert row.outputs == (((batch, outputs), cr.float32),)
    assert row.trainable == inputs * outputs + outputs


@pytest.mark.parametrize(("stride", "padding", "places"), [(1, 2, 16), (2, 2, 8), (1, 0, 12)])
def test_a_convolution_costs_two_per_weight_and_place(stride, padding, places):
    model = Convolving(stride=stride, padding=padding)
    row = cr.summary(model, (4, 3, 16, 16)).rows[0]
    assert row.outputs == (((4, 8, places, places), cr.float32),)
    assert row.forward.flops == 2 * 4 * places**2 * 8 * 3 * 5 * 5


def test_the_gradient_of_a_linear_layer_costs_one_product_per_operand():
    layer = cr.nn.Linear(20, 64, bias=False)
    alone = cr.summary(layer, (32, 20))
    assert alone.training.flops == 2 * alone.forward.flops  # no gradient of the input is asked for
    both = cr.summary(Factors())
    assert both.forward.flops == 2 * 4 * 5 * 6
    assert both.training.flops == 3 * both.forward.flops


def test_a_scan_costs_its_cell_at_every_step():
    summary = cr.summary(Recurrent(), (10, 3, 4))
    rows = by_path(summary)
    assert rows["cell"].forward.flops == 10 * 2 * 3 * 4 * 4
    assert rows[""].forward.flops == 10 * (2 * 3 * 4 * 4 + 3 * 4)
    assert [shape for shape, _ in rows[""].outputs] == [(3, 4), (10, 3, 4)]


def test_modules_contain_those_below_them():
    inner = cr.nn.Sequential(cr.nn.Linear(8, 8), cr.relu)
    model = cr.nn.Sequential(cr.nn.Linear(4, 8), inner, cr.nn.Linear(8, 2))
    summary = cr.summary(model, (16, 4))
    rows = by_path(summary)
    assert list(rows) == ["", "0", "1", "1.0", "2"]
    assert rows["1"].forward.flops == rows["1.0"].forward.flops + 16 * 8
    parts = [rows[path] for path in ("0", "1", "2")]
    assert rows[""].trainable == sum(each.trainable for each in parts)
    assert rows[""].forward == summary.forward
    assert summary.forward.flops == sum(each.forward.flops for each in parts)
    assert summary.forward.bytes == sum(each.forward.bytes for each in parts)


def test_the_totals_are_those_that_the_compiler_counts():
    model = TwoInputs()
    ids, features = np.zeros(5, np.int64), np.zeros((5, 3), np.float32)
    signature = ((ids.shape, ids.dtype), (features.shape, features.dtype))
    steps = fuse(rewrite(trace(model, signature, ["ids", "features"]))[0])
    summary = cr.summary(model, ids, features)
    assert summary.forward.flops == sum(map(flops, steps))
    assert summary.forward.bytes == sum(map(moved_bytes, steps))


def test_inputs_are_arrays_tensors_shapes_or_shapes_with_a_dtype():
    model = TwoInputs()
    given = [
        (np.zeros(5, np.int64), np.zeros((5, 3), np.float32)),
        ([0, 1, 2, 3, 4], cr.input("features", (5, 3), "float32")),
        (((5,), "int64"), (5, 3)),
        (((5,), np.int64), ((5, 3), cr.float32)),
        (((np.int64(5),), np.int64), (np.int64(5), np.int64(3))),
    ]
    texts = {str(cr.summary(model, *each)) for each in given}
    assert len(texts) == 1
    assert cr.summary(model, *given[0], scale=2.0).forward.flops > 0


def test_parameters_that_are_not_trained_are_distinguished():
    summary = cr.summary(TwoInputs(), ((5,), "int64"), (5, 3))
    assert (summary.rows[0].trainable, summary.rows[0].non_trainable) == (100 * 8 + 22 + 2, 3)
    assert summary.parameter_bytes == 4 * (100 * 8 + 22 + 2 + 3)


def test_a_shared_module_has_one_row_for_all_its_calls():
    shared = cr.nn.Linear(6, 6, bias=False)
    rows = by_path(cr.summary(cr.nn.Sequential(shared, cr.tanh, shared), (2, 6)))
    assert list(rows) == ["", "0"]
    assert (rows["0"].calls, rows["0"].trainable) == (2, 36)
    assert rows["0"].forward.flops == 2 * (2 * 2 * 6 * 6)


def test_the_mode_of_the_model_counts():
    model = cr.nn.Sequential(cr.nn.Dropout(0.5))
    assert cr.summary(model, (4, 4)).forward.flops > 0
    assert cr.summary(model.eval(), (4, 4)).forward.flops == 0


def test_nothing_is_computed_and_nothing_changes():
    class Watching(cr.nn.Module):
        def __init__(self):
            self.linear = cr.nn.Linear(3, 2, random=0)
            self.dropout = cr.nn.Dropout(0.5, random=0)
            self.count = cr.parameter(0.0, trainable=False)

        def forward(self, x):
            y = self.dropout(self.linear(x))
            with pytest.raises(cr.UnboundInputError, match=r"while cr\.summary was traced"):
                y.read()
            return y

    model = Watching()
    before = model.state(), model.dropout.stream.draws
    cr.summary(model, (10**6, 3))
    assert model.dropout.stream.draws == before[1]
    assert list(model.named_parameters()) == list(before[0])
    assert model.linear.weight.name == "linear.weight"


def test_models_without_parameters_modules_or_gates_have_a_summary():
    class Nothing(cr.nn.Module):
        def forward(self, x):
            return x

    summary = cr.summary(Nothing(), (2, 3))
    assert summary.forward.flops == summary.training.flops == 0
    assert summary.rows[0].outputs == (((2, 3), cr.float32),)
    assert cr.summary(cr.nn.Flatten(), (2, 3, 4)).rows[0].outputs == (((2, 12), cr.float32),)
    assert cr.summary(cr.nn.Sequential(), (2, 3)).parameter_bytes == 0
    assert cr.summary(cr.nn.Linear(3, 2), (0, 3)).forward.flops == 0


def test_integer_outputs_have_no_gradient_and_a_summary():
    class Choosing(cr.nn.Module):
        def __init__(self):
            self.scores = cr.nn.Linear(3, 4, random=0)

        def forward(self, x):
            scores = self.scores(x)
            return {"best": cr.argmax(scores, axis=1), "scores": [scores]}

    summary = cr.summary(Choosing(), (5, 3))
    assert summary.rows[0].outputs == (((5,), cr.int64), ((5, 4), cr.float32))
    assert summary.training.flops > summary.forward.flops


def test_a_module_that_is_not_called_says_so():
    class Forgetful(cr.nn.Module):
        def __init__(self):
            self.used, self.forgotten = cr.nn.Linear(3, 2), cr.nn.Linear(3, 2)

        def forward(self, x):
            return self.used(x)

    summary = cr.summary(Forgetful(), (1, 3))
    assert (by_path(summary)["forgotten"].calls, by_path(summary)["forgotten"].used) == (0, False)
    assert re.search(r"^forgotten +Linear +not called +8 ", str(summary), re.MULTILINE)


def test_a_module_whose_parameters_its_parent_reads_is_used():
    class Borrowing(cr.nn.Module):
        def __init__(self):
            self.lender = cr.nn.Linear(3, 2)

        def forward(self, x):
            return x @ self.lender.weight.T

    summary = cr.summary(Borrowing(), (1, 3))
    row = by_path(summary)["lender"]
    assert (row.calls, row.used, row.forward.flops) == (0, True, 0)
    assert re.search(r"^lender +Linear +- +8 ", str(summary), re.MULTILINE)


def test_the_table_reads_like_this():
    shared = cr.nn.Linear(64, 64)
    model = cr.nn.Sequential(cr.nn.Linear(20, 64), cr.relu, shared, shared, cr.nn.Linear(64, 3))
    summary = cr.summary(model, (32, 20))
    assert repr(summary) == str(summary)
    assert str(summary).splitlines()[:7] == [
        "Sequential of float32(32, 20)",
        "module   class       output        parameters    FLOP   bytes",
        "-------------------------------------------------------------",
        f"(model)  Sequential  (32, 3)            5,699   627 k  {_kilo(summary.forward.bytes)}",
        f"0        Linear      (32, 64)           1,344    84 k  {_row_kilo(summary, '0')}",
        f"2        Linear      (32, 64) × 2       4,160   528 k  {_row_kilo(summary, '2')}",
        f"4        Linear      (32, 3)              195  12.4 k  {_row_kilo(summary, '4')}",
    ]
    assert str(summary).splitlines()[7] == "parameters: 5,699, 5,699 of them trained; 22.8 kB"


def _kilo(number):
    return f"{number / 1000:.3g} k".rjust(6)


def _row_kilo(summary, path):
    return _kilo(by_path(summary)[path].forward.bytes)


def test_what_does_not_fit_raises_an_error():
    model = cr.nn.Sequential(cr.nn.Linear(3, 2))
    with pytest.raises(cr.ShapeError, match="takes 3 inputs") as error:
        cr.summary(model, (2, 4))
    assert "cr.summary called Sequential on float32(2, 4)" in error.value.__notes__[0]
    with pytest.raises(cr.DTypeError) as error:
        cr.summary(cr.nn.Embedding(5, 2), (2, 4))
    assert '((32, 20), "int64")' in error.value.__notes__[0]
    with pytest.raises(TypeError, match=r"Sequential.forward takes .* but was given 2 inputs: too"):
        cr.summary(model, (2, 3), (2, 3))
    with pytest.raises(TypeError, match="given 1 inputs and colour: got an unexpected"):
        cr.summary(model, (2, 3), colour=1)
    with pytest.raises(TypeError, match=r"was given NamedGate as the model\. Give a module first"):
        cr.summary(cr.relu, (2, 3))
    with pytest.raises(cr.ShapeError, match=r"The shape \(-1, 3\) was given"):
        cr.summary(model, (-1, 3))
    with pytest.raises(cr.DTypeError):
        cr.summary(model, "text")


def test_a_forward_that_reads_values_is_told_that_there_are_none():
    class Reading(cr.nn.Module):
        def forward(self, x):
            return x if float(x.sum()) > 0 else -x

    with pytest.raises(cr.UnboundInputError) as error:
        cr.summary(Reading(), (2, 3))
    assert "cr.summary called Reading" in error.value.__notes__[0]


def encoder(count=6):
    return cr.nn.TransformerEncoder(count, 8, 2, 16, dropout=0, random=0)


def table_of(text):
    return {line.split("  ")[0]: line for line in text.splitlines()[3:-3]}


def test_equal_layers_of_a_stack_are_one_block_of_rows_with_their_sums():
    summary = cr.summary(encoder(), (2, 5, 8))
    table = table_of(str(summary))
    assert list(table)[:3] == ["(model)", "layers.0 … 5", "layers.*.self_attn"]
    assert "6 × TransformerEncoderLayer  (2, 5, 8) " in table["layers.0 … 5"]
    total = f"{summary.rows[0].parameters:,}"
    assert total in table["layers.0 … 5"]
    assert len(table) == 1 + (len(summary.rows) - 1) // 6
    assert str(summary).splitlines()[-3:] == summary.text(open=True).splitlines()[-3:]


def test_all_rows_of_a_summary_are_shown_when_opened():
    summary = cr.summary(encoder(), (2, 5, 8))
    assert [each or "(model)" for each in by_path(summary)] == list(
        table_of(summary.text(open=True))
    )


def test_twelve_layers_take_no_more_rows_than_six():
    lines = [str(cr.summary(encoder(count), (2, 5, 8))).count("\n") for count in (6, 12)]
    assert lines[0] == lines[1]
    assert "layers.0 … 11" in str(cr.summary(encoder(12), (2, 5, 8)))


def test_layers_that_differ_are_not_folded():
    parts = [cr.nn.Linear(4, 4), cr.nn.Linear(4, 4), cr.nn.Linear(4, 3), cr.nn.Linear(3, 3)]
    text = str(cr.summary(cr.nn.Sequential(*parts), (2, 4)))
    assert list(table_of(text)) == ["(model)", "0", "1", "2", "3"]
    stack = [cr.nn.Linear(4, 4), *(cr.nn.Linear(4, 4, bias=False) for _ in range(3))]
    text = str(cr.summary(cr.nn.Sequential(*stack), (2, 4)))
    assert list(table_of(text)) == ["(model)", "0", "1 … 3"]


def test_stacks_within_equal_stacks_are_folded():
    stages = [
        cr.nn.Sequential(*(cr.nn.Linear(4, 4) for _ in range(3))),
        cr.nn.Sequential(*(cr.nn.Linear(4, 4) for _ in range(3))),
    ]
    table = table_of(str(cr.summary(cr.nn.Sequential(*stages), (2, 4))))
    assert list(table) == ["(model)", "0 … 1", "*.0 … 2"]
    assert "2 × 3 × Linear" in table["*.0 … 2"]
    assert " 120 " in table["*.0 … 2"]


def test_inputs_may_be_in_tuples_and_dicts():
    class Reading(cr.nn.Module):
        def __init__(self):
            self.linear = cr.nn.Linear(3, 2)

        def forward(self, given):
            scores = self.linear(given["x"])
            return (scores, None) if given["mask"] is None else (scores * given["mask"][0], None)

    model, x = Reading(), np.zeros((4, 3), np.float32)
    summary = cr.summary(model, {"x": x, "mask": None})
    assert summary.inputs == (((4, 3), cr.float32),)
    assert summary.rows[0].outputs == (((4, 2), cr.float32),)
    masked = cr.summary(model, {"x": (4, 3), "mask": (((4, 2), "float32"), None)})
    assert masked.forward.flops == summary.forward.flops + 4 * 2
