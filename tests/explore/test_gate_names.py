"""Names: the user's own wherever there is one, letters elsewhere, never two alike."""

import cmath

import numpy as np

import chainrule as cr


def names(outputs):
    return [gate.name for gate in cr.Graph(outputs).gates]


def test_the_last_gate_of_an_assignment_is_called_like_the_variable():
    x = cr.input("x", value=1.0)
    hidden = cr.tanh(x * 2 + 1)
    assert names(hidden) == ["a", "b", "hidden"]


def test_the_users_own_name_comes_first():
    x = cr.input("x", value=1.0)
    y = x * 2
    y.name = "double"
    assert names(y) == ["double"]


def test_letters_avoid_names_that_are_taken():
    a, b = cr.input("a", value=1.0), cr.input("b", value=1.0)
    assert names(cr.exp(a + b)) == ["c", "d"]


def test_a_statement_over_several_lines_falls_back_to_letters():
    x = cr.input("x", value=1.0)
    result = (
        x
        * 2
    )  # fmt: skip
    assert names(result) == ["a"]


def test_a_gate_inside_an_argument_does_not_take_the_variables_name():
    @cr.gate
    def twice(x):
        return x + x

    x = cr.input("x", value=1.0)
    result = twice(x * 3)
    assert "result" not in names(result)


def test_in_a_loop_a_name_is_given_once():
    h = cr.input("x", value=1.0)
    for _ in range(3):
        z = h * 2
        h = cr.tanh(z)
    assert names(h) == ["z", "h", "a", "b", "c", "d"]


def test_parameters_of_one_name_get_a_suffix():
    first, second = cr.parameter(1.0, "W"), cr.parameter(2.0, "W")
    graph = cr.Graph(first * second)
    assert list(graph.parameters) == ["W", "W_2"]
    assert graph.backward() == {"W": 2.0, "W_2": 1.0}


def test_constants_are_called_by_their_number():
    graph = cr.Graph(cr.input("x", value=2.0) * 0.5)
    assert graph.gates[0].names == ("x", "0.5")


def test_the_gates_of_a_gradient_do_not_take_the_names_of_the_forward():
    x = cr.input("x", value=2.0)
    y = cr.exp(x)
    loss = y * y
    graph = cr.Graph(cr.gradients(loss, [x])[0])
    assert graph["y"].kind == "exp"


def test_a_result_of_foreign_code_is_not_mistaken():
    x = cr.input("x", value=np.ones(2))
    pair = (x + 1, cmath.pi)
    assert names(pair[0]) == ["a"]


def test_statements_that_share_a_line_name_a_gate_each():
    x = cr.input("x", value=1.0)
    # fmt: off
    first = x + 1; second = (first * 2) * cr.sigmoid(x)  # noqa: E702
    # fmt: on
    assert names(second)[:2] == ["first", "a"]
    assert names(second)[-1] == "second"


def test_where_the_gates_of_a_statement_cannot_be_counted_only_the_last_is_named():
    x = cr.input("x", value=1.0)
    # fmt: off
    pair = cr.stack([x, x]); total = pair.sum()  # noqa: E702
    # fmt: on
    assert "pair" not in names(total)
    assert names(total)[-1] == "total"


def test_a_statement_without_gates_leaves_the_name_to_the_one_before():
    x = cr.input("x", value=1.0)
    # fmt: off
    total = x * 2; count = 3  # noqa: E702
    # fmt: on
    assert (names(total), count) == (["total"], 3)


def test_labels_given_as_an_array_are_called_labels():
    x = cr.input("x", value=np.ones((3, 2)))
    graph = cr.Graph(cr.nn.cross_entropy(x, np.array([0, 1, 1])))
    assert graph["labels"].value.reshape(-1).tolist() == [0, 1, 1]
    assert str(graph.explain()).splitlines()[0].split(" = ")[1] == "cross_entropy(x, labels)"
