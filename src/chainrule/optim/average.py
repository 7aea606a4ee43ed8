"""Moving averages of the weights of a model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from chainrule.graph import (
    ChainruleError,
    Parameter,
    Replace,
    Tensor,
    apply_together,
    changing,
    current_trace,
    here,
    latest,
    made_for,
    parameter,
    updating,
)
from chainrule.ops import equal, where
from chainrule.optim.checks import require_fraction
from chainrule.optim.trainable_parameters import Parameters, require_names_differ, trainable_of


class Average:
    """An exponential moving average of the weights of a model.

    average = decay · average + (1 - decay) · weight, at every `update`; the first update copies
    the weights.

    parameters  a model, or a list of parameters; the trainable ones are averaged
    decay       in [0, 1); the average covers about 1 / (1 - decay) updates

    Call `update()` in the step, after `minimize`; a compiled function compiles it too, and it uses
    the updated weights. If gradients are accumulated, `update(optimizer.minimize(loss))` counts
    steps, not calls. An update costs time in proportion to all parameters, including whole tables.

    Raises ValueError for a decay outside [0, 1), ChainruleError if no parameter is trainable.
    Polyak and Juditsky: Acceleration of stochastic approximation by averaging (1992). Equal to
    torch.optim.swa_utils.AveragedModel with get_ema_multi_avg_fn(decay).
    """

    def __init__(self, parameters: Parameters, decay: float = 0.999) -> None:
        require_fraction("Average", decay=decay)
        self.decay = decay
        self.updates = parameter(0, "updates", trainable=False)
        self.averages = {
            each: Parameter(np.array(each.value), f"{each.name}.average", trainable=False)
            for each in trainable_of("Average", parameters)
        }
        self._applied = False

    def update(self, when: Tensor | bool = True) -> None:
        """Add the current weights to the averages; in a compiled function, the updated weights.

        when  bool (); if False, nothing changes

        Raises ChainruleError while the averages are applied.
        """
        self._refuse_while_applied()
        with made_for(here()):
            first = equal(self.updates, 0)
            new: dict[Parameter, Tensor] = {self.updates: self.updates + 1}
            for each, average in self.averages.items():
                weight = latest(each)
                mixed = average + (weight - average) * (1 - self.decay)
                new[average] = where(first, weight, mixed)
            if when is not True:
                new = {each: where(when, value, each) for each, value in new.items()}
        apply_together([Replace(each, value) for each, value in new.items()])

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Replace the weights of the model by the averages for the duration of a `with` block.

        Raises ChainruleError in a compiled function, and at the end of the block if the weights
        were changed in it; these changes are lost.
        """
        self._refuse_while_applied()
        if current_trace() is not None:
            raise ChainruleError(
                "Averages were to be applied in a compiled function, which reads the parameters "
                "whenever it is called. Call it inside of `with average.applied():`."
            )
        own = {each: each.value for each in self.averages}
        self._applied = True
        try:
            _assign({each: average.value for each, average in self.averages.items()})
            changed = {each: each.changed for each in own}
            yield
            lost = [str(each.name) for each, at in changed.items() if each.changed != at]
        finally:
            _assign(own)
            self._applied = False
        if lost:
            raise ChainruleError(
                f"The parameters {', '.join(lost)} were changed while their averages stood in for "
                "them; the changes are lost. Train outside of `with average.applied():`."
            )

    def named_state(self) -> dict[str, Parameter]:
        """Return the state by name, for saving: "updates" and "<name>.average".

        Raises ChainruleError if two of the parameters have the same name.
        """
        named = [(str(each.name), each) for each in self.averages.values()]
        require_names_differ("Average", [name for name, _ in named])
        return {"updates": self.updates, **dict(named)}

    def _refuse_while_applied(self) -> None:
        if self._applied:
            raise ChainruleError(
                "Averages were to be updated or applied while they replace the weights. Leave "
                "the `with average.applied():` first."
            )


def _assign(values: dict[Parameter, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]) -> None:
    with updating(), changing():
        for each, value in values.items():
            each.assign(value)
