"""Methods of modules of PyTorch and Keras, with their equivalents."""

from collections.abc import Mapping

_NO_DEVICE = "There are no devices: models are in main memory. Leave the call out."
_DTYPE = "Give layers their dtype when they are made: cr.nn.Linear(2, 3, dtype='float64')."

OF_MODULES: Mapping[str, str] = {
    **dict.fromkeys(("cpu", "cuda"), _NO_DEVICE),
    **dict.fromkeys(("float", "double", "half", "bfloat16"), _DTYPE),
    "to": f"There are no devices. {_DTYPE}",
    "zero_grad": "Leave it out: gradients are returned, not stored, and never accumulate.",
    "state_dict": "Write model.state(), or cr.save(model, path).",
    "load_state_dict": "Write model.load_state(state), or cr.load(model, path).",
    "named_children": "Write model.children(), which gives names and modules.",
    "buffers": "State that is not trained is among model.named_parameters(): trainable is False.",
    "named_buffers": "It is among model.named_parameters(): trainable is False.",
    "register_buffer": "Write self.name = cr.parameter(value, trainable=False).",
    "register_parameter": "Write self.name = cr.parameter(value).",
    "add_module": "Write self.name = module.",
    "register_module": "Write self.name = module.",
    "register_forward_hook": "cr.Graph(model(x)) keeps values and gradients of all gates.",
    "requires_grad_": "Write model.freeze() or model.unfreeze().",
    "compile": "Write step = cr.compile(function), of a function that calls the model.",
    "fit": "Write cr.train.fit(model, optimizer, loss, data, epochs=...).",
    "evaluate": "Write cr.train.evaluate(model, loss, data).",
    "predict": "Call it, in inference mode: model.eval(), then model(x).",
    "summary": "Write cr.summary(model, (32, 20)), with the shapes of its inputs.",
    "save": "Write cr.save(model, path).",
    "save_weights": "Write cr.save(model, path).",
    "load_weights": "Write cr.load(model, path).",
    "get_weights": "Write model.state().",
    "set_weights": "Write model.load_state(state).",
    "trainable_weights": "Write model.parameters().",
}
