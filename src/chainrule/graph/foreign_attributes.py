"""Names of other frameworks, with their equivalents in chainrule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from chainrule.graph.errors import ForeignNameError


class ForeignNames:
    """A class whose missing attributes raise ForeignNameError if its table has an equivalent."""

    __slots__ = ()

    _foreign: ClassVar[Mapping[str, str]] = {}

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name in type(self)._foreign:
                refuse_foreign(f"A {type(self).__name__}", name, type(self)._foreign)
            return object.__getattribute__(self, name)


def refuse_foreign(owner: str, name: str, known: Mapping[str, str]) -> None:
    """Raise ForeignNameError, with the equivalent, if `name` is one of another framework."""
    if name in known:
        raise ForeignNameError(f"{owner} has no {name!r}. {known[name]}")


_NO_DEVICE = "There are no devices: tensors are in main memory. Leave the call out."
_NEVER_CHANGES = (
    "Tensors never change: write x = ... for a new one; a parameter changes by "
    "parameter.assign(value), or in an optimizer's minimize."
)
_IN_PLACE = "add_ clamp_ clip_ div_ fill_ masked_fill_ mul_ normal_ relu_ sub_ uniform_ zero_"
_CALLED_ON_IT = (
    "all any argmax argmin clip cos exp floor log log1p log_softmax logsumexp matmul maximum "
    "minimum norm pow prod relu round sigmoid sign sin softmax sqrt squeeze std take tanh var where"
)

OF_TENSORS: Mapping[str, str] = {
    **{name: f"Write cr.{name}(x, ...)." for name in _CALLED_ON_IT.split()},
    **dict.fromkeys(("cpu", "cuda", "is_cuda", "pin_memory"), _NO_DEVICE),
    **dict.fromkeys(_IN_PLACE.split(), _NEVER_CHANGES),
    "to": "There are no devices; for another dtype write x.astype('float32').",
    "backward": (
        "Write gradients = cr.gradients(loss, parameters), which returns them, or "
        "optimizer.minimize(loss), which also updates the parameters."
    ),
    "grad": (
        "Gradients are returned, not stored: write (gradient,) = cr.gradients(loss, [w]), or "
        "cr.grad(function)(w)."
    ),
    "zero_grad": "Leave it out: gradients are returned, not stored, and never add up.",
    "grad_fn": "Write x.primitive and x.inputs; cr.Graph(x) shows the whole graph.",
    "retain_grad": "Write cr.gradients(loss, [x]), which takes any tensor, or cr.Graph(loss).",
    "register_hook": "cr.Graph(loss) keeps values and gradients of all gates.",
    "requires_grad": (
        "Gradients can be asked of every tensor: write cr.stop_gradient(x) to cut one off; "
        "parameter.trainable says whether optimizers move it."
    ),
    "requires_grad_": (
        "Gradients can be asked of every tensor. Write cr.parameter(value) for what optimizers "
        "move, model.freeze() for what they leave."
    ),
    "detach": "Write cr.stop_gradient(x).",
    "detach_": "Write x = cr.stop_gradient(x).",
    "data": "Write x.value to read, parameter.assign(value) to write.",
    "copy_": "Write parameter.assign(value).",
    "clone": "Tensors never change: use x itself.",
    "copy": "Tensors never change: use x itself; np.array(x.value) is a copy to write to.",
    "contiguous": "Leave it out: memory layout is no concern of users here.",
    "numpy": "Write x.value, or np.asarray(x).",
    "tolist": "Write x.value.tolist().",
    "dim": "Write x.ndim.",
    "numel": "Write x.size.",
    "element_size": "Write x.dtype.itemsize.",
    "type": "Write x.dtype to read it, x.astype('float32') to convert.",
    "float": "Write x.astype('float32').",
    "double": "Write x.astype('float64').",
    "half": "There is no float16: use x.astype('float32').",
    "bfloat16": "There is no bfloat16: use x.astype('float32').",
    "int": "Write x.astype('int32').",
    "long": "Write x.astype('int64').",
    "bool": "Write x.astype('bool').",
    "view": "Write x.reshape(...).",
    "view_as": "Write x.reshape(other.shape).",
    "reshape_as": "Write x.reshape(other.shape).",
    "flatten": "Write x.reshape(-1), or x.reshape(len(x), -1) to keep the batch; cr.nn.Flatten().",
    "ravel": "Write x.reshape(-1).",
    "unsqueeze": "Write cr.expand_dims(x, axis), or x[:, None].",
    "permute": "Write cr.permute_dims(x, axes).",
    "transpose": "Write x.mT for the last two axes, x.T for a matrix, or cr.permute_dims(x, axes).",
    "swapaxes": "Write x.mT for the last two axes, or cr.permute_dims(x, axes).",
    "t": "Write x.T.",
    "expand": "Write cr.broadcast_to(x, shape).",
    "expand_as": "Write cr.broadcast_to(x, other.shape).",
    "repeat": "Write cr.concat([x] * times, axis), or cr.broadcast_to(x, shape).",
    "tile": "Write cr.concat([x] * times, axis), or cr.broadcast_to(x, shape).",
    "chunk": "Write slices: x[:half], x[half:].",
    "split": "Write slices: x[:size], x[size:].",
    "clamp": "Write cr.clip(x, low, high).",
    "cumsum": "Write cr.cumulative_sum(x, axis).",
    "dot": "Write x @ y.",
    "mm": "Write x @ y.",
    "bmm": "Write x @ y.",
    "mv": "Write x @ y.",
    "mul": "Write x * y.",
    "add": "Write x + y.",
    "sub": "Write x - y.",
    "div": "Write x / y.",
    "abs": "Write abs(x).",
    "eq": "Write x == y.",
    "ne": "Write x != y.",
    "lt": "Write x < y.",
    "le": "Write x <= y.",
    "gt": "Write x > y.",
    "ge": "Write x >= y.",
    "square": "Write x * x.",
    "amax": "Write x.max(axis).",
    "amin": "Write x.min(axis).",
    "masked_fill": "Write cr.where(mask, value, x).",
    "masked_select": "Write x[mask].",
    "index_select": "Write cr.take(x, ids, axis).",
    "gather": "Write cr.take_along_axis(x, ids, axis).",
    "scatter": "Write cr.put(x, index, value).",
    "scatter_": "Write x = cr.put(x, index, value).",
    "scatter_add": "Write cr.add_along_axis(values, ids, size, axis), or cr.add_rows.",
    "index_put_": "Write x = cr.put(x, index, value).",
}
