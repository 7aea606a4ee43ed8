"""The table of optimizers: a new one is a row here and a formula in optimizer_formulas.py.

The optimizers in LAZY support lazy rows (rows="caught_up"). Those in NOT_LAZY do not: the sum of
their updates without gradient is not known. EVERY is both.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

import chainrule as cr
from optimizer_formulas import FORMULAS

TORCH_CLASSES = {"RMSProp": "RMSprop"}
TORCH_OPTIONS = {
    "epsilon": "eps",
    "rate_decay": "lr_decay",
    "initial_accumulator": "initial_accumulator_value",
    "decoupled": "decoupled_weight_decay",
}


@dataclass(frozen=True)
class Case:
    """One row: a class of optimizers, its learning rate and its options.

    in_torch  whether torch has the same optimizer for dense gradients
    """

    kind: type[cr.optim.Optimizer]
    rate: float
    options: dict[str, Any] = field(default_factory=dict)
    in_torch: bool = True

    def ours(self, parameters, **options):
        """Return the optimizer for `parameters`."""
        return self.kind(parameters, self.rate, **self.options, **options)

    def formula(self):
        """Return the formula in NumPy, with the same rate and options."""
        return FORMULAS[self.kind.__name__](self.rate, **self.options)

    def theirs(self, torch, parameters):
        """Return the optimizer of torch for its `parameters`."""
        name = self.kind.__name__
        options = {TORCH_OPTIONS.get(each, each): value for each, value in self.options.items()}
        betas = options.pop("beta1", 0.9), options.pop("beta2", 0.999)
        if "beta1" in self.options or "beta2" in self.options:
            options["betas"] = betas
        make = getattr(torch.optim, TORCH_CLASSES.get(name, name))
        return make(parameters, lr=self.rate, **options)


SGD, Adagrad, RMSProp = cr.optim.SGD, cr.optim.Adagrad, cr.optim.RMSProp
Adam, AdamW, RAdam, SparseAdam = (
    cr.optim.Adam,
    cr.optim.AdamW,
    cr.optim.RAdam,
    cr.optim.SparseAdam,
)
BETAS = {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}

LAZY = {
    "sgd": Case(SGD, 0.1),
    "sgd with decay": Case(SGD, 0.1, {"weight_decay": 0.1}),
    "momentum": Case(SGD, 0.05, {"momentum": 0.9}),
    "nesterov": Case(SGD, 0.05, {"momentum": 0.8, "nesterov": True}),
    "momentum with dampening": Case(SGD, 0.05, {"momentum": 0.9, "dampening": 0.5}),
    "adagrad": Case(Adagrad, 0.3),
    "adagrad with options": Case(Adagrad, 0.2, {"initial_accumulator": 0.1, "epsilon": 1e-3}),
    "adagrad with rate decay": Case(Adagrad, 0.3, {"rate_decay": 0.005}),
    "rmsprop": Case(RMSProp, 0.01),
    "rmsprop, centered": Case(RMSProp, 0.01, {"alpha": 0.9, "epsilon": 1e-2, "centered": True}),
    "rmsprop with momentum": Case(RMSProp, 0.002, {"alpha": 0.95, "momentum": 0.8}),
    "adam": Case(Adam, 0.01),
    "adam with options": Case(Adam, 0.02, BETAS),
    "adam without mean": Case(Adam, 0.01, {"beta1": 0.0}),
    "adam with a short average of squares": Case(
        Adam, 0.01, {"beta1": 0.9, "beta2": 0.6, "epsilon": 1e-3}
    ),
}

NOT_LAZY = {
    "momentum with dampening and decay": Case(
        SGD, 0.05, {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.02}
    ),
    "nesterov with decay": Case(
        SGD, 0.05, {"momentum": 0.8, "nesterov": True, "weight_decay": 0.05}
    ),
    "adagrad with decay": Case(Adagrad, 0.3, {"weight_decay": 0.1, "rate_decay": 0.02}),
    "rmsprop, centered, with decay": Case(
        RMSProp, 0.01, {"alpha": 0.9, "epsilon": 1e-2, "centered": True, "weight_decay": 0.1}
    ),
    "rmsprop, every option": Case(
        RMSProp,
        0.005,
        {"alpha": 0.95, "epsilon": 1e-3, "centered": True, "momentum": 0.7, "weight_decay": 0.05},
    ),
    "adam with decay": Case(Adam, 0.01, {"weight_decay": 0.1}),
    "amsgrad": Case(Adam, 0.02, {"beta2": 0.9, "amsgrad": True}),
    "adamw": Case(AdamW, 0.01),
    "adamw with options": Case(AdamW, 0.02, {**BETAS, "amsgrad": True, "weight_decay": 0.2}),
    "radam": Case(RAdam, 0.02),
    "radam with options": Case(RAdam, 0.02, {**BETAS, "weight_decay": 0.1}),
    "radam with decoupled decay": Case(RAdam, 0.02, {"weight_decay": 0.1, "decoupled": True}),
    "radam with a short average of squares": Case(RAdam, 0.02, {"beta2": 0.6}),
    "sparse adam": Case(SparseAdam, 0.02, in_torch=False),
    "sparse adam with options": Case(SparseAdam, 0.02, BETAS, in_torch=False),
}

EVERY = LAZY | NOT_LAZY

RANDOM = np.random.default_rng(0)
START = [RANDOM.normal(size=(4, 3)), RANDOM.normal(size=3), np.array(0.5)]
BATCHES = [(RANDOM.normal(size=(5, 4)), RANDOM.normal(size=(5, 3))) for _ in range(100)]


def random_problem(tanh, weight, bias, scale, x, targets):
    """Return the loss of a regression whose gradients have many sizes, some of them tiny."""
    return ((tanh(x @ weight + bias) * scale - targets) ** 2).sum() * 0.1


def trained(make, batches, compiled=False):
    """Return the parameters after a step per batch with the optimizer that `make` returns."""
    parameters = [cr.parameter(each, f"p{i}") for i, each in enumerate(START)]
    optimizer = make(parameters)

    def step(x, targets):
        loss = random_problem(cr.tanh, *parameters, x, targets)
        optimizer.minimize(loss)
        return loss

    step = cr.compile(step) if compiled else step
    for x, targets in batches:
        step(x, targets)
    return [each.value for each in parameters]
