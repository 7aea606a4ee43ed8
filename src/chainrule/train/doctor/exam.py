"""An exam: what is measured of a model at one step of a run, as numbers that can be kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GateMeasures:
    """One gate through which gradient passes; one of a loop, over all steps of the loop.

    name       the path of the module that made it, and its kind
    line       the user's file and line
    role       "layer" for a product with a weight; "relu" for one between layers; "sigmoid" or
               "tanh" for one that is not multiplied with another gate's value; empty otherwise
    size       the root mean square of its value
    gradient   the norm of the gradient that arrives there
    steps      how often a loop repeats it
    output     whether no layer follows
    units      how many units an activation has
    dead       the share of them that are 0 for every sample; 0 where that are too few to say
    saturated  the share of its values where the slope is below a 25th of the largest
    twins      the share of its units whose weights are those of another unit
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
    """One parameter: the norms of its value before the step, of its gradient, and of its move.

    gradient  None where no path leads from it to the loss
    norm      of a table of which few rows moved: of these rows
    """

    name: str
    shape: tuple[int, ...]
    norm: float
    gradient: float | None
    moved: float

    @property
    def ratio(self) -> float:
        """The length of its move over its norm; infinite for one that left zero."""
        if self.norm:
            return self.moved / self.norm
        return float("inf") if self.moved else 0.0


@dataclass(frozen=True)
class LoopMeasures:
    """One loop over time.

    weight     the square matrix that leads from state to state, None where there is none
    radius     the largest modulus of its eigenvalues
    gradients  the norm of the gradient that arrives at the state after each step
    """

    name: str
    line: str
    weight: str | None
    radius: float | None
    gradients: tuple[float, ...]


@dataclass(frozen=True)
class Exam:
    """All that was measured at one step.

    loss     the mean over the steps since the exam before
    samples  in the batch
    inputs   the root mean square of the largest floating-point input of the model, 0 without one
    gates    in the order in which they run
    weights  the parameters that are trained
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
    """What ended a run: the first gate that is infinite or NaN, its line, and the whole story."""

    step: int
    gate: str
    line: str
    told: str


@dataclass(frozen=True)
class ExamHistory:
    """The exams of one run, and what ended it if something did."""

    exams: tuple[Exam, ...]
    not_finite: NotFinite | None = None
