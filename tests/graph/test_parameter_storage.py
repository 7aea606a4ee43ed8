"""Parameters: what is read stays, what is assigned is copied, an error changes nothing."""

import numpy as np
import pytest

import chainrule as cr


@pytest.fixture
def table():
    return cr.parameter(np.arange(12.0).reshape(4, 3), "table")


def test_a_parameter_holds_a_copy_under_its_name():
    array = np.ones(2, np.float32)
    w = cr.parameter(array, "w")
    array[:] = 5
    np.testing.assert_array_equal(w.value, [1.0, 1.0])
    assert (w.name, w.dtype, w.trainable, w.kind) == ("w", cr.float32, True, "parameter")
    assert cr.parameter(1.0).name != cr.parameter(1.0).name


def test_integers_are_not_trained():
    with pytest.raises(cr.DTypeError, match=r"from int64 values.*astype\('float32'\), or trainab"):
        cr.parameter([1, 2])
    counter = cr.parameter(3, "counter", trainable=False)
    assert not counter.trainable
    assert counter.dtype == cr.int64


READERS = {
    "value": lambda p: p.value,
    "read": lambda p: p.read(),
    "array": lambda p: np.asarray(p),
    "row": lambda p: p[1].value,
    "rows": lambda p: p[1:3].value,
    "backwards": lambda p: p[::-1].value,
    "transpose": lambda p: p.T.value,
    "reshape": lambda p: p.reshape(-1).value,
    "reshape of transpose": lambda p: p.T.T.reshape(2, 6).value,
    "identity": lambda p: cr.identity(p).value,
    "stop_gradient": lambda p: cr.stop_gradient(p).value,
    "broadcast": lambda p: cr.broadcast_to(p, (2, 4, 3)).value,
    "take": lambda p: p[[0, 1]].value,
    "constant": lambda p: cr.asarray(p.value).value,
    "gate": lambda p: cr.relu(p).value,
    "view of a view": lambda p: p.value[1:2],
    "evaluated": lambda p: cr.graph.evaluate([p[1]], {})[p],
}


@pytest.mark.parametrize("reader", READERS)
def test_what_was_read_is_a_snapshot(reader, table):
    read = READERS[reader](table)
    before = read.copy()
    for _ in range(2):
        table.assign_rows(np.array([1, 2]), np.full((2, 3), -1.0))
        np.testing.assert_array_equal(read, before)
    table.assign(np.full((4, 3), 8.0))
    np.testing.assert_array_equal(read, before)
    table.assign_rows(np.array([0]), np.full((1, 3), 9.0))
    np.testing.assert_array_equal(read, before)


def test_nodes_made_before_and_after_a_change():
    w = cr.parameter([1.0, 2.0], "w")
    before = w * 10
    w.assign([3.0, 4.0])
    np.testing.assert_array_equal(before.value, [10.0, 20.0])
    np.testing.assert_array_equal((w * 10).value, [30.0, 40.0])


def test_rows_are_replaced(table):
    table.assign_rows(np.array([3, 0]), np.array([[1.0, 1, 1], [2, 2, 2]]))
    np.testing.assert_array_equal(table.value[[0, 3]], [[2.0, 2, 2], [1, 1, 1]])
    np.testing.assert_array_equal(table.value[1], [3.0, 4, 5])
    table.assign_rows(np.zeros(0, int), np.zeros((0, 3)))


def place(parameter):
    return parameter.peek().ctypes.data


def test_replacing_rows_costs_the_rows_unless_a_view_is_out(table):
    storage = place(table)
    ids, rows = np.array([1]), np.zeros((1, 3))
    assert (table[ids] * 2).sum().item() == 24.0, "gathering copies rows and keeps no view"
    table.assign_rows(ids, rows)
    assert place(table) == storage
    view = table.value
    table.assign_rows(ids, rows + 1)
    assert place(table) != storage
    moved = place(table)
    table.assign_rows(ids, rows + 2)
    assert place(table) == moved
    np.testing.assert_array_equal(view[1], np.zeros(3))


def test_a_storage_that_a_computation_holds_is_not_written(table):
    held, ids = table.peek(), np.array([1])
    before = held.copy()
    table.assign_rows(ids, np.zeros((1, 3)))
    np.testing.assert_array_equal(held, before)
    np.testing.assert_array_equal(table.value[1], np.zeros(3))


def test_an_array_that_is_held_is_not_given_back_when_it_is_replaced(table):
    held = table.peek()
    assert table.exchange(np.zeros((4, 3))) is None
    del held
    assert table.exchange(np.ones((4, 3))) is not None


def test_the_view_read_cannot_be_written(table):
    assert not table.value.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        table.value[0] = 1.0
    table.assign_rows(np.array([0]), np.ones((1, 3)))


def test_assigned_arrays_are_copied(table):
    array = np.ones((4, 3))
    table.assign(array)
    array[:] = 7
    np.testing.assert_array_equal(table.value, np.ones((4, 3)))
    table.assign(cr.asarray(np.zeros((4, 3))))
    np.testing.assert_array_equal(table.value, np.zeros((4, 3)))
    assert table.value.dtype == table.dtype
    table.assign(table)
    table.assign_rows(np.array([0]), np.ones((1, 3)))
    np.testing.assert_array_equal(table.value[1], np.zeros(3))


BAD = {
    "shape": (lambda p: p.assign(np.ones(3)), cr.ShapeError, r"'table' has shape \(4, 3\) but was"),
    "dtype": (
        lambda p: p.assign(np.ones((4, 3), complex)),
        cr.DTypeError,
        "'table' is float64 but was assigned complex128",
    ),
    "rows": (
        lambda p: p.assign_rows(np.array([0, 1]), np.ones((2, 2))),
        cr.ShapeError,
        r"'table' has rows of shape \(3,\) but 2 ids were assigned an array of shape \(2, 2\)",
    ),
    "row too far": (
        lambda p: p.assign_rows(np.array([0, 4]), np.ones((2, 3))),
        cr.RangeError,
        "Rows 0 to 4 of parameter 'table' were assigned, but it has rows 0 to 3",
    ),
    "negative row": (
        lambda p: p.assign_rows(np.array([-1]), np.ones((1, 3))),
        cr.RangeError,
        "Rows -1 to -1",
    ),
    "row dtype": (
        lambda p: p.assign_rows(np.array([0]), np.ones((1, 3), complex)),
        cr.DTypeError,
        "Convert the array with astype first",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_assignment_changes_nothing(name, table):
    call, kind, message = BAD[name]
    before, changed = table.value.copy(), table.changed
    with pytest.raises(kind, match=message):
        call(table)
    np.testing.assert_array_equal(table.value, before)
    assert table.changed == changed


def test_floats_are_not_assigned_to_an_integer_parameter():
    counter = cr.parameter(3, "counter", trainable=False)
    with pytest.raises(cr.DTypeError, match="'counter' is int64 but was assigned float64"):
        counter.assign(1.5)
    counter.assign(4)
    assert counter.item() == 4


def test_a_primitive_that_returns_its_operand_leaves_the_parameter_usable(own_primitives):
    """A user's primitive may be careless about copies; the storage must stay the parameter's."""
    careless = cr.declare(
        cr.Primitive(
            name="careless",
            family="elementwise",
            accepts="any",
            promotes=(),
            infer=lambda x: (x.shape, x.dtype),
            numpy=lambda x: x,
            lowering=None,
            vjp=(lambda g, y, x: g,),
            jvp="linear",
            jacobian="diagonal",
            notation=cr.Notation("{}"),
            says="passes",
            branch=None,
            examples=(cr.Example((cr.Operand((3,)),)),),
        )
    )
    w = cr.parameter(np.zeros((2, 3)), "w")
    passed = cr.apply(careless, w)
    w.assign_rows(np.array([0]), np.ones((1, 3)))
    np.testing.assert_array_equal(passed.value, np.zeros((2, 3)))
