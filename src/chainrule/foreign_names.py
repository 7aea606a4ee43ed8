"""Names of torch, NumPy and jax, with their equivalents in `chainrule`."""

from collections.abc import Mapping

_NOT_NEEDED = (
    "Leave it out: gradients are computed only where they are asked for. cr.stop_gradient(x) cuts "
    "one off, model.eval() is the mode for predictions, and cr.compile keeps no values of gates."
)
_NO_DEVICE = "There are no devices: everything is computed on the CPU. Leave it out."
_MODES = "enable_grad inference_mode no_grad set_grad_enabled"
_PRODUCTS = "bmm mm"

NAMES: Mapping[str, str] = {
    **dict.fromkeys(_MODES.split(), _NOT_NEEDED),
    **dict.fromkeys(("cuda", "device", "device_put", "set_default_device"), _NO_DEVICE),
    **dict.fromkeys(
        _PRODUCTS.split(),
        "Write cr.matmul(x, y), that is x @ y; cr.einsum takes other axes.",
    ),
    **dict.fromkeys(
        ("manual_seed", "seed"),
        "Random numbers are seeded where they are used: random=0 of a layer, seed=0 of "
        "cr.train.fit, cr.random.Stream(0).",
    ),
    **dict.fromkeys(
        ("rand", "randn", "randint", "randperm", "normal", "multinomial"),
        "Write cr.random.normal(stream.key(), shape) with stream = cr.random.Stream(0); cr.random "
        "has uniform, randint, permutation, categorical and other distributions.",
    ),
    "tensor": "Write cr.asarray(values), or cr.parameter(values) for what optimizers update.",
    "array": "Write cr.asarray(values), or cr.parameter(values) for what optimizers update.",
    "as_tensor": "Write cr.asarray(values).",
    "from_numpy": "Write cr.asarray(array).",
    "Variable": "Write cr.parameter(value).",
    "Module": "Write cr.nn.Module.",
    "functional": "The functions are here, as cr.relu, and in cr.nn, as cr.nn.cross_entropy.",
    "autograd": "Write cr.gradients(loss, parameters), cr.grad(function) or cr.value_and_grad.",
    "backward": "Write cr.gradients(loss, parameters), or optimizer.minimize(loss).",
    "jit": "Write cr.compile(function).",
    "function": "Write cr.compile(function).",
    "lax": "Write cr.scan and cr.while_loop for loops, cr.cond and cr.where for branches.",
    "numpy": "The functions are here, as cr.exp; NumPy's take tensors too, as np.exp(x).",
    "hvp": "Write cr.hessian_vector_product(function, point, direction).",
    "cat": "Write cr.concat(tensors, axis).",
    "concatenate": "Write cr.concat(tensors, axis).",
    "tensor_split": "Write cr.array_split(x, sections, axis).",
    "movedim": "Write cr.moveaxis(x, source, destination).",
    "unsqueeze": "Write cr.expand_dims(x, axis).",
    "permute": "Write cr.permute_dims(x, axes).",
    "transpose": "Write cr.permute_dims(x, axes), cr.swapaxes(x, axis1, axis2), x.mT or x.T.",
    "clamp": "Write cr.clip(x, min, max).",
    "cumsum": "Write cr.cumulative_sum(x, axis).",
    "cumprod": "Write cr.cumulative_prod(x, axis).",
    "unique": "Write cr.unique_values(x), cr.unique_counts(x) or cr.unique_all(x).",
    "nanpercentile": "Write cr.nanquantile(x, q / 100).",
    "power": "Write cr.pow(x, y), that is x ** y.",
    "mul": "Write cr.multiply(x, y), that is x * y.",
    "sub": "Write cr.subtract(x, y), that is x - y.",
    "div": "Write cr.divide(x, y), that is x / y.",
    "neg": "Write -x.",
    "eq": "Write x == y.",
    "amax": "Write cr.max(x, axis).",
    "amin": "Write cr.min(x, axis).",
    "gather": "Write cr.take_along_axis(x, ids, axis).",
    "scatter_reduce": "Write cr.scatter(x, ids, values, axis, reduce='max').",
    "index_copy": "Write cr.scatter(x, ids, values, axis), or cr.put(x, index, value).",
    "index_reduce": "Write cr.scatter(x, ids, values, axis, reduce='max').",
    "scatter_add": "Write cr.add_along_axis(values, ids, size, axis), or cr.add_rows.",
    "vector_norm": "Write cr.norm(x, ord, axis).",
    "linalg": "Write cr.norm(x), cr.matmul(x, y), cr.vecdot(x, y) or cr.outer(x, y).",
    "fit": "Write cr.train.fit(model, optimizer, loss, data, epochs=...).",
    "trapz": "Write cr.trapezoid(y, x).",
    "losses": "Losses are in cr.nn, as cr.nn.cross_entropy.",
    "layers": "Layers are in cr.nn, as cr.nn.Linear.",
    "optimizers": "Optimizers are in cr.optim, as cr.optim.Adam.",
    "float": "Write cr.float32.",
    "double": "Write cr.float64.",
    "int": "Write cr.int32.",
    "long": "Write cr.int64.",
    "float16": "float16 is not supported: use cr.float32.",
    "bfloat16": "bfloat16 is not supported: use cr.float32.",
}
