"""The gradient check where numbers are not finite: at the ends of functions, in masks, in NaN."""

import numpy as np

import chainrule as cr

NAN = float("nan")


def test_a_gradient_that_is_nan_is_wrong():
    report = cr.check_gradients(lambda x: cr.where(x < 100, x, cr.exp(x * 1000)).sum(), [1.0, 2.0])
    assert not report.ok
    assert "formula nan" in str(report)


def test_a_gate_whose_backward_gives_nan_is_named():
    @cr.gate
    def cube(x):
        return x * x * x

    @cube.backward
    def cube_backward(upstream, output, x):
        return upstream * NAN * x

    report = cr.check_gradients(lambda x: cube(x).sum(), [1.0, 2.0])
    assert [each.name.split()[0] for each in report.wrong_gates] == ["cube"]


def test_only_the_coordinate_with_the_nan_is_wrong():
    def function(x):
        return cr.where(x < 0.5, x, cr.where(x < 100, x, cr.exp(x * 1000))).sum()

    (verdict,) = cr.check_gradients(function, [0.1, 2.0]).inputs
    assert {each.where: np.isfinite(each.error) for each in verdict.findings} == {
        "[0]": True,
        "[1]": False,
    }


def test_no_tolerance_passes_if_it_is_nan():
    assert not cr.check_gradients(lambda x: x * 2, [1.0], tolerance=NAN).ok


def test_a_mask_of_minus_infinity_is_no_false_alarm():
    mask, weights = np.array([True, False, True]), np.array([1.0, 2.0, 3.0])

    def softmax(x):
        return (cr.nn.softmax(cr.where(mask, x, -np.inf)) * weights).sum()

    def log_softmax(x):
        return cr.where(mask, cr.nn.log_softmax(cr.where(mask, x, -np.inf)), 0).sum()

    for function in (softmax, log_softmax):
        report = cr.check_gradients(function, [1.0, 2.0, 0.5])
        assert report.ok, str(report)


def test_where_a_function_ends_nothing_is_measured_and_nothing_is_wrong():
    report = cr.check_gradients(lambda x: cr.log(x).sum(), [1e-9, 2.0])
    assert report.ok, str(report)
    assert len(report.inputs[0].findings) == 1


def test_an_infinite_slope_is_wrong():
    assert not cr.check_gradients(lambda x: cr.sqrt(x).sum(), [0.0, 2.0]).ok


def test_gates_behind_a_stop_are_not_asked_for_their_branch():
    """They stand still with it, and have no value between the points."""
    cr.check_gradients(lambda x: x / cr.stop_gradient(cr.max(abs(x))), np.array([1.0, -2.0]))
