"""A training step for loops of one's own, on several processes."""

from __future__ import annotations

from chainrule.distributed import Parallel, communicator
from chainrule.graph import Tensor, changing, updating
from chainrule.nn import Module
from chainrule.optim import Average, Optimizer
from chainrule.train.fit_arguments import require_loss, require_model, require_optimizer
from chainrule.train.parallel.parallel_step import ParallelStep
from chainrule.train.state.tracked_parameters import stored_values, tracked_parameters
from chainrule.train.train_step import Loss, weights_of


def parallel_step(
    model: Module,
    optimizer: Optimizer,
    loss: Loss,
    *,
    average: Average | None = None,
    parallel: Parallel | None = None,
    compiled: bool = True,
) -> ParallelStep:
    """Return the step that `fit` makes on several processes: a function of (inputs..., targets).

    Every call is given the whole batch, arrays whose first axis is that of the samples, on all
    processes; it updates the model and returns the loss of the batch. Arguments are those of `fit`.
    All processes start from the parameters of rank 0. `report()` of the step says what was compiled
    and sent. Raises TrainingError for unusable arguments.
    """
    require_model("parallel_step", model)
    require_optimizer("parallel_step", optimizer, model)
    require_loss("parallel_step", loss)
    between = communicator()
    tracked = tracked_parameters(model, optimizer, average)
    if between.size > 1:
        for path, value in stored_values(tracked).items():
            new = between.broadcast(value)
            with updating(), changing():
                tracked[path].exchange(new)

    def objective(*batch: Tensor) -> Tensor:
        return loss(model(*batch[:-1]), batch[-1])

    chosen = Parallel() if parallel is None else parallel
    return ParallelStep(
        objective, optimizer, average, tracked, compiled, chosen, between, weights_of(loss)
    )
