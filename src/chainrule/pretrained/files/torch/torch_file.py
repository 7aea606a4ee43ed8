"""Files that `torch.save` wrote: what they hold, with tensors that are read when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.graph import Array
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.files.names import listed
from chainrule.pretrained.files.torch.containers import Content, read_container
from chainrule.pretrained.files.torch.pickle_machine import Globals
from chainrule.pretrained.files.torch.tensor_globals import TENSOR_GLOBALS
from chainrule.pretrained.files.torch.tensors import TorchTensor, read_tensor
from chainrule.pretrained.files.weight_file import WeightFile, opened
from chainrule.pretrained.files.weights import StoredArray
from chainrule.storage import shown

_FORMAT = "a file of PyTorch"


@dataclass(frozen=True)
class TorchFile:
    """A file that `torch.save` wrote: its value, in which a `TorchTensor` stands for a tensor."""

    value: Any
    source: WeightFile
    content: Content

    def array(self, tensor: TorchTensor) -> StoredArray:
        """Return a tensor of `value` as an array that is read when asked for."""

        def read() -> Array:
            with self.source.opened() as file:
                start = self.content.starts[tensor.storage.key]
                return read_tensor(file, start, tensor, self.content.order)

        return StoredArray(tensor.shape, tensor.elements.dtype, read)


def open_torch(path: Path, table: Globals = TENSOR_GLOBALS) -> TorchFile:
    """Return the value of a file that `torch.save` wrote, in its zip or its legacy form.

    table  the globals that its pickle may ask for; nothing of the file is executed

    Raises PretrainedError for a damaged file and for globals and instructions that are not known,
    StorageError for a file that cannot be opened.
    """
    with opened(path, _FORMAT) as (file, source):
        content = read_container(file, table)
    return TorchFile(content.value, source, content)


def torch_arrays(path: Path) -> dict[str, StoredArray]:
    """Return the arrays of a state dict that `torch.save` wrote; no element is read.

    Raises as `open_torch`, and PretrainedError for anything but tensors by name.
    """
    found = open_torch(path)
    if not isinstance(found.value, dict):
        raise PretrainedError(
            f"{shown(path)} holds a {type(found.value).__name__}, where a state dict, tensors by "
            "name, was expected. Save the state dict alone with the library that wrote it."
        )
    others = [
        f"{ascii(name)[:200]}: {type(each).__name__}"
        for name, each in found.value.items()
        if not isinstance(name, str) or not isinstance(each, TorchTensor)
    ]
    if others:
        raise PretrainedError(
            f"{shown(path)} has entries that are no tensors by name, as a checkpoint of a training "
            f"does. Save the state dict alone with the library that wrote it.\n{listed(others)}"
        )
    return {name: found.array(each) for name, each in found.value.items()}
