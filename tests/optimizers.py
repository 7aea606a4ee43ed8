"""The table of optimizers: a new one is a line here, and the tests that loop over it its tests.

Each is a function from parameters (and rows=...) to ours, and one from torch and its parameters to
the reference. OPTIMIZERS can catch rows up; NOT_LATE cannot, because the sum of what they do to
rows without gradient is not known; EVERY is both.
"""

import chainrule as cr

OPTIMIZERS = {
    "sgd": (lambda p, **rows: cr.optim.SGD(p, 0.1, **rows), lambda t, p: t.optim.SGD(p, lr=0.1)),
    "momentum": (
        lambda p, **rows: cr.optim.SGD(p, 0.05, momentum=0.9, **rows),
        lambda t, p: t.optim.SGD(p, lr=0.05, momentum=0.9),
    ),
    "nesterov": (
        lambda p, **rows: cr.optim.SGD(p, 0.05, momentum=0.8, nesterov=True, **rows),
        lambda t, p: t.optim.SGD(p, lr=0.05, momentum=0.8, nesterov=True),
    ),
    "momentum with dampening": (
        lambda p, **rows: cr.optim.SGD(p, 0.05, momentum=0.9, dampening=0.5, **rows),
        lambda t, p: t.optim.SGD(p, lr=0.05, momentum=0.9, dampening=0.5),
    ),
    "adagrad": (
        lambda p, **rows: cr.optim.Adagrad(p, 0.3, **rows),
        lambda t, p: t.optim.Adagrad(p, lr=0.3),
    ),
    "adagrad with options": (
        lambda p, **rows: cr.optim.Adagrad(p, 0.2, initial_accumulator=0.1, epsilon=1e-3, **rows),
        lambda t, p: t.optim.Adagrad(p, lr=0.2, initial_accumulator_value=0.1, eps=1e-3),
    ),
    "adagrad that slows down": (
        lambda p, **rows: cr.optim.Adagrad(p, 0.3, rate_decay=0.005, **rows),
        lambda t, p: t.optim.Adagrad(p, lr=0.3, lr_decay=0.005),
    ),
    "rmsprop": (
        lambda p, **rows: cr.optim.RMSProp(p, 0.01, **rows),
        lambda t, p: t.optim.RMSprop(p, lr=0.01),
    ),
    "rmsprop, centered": (
        lambda p, **rows: cr.optim.RMSProp(p, 0.01, alpha=0.9, epsilon=1e-2, centered=True, **rows),
        lambda t, p: t.optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-2, centered=True),
    ),
    "rmsprop with momentum": (
        lambda p, **rows: cr.optim.RMSProp(p, 0.002, alpha=0.95, momentum=0.8, **rows),
        lambda t, p: t.optim.RMSprop(p, lr=0.002, alpha=0.95, momentum=0.8),
    ),
    "adam": (
        lambda p, **rows: cr.optim.Adam(p, 0.01, **rows),
        lambda t, p: t.optim.Adam(p, lr=0.01),
    ),
    "adam with options": (
        lambda p, **rows: cr.optim.Adam(p, 0.02, beta1=0.8, beta2=0.95, epsilon=1e-3, **rows),
        lambda t, p: t.optim.Adam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-3),
    ),
    "adam without mean": (
        lambda p, **rows: cr.optim.Adam(p, 0.01, beta1=0.0, **rows),
        lambda t, p: t.optim.Adam(p, lr=0.01, betas=(0.0, 0.999)),
    ),
    "adam with a short memory of squares": (
        lambda p, **rows: cr.optim.Adam(p, 0.01, beta1=0.9, beta2=0.6, epsilon=1e-3, **rows),
        lambda t, p: t.optim.Adam(p, lr=0.01, betas=(0.9, 0.6), eps=1e-3),
    ),
}

NOT_LATE = {
    "sgd with decay": (
        lambda p, **rows: cr.optim.SGD(p, 0.1, weight_decay=0.1, **rows),
        lambda t, p: t.optim.SGD(p, lr=0.1, weight_decay=0.1),
    ),
    "momentum with dampening and decay": (
        lambda p, **rows: cr.optim.SGD(
            p, 0.05, momentum=0.9, dampening=0.3, weight_decay=0.02, **rows
        ),
        lambda t, p: t.optim.SGD(p, lr=0.05, momentum=0.9, dampening=0.3, weight_decay=0.02),
    ),
    "nesterov with decay": (
        lambda p, **rows: cr.optim.SGD(
            p, 0.05, momentum=0.8, nesterov=True, weight_decay=0.05, **rows
        ),
        lambda t, p: t.optim.SGD(p, lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.05),
    ),
    "adagrad with decay": (
        lambda p, **rows: cr.optim.Adagrad(p, 0.3, weight_decay=0.1, rate_decay=0.02, **rows),
        lambda t, p: t.optim.Adagrad(p, lr=0.3, weight_decay=0.1, lr_decay=0.02),
    ),
    "rmsprop, centered, with decay": (
        lambda p, **rows: cr.optim.RMSProp(
            p, 0.01, alpha=0.9, epsilon=1e-2, centered=True, weight_decay=0.1, **rows
        ),
        lambda t, p: t.optim.RMSprop(
            p, lr=0.01, alpha=0.9, eps=1e-2, centered=True, weight_decay=0.1
        ),
    ),
    "rmsprop, every option": (
        lambda p, **rows: cr.optim.RMSProp(
            p,
            0.005,
            alpha=0.95,
            epsilon=1e-3,
            centered=True,
            momentum=0.7,
            weight_decay=0.05,
            **rows,
        ),
        lambda t, p: t.optim.RMSprop(
            p, lr=0.005, alpha=0.95, eps=1e-3, centered=True, momentum=0.7, weight_decay=0.05
        ),
    ),
    "adam with decay": (
        lambda p, **rows: cr.optim.Adam(p, 0.01, weight_decay=0.1, **rows),
        lambda t, p: t.optim.Adam(p, lr=0.01, weight_decay=0.1),
    ),
    "amsgrad": (
        lambda p, **rows: cr.optim.Adam(p, 0.02, beta2=0.9, amsgrad=True, **rows),
        lambda t, p: t.optim.Adam(p, lr=0.02, betas=(0.9, 0.9), amsgrad=True),
    ),
    "adamw": (
        lambda p, **rows: cr.optim.AdamW(p, 0.01, **rows),
        lambda t, p: t.optim.AdamW(p, lr=0.01),
    ),
    "adamw with options": (
        lambda p, **rows: cr.optim.AdamW(
            p,
            0.02,
            beta1=0.8,
            beta2=0.95,
            epsilon=1e-3,
            amsgrad=True,
            weight_decay=0.2,
            **rows,
        ),
        lambda t, p: t.optim.AdamW(
            p, lr=0.02, betas=(0.8, 0.95), eps=1e-3, amsgrad=True, weight_decay=0.2
        ),
    ),
    "radam": (
        lambda p, **rows: cr.optim.RAdam(p, 0.02, **rows),
        lambda t, p: t.optim.RAdam(p, lr=0.02),
    ),
    "radam with options": (
        lambda p, **rows: cr.optim.RAdam(
            p, 0.02, beta1=0.8, beta2=0.95, epsilon=1e-3, weight_decay=0.1, **rows
        ),
        lambda t, p: t.optim.RAdam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1),
    ),
    "radam with decoupled decay": (
        lambda p, **rows: cr.optim.RAdam(p, 0.02, weight_decay=0.1, decoupled=True, **rows),
        lambda t, p: t.optim.RAdam(p, lr=0.02, weight_decay=0.1, decoupled_weight_decay=True),
    ),
    "radam with a short memory": (
        lambda p, **rows: cr.optim.RAdam(p, 0.02, beta2=0.6, **rows),
        lambda t, p: t.optim.RAdam(p, lr=0.02, betas=(0.9, 0.6)),
    ),
}

EVERY = OPTIMIZERS | NOT_LATE
