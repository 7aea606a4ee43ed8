"""What is traced: tensors."""

from autograd.containers import is_tensor as isbox
from autograd.core import primitive as primitive

__all__ = ["isbox", "primitive"]
