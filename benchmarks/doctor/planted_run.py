"""A run by which the doctor is judged: a model, how it is trained, and the illness it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from chainrule import nn
from chainrule.graph import Array, Tensor
from chainrule.optim import Adam, Optimizer
from chainrule.train.doctor.doctor import Doctor
from chainrule.train.doctor.doctor_report import DoctorReport
from chainrule.train.errors import NonFiniteError
from chainrule.train.fit import fit


@dataclass(frozen=True)
class PlantedRun:
    """One training run, healthy or with a planted illness.

    model         makes the model
    data          makes inputs and targets
    illness       the illness that was planted, None in a healthy run
    consequences  other illnesses that the planted one may cause, and that may be found as well
    settings      further arguments of `fit`
    """

    name: str
    model: Callable[[], nn.Module]
    data: Callable[[], tuple[Array, Array]]
    illness: str | None = None
    consequences: tuple[str, ...] = ()
    optimizer: Callable[[nn.Module], Optimizer] = Adam
    loss: Callable[[Any, Any], Tensor] = nn.cross_entropy
    epochs: int = 4
    settings: Mapping[str, Any] = field(default_factory=dict)

    def examined(self, folder: Path | None = None) -> DoctorReport:
        """Train the model with a doctor, and return the doctor's report.

        folder  for the doctor's records and graphs; None for none
        """
        model, doctor = self.model(), Doctor(folder, quiet=True)
        train = partial(fit, model, self.optimizer(model), self.loss, self.data())
        settings = {"epochs": self.epochs, "compiled": False, **self.settings}
        with suppress(NonFiniteError):  # the doctor has recorded it
            train(callbacks=[doctor], progress=False, **settings)
        return doctor.report
