"""The formulas of the optimizers in NumPy, from their papers: one function per class, by its name.

Each takes the learning rate and the options of the class, and returns a step: a function of the
parameter, its gradient, its state (a dict, empty before the first step) and the number of the step,
from 1 on, that returns the new parameter and writes the new state.
"""

import numpy as np


def sgd(rate, *, momentum=0.0, nesterov=False, dampening=0.0, weight_decay=0.0):
    """Polyak (1964); Nesterov's variant: Sutskever et al. (2013)."""

    def step(theta, gradient, state, t):
        gradient = gradient + weight_decay * theta
        if not momentum:
            return theta - rate * gradient
        enters = gradient if t == 1 else (1 - dampening) * gradient
        velocity = state["velocity"] = momentum * state.get("velocity", 0.0) + enters
        return theta - rate * (gradient + momentum * velocity if nesterov else velocity)

    return step


def adagrad(rate, *, initial_accumulator=0.0, epsilon=1e-10, rate_decay=0.0, weight_decay=0.0):
    """Duchi, Hazan, Singer (2011)."""

    def step(theta, gradient, state, t):
        gradient = gradient + weight_decay * theta
        total = state["sum"] = state.get("sum", initial_accumulator) + gradient**2
        return theta - rate / (1 + (t - 1) * rate_decay) * gradient / (np.sqrt(total) + epsilon)

    return step


def rmsprop(rate, *, alpha=0.99, epsilon=1e-8, centered=False, momentum=0.0, weight_decay=0.0):
    """Tieleman and Hinton (2012), lecture 6.5; centered: Graves (2013), equations 38 to 45."""

    def step(theta, gradient, state, t):
        gradient = gradient + weight_decay * theta
        square = state["square"] = averaged(state.get("square", 0.0), gradient**2, alpha)
        mean = state["mean"] = averaged(state.get("mean", 0.0), gradient, alpha)
        deviation = np.sqrt(square - mean**2) if centered else np.sqrt(square)
        velocity = momentum * state.get("velocity", 0.0) + gradient / (deviation + epsilon)
        state["velocity"] = velocity
        return theta - rate * velocity

    return step


def adam(rate, *, beta1=0.9, beta2=0.999, epsilon=1e-8, amsgrad=False, weight_decay=0.0):
    """Kingma and Ba (2015), algorithm 1; amsgrad: Reddi, Kale, Kumar (2018), algorithm 2."""

    def step(theta, gradient, state, t):
        gradient = gradient + weight_decay * theta
        mean, square = moments(gradient, state, beta1, beta2)
        if amsgrad:
            square = state["largest"] = np.maximum(state.get("largest", 0.0), square)
        unbiased, deviation = mean / (1 - beta1**t), np.sqrt(square / (1 - beta2**t))
        return theta - rate * unbiased / (deviation + epsilon)

    return step


def adamw(rate, *, weight_decay=0.01, **options):
    """Loshchilov and Hutter (2019), algorithm 2: Adam, with decay outside of the averages."""
    coupled = adam(rate, **options)

    def step(theta, gradient, state, t):
        return coupled(theta, gradient, state, t) - rate * weight_decay * theta

    return step


def radam(rate, *, beta1=0.9, beta2=0.999, epsilon=1e-8, weight_decay=0.0, decoupled=False):
    """Liu et al. (2020), algorithm 2, with torch's bound of 5 and epsilon added to sqrt(square)."""
    longest = 2 / (1 - beta2) - 1

    def step(theta, gradient, state, t):
        gradient = gradient + (0.0 if decoupled else weight_decay) * theta
        mean, square = moments(gradient, state, beta1, beta2)
        length = longest - 2 * t * beta2**t / (1 - beta2**t)
        update = mean / (1 - beta1**t)
        if length > 5:
            above = (length - 4) * (length - 2) * longest
            rectified = np.sqrt(above / ((longest - 4) * (longest - 2) * length))
            update = update * rectified * np.sqrt(1 - beta2**t) / (np.sqrt(square) + epsilon)
        return theta - rate * (update + (weight_decay if decoupled else 0.0) * theta)

    return step


def sparse_adam(rate, *, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """Kingma and Ba (2015), the remark after algorithm 1: epsilon added before the correction."""

    def step(theta, gradient, state, t):
        mean, square = moments(gradient, state, beta1, beta2)
        corrected = rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)
        return theta - corrected * mean / (np.sqrt(square) + epsilon)

    return step


FORMULAS = {
    "SGD": sgd,
    "Adagrad": adagrad,
    "RMSProp": rmsprop,
    "Adam": adam,
    "AdamW": adamw,
    "RAdam": radam,
    "SparseAdam": sparse_adam,
}


def averaged(average, value, stays):
    """Return the moving average after one more value."""
    return stays * average + (1 - stays) * value


def moments(gradient, state, beta1, beta2):
    """Return the moving averages of the gradient and of its square, and write them."""
    state["mean"] = averaged(state.get("mean", 0.0), gradient, beta1)
    state["square"] = averaged(state.get("square", 0.0), gradient**2, beta2)
    return state["mean"], state["square"]
