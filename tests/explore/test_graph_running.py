"""Graph.forward and Graph.backward: the lectures' circuits, and what a user is told."""

import sys

import numpy as np
import pytest

import chainrule as cr


def product_of_sum():
    x, y, z = cr.input("x", value=-2.0), cr.input("y", value=5.0), cr.input("z", value=-4.0)
    return (x + y) * z


@cr.gate
def grouped_sigmoid(x):
    return 1 / (1 + cr.exp(-x))


def neuron(sigmoid=grouped_sigmoid):
    w0, x0 = cr.input("w0", value=2.0), cr.input("x0", value=-1.0)
    w1, x1 = cr.input("w1", value=-3.0), cr.input("x1", value=-2.0)
    w2 = cr.input("w2", value=-3.0)
    return sigmoid(w0 * x0 + w1 * x1 + w2)


def test_product_of_a_sum_has_the_lectures_numbers():
    graph = cr.Graph(product_of_sum())
    assert graph.forward(x=-2.0, y=5.0, z=-4.0) == -12.0
    assert graph.backward() == {"x": -4.0, "y": -4.0, "z": 3.0}


def test_product_with_a_maximum_has_the_lectures_numbers():
    x, y, z = cr.input("x", value=1.0), cr.input("y", value=2.0), cr.input("z", value=0.0)
    graph = cr.Graph((x + y) * cr.maximum(y, z))
    assert graph.forward() == 6.0
    assert graph.backward() == {"x": 2.0, "y": 5.0, "z": 0.0}


@pytest.mark.parametrize("sigmoid", [cr.sigmoid, grouped_sigmoid])
def test_sigmoid_neuron_has_the_lectures_numbers(sigmoid):
    graph = cr.Graph(neuron(sigmoid))
    assert round(graph.forward(), 2) == 0.73
    found = {name: round(gradient, 2) for name, gradient in graph.backward().items()}
    assert found == {"w0": -0.20, "x0": 0.39, "w1": -0.39, "x1": -0.59, "w2": 0.20}


def test_squared_norm_has_the_lectures_numbers():
    weights = cr.input("W", value=[[0.1, 0.5], [-0.3, 0.8]])
    x = cr.input("x", value=[0.2, 0.4])
    q = weights @ x
    graph = cr.Graph((q * q).sum())
    assert graph.forward() == pytest.approx(0.116)
    gradients = graph.backward()
    np.testing.assert_allclose(gradients["W"], [[0.088, 0.176], [0.104, 0.208]])
    np.testing.assert_allclose(gradients["x"], [-0.112, 0.636])


def test_a_second_forward_with_other_numbers_gives_the_new_gradients():
    graph = cr.Graph(product_of_sum())
    graph.forward()
    graph.backward()
    assert graph.forward(x=1.0, y=2.0, z=10.0) == 30.0
    assert graph.backward() == {"x": 10.0, "y": 10.0, "z": 3.0}


def test_the_gradients_of_an_old_run_are_forgotten_by_a_new_forward():
    graph = cr.Graph(product_of_sum())
    graph.backward()
    assert graph["x"].upstream == -4.0
    graph.forward()
    assert graph["x"].upstream is None


def test_backward_runs_forward_by_itself_if_all_inputs_have_values():
    assert cr.Graph(product_of_sum()).backward()["z"] == 3.0


def test_backward_computes_nothing_of_the_forward_again(monkeypatch):
    graph = cr.Graph(cr.exp(cr.input("x", value=1.0)) * 2.0)
    graph.forward()
    kinds = []
    module = sys.modules["chainrule.graph.evaluate"]
    compute = module.compute

    def counted(primitive, arrays, attributes):
        kinds.append(primitive.name)
        return compute(primitive, arrays, attributes)

    monkeypatch.setattr(module, "compute", counted)
    graph.backward()
    assert kinds == ["multiply", "multiply"]


def test_the_tensors_of_the_user_are_never_changed():
    f = product_of_sum()
    cr.Graph(f).forward(x=100.0)
    assert f.item() == -12.0


def test_parameters_take_part_with_the_value_they_have_now():
    weight = cr.parameter(3.0, "w")
    graph = cr.Graph(weight * cr.input("x", value=2.0))
    assert graph.backward() == {"w": 2.0, "x": 3.0}
    weight.assign(5.0)
    assert graph.forward() == 10.0
    assert graph.backward() == {"w": 2.0, "x": 5.0}


def test_no_path_is_none_and_differs_from_zero():
    x, y = cr.input("x", value=2.0), cr.input("y", value=3.0)
    graph = cr.Graph(x * 0.0 + cr.stop_gradient(y))
    assert graph.backward() == {"x": 0.0, "y": None}


def test_integer_inputs_are_left_out_of_the_gradients():
    rows = cr.input("rows", value=np.array([0, 0, 2]))
    table = cr.parameter(np.arange(6.0).reshape(3, 2), "table")
    gradients = cr.Graph(table[rows].sum()).backward()
    assert list(gradients) == ["table"]
    np.testing.assert_array_equal(gradients["table"], [[2, 2], [0, 0], [1, 1]])


def test_arrays_come_back_read_only_and_scalars_as_python_numbers():
    x = cr.input("x", value=[1.0, 2.0])
    value = cr.Graph(x * x).forward()
    assert not value.flags.writeable
    assert type(cr.Graph((x * x).sum()).forward()) is float


def test_an_output_that_is_no_scalar_takes_an_upstream_gradient():
    x = cr.input("x", value=[1.0, 2.0])
    gradients = cr.Graph(x * x).backward(upstream=[1.0, 10.0])
    np.testing.assert_array_equal(gradients["x"], [2.0, 40.0])


def test_several_outputs_come_as_a_list_and_take_one_upstream_each():
    x = cr.input("x", value=2.0)
    square = x * x
    graph = cr.Graph([square, square * x])
    assert graph.forward() == [4.0, 8.0]
    assert graph.backward(upstream=[1.0, 10.0]) == {"x": 4.0 + 10.0 * 12.0}


def test_float32_graphs_stay_float32():
    x = cr.input("x", value=np.array([1, 2], np.float32))
    assert cr.Graph((x * x).sum()).backward()["x"].dtype == np.float32


def test_python_numbers_fit_a_float32_input():
    x = cr.input("x", (), "float32")
    assert cr.Graph(x * 2).forward(x=3) == 6.0


def test_an_unknown_name_gets_the_closest_one():
    graph = cr.Graph(cr.input("weight", value=1.0) * cr.input("x", value=1.0))
    with pytest.raises(cr.UnknownInputError) as error:
        graph.forward(wieght=2.0)
    assert str(error.value) == (
        "forward was given a value for 'wieght', but the graph has no input of that name. "
        "Did you mean 'weight'? Its inputs are: 'weight', 'x'."
    )


def test_all_missing_values_are_reported_at_once():
    graph = cr.Graph((cr.input("x", (3,)) * cr.input("y", ())).sum())
    with pytest.raises(cr.UnboundInputError) as error:
        graph.forward()
    assert str(error.value) == (
        "The graph was run without a value for: x float64[3], y float64[]. "
        "Bind them by name: forward(x=..., y=...)."
    )


def test_a_wrong_shape_names_the_input_and_both_shapes():
    graph = cr.Graph(cr.input("x", (3,)).sum())
    with pytest.raises(cr.ShapeError) as error:
        graph.forward(x=[1.0, 2.0])
    assert str(error.value) == (
        "Input 'x' has shape (3,) but was given a value of shape (2,). "
        "Reshape the value, or build the graph for its shape."
    )


def test_a_float_for_an_integer_input_is_refused():
    ids = cr.input("ids", (2,), "int64")
    graph = cr.Graph(cr.parameter([1.0, 2.0], "w")[ids].sum())
    with pytest.raises(cr.DTypeError) as error:
        graph.forward(ids=[0.0, 1.0])
    assert str(error.value) == (
        "Input 'ids' is int64 but was given float64 values. "
        "Convert them first, for example with numpy.asarray(value, 'int64')."
    )


def test_two_inputs_of_one_name_are_refused():
    with pytest.raises(cr.ChainruleError, match=r"Two different inputs are named 'x' \(made at"):
        cr.Graph(cr.input("x", value=1.0) + cr.input("x", value=2.0))


def test_what_is_no_tensor_is_refused():
    with pytest.raises(cr.DTypeError, match="a sequence of tensors but was given float"):
        cr.Graph(3.0)
    with pytest.raises(cr.DTypeError, match="was given an empty sequence"):
        cr.Graph([])


def test_backward_says_what_to_do_where_one_at_the_output_is_not_determined():
    x = cr.input("x", value=[1.0, 2.0])
    with pytest.raises(cr.GradientError, match=r"has shape \(2,\), but only a scalar has a grad"):
        cr.Graph(x * x).backward()
    with pytest.raises(cr.GradientError, match="The graph has 2 outputs"):
        cr.Graph([x.sum(), x.mean()]).backward()
    with pytest.raises(cr.GradientError, match="was given 1 upstream gradients for 2 outputs"):
        cr.Graph([x.sum(), x.mean()]).backward(upstream=[1.0])
    with pytest.raises(cr.GradientError, match=r"upstream has shape \(3,\) but"):
        cr.Graph(x * x).backward(upstream=np.ones(3))
    with pytest.raises(cr.GradientError, match="int64, and only floating-point values"):
        cr.Graph(cr.argmax(x)).backward()


def test_a_graph_checks_its_own_gradients_on_the_numbers_of_its_run():
    x = cr.input("x", (2,))
    graph = cr.Graph(cr.relu(x).sum())
    graph.forward(x=[1.0, -2.0])
    assert graph.check().ok
    graph.forward(x=[0.0, 1.0])
    assert graph.check().kinks
    both = cr.Graph([cr.sin(x), cr.exp(x)])
    both.forward(x=[0.3, 0.4])
    assert both.check().ok


def test_a_backward_sees_a_parameter_that_changed_after_the_graph_was_made():
    w, x = cr.parameter(3.0, "w"), cr.input("x", value=2.0)
    graph = cr.Graph(w * x)
    w.assign(4.0)
    assert graph.forward() == 8.0
    assert graph.backward() == {"w": 2.0, "x": 4.0}
