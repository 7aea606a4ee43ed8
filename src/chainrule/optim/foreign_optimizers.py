"""Names of PyTorch and Keras for optimizers and schedules, with their equivalents."""

from collections.abc import Mapping

_MINIMIZE = (
    "Write optimizer.minimize(loss), which computes the gradients and updates the parameters: one "
    "call for all of a step."
)

OF_OPTIMIZERS: Mapping[str, str] = {
    "step": _MINIMIZE,
    "backward": _MINIMIZE,
    "apply_gradients": "Write optimizer.apply(gradients).",
    "zero_grad": (
        "Leave it out: gradients are returned, not stored, and never accumulate. To accumulate "
        "those of several batches make the optimizer with accumulate=n."
    ),
    "param_groups": (
        "Write optimizer.learning_rate = rate; optimizer.groups has the options by parameter."
    ),
    "add_param_group": "Make the optimizer with groups={'head.*': {...}}, by names of parameters.",
    "lr": "Write optimizer.learning_rate.",
    "state_dict": (
        "Write {name: each.value for name, each in optimizer.named_state().items()}; "
        "cr.train.fit(checkpoint=folder) saves everything that a run needs."
    ),
    "load_state_dict": (
        "Write optimizer.named_state()[name].assign(value) for every name; "
        "cr.train.fit(checkpoint=folder) resumes."
    ),
}

OF_THE_MODULE: Mapping[str, str] = {
    "RMSprop": "Write cr.optim.RMSProp.",
    "AdaGrad": "Write cr.optim.Adagrad.",
    "lr_scheduler": "Write cr.optim.schedules, and give a schedule as the learning rate.",
    "StepLR": "Write cr.optim.schedules.StepDecay, as the learning rate.",
    "MultiStepLR": "Write cr.optim.schedules.MultiStep, as the learning rate.",
    "ExponentialLR": "Write cr.optim.schedules.Exponential, as the learning rate.",
    "CosineAnnealingLR": "Write cr.optim.schedules.Cosine, as the learning rate.",
    "OneCycleLR": "Write cr.optim.schedules.OneCycle, as the learning rate.",
    "ReduceLROnPlateau": "Write cr.optim.ReduceOnPlateau(optimizer).",
    "clip_grad_norm_": "Make the optimizer with clip=cr.optim.ClipByGlobalNorm(limit).",
}
