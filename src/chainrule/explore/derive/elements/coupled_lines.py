"""Lines of functions that couple the elements of a row: softmax, its logarithm, layer_norm."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from chainrule.explore.derive.derivation_data import Line
from chainrule.explore.derive.elements.element_context import ElementContext
from chainrule.explore.derive.elements.element_writer import partial
from chainrule.explore.derive.elements.row_sample import RowSample
from chainrule.explore.textbook.forms import Form
from chainrule.graph import Array, Tensor
from chainrule.ops import exp, log, sqrt


def coupled_lines(context: ElementContext, result: Tensor, form: Form) -> Iterator[Line]:
    """Give what a function of rows is, its local gradients, and the chain rule."""
    return _LINES[form.name](context, result)


def softmax_lines(sample: RowSample, name: str) -> Iterator[Line]:
    """Give the softmax p of a row of scores, and ∂pᵢ/∂zᵢ and ∂pⱼ/∂zᵢ.

    name  the name of p
    """
    x, p = sample.context.name(sample.node), softmax(sample.x)
    powers = sample.x - sample.x.max(-1, keepdims=True)  # the same softmax, without overflow
    quotient = exp(sample.i(x, powers)) / exp(sample.all(x, powers)).sum(2, keepdims=True)
    p_i, p_j = sample.i(name, p), sample.j(name, p)
    yield sample.line(sample.name(name, "i"), quotient, measured=p_i.read())
    yield from _local_lines(sample, name, softmax, p_i * (1 - p_i), -(p_i * p_j))


def softmax(x: Array) -> Array:
    """Return the softmax of every row."""
    powers = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def _local_lines(
    sample: RowSample, y: str, function: Callable[[Array], Array], own: Tensor, other: Tensor
) -> Iterator[Line]:
    """Give the derivative of an element with respect to its own operand, and to another one."""
    x = sample.context.name(sample.node)
    slopes, same = sample.slopes(function), np.eye(len(sample.elements), dtype=bool)
    compared = slopes[:, :, sample.elements]
    by = sample.name(x, "i")
    yield sample.line(partial(sample.name(y, "i"), by), own, measured=compared[:, same][..., None])
    yield sample.line(
        partial(sample.name(y, "j"), by), other, measured=compared, where=~same, note="for j ≠ i"
    )


def _chain_line(sample: RowSample, result: Tensor, formula: Tensor) -> Line:
    """Return the gradient of an element as a sum over the row, and what it comes to."""
    context = sample.context
    y, x = context.name(result), context.name(sample.node)
    chain = partial(sample.name(y, "j"), sample.name(x, "i"))
    delta = context.gradient_name(result, sample.index("j"))
    measured, exists = sample.gradient(result)
    left = context.gradient_name(sample.node, sample.index("i"))
    return sample.line(left, f"Σⱼ {delta} {chain}", formula, measured=measured, exists=exists)


def _rows(value: Array) -> Array:
    return value.reshape(-1, value.shape[-1])


def _of_softmax(context: ElementContext, result: Tensor) -> Iterator[Line]:
    sample, y = RowSample(context, result.inputs[1]), context.name(result)
    yield from softmax_lines(sample, y)
    p, delta = softmax(sample.x), _rows(context.gradient(result))
    name = f"δ_{y}"
    total = (sample.all(name, delta) * sample.all(y, p)).sum(2, keepdims=True)
    yield _chain_line(sample, result, sample.i(y, p) * (sample.i(name, delta) - total))


def _of_log_softmax(context: ElementContext, result: Tensor) -> Iterator[Line]:
    sample, y = RowSample(context, result.inputs[1]), context.name(result)
    x, value = context.name(sample.node), _rows(context.double[result])
    powers = exp(sample.all(x, sample.x - sample.x.max(-1, keepdims=True)))
    shifted = sample.i(x, sample.x - sample.x.max(-1, keepdims=True))
    formula = shifted - log(powers.sum(2, keepdims=True))
    yield sample.line(sample.name(y, "i"), formula, measured=sample.i(y, value).read())
    p = next(iter(context.forms[result].names.values()))
    p_i = sample.i(p, np.exp(value))
    yield sample.line(
        sample.name(p, "i"), exp(sample.i(y, value)), measured=sample.i(p, softmax(sample.x)).read()
    )
    yield from _local_lines(sample, y, _log_softmax, 1 - p_i, -p_i)
    delta, name = _rows(context.gradient(result)), f"δ_{y}"
    total = sample.all(name, delta).sum(2, keepdims=True)
    yield _chain_line(sample, result, sample.i(name, delta) - p_i * total)


def _log_softmax(x: Array) -> Array:
    below = x - x.max(-1, keepdims=True)
    return np.asarray(below - np.log(np.exp(below).sum(-1, keepdims=True)))


def _of_layer_norm(context: ElementContext, result: Tensor) -> Iterator[Line]:
    """Give mean and deviation too: Ba, Kiros, Hinton (2016)."""
    sample, y = RowSample(context, result.inputs[1]), context.name(result)
    x, epsilon = context.name(sample.node), float(context.double[result.inputs[2]])
    count = sample.x.shape[1]
    mean = sample.x.mean(-1)
    deviation = np.sqrt(((sample.x - mean[:, None]) ** 2).mean(-1) + epsilon)
    value = (sample.x - mean[:, None]) / deviation[:, None]
    mu, sigma = sample.of_row("μ", mean), sample.of_row("σ", deviation)
    yield sample.line(
        sample.name("μ", ""),
        sample.all(x, sample.x).sum(2, keepdims=True) / count,
        measured=mu.read(),
    )
    away = sample.all(x, sample.x) - mu
    yield sample.line(
        sample.name("σ", ""),
        sqrt((away * away).sum(2, keepdims=True) / count + epsilon),
        measured=sigma.read(),
    )
    y_i, y_j = sample.i(y, value), sample.j(y, value)
    yield sample.line(
        sample.name(y, "i"),
        (sample.i(x, sample.x) - mu) / sigma,
        measured=sample.i(y, _rows(context.double[result])).read(),
    )
    share = sample.number(f"1 / {count}", 1 / count)
    yield from _moment_lines(sample, y_i, share, epsilon)
    yield from _local_lines(
        sample,
        y,
        lambda rows: _standard(rows, epsilon),
        (1 - share - y_i * y_i / count) / sigma,
        (-share - y_i * y_j / count) / sigma,
    )
    delta, name = _rows(context.gradient(result)), f"δ_{y}"
    common = sample.all(name, delta).sum(2, keepdims=True) / count
    along = (sample.all(name, delta) * sample.all(y, value)).sum(2, keepdims=True) / count
    yield _chain_line(sample, result, (sample.i(name, delta) - common - y_i * along) / sigma)


def _moment_lines(sample: RowSample, y_i: Tensor, share: Tensor, epsilon: float) -> Iterator[Line]:
    by = sample.name(sample.context.name(sample.node), "i")
    means = sample.slopes(lambda rows: rows.mean(-1, keepdims=True))
    yield sample.line(partial(sample.name("μ", ""), by), share, measured=means)
    deviations = sample.slopes(lambda rows: np.sqrt(rows.var(-1, keepdims=True) + epsilon))
    yield sample.line(
        partial(sample.name("σ", ""), by), y_i / sample.x.shape[1], measured=deviations
    )


def _standard(x: Array, epsilon: float) -> Array:
    away = x - x.mean(-1, keepdims=True)
    return np.asarray(away / np.sqrt((away**2).mean(-1, keepdims=True) + epsilon))


def _of_logsumexp(context: ElementContext, result: Tensor) -> Iterator[Line]:
    sample, y = RowSample(context, result.inputs[1]), context.name(result)
    x, value = context.name(sample.node), context.double[result].reshape(-1, 1)
    total = exp(sample.all(x, sample.x)).sum(2, keepdims=True)
    yield sample.line(sample.name(y, ""), log(total), measured=value[sample.rows][:, :, None])
    p = next(iter(context.forms[result].names.values()))
    p_i = sample.i(p, softmax(sample.x))
    y_n = sample.of_row(y, value[:, 0])
    yield sample.line(sample.name(p, "i"), exp(sample.i(x, sample.x) - y_n), measured=p_i.read())
    slopes = sample.slopes(lambda rows: np.logaddexp.reduce(rows, axis=-1, keepdims=True))
    local = partial(sample.name(y, ""), sample.name(x, "i"))
    yield sample.line(local, p_i, measured=slopes)
    measured, exists = sample.gradient(result)
    left = context.gradient_name(sample.node, sample.index("i"))
    delta = sample.of_row(f"δ_{y}", context.gradient(result).reshape(-1))
    yield sample.line(left, delta * p_i, measured=measured, exists=exists)


_LINES: Mapping[str, Callable[[ElementContext, Tensor], Iterator[Line]]] = {
    "softmax": _of_softmax,
    "log_softmax": _of_log_softmax,
    "logsumexp": _of_logsumexp,
    "layer_norm": _of_layer_norm,
}
