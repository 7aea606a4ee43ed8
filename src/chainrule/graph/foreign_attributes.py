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
                refuse_foreign(type(self).__name__, name, type(self)._foreign)
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
    "acos all any argmax argmin argsort argwhere asin atan atan2 clip copysign cos cosh cummax "
    "cummin erf erfc exp expm1 floor fmod hypot isfinite isinf isnan kthvalue lerp log log10 "
    "log1p log2 log_softmax logcumsumexp logit logsumexp matmul maximum median minimum nan_to_num "
    "nonzero norm pow prod quantile relu round rsqrt searchsorted sigmoid sign sin sinc sinh "
    "softmax sort sqrt square squeeze std take tan tanh topk trunc var where"
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
    "zero_grad": "Leave it out: gradients are returned, not stored, and never accumulate.",
    "grad_fn": "Write x.primitive and x.inputs; cr.Graph(x) shows the whole graph.",
    "retain_grad": "Write cr.gradients(loss, [x]), which takes any tensor, or cr.Graph(loss).",
    "register_hook": "cr.Graph(loss) keeps values and gradients of all gates.",
    "requires_grad": (
        "Every tensor can have a gradient: write cr.stop_gradient(x) to block it; "
        "parameter.trainable says whether optimizers update a parameter."
    ),
    "requires_grad_": (
        "Every tensor can have a gradient. Write cr.parameter(value) for what optimizers update, "
        "model.freeze() for what they do not."
    ),
    "detach": "Write cr.stop_gradient(x).",
    "detach_": "Write x = cr.stop_gradient(x).",
    "data": "Write x.value to read, parameter.assign(value) to write.",
    "copy_": "Write parameter.assign(value).",
    "clone": "Tensors never change: use x itself.",
    "copy": "Tensors never change: use x itself; np.array(x.value) is a copy to write to.",
    "contiguous": "Leave it out: the memory layout of a tensor is not visible to users.",
    "numpy": "Write x.value, or np.asarray(x).",
    "tolist": "Write x.value.tolist().",
    "dim": "Write x.ndim.",
    "numel": "Write x.size.",
    "element_size": "Write x.dtype.itemsize.",
    "type": "Write x.dtype to read it, x.astype('float32') to convert.",
    "float": "Write x.astype('float32').",
    "double": "Write x.astype('float64').",
    "half": "float16 is not supported: use x.astype('float32').",
    "bfloat16": "bfloat16 is not supported: use x.astype('float32').",
    "int": "Write x.astype('int32').",
    "long": "Write x.astype('int64').",
    "bool": "Write x.astype('bool').",
    "view": "Write x.reshape(...).",
    "view_as": "Write x.reshape(other.shape).",
    "reshape_as": "Write x.reshape(other.shape).",
    "flatten": "Write cr.flatten(x), or cr.flatten(x, 1) to keep the batch; cr.nn.Flatten().",
    "ravel": "Write cr.ravel(x).",
    "unsqueeze": "Write cr.expand_dims(x, axis), or x[:, None].",
    "permute": "Write cr.permute_dims(x, axes).",
    "transpose": "Write x.mT for the last two axes, x.T for a matrix, or cr.permute_dims(x, axes).",
    "swapaxes": "Write cr.swapaxes(x, axis1, axis2), or x.mT for the last two axes.",
    "t": "Write x.T.",
    "expand": "Write cr.broadcast_to(x, shape).",
    "expand_as": "Write cr.broadcast_to(x, other.shape).",
    "repeat": "Write cr.tile(x, times) as torch repeats, cr.repeat(x, times, axis) as NumPy does.",
    "tile": "Write cr.tile(x, times).",
    "chunk": "Write cr.chunk(x, chunks, axis).",
    "split": "Write cr.split(x, parts, axis), whose number is that of the parts, not their size.",
    "clamp": "Write cr.clip(x, min, max).",
    "cumsum": "Write cr.cumulative_sum(x, axis).",
    "cumprod": "Write cr.cumulative_prod(x, axis).",
    "unique": "Write cr.unique_values(x), cr.unique_counts(x) or cr.unique_all(x).",
    "dot": "Write cr.dot(x, y), or x @ y.",
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
    "amax": "Write x.max(axis).",
    "amin": "Write x.min(axis).",
    "masked_fill": "Write cr.masked_fill(x, mask, value).",
    "masked_select": "Write x[mask].",
    "index_select": "Write cr.index_select(x, axis, ids).",
    "gather": "Write cr.take_along_axis(x, ids, axis).",
    "scatter": "Write cr.scatter(x, ids, values, axis).",
    "scatter_reduce": "Write cr.scatter(x, ids, values, axis, reduce='max').",
    "scatter_": "Write x = cr.put(x, index, value).",
    "scatter_add": "Write cr.add_along_axis(values, ids, size, axis), or cr.add_rows.",
    "index_put_": "Write x = cr.put(x, index, value).",
}
