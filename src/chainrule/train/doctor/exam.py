"""An exam: the measurements of a model at one step of a run, as numbers that can be stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GateMeasures:
    """The measurements of one gate with an upstream gradient; over all steps for one in a scan.

    name       the path of the module, and the kind of the gate, such as "encoder.0.matmul"
    line       the user's file and line
    role       "layer" for a product with a weight; "relu" for one between layers; "sigmoid" or
               "tanh" for one that is not multiplied by the value of another gate; else empty
    size       the root mean square of the value
    gradient   the norm of the upstream gradient
    steps      the number of steps of the scan, 1 outside of scans
    output     whether no layer follows
    units      the number of units of an activation
    dead       the share of units that are 0 for every sample; 0 if there are too few samples
    saturated  the share of values at which the slope is below 1/25 of its maximum
    twins      the share of units whose weights equal those of another unit
    """

    name: str
    line: str
    role: str
    size: float
    gradient: float
    steps: int = 1
    output: bool = False
    units: int = 0
    dead: float = 0.0
    saturated: float = 0.0
    twins: float = 0.0


@dataclass(frozen=True)
class WeightMeasures:
    """The measurements of one parameter.

    norm      the norm of the value before the step; of a table with few updated rows, of these rows
    gradient  the norm of the gradient, None if no path leads from the parameter to the loss
    moved     the norm of the update in the step
    """

    name: str
    shape: tuple[int, ...]
    norm: float
    gradient: float | None
    moved: float

    @property
    def ratio(self) -> float:
        """The norm of the update divided by the norm of the value; infinite if that was 0."""
        if self.norm:
            return self.moved / self.norm
        return float("inf") if self.moved else 0.0


@dataclass(frozen=True)
class LoopMeasures:
    """The measurements of one scan over time.

    weight     the name of the square matrix that multiplies the state, None if there is none
    radius     the spectral radius of that matrix, None without one
    gradients  the norm of the upstream gradient of the state after each step
    """

    name: str
    line: str
    weight: str | None
    radius: float | None
    gradients: tuple[float, ...]


@dataclass(frozen=True)
class Exam:
    """All measurements at one step.

    loss     the mean loss of the steps since the exam before
    samples  the number of samples in the batch
    inputs   the root mean square of the largest floating-point input of the model, 0 without one
    gates    the measured gates in the order of their computation
    weights  the trained parameters
    loops    the scans over time
    """

    step: int
    epoch: int
    loss: float
    learning_rate: float
    samples: int
    inputs: float
    gates: tuple[GateMeasures, ...] = ()
    weights: tuple[WeightMeasures, ...] = ()
    loops: tuple[LoopMeasures, ...] = ()


@dataclass(frozen=True)
class NotFinite:
    """The end of a run by a gate that is infinite or NaN: its name, its line, and the message."""

    step: int
    gate: str
    line: str
    told: str


@dataclass(frozen=True)
class ExamHistory:
    """The exams of one run, and the gate that ended it, None if none did."""

    exams: tuple[Exam, ...]
    not_finite: NotFinite | None = None
