"""Every rewrite rule applies to its example, is recorded, and changes no value."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.compile.rewrite.rules import EQUAL, RULES, SUNK, UNREAD, rewrite
from chainrule.compile.stage_text import graph_text
from chainrule.compile.trace import trace
from chainrule.graph import evaluate, topological_order


def running_sums(x, read):
    def cell(total, row):
        return total + row, (total * row, cr.exp(row))

    return read(*cr.scan(cell, x[0], x))


@cr.gate
def twice(x):
    return x * 2.0


@twice.backward
def twice_backward(upstream, output, x):
    return upstream * 2.0


FROM_FIRST_ROW = ["slice", "reshape", "scan", "slice"]

# Per rule: functions of x, float64 (3, 3), that it changes, and the gates that are left.
EXAMPLES = {
    "pass through": [
        (lambda x: cr.identity(x) + 1.0, ["add"]),
        (lambda x: cr.stop_gradient(x * 2.0), ["multiply"]),
        (lambda x: twice(x), ["multiply"]),
        (lambda x: cr.identity(cr.stop_gradient(x)), []),
    ],
    "same dtype": [
        (lambda x: cr.apply(cr.PRIMITIVES["astype"], x, dtype=x.dtype) * x, ["multiply"]),
    ],
    "double transpose": [
        (lambda x: cr.apply(cr.PRIMITIVES["permute_dims"], x.T, axes=(1, 0)) - x, ["subtract"]),
        (
            lambda x: cr.permute_dims(cr.permute_dims(x.reshape(1, 3, 3), (2, 0, 1)), (1, 2, 0)),
            ["reshape"],
        ),
    ],
    "transposed product": [
        (lambda x: (x @ x.T).T, ["permute_dims", "matmul"]),
        (lambda x: (x.T @ (x + 1.0)).T, ["add", "permute_dims", "matmul"]),
        (
            lambda x: (lambda a: ((a * 2.0).mT @ a.mT).mT)(x.reshape(1, 3, 3)),
            ["reshape", "multiply", "matmul"],
        ),
    ],
    "spread factors": [
        (
            lambda x: cr.broadcast_to(x, (2, 3, 3)) @ x.reshape(1, 3, 3),
            ["broadcast_to", "broadcast_to", "matmul", "reshape"],
        ),
    ],
    "compared with itself": [
        (lambda x: (k := x > 0.0) == k, []),
        (lambda x: (k := x > 0.0) < k, []),
        (lambda x: cr.isnan(x > 0.0) | (x > 1.0), ["broadcast_to", "greater", "bitwise_or"]),
    ],
    EQUAL: [
        (lambda x: cr.exp(x) + cr.exp(x), ["exp", "add"]),
        (lambda x: x.sum(0) * x.sum((0,)), ["sum", "multiply"]),
        (lambda x: (x * 2.0) - (x * 2.0), ["multiply", "subtract"]),
    ],
    UNREAD: [
        (lambda x: running_sums(x, lambda last, outputs: last), FROM_FIRST_ROW),
        (
            lambda x: running_sums(x, lambda last, outputs: outputs[0]),
            [*FROM_FIRST_ROW, "reshape"],
        ),
    ],
}
UNCHANGED = {
    "adding zero, which turns -0 into 0": lambda x: x + 0.0,
    "subtracting itself, which is NaN for NaN and inf": lambda x: x - x,
    "times zero, which is NaN for NaN and inf": lambda x: x * 0.0,
    "times one": lambda x: x * 1.0,
    "divided by itself": lambda x: x / x,
    "negated twice": lambda x: cr.negative(cr.negative(x)),
    "exp of log": lambda x: cr.exp(cr.log(x)),
    "through float32, which rounds": lambda x: x.astype("float32").astype("float64"),
    "0 and -0 are two constants": lambda x: (x * 0.0) / (x * -0.0),
    "operands exchanged": lambda x: cr.maximum(x, 0.0) / cr.maximum(0.0, x),
    "one transpose": lambda x: x.T,
    "a turn, and another": lambda x: cr.permute_dims(
        cr.permute_dims(x.reshape(1, 3, 3), (2, 0, 1)), (2, 0, 1)
    ),
    "the transpose of a batch of products by one matrix": lambda x: cr.permute_dims(
        x.reshape(1, 3, 3) @ x, (0, 2, 1)
    ),
    "sums along other axes": lambda x: x.sum(0) - x.sum(1),
    "compared with itself, which NaN does not equal": lambda x: x == x,
    "sums of other shapes": lambda x: x.sum(0) - x.sum(0, keepdims=True),
}
SPECIAL = np.array([[np.nan, -0.0, np.inf], [-np.inf, 1e-310, 0.0], [1e308, -2.0, 1 / 3]])


def rewritten(function):
    traced = trace(function, (((3, 3), np.dtype("float64")),), ["x"])
    return traced, *rewrite(traced)


def kinds(traced):
    return [each.primitive.name for each in topological_order(traced.outputs) if each.primitive]


def value(traced):
    (output,) = traced.outputs
    return evaluate([output], {traced.inputs[0]: SPECIAL})[output]


def assert_same_bits(found, wanted):
    assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
    np.testing.assert_array_equal(found, wanted)
    numbers = ~np.isnan(wanted)
    np.testing.assert_array_equal(np.signbit(found)[numbers], np.signbit(wanted)[numbers])


def pooled_convolution(images, filters):
    found = cr.max_pool(cr.relu(cr.convolve(images, filters, padding=1)), (2, 2))
    return tuple(cr.gradients((found * found).sum(), [images, filters]))


def convolution_in_groups(images, filters):
    found = cr.convolve(images, filters, groups=2)
    return tuple(cr.gradients((found * found).sum(), [images, filters]))


# Functions, with the shapes and the dtype of their arguments, and the rules that fire in them; what
# they compute is compared in test_windows_folded.py, test_native_table.py and test_long_sums.py.
LARGER = [
    (
        pooled_convolution,
        [(4, 3, 4, 4), (5, 3, 3, 3)],
        "float32",
        {
            "windows in a product",
            "product by windows",
            "product summed by windows",
            "product added up",
            "part of a gradient",
            "extreme of windows",
            "gradient to winners",
        },
    ),
    (
        convolution_in_groups,
        [(3, 4, 5, 5), (6, 2, 3, 3)],
        "float32",
        {"windows in a product", "product by grouped windows", "product added up"},
    ),
    (lambda a, b: a**b, [(3, 1), (1, 2)], "int64", {"spread powers"}),
    (
        lambda a, b: cr.tanh((a + b)[:, :40]) * (a + b)[:, 60:],
        [(3, 100), (100,)],
        "float64",
        {SUNK},
    ),
    (lambda a, b: a @ b, [(2000,), (2000,)], "float32", {"product of long vectors"}),
    (lambda a, b: a @ b, [(200_000,), (200_000,)], "float64", {"product of long vectors"}),
    (lambda a, b: a.T @ b, [(20_000, 3), (20_000, 2)], "float32", {"long product"}),
    (lambda a, b: a.max() - b.sum(), [(400, 400), (3,)], "int64", {"reduction of rows"}),
    (lambda a, b: cr.argmax(a) + cr.argmin(b), [(400, 400), (3,)], "float32", {"position in rows"}),
]


def test_every_rule_has_an_example():
    larger = {rule for *_, rules in LARGER for rule in rules}
    assert EXAMPLES.keys() | larger == {*RULES, EQUAL, SUNK, UNREAD}


@pytest.mark.parametrize(("function", "shapes", "dtype", "rules"), LARGER)
def test_rules_for_whole_layers_fire(function, shapes, dtype, rules):
    signature = tuple((shape, np.dtype(dtype)) for shape in shapes)
    _, firings = rewrite(trace(function, signature, ["a", "b"]))
    assert rules <= {each.rule for each in firings}


@pytest.mark.parametrize(
    ("rule", "function", "left"),
    [
        pytest.param(rule, *example, id=f"{rule}-{i}")
        for rule, examples in EXAMPLES.items()
        for i, example in enumerate(examples)
    ],
)
def test_a_rule_fires_says_so_and_changes_only_what_it_says(rule, function, left):
    traced, after, firings = rewritten(function)
    assert {each.rule for each in firings} == {rule}
    assert {each.gate for each in firings} <= set(topological_order(traced.outputs))
    assert sorted(kinds(after)) == sorted(left)
    assert_same_bits(value(after), value(traced))


@pytest.mark.parametrize("function", UNCHANGED.values(), ids=UNCHANGED)
def test_what_would_change_a_special_value_or_another_meaning_stays(function):
    traced, after, firings = rewritten(function)
    assert not firings
    assert kinds(after) == kinds(traced)
    assert_same_bits(value(after), value(traced))
    if not {"exp", "sum", "matmul"} & set(kinds(traced)):
        assert_same_bits(cr.compile(function)(SPECIAL).value, value(traced))


def outputs_of_scans(function):
    _, after, _ = rewritten(function)
    scans = [each for each in topological_order(after.results) if each.kind == "scan"]
    return [len(each.attributes["body"].outputs) for each in scans]


def test_a_scan_keeps_the_outputs_before_the_last_one_that_is_read():
    def summed(x):
        return running_sums(x, lambda last, outputs: last.sum())

    assert outputs_of_scans(summed) == [0]
    assert outputs_of_scans(lambda x: running_sums(x, lambda last, outputs: outputs[0])) == [1]
    assert outputs_of_scans(lambda x: running_sums(x, lambda last, outputs: outputs[1])) == [2]
    forward, backward = outputs_of_scans(lambda x: cr.gradients(summed(x) ** 2, [x])[0])
    assert (forward, backward) == (0, 1)


def test_residuals_are_kept_where_a_backward_scan_reads_them():
    def loss(x):
        last, _ = cr.scan(lambda state, row: (cr.tanh(state * row) * row, None), x[0], x)
        return last.sum()

    assert outputs_of_scans(loss) == [0]
    assert outputs_of_scans(lambda x: cr.gradients(loss(x), [x])[0])[0] > 0


def test_unused_lines_are_left_out_and_the_users_lines_stay():
    def function(x):
        cr.tanh(x)
        hidden = cr.identity(x) * 2.0
        return hidden

    traced, after, _ = rewritten(function)
    assert kinds(after) == ["multiply"]
    assert "hidden = cr.identity(x) * 2.0" in graph_text(after)
    assert after.inputs is traced.inputs


def test_a_second_call_does_nothing():
    for examples in EXAMPLES.values():
        for function, _ in examples:
            _, after, _ = rewritten(function)
            again, firings = rewrite(after)
            assert not firings
            assert again.outputs[0] is after.outputs[0]


def test_a_product_that_others_read_is_not_computed_again_for_its_transpose():
    model = cr.nn.Sequential(cr.nn.Linear(4, 5, bias=False), cr.nn.Linear(5, 3, bias=False))
    traced = trace(
        lambda x: tuple(cr.gradients((model(x) ** 2).sum(), model.parameters())),
        (((6, 4), np.dtype("float32")),),
        ["x"],
    )
    rewritten, _ = rewrite(traced)
    products = [each for each in topological_order(rewritten.results) if each.kind == "matmul"]
    assert len(products) == 5


@pytest.mark.native
def test_rows_of_several_lookups_are_added_to_a_table_without_joining_them():
    table = cr.parameter(np.ones((5, 2)), "table", table=True)
    optimizer = cr.optim.SGD([table], 0.5, rows="added")
    squares = lambda ids: (table[ids] * table[ids]).sum()  # noqa: E731
    step = cr.compile(lambda i, j: optimizer.minimize(squares(i) + 2.0 * squares(j)))
    step(np.array([1, 3, 3]), np.array([0, 3]))
    np.testing.assert_array_equal(table.value[:, 0], [-1, 0, 1, -3, 1])
    assert "concat" in str(step.stages["trace"])
    assert "concat" not in str(step.stages["rewrite"])
