"""The rules of the doctor: one per illness, each with the evidence and a remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from chainrule.explore.number_text import number
from chainrule.train.doctor.exam import Exam, ExamHistory, GateMeasures, LoopMeasures
from chainrule.train.doctor.rules.exam_figures import (
    gradient_norm,
    growth,
    layer_gradient_ratio,
    layers_of,
    narrowest,
    output_layer,
    relative_update,
    time_gradient_ratio,
    typical,
)
from chainrule.train.doctor.rules.finding import DoctorFinding
from chainrule.train.doctor.rules.loss_progress import learns, losses

DEAD = 0.75  # of the units of a ReLU; inputs that are all positive leave half of them at 0
SATURATED = 0.5  # of the values of a sigmoid or tanh
TWINS = 0.5  # of the units of a layer
VANISHED = 1e-4  # gradient at the first layer divided by that at the last
EXPLODED = 1e3
FORGOTTEN = 1e-6  # gradient after the first step divided by that after the last
TOO_LARGE = 0.1  # update of a weight divided by its norm, if the loss does not fall
LEAP = 1.0  # the same, if the loss falls only after it rose
ROSE = 2.0  # times the first loss
TOO_SMALL = 3e-5
UNSCALED = 30.0
_PATIENCE = 32  # steps before a small rate counts
_MOST = 4  # names in a list
_FINDER = "cr.train.rate_finder measures it"


IllnessRule = Callable[[ExamHistory], Iterator[DoctorFinding]]


def found_in(history: ExamHistory) -> tuple[DoctorFinding, ...]:
    """Return the illnesses of a run, causes before consequences; empty for a healthy run."""
    findings: list[DoctorFinding] = []
    for rule, consequence_of in _RULES:
        if not any(each.illness in consequence_of for each in findings):
            findings += rule(history)
    return tuple(findings)


def _not_finite(history: ExamHistory) -> Iterator[DoctorFinding]:
    bad = history.not_finite
    if bad is not None:
        yield DoctorFinding(
            "not finite",
            f"{bad.gate} ({bad.line})" if bad.line else bad.gate,
            f"at step {bad.step}: {bad.told}",
            "check the inputs of this gate; use a smaller learning rate, clip=, arguments of "
            "logarithms and roots above 0, data without NaN",
            bad.step,
            (bad.gate,),
        )


def _identical_units(history: ExamHistory) -> Iterator[DoctorFinding]:
    for gate, exam in _lasting(history, lambda gate: gate.twins >= TWINS and not gate.output):
        yield DoctorFinding(
            "identical units",
            _place(gate),
            f"{_share(gate.twins, gate.units)} units have the weights of another one, at step "
            f"{exam.step}: they compute and learn the same",
            "start with random weights (cr.nn.initial.he_normal, xavier_uniform); zeros are for "
            "biases only",
            exam.step,
            (gate.name,),
        )


def _dying(history: ExamHistory) -> Iterator[DoctorFinding]:
    for gate, exam in _lasting(history, lambda gate: gate.dead >= DEAD):
        yield DoctorFinding(
            "dying ReLU",
            _place(gate),
            f"{_share(gate.dead, gate.units)} units are 0 for all {exam.samples} samples of step "
            f"{exam.step}, and of an exam before: no gradient passes, and they stay 0",
            "a smaller learning rate, cr.nn.initial.he_normal with biases of 0, or cr.leaky_relu",
            exam.step,
            (gate.name,),
        )


def _saturated(history: ExamHistory) -> Iterator[DoctorFinding]:
    is_learning = learns(history)

    def is_sick(gate: GateMeasures) -> bool:
        return gate.saturated >= SATURATED and not (gate.output and is_learning)

    for gate, exam in _lasting(history, is_sick):
        scale = f"; inputs have the size {number(exam.inputs)}" if exam.inputs > UNSCALED else ""
        yield DoctorFinding(
            f"saturated {gate.role}",
            _place(gate),
            f"{gate.saturated:.0%} of its values at step {exam.step} lie where its slope is below "
            f"a 25th of the largest{scale}",
            "smaller initial weights (cr.nn.initial.xavier_uniform), standardised inputs, a "
            "smaller learning rate, or normalisation before it",
            exam.step,
            (gate.name,),
        )


def _vanishing(history: ExamHistory) -> Iterator[DoctorFinding]:
    exams = [exam for exam in history.exams[-2:] if layer_gradient_ratio(exam) < VANISHED]
    if len(exams) == 2:
        exam = exams[-1]
        yield DoctorFinding(
            "vanishing gradient",
            _place(narrowest(exam)),
            _along_layers(exam),
            "cr.relu instead of sigmoid or tanh, cr.nn.initial.xavier_uniform or he_normal, "
            "normalisation, or residual connections",
            exam.step,
            (narrowest(exam).name, layers_of(exam)[0].name, output_layer(exam).name),
        )


def _exploding(history: ExamHistory) -> Iterator[DoctorFinding]:
    sick = [
        exam
        for exam in history.exams
        if layer_gradient_ratio(exam) > EXPLODED or growth(exam) > EXPLODED
    ]
    if len(sick) > len(history.exams) / 2 or (sick and history.not_finite):
        exam = sick[0]
        first, last = layers_of(exam)[0], output_layer(exam)
        yield DoctorFinding(
            "exploding gradient",
            _place(first),
            f"{_along_layers(exam)}; values have the sizes {number(first.size)} and "
            f"{number(last.size)}",
            "smaller initial weights (cr.nn.initial.xavier_uniform, he_normal), normalisation, "
            "clip=",
            exam.step,
            (first.name, last.name),
        )


def _exploding_in_time(history: ExamHistory) -> Iterator[DoctorFinding]:
    exams = [
        (exam, loop)
        for exam in history.exams
        for loop in exam.loops
        if time_gradient_ratio(loop) > EXPLODED
    ]
    if exams:
        exam, loop = exams[0]
        yield DoctorFinding(
            "exploding through time",
            f"{loop.name} ({loop.line})",
            _along_time(exam, loop),
            "clip=cr.optim.ClipByGlobalNorm(1.0), orthogonal recurrent weights, or an LSTM",
            exam.step,
            (loop.name,),
        )


def _vanishing_in_time(history: ExamHistory) -> Iterator[DoctorFinding]:
    if learns(history):
        return
    exams = [
        (exam, loop)
        for exam in history.exams[-2:]
        for loop in exam.loops
        if time_gradient_ratio(loop) < FORGOTTEN
    ]
    if len(exams) >= 2:
        exam, loop = exams[-1]
        yield DoctorFinding(
            "vanishing through time",
            f"{loop.name} ({loop.line})",
            f"{_along_time(exam, loop)}: early inputs are not learned",
            "orthogonal recurrent weights, an LSTM or GRU, or attention",
            exam.step,
            (loop.name,),
        )


def _rate_too_large(history: ExamHistory) -> Iterator[DoctorFinding]:
    updates = [(typical(exam, relative_update), exam) for exam in history.exams]
    if not updates or (learns(history) and not history.not_finite and not _leapt(history)):
        return
    ratio, exam = max(updates, key=lambda each: each[0])
    if ratio > TOO_LARGE:
        yield DoctorFinding(
            "learning rate too large",
            "",
            f"at step {exam.step} weights changed by {number(ratio)} of their norm (above "
            f"{number(TOO_LARGE)} is too much), and the loss {losses(history)}",
            f"a learning rate of {number(exam.learning_rate * 1e-2 / ratio)} or less; {_FINDER}",
            exam.step,
        )


def _leapt(history: ExamHistory) -> bool:
    """Return whether weights changed by more than their norm and the loss rose far above its first.

    The loss may fall after that, but then the initial weights have no effect any more.
    """
    exams = history.exams
    far = max(typical(exam, relative_update) for exam in exams) > LEAP
    return far and max(exam.loss for exam in exams) > ROSE * exams[0].loss


def _rate_too_small(history: ExamHistory) -> Iterator[DoctorFinding]:
    exams = [exam for exam in history.exams if exam.step >= _PATIENCE]
    if not exams or learns(history) or not any(typical(each, gradient_norm) for each in exams):
        return
    ratios = [(typical(each, lambda weight: weight.ratio), each) for each in exams]
    ratio, exam = max(ratios, key=lambda each: each[0])
    falls = exam.learning_rate < max(each.learning_rate for each in history.exams) / 10
    if ratio < TOO_SMALL and not falls:
        better = f" of {number(exam.learning_rate * 1e-3 / ratio)}" if ratio else " that is larger"
        yield DoctorFinding(
            "learning rate too small",
            "",
            f"by step {exams[-1].step} no step changed weights by more than {number(ratio)} of "
            f"their norm (0.001 is usual), and the loss {losses(history)}",
            f"a learning rate{better}; {_FINDER}",
            exam.step,
        )


def _no_gradient(history: ExamHistory) -> Iterator[DoctorFinding]:
    arrived: dict[str, list[float | None]] = {}
    for exam in history.exams:
        for weight in exam.weights:
            arrived.setdefault(weight.name, []).append(weight.gradient)
    without = {name: found for name, found in arrived.items() if not any(found)}
    for why, is_zero in (("is 0", True), ("does not exist: no path leads to it", False)):
        names = [name for name, found in without.items() if (0.0 in found) == is_zero]
        if names:
            yield DoctorFinding(
                "no gradient",
                _listed(names),
                f"in all {len(without[names[0]])} exams its gradient {why}",
                "use it in forward, without stop_gradient or a rounding function between it and "
                "the loss; or freeze it",
                history.exams[-1].step,
                tuple(names),
            )


_BY_SYMMETRY = ("dying ReLU", "identical units")
_SATURATED = ("saturated sigmoid", "saturated tanh")
_RULES: tuple[tuple[IllnessRule, tuple[str, ...]], ...] = (
    (_not_finite, ()),
    (_identical_units, ()),
    (_dying, ("identical units",)),
    (_saturated, ()),
    (_exploding, ()),
    (_exploding_in_time, ()),
    (_vanishing, _BY_SYMMETRY),
    (_vanishing_in_time, _BY_SYMMETRY),
    (_rate_too_large, ()),
    (_rate_too_small, (*_BY_SYMMETRY, *_SATURATED, "vanishing gradient")),
    (_no_gradient, (*_BY_SYMMETRY, "vanishing gradient", "not finite")),
)
"""Every rule with the illnesses that can cause its own, and that suppress it."""


def _lasting(
    history: ExamHistory, is_sick: Callable[[GateMeasures], bool]
) -> Iterator[tuple[GateMeasures, Exam]]:
    """Yield the gates that are sick in the last two exams, without that of the first step."""
    last = [exam for exam in history.exams if exam.step > 1][-2:]
    if len(last) == 2:
        before = {gate.name for gate in last[0].gates if is_sick(gate)}
        for gate in last[1].gates:
            if is_sick(gate) and gate.name in before:
                yield gate, last[1]


def _along_layers(exam: Exam) -> str:
    layers, last = layers_of(exam), output_layer(exam)
    return (
        f"at step {exam.step} the gradient is {number(last.gradient)} at {last.name} and "
        f"{number(layers[0].gradient)} at {layers[0].name}, {len(layers)} layers before"
    )


def _along_time(exam: Exam, loop: LoopMeasures) -> str:
    text = (
        f"at step {exam.step} the gradient is {number(loop.gradients[-1])} after the last of "
        f"{len(loop.gradients)} steps and {number(loop.gradients[0])} after the first"
    )
    if loop.radius is None:
        return text
    return f"{text}; the largest eigenvalue of {loop.weight} is {number(loop.radius)}"


def _place(gate: GateMeasures) -> str:
    return f"{gate.name} ({gate.line})"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def _share(share: float, units: int) -> str:
    return f"{round(share * units)} of {units}"
