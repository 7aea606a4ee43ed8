"""Rows that are behind are never seen: every way to read a table gives its present value."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import tracing

START = np.random.default_rng(0).normal(size=(6, 3))
EVERY = np.arange(6)


def pair(make=cr.optim.Adam, **options):
    """Return two tables and their optimizers: the first lazy, the second dense."""
    tables = [cr.parameter(START, "words", table=True) for _ in range(2)]
    lately = make([tables[0]], 0.05, rows="caught_up", **options)
    return tables, (lately, make([tables[1]], 0.05, rows="dense", **options))


def stepped(tables, optimizers, *batches):
    for ids in batches:
        for table, optimizer in zip(tables, optimizers, strict=True):
            optimizer.minimize((cr.take(table, ids) ** 2).sum())


def behind():
    """Return such a pair in which rows of the first are some steps behind."""
    tables, optimizers = pair()
    stepped(tables, optimizers, [0, 1, 2], [3, 3], [4], [4])
    assert not np.allclose(tables[0].stored, tables[1].value)
    return tables, optimizers


READINGS = {
    "value": lambda table: table.value,
    "read": lambda table: table.read(),
    "array": np.asarray,
    "take": lambda table: cr.take(table, EVERY).value,
    "take of a matrix of ids": lambda table: cr.take(table, EVERY.reshape(2, 3)).value,
    "take of one id": lambda table: cr.take(table, 2).value,
    "index": lambda table: table[EVERY].value,
    "a list as index": lambda table: table[[2, 0]].value,
    "a number as index": lambda table: table[2].value,
    "a slice": lambda table: table[1:3].value,
    "take of columns": lambda table: cr.take(table, [0, 2], axis=1).value,
    "product": lambda table: (cr.one_hot([2, 0], 6, "float64") @ table).value,
    "sum": lambda table: table.sum().value,
    "compiled lookup": lambda table: cr.compile(lambda ids: table[ids])(EVERY).value,
    "graph": lambda table: cr.Graph(table[EVERY].sum()).forward(),
}


@pytest.mark.parametrize("read", READINGS.values(), ids=READINGS)
def test_a_reading_is_that_of_a_dense_table(read):
    (table, whole), _ = behind()
    found, wanted = read(table), read(whole)
    assert np.shape(found) == np.shape(wanted)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.parametrize("slot", ["mean", "square"])
@pytest.mark.parametrize("read", READINGS.values(), ids=READINGS)
def test_a_reading_of_the_state_is_that_of_a_dense_table(slot, read):
    (table, whole), (lately, at_once) = behind()
    found = read(lately.state[table][slot])
    np.testing.assert_allclose(found, read(at_once.state[whole][slot]), rtol=1e-12)


@pytest.mark.parametrize("read", READINGS.values(), ids=READINGS)
def test_reading_between_the_steps_changes_nothing(read):
    tables, optimizers = behind()
    read(tables[0])
    stepped(tables, optimizers, [2, 5], [0, 1])
    np.testing.assert_allclose(tables[0].value, tables[1].value, rtol=1e-12)


def test_a_compiled_model_reads_present_rows_however_the_training_continues():
    tables, optimizers = pair()
    reading = cr.compile(lambda ids: tables[0][ids] * 2.0)
    for batch in ([0, 1], [2], [2], [5, 0]):
        stepped(tables, optimizers, batch)
        np.testing.assert_allclose(reading(EVERY).value, tables[1].value * 2.0, rtol=1e-12)


def test_a_graph_that_is_run_again_after_steps_reads_present_rows():
    tables, optimizers = behind()
    ids = cr.input("ids", value=[0, 1])
    graphs = [cr.Graph(cr.take(table, ids).sum()) for table in tables]
    stepped(tables, optimizers, [3], [1, 4])
    for other in ([0, 1], [5, 2]):
        found, wanted = (graph.forward(ids=other) for graph in graphs)
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_catching_up_moves_every_row_and_once():
    (table, whole), (lately, _) = behind()
    lately.catch_up()
    stored = table.stored.copy()
    np.testing.assert_allclose(stored, whole.value, rtol=1e-12)
    np.testing.assert_array_equal(lately.state[table]["last"].value, [4] * 6)
    lately.catch_up()
    np.testing.assert_array_equal(table.stored, stored)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gradients_through_rows_that_are_behind_are_right(dtype):
    table = cr.parameter(START.astype(dtype), "words", table=True)
    optimizer = cr.optim.Adam([table], 0.05, rows="caught_up")
    stepped([table], [optimizer], [0, 1], [2], [2, 3])
    report = cr.check_gradients(lambda: (table[[0, 1, 1]] ** 2).sum())
    assert report.ok
    assert [each.name for each in report.inputs] == ["words"]


def test_reading_a_table_is_no_change_of_it():
    """A loss that looks rows up first and reads all of the table then can be minimized."""
    tables, optimizers = behind()
    for table, optimizer in zip(tables, optimizers, strict=True):
        optimizer.minimize((table[[0, 5]] ** 2).sum() + cr.tanh(table).sum())
    np.testing.assert_allclose(tables[0].value, tables[1].value, rtol=1e-12)


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9}], ids=["rmsprop", "with momentum"])
def test_the_rate_can_change_between_steps_and_between_loss_and_step(options):
    tables, optimizers = pair(cr.optim.RMSProp, **options)
    for rate, batch in ((0.1, [0, 1]), (0.02, [2]), (0.3, [2, 3]), (0.1, [0])):
        losses = [(cr.take(table, batch) ** 2).sum() for table in tables]
        for optimizer, loss in zip(optimizers, losses, strict=True):
            optimizer.learning_rate = rate
            optimizer.minimize(loss)
    np.testing.assert_allclose(tables[0].value, tables[1].value, rtol=1e-12)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_step_whose_loss_reads_no_row_moves_none(compiled):
    tables, optimizers = [], []
    for rows in ("caught_up", "dense"):
        table, other = cr.parameter(START, "words", table=True), cr.parameter(1.0, "other")
        optimizer = cr.optim.Adam([table, other], 0.05, rows=rows)
        tables.append(table)
        optimizers.append(optimizer)

        def rest(optimizer=optimizer, other=other):
            loss = other * other
            optimizer.minimize(loss)
            return loss

        step = cr.compile(rest) if compiled else rest
        for ids in ([0, 1], None, [2], [2], None, None, [5, 0]):
            if ids is None:
                step()
            else:
                optimizer.minimize((cr.take(table, ids) ** 2).sum())
    np.testing.assert_allclose(tables[0].value, tables[1].value, rtol=1e-12)


def test_values_that_are_assigned_are_those_of_the_present_step():
    tables, optimizers = behind()
    for table in tables:
        table.assign(START + 1)
        table.assign_rows(np.array([2, 5]), START[:2])
    stepped(tables, optimizers, [1], [1, 2])
    np.testing.assert_allclose(tables[0].value, tables[1].value, rtol=1e-12)


@pytest.mark.parametrize("state_first", [True, False])
def test_training_continues_bit_for_bit_from_saved_state(state_first):
    def made():
        model = cr.nn.Embedding(6, 3, random=0, dtype="float64")
        return model, cr.optim.Adam(model, 0.05, rows="caught_up")

    def held(optimizer):
        return {"steps": optimizer.steps} | optimizer.state[optimizer.parameters[0]]

    def saved(model, optimizer):
        weights = None if state_first else model.state()
        slots = {name: np.array(each.value) for name, each in held(optimizer).items()}
        return weights or model.state(), slots

    def loaded(model, optimizer, weights, slots):
        for name, each in held(optimizer).items():
            each.assign(slots[name])
        model.load_state(weights)

    def run(model, optimizer, batches):
        for ids in batches:
            optimizer.minimize((model(np.array(ids)) ** 2).sum())

    model, optimizer = made()
    run(model, optimizer, [[0, 1], [2], [2, 3]])
    weights, slots = saved(model, optimizer)
    again, continued = made()
    loaded(again, continued, weights, slots)
    for each in ((model, optimizer), (again, continued)):
        run(*each, [[1], [0, 2], [5]])
    np.testing.assert_array_equal(again.weight.value, model.weight.value)
    assert {"mean", "square", "last"} < set(slots)


def test_the_next_optimizer_takes_over_and_the_earlier_one_says_so():
    (table, whole), (lately, _) = behind()
    following = cr.optim.SGD([table], 0.1, momentum=0.9, rows="caught_up")
    np.testing.assert_allclose(table.stored, whole.value, rtol=1e-12)
    loss = (table[[0]] ** 2).sum()
    with pytest.raises(cr.ChainruleError, match="belong to an optimizer that was made later"):
        lately.minimize(loss)
    following.minimize(loss)
    cr.optim.SGD([table], 0.1)
    assert table.lazy_rows is None


def test_sgd_without_momentum_leaves_nothing_behind_and_keeps_nothing():
    table = cr.parameter(START, "words")
    optimizer = cr.optim.SGD([table], 0.5, rows="caught_up")
    optimizer.minimize((table[[0]] ** 2).sum())
    np.testing.assert_array_equal(table.value[0], 0 * START[0])
    assert optimizer.state[table] == {}


# -- what is refused ---------------------------------------------------------------------------


@pytest.mark.native
def test_reading_all_of_a_table_in_a_compiled_function_is_refused():
    (table, _), _ = behind()
    with pytest.raises(cr.ChainruleError, match=r"matmul reads all of 'words' .* rows='dense'"):
        cr.compile(lambda x: x @ table)(np.ones((2, 6)))


@pytest.mark.native
def test_a_lookup_in_the_cell_of_a_compiled_scan_is_sent_outside():
    (table, _), _ = behind()

    def cell(s, ids):
        return s + cr.take(table, ids), None

    ids = np.zeros((3, 2), np.int64)
    with pytest.raises(cr.ChainruleError, match=r"scan reads all of 'words' .* outside the body"):
        cr.compile(lambda ids: cr.scan(cell, table[[0, 1]], ids)[0])(ids)


def test_a_value_that_is_read_while_a_function_is_traced_is_the_present_one():
    (table, whole), _ = behind()
    with tracing() as trace:
        found = table.current_value()
    np.testing.assert_allclose(found, whole.value, rtol=1e-12)
    assert trace.updates == []


def test_catching_up_in_a_compiled_function_is_refused():
    _, (lately, _) = behind()
    with tracing(), pytest.raises(cr.ChainruleError, match="Call it between the steps"):
        lately.catch_up()


def test_a_parameter_that_is_no_table_is_refused_once_rows_are_looked_up():
    plain = cr.parameter(START, "plain")
    optimizer = cr.optim.Adam([plain], rows="caught_up")
    with pytest.raises(cr.ChainruleError, match=r"'plain' were looked up.* not marked as a table"):
        optimizer.minimize(plain[[0]].sum())


class Doubled:
    """A transform that does not say what it does without gradient."""

    slots = {}  # noqa: RUF012

    def __call__(self, gradient, state, step, value):
        return gradient * 2.0, {}


def test_a_transform_that_does_not_say_how_it_idles_is_refused():
    table = cr.parameter(START, "words", table=True)
    with pytest.raises(cr.ChainruleError, match=r"chain with Doubled, .* Define its idle"):
        cr.optim.Optimizer([table], 0.1, [Doubled()], rows="caught_up")
    cr.optim.Optimizer([table], 0.1, [Doubled()]).minimize(table[[0]].sum())


def test_a_chain_after_a_transform_that_continues_to_change_rows_is_refused():
    table = cr.parameter(START, "words", table=True)
    chain = [cr.optim.ScaleByMomentum(0.9), cr.optim.ScaleByAdam(0.9, 0.999, 1e-8)]
    with pytest.raises(cr.ChainruleError, match="ScaleByAdam follows a transform that updates"):
        cr.optim.Optimizer([table], 0.1, chain, rows="caught_up")
    assert table.lazy_rows is None


def test_a_table_without_rows_is_refused():
    with pytest.raises(cr.ShapeError, match="no rows to look up"):
        cr.parameter(1.0, "x", table=True)


def test_ids_that_are_not_integers_or_outside_are_refused_as_of_any_table():
    (table, _), _ = behind()
    with pytest.raises(cr.DTypeError, match="take gathers by integer ids"):
        cr.take(table, [0.5])
    with pytest.raises(cr.RangeError, match="size 6"):
        cr.take(table, [6])
