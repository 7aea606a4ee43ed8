"""Lines of losses of classes: the correct class and the wrong classes apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from chainrule.explore.derive.derivation_data import Line
from chainrule.explore.derive.elements.coupled_lines import softmax, softmax_lines
from chainrule.explore.derive.elements.element_context import ElementContext
from chainrule.explore.derive.elements.element_writer import partial
from chainrule.explore.derive.elements.row_sample import RowSample
from chainrule.explore.textbook.forms import Form
from chainrule.graph import Array, Tensor, is_integer
from chainrule.ops import log, maximum, where

_CORRECT, _WRONG, _ANY = "for the correct class k", "for a wrong class i", "for any class i"


def class_loss_lines(context: ElementContext, result: Tensor, form: Form) -> Iterator[Line]:
    """Give a loss, its local gradients, and the gradient of a score."""
    loss = _ClassLoss(context, result, form)
    if not loss.is_hard:
        return _soft_lines(loss)
    return _HARD_LINES[form.name](loss)


class _ClassLoss:
    """A loss of classes with its numbers.

    labels  the label of every row
    y       the targets as probabilities, (rows, classes)
    """

    def __init__(self, context: ElementContext, result: Tensor, form: Form) -> None:
        assert form.target is not None
        self.context, self.result, self.form = context, result, form
        target = context.double[form.target]
        (x,) = form.operands
        self.is_hard = is_integer(form.target.dtype) and not form.options.get("label_smoothing")
        self.labels = target.reshape(-1) if is_integer(target.dtype) else np.zeros(0, int)
        self.y_name = context.names.get(form.target, "") if not len(self.labels) else ""
        self.y_name = self.y_name or self.part("y")
        self.sample = RowSample(context, x, self.labels[:3].tolist() if self.is_hard else ())
        self.x_name, self.name = context.name(x), context.name(result)
        self.y = self._targets(target, form)
        self.rows = len(self.sample.x)

    def _targets(self, target: Array, form: Form) -> Array:
        classes = self.sample.x.shape[1]
        if not len(self.labels):
            return target.reshape(-1, classes)
        hard = np.zeros((len(self.labels), classes))
        hard[np.arange(len(self.labels)), self.labels] = 1
        smoothing = float(form.options.get("label_smoothing", 0.0))
        return np.asarray(hard * (1 - smoothing) + smoothing / classes)

    @property
    def is_mean(self) -> bool:
        """Whether the loss divides by the number of rows, which is not 1."""
        return self.form.options["reduction"] == "mean" and self.rows > 1

    @property
    def of_rows(self) -> bool:
        """Whether there is a loss per row."""
        return self.form.options["reduction"] == "none" and self.sample.node.ndim > 1

    def part(self, name: str) -> str:
        """Return the name of a part of the gradient, such as p."""
        return next(each for each in self.form.names.values() if each.split("_")[0] == name)

    def averaged(self, term: Tensor) -> Tensor:
        """Return a term over the number of rows, if the loss is a mean."""
        return term / self.rows if self.is_mean else term

    def arrived(self, term: Tensor) -> Tensor:
        """Return a term times the upstream gradient of the loss, if that is not 1."""
        if self.context.is_one(self.result):
            return term
        delta = self.context.gradient(self.result)
        if self.of_rows:
            return self.sample.of_row(f"δ_{self.name}", delta.reshape(-1)) * term
        return self.sample.number(f"δ_{self.name}", float(delta)) * term

    @property
    def delta(self) -> str:
        """The upstream gradient as the first factor of a product; empty if it is 1."""
        if self.context.is_one(self.result):
            return ""
        return f"δ_{self.loss_name} "

    @property
    def loss_name(self) -> str:
        """The name of the loss, of a row if there is one per row."""
        return self.sample.name(self.name, "") if self.of_rows else self.name

    def label_of(self, name: str, rows: Array, every: bool = False) -> Tensor:
        """Return the element k of the rows, k being the label; of `every` row for totals."""
        picked = rows[np.arange(len(rows)), self.labels]
        chosen = picked if every else picked[self.sample.rows]
        return self.sample.leaf(name, "k", chosen[:, None, None])

    def total(self, terms: Tensor, every: bool) -> Tensor:
        """Return the loss of terms per row: their sum or mean, or themselves."""
        summed = terms.sum(0, keepdims=True) if every and self.sample.node.ndim > 1 else terms
        return self.averaged(summed)

    @property
    def value(self) -> Array:
        """The value of the loss, (rows or 1, 1, 1)."""
        found = self.context.double[self.result].reshape(-1, 1, 1)
        return found[self.sample.rows] if self.of_rows else found

    def gradient_lines(self, own: list[Tensor | str], other: list[Tensor | str]) -> Iterator[Line]:
        """Give the gradients of the score of the label, and of another score."""
        sample = self.sample
        measured, exists = sample.gradient(self.result)
        is_label = (sample.elements == self.labels[sample.rows][:, None])[..., None]
        for letter, formulas, chosen, note in (
            ("k", own, is_label, _CORRECT),
            ("i", other, ~is_label, _WRONG),
        ):
            left = self.context.gradient_name(sample.node, sample.index(letter))
            yield sample.line(
                left, *formulas, measured=measured, where=chosen, exists=exists, note=note
            )

    def whole_line(self, formula: Tensor, note: str) -> Line:
        """Give the gradient of any score."""
        measured, exists = self.sample.gradient(self.result)
        left = self.context.gradient_name(self.sample.node, self.sample.index("i"))
        return self.sample.line(left, formula, measured=measured, exists=exists, note=note)


def _cross_entropy_lines(loss: _ClassLoss) -> Iterator[Line]:
    sample, p = loss.sample, softmax(loss.sample.x)
    name = loss.part("p")
    yield from softmax_lines(sample, name)
    all_k = loss.label_of(name, p, every=not loss.of_rows)
    yield sample.line(
        loss.loss_name,
        -loss.total(log(all_k), not loss.of_rows),
        measured=loss.value,
        note=_CORRECT,
    )
    p_k, p_i = loss.label_of(name, p), sample.i(name, p)
    by_p = partial(loss.loss_name, sample.name(name, "k"))
    slope = -1 / (p_k * loss.rows if loss.is_mean else p_k)
    yield sample.line(by_p, slope, measured=_slopes_of_log(loss, p), note=_CORRECT)
    chain = f"{loss.delta}{by_p} {{}}"
    own, other = (
        chain.format(partial(sample.name(name, "k"), sample.name(loss.x_name, letter)))
        for letter in "ki"
    )
    yield from loss.gradient_lines(
        [own, loss.arrived(slope * (p_k * (1 - p_k))), loss.arrived(loss.averaged(p_k - 1))],
        [other, loss.arrived(slope * -(p_i * p_k)), loss.arrived(loss.averaged(p_i))],
    )
    yield from _target_lines(loss)
    y_i = sample.i(loss.y_name, loss.y)
    yield loss.whole_line(loss.arrived(loss.averaged(p_i - y_i)), _ANY)


def _target_lines(loss: _ClassLoss) -> Iterator[Line]:
    """Give y, the label as probabilities."""
    sample = loss.sample
    y_i, y_k = sample.i(loss.y_name, loss.y), loss.label_of(loss.y_name, loss.y)
    is_wrong = sample.elements != loss.labels[sample.rows][:, None]
    yield sample.line(sample.write(y_k), sample.number("1", 1.0), y_k, note=_CORRECT)
    yield sample.line(
        sample.write(y_i), sample.number("0", 0.0), y_i, where=is_wrong[..., None], note=_WRONG
    )


@np.errstate(all="ignore")
def _slopes_of_log(loss: _ClassLoss, p: Array) -> Array:
    """Return the derivative of the loss with respect to p_k by central differences."""
    picked = p[np.arange(len(p)), loss.labels][loss.sample.rows][:, None, None]
    step = 1e-6 * picked
    slopes = -(np.log(picked + step) - np.log(picked - step)) / (2 * step)
    return np.asarray(slopes / loss.rows if loss.is_mean else slopes)


def _likelihood_lines(loss: _ClassLoss) -> Iterator[Line]:
    sample = loss.sample
    all_k = loss.label_of(loss.x_name, sample.x, every=not loss.of_rows)
    yield sample.line(
        loss.loss_name,
        -loss.total(all_k, not loss.of_rows),
        measured=loss.value,
        note=_CORRECT,
    )
    yield from _target_lines(loss)
    one = sample.number("1", 1.0)
    own = loss.arrived(-loss.averaged(one))
    yield from loss.gradient_lines([own], [sample.number("0", 0.0)])


def _hinge_lines(loss: _ClassLoss) -> Iterator[Line]:
    sample, margin = loss.sample, float(loss.form.options["margin"])
    x, labels = sample.x, loss.labels
    own = x[np.arange(len(x)), labels][:, None]
    others = np.where(loss.y > 0, -np.inf, x)
    every = np.arange(len(x)) if not loss.of_rows else sample.rows
    s_j = sample.leaf(loss.x_name, "j", others[every][:, None, :])
    s_k = sample.leaf(loss.x_name, "k", own[every][:, :, None])
    terms = maximum(s_j - s_k + margin, 0).sum(2, keepdims=True)
    yield sample.line(
        loss.loss_name,
        loss.total(terms, not loss.of_rows),
        measured=loss.value,
        note="over all wrong classes j",
    )
    m = ((others - own + margin) > 0) * 1.0
    name = loss.part("m")
    m_i = sample.i(name, m)
    x_i, x_k = sample.i(loss.x_name, others), loss.label_of(loss.x_name, x)
    within = where(x_i - x_k + margin > 0, 1.0, 0.0)
    yield sample.line(sample.write(m_i), within, measured=m_i.read(), note=_WRONG)
    yield from _target_lines(loss)
    count = sample.all(name, m).sum(2, keepdims=True)
    yield from loss.gradient_lines(
        [loss.arrived(-loss.averaged(count))], [loss.arrived(loss.averaged(m_i))]
    )


def _soft_lines(loss: _ClassLoss) -> Iterator[Line]:
    """Give the lines of the cross-entropy for targets that are probabilities."""
    sample, p = loss.sample, softmax(loss.sample.x)
    name = loss.part("p")
    yield from softmax_lines(sample, name)
    every = np.arange(loss.rows) if not loss.of_rows else sample.rows
    y_j = sample.leaf(loss.y_name, "j", loss.y[every][:, None, :])
    p_j = sample.leaf(name, "j", p[every][:, None, :])
    terms = (y_j * log(p_j)).sum(2, keepdims=True)
    yield sample.line(loss.loss_name, -loss.total(terms, not loss.of_rows), measured=loss.value)
    chain = f"Σⱼ {partial(loss.loss_name, sample.name(name, 'j'))} " + partial(
        sample.name(name, "j"), sample.name(loss.x_name, "i")
    )
    y_i, p_i = sample.i(loss.y_name, loss.y), sample.i(name, p)
    ratio = sample.all(loss.y_name, loss.y)
    summed = p_i * ratio.sum(2, keepdims=True) - y_i
    whole = loss.whole_line(loss.arrived(loss.averaged(summed)), "")
    yield Line(whole.left, f"{loss.delta}{chain} = {whole.right}", "", whole.check)
    yield loss.whole_line(
        loss.arrived(loss.averaged(p_i - y_i)), f"as {loss.y_name} of a row add up to 1"
    )


_HARD_LINES: Mapping[str, Callable[[_ClassLoss], Iterator[Line]]] = {
    "cross_entropy": _cross_entropy_lines,
    "negative_log_likelihood": _likelihood_lines,
    "hinge": _hinge_lines,
}
