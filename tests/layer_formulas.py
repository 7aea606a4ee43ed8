"""The formulas of the layers in NumPy, with plain loops: one function per class of PyTorch.

Those of `FORMULAS` take the parameters by name, the input, whether the layer is in training, and
the arguments and options that PyTorch's class takes. The others take weights by torch's names.
"""

import numpy as np


def batch_norm(weights, x, training, channels, *, eps=1e-5, affine=True, momentum=0.1):
    """Ioffe and Szegedy (2015), algorithms 1 and 2."""
    axes = (0, *range(2, x.ndim))
    shape = (1, channels, *(1,) * (x.ndim - 2))
    mean = x.mean(axes) if training else weights["running_mean"]
    variance = x.var(axes) if training else weights["running_var"]
    y = (x - mean.reshape(shape)) / np.sqrt(variance.reshape(shape) + eps)
    if affine:
        y = y * weights["weight"].reshape(shape) + weights["bias"].reshape(shape)
    return y


def layer_norm(weights, x, training, shape, *, eps=1e-5, bias=True, elementwise_affine=True):
    """Ba, Kiros, Hinton (2016), equation 4."""
    axes = tuple(range(x.ndim - len(np.atleast_1d(shape)), x.ndim))
    deviation = np.sqrt(x.var(axes, keepdims=True) + eps)
    y = (x - x.mean(axes, keepdims=True)) / deviation
    return y * weights.get("weight", 1.0) + weights.get("bias", 0.0)


def local_response_norm(weights, x, training, size, *, alpha=1e-4, beta=0.75, k=1.0):
    """Krizhevsky, Sutskever, Hinton (2012), section 3.3, alpha divided by size as in PyTorch."""
    y = np.empty_like(x)
    for c in range(x.shape[1]):
        around = x[:, max(0, c - size // 2) : c + (size - 1) // 2 + 1]
        y[:, c] = x[:, c] / (k + alpha / size * np.sum(around**2, axis=1)) ** beta
    return y


def windows(x, size, stride, dilation=None):
    """Yield each place of the output, and the elements (batch, channels, *size) that it sees."""
    dilation = (1,) * len(size) if dilation is None else dilation
    settings = zip(x.shape[2:], size, stride, dilation, strict=True)
    counts = [(extent - d * (n - 1) - 1) // s + 1 for extent, n, s, d in settings]
    for place in np.ndindex(*counts):
        axes = zip(place, size, stride, dilation, strict=True)
        seen = tuple(slice(p * s, p * s + d * (n - 1) + 1, d) for p, n, s, d in axes)
        yield place, x[(slice(None), slice(None), *seen)]


def padded(x, pairs, value):
    return np.pad(x, [(0, 0), (0, 0), *pairs], constant_values=value)


def per_axis(given, axes):
    return (given,) * axes if isinstance(given, int) else tuple(given)


def gathered(found, x):
    """Return the results of all places as one array (batch, channels, *places)."""
    places = [place for place, _ in found]
    y = np.empty((*found[0][1].shape, *(1 + np.max(places, axis=0))))
    for place, value in found:
        y[(slice(None), slice(None), *place)] = value
    return y


def convolution(
    weights,
    x,
    training,
    channels,
    kernels,
    size,
    *,
    stride=1,
    padding=0,
    dilation=1,
    groups=1,
    bias=True,
):
    """Goodfellow, Bengio, Courville (2016), equation 9.6: cross-correlation."""
    axes, weight = x.ndim - 2, weights["weight"]
    size, stride, dilation = (per_axis(each, axes) for each in (size, stride, dilation))
    if padding == "same":
        totals = [d * (n - 1) for n, d in zip(size, dilation, strict=True)]
        pairs = [(total // 2, total - total // 2) for total in totals]
    else:
        pairs = [(n, n) for n in per_axis(0 if padding == "valid" else padding, axes)]
    found = []
    for place, seen in windows(padded(x, pairs, 0.0), size, stride, dilation):
        pairs = zip(np.split(seen, groups, axis=1), np.split(weight, groups), strict=True)
        each = [i.reshape(len(i), -1) @ w.reshape(len(w), -1).T for i, w in pairs]
        found.append((place, np.concatenate(each, axis=1)))
    y = gathered(found, x)
    return y + weights["bias"].reshape(-1, *(1,) * axes) if bias else y


def pooling(reduce, border):
    """Return the formula of a pooling layer: a function of every window."""

    def formula(weights, x, training, size, *, stride=None, padding=0):
        axes = x.ndim - 2
        size, padding = per_axis(size, axes), per_axis(padding, axes)
        stride = size if stride is None else per_axis(stride, axes)
        seen = windows(padded(x, [(n, n) for n in padding], border), size, stride)
        return gathered([(p, reduce(each, tuple(range(2, x.ndim)))) for p, each in seen], x)

    return formula


def prelu(weights, x, training, channels=1):
    """He et al. (2015), equation 1."""
    slopes = weights["weight"].reshape(-1, *(1,) * (x.ndim - 2))
    return np.where(x > 0, x, slopes * x)


FORMULAS = {
    "BatchNorm1d": batch_norm,
    "BatchNorm2d": batch_norm,
    "LayerNorm": layer_norm,
    "LocalResponseNorm": local_response_norm,
    "Conv1d": convolution,
    "Conv2d": convolution,
    "MaxPool1d": pooling(np.max, -np.inf),
    "MaxPool2d": pooling(np.max, -np.inf),
    "AvgPool1d": pooling(np.mean, 0.0),
    "AvgPool2d": pooling(np.mean, 0.0),
    "PReLU": prelu,
}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def relu(x):
    return np.maximum(x, 0)


def rnn_step(x, state, w, u, b, c, activation=np.tanh):
    """Elman (1990)."""
    (h,) = state
    return (activation(w @ x + b + u @ h + c),)


def lstm_step(x, state, w, u, b, c):
    """Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000)."""
    h, memory = state
    i, f, g, o = np.split(w @ x + b + u @ h + c, 4)
    memory = sigmoid(f) * memory + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(memory), memory


def gru_step(x, state, w, u, b, c):
    """Cho et al. (2014), with the reset gate applied after the product, as in PyTorch."""
    (h,) = state
    (r, z, n), (hr, hz, hn) = np.split(w @ x + b, 3), np.split(u @ h + c, 3)
    r, z = sigmoid(r + hr), sigmoid(z + hz)
    return ((1 - z) * np.tanh(n + r * hn) + z * h,)


STEPS = {"RNN": (rnn_step, 1), "LSTM": (lstm_step, 2), "GRU": (gru_step, 1)}


def recurrent(kind, weights, x, hidden, layers, directions, lengths):
    """Return outputs (time, batch, ...) and final states: each sequence alone, one step by one."""
    step, count = STEPS[kind]
    time, batch, _ = x.shape
    finals = np.zeros((count, layers * directions, batch, hidden))
    for layer in range(layers):
        outputs = np.zeros((time, batch, directions * hidden))
        for direction in range(directions):
            ending = f"_l{layer}" + "_reverse" * direction
            names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            matrices = [weights[name + ending] for name in names]
            part = slice(direction * hidden, (direction + 1) * hidden)
            for i, length in enumerate(lengths):
                state = (np.zeros(hidden),) * count
                for t in range(length)[:: -1 if direction else 1]:
                    state = step(x[t, i], state, *matrices)
                    outputs[t, i, part] = state[0]
                finals[:, layer * directions + direction, i] = state
        x = outputs
    return x, finals


def attention(weights, query, key, value, heads, readable):
    """Vaswani et al. (2017), section 3.2: one query of one head of one sequence at a time."""
    size = query.shape[-1]
    width = size // heads
    projections = np.split(weights["in_proj_weight"], 3), np.split(weights["in_proj_bias"], 3)
    q, k, v = (x @ w.T + b for x, w, b in zip((query, key, value), *projections, strict=True))
    read = np.zeros_like(q)
    for i, head, t in np.ndindex(len(q), heads, q.shape[1]):
        part, keys = slice(head * width, (head + 1) * width), readable[i, t]
        if keys.any():
            scores = k[i, keys, part] @ q[i, t, part] / np.sqrt(width)
            read[i, t, part] = softmax(scores) @ v[i, keys, part]
    return read @ weights["out_proj.weight"].T + weights["out_proj.bias"]


def within(start, weights):
    """Return the weights whose names begin with `start`, by the rest of their names."""
    return {name.removeprefix(start): w for name, w in weights.items() if name.startswith(start)}


def encoder_layer(weights, x, heads, readable, norm_first):
    """Vaswani et al. (2017), section 3.1; norm_first: Xiong et al. (2020), table 1."""

    def part(name):
        start = f"{name}."
        return {
            each.removeprefix(start): w for each, w in weights.items() if each.startswith(start)
        }

    def attended(x):
        return attention(part("self_attn"), x, x, x, heads, readable)

    def fed(x):
        first, second = part("linear1"), part("linear2")
        return relu(x @ first["weight"].T + first["bias"]) @ second["weight"].T + second["bias"]

    def normalised(name, x):
        return layer_norm(part(name), x, False, x.shape[-1:])

    if norm_first:
        x = x + attended(normalised("norm1", x))
        return x + fed(normalised("norm2", x))
    x = normalised("norm1", x + attended(x))
    return normalised("norm2", x + fed(x))
