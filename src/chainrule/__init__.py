"""chainrule: a deep-learning framework in which the computational graph is the thing you hold."""

import math as _math
import typing as _typing
from importlib import import_module as _import_module
from types import ModuleType as _ModuleType

from chainrule import nn as nn
from chainrule import random as random
from chainrule.compile import find_nan as find_nan
from chainrule.foreign_names import NAMES as _NAMES
from chainrule.grad import check_gradients as check_gradients
from chainrule.grad import checkpoint as checkpoint
from chainrule.grad import cond as cond
from chainrule.grad import grad as grad
from chainrule.grad import gradients as gradients
from chainrule.grad import hessian as hessian
from chainrule.grad import hessian_vector_product as hessian_vector_product
from chainrule.grad import jacfwd as jacfwd
from chainrule.grad import jacobian as jacobian
from chainrule.grad import jacrev as jacrev
from chainrule.grad import jvp as jvp
from chainrule.grad import scan as scan
from chainrule.grad import value_and_grad as value_and_grad
from chainrule.grad import vjp as vjp
from chainrule.grad import vmap as vmap
from chainrule.grad import while_loop as while_loop
from chainrule.graph import ARRAY_API_VERSION as __array_api_version__  # noqa: F401
from chainrule.graph import PRIMITIVES as PRIMITIVES
from chainrule.graph import ChainruleError as ChainruleError
from chainrule.graph import CycleError as CycleError
from chainrule.graph import DTypeError as DTypeError
from chainrule.graph import Example as Example
from chainrule.graph import ForeignNameError as ForeignNameError
from chainrule.graph import GradientError as GradientError
from chainrule.graph import ImmutableError as ImmutableError
from chainrule.graph import Notation as Notation
from chainrule.graph import Operand as Operand
from chainrule.graph import Parameter as Parameter
from chainrule.graph import Primitive as Primitive
from chainrule.graph import PrimitiveError as PrimitiveError
from chainrule.graph import RangeError as RangeError
from chainrule.graph import ShapeError as ShapeError
from chainrule.graph import Tensor as Tensor
from chainrule.graph import TensorLike as TensorLike
from chainrule.graph import UnboundInputError as UnboundInputError
from chainrule.graph import UnknownInputError as UnknownInputError
from chainrule.graph import apply as apply
from chainrule.graph import bool_ as bool  # noqa: F401
from chainrule.graph import declare as declare
from chainrule.graph import float32 as float32
from chainrule.graph import float64 as float64
from chainrule.graph import input as input
from chainrule.graph import int8 as int8
from chainrule.graph import int16 as int16
from chainrule.graph import int32 as int32
from chainrule.graph import int64 as int64
from chainrule.graph import parameter as parameter
from chainrule.graph import refuse_foreign as _refuse_foreign
from chainrule.graph import scope as scope
from chainrule.graph import uint8 as uint8
from chainrule.graph import uint16 as uint16
from chainrule.graph import uint32 as uint32
from chainrule.nn import compile as compile
from chainrule.nn import functional_call as functional_call
from chainrule.ops import namespace_info as __array_namespace_info__  # noqa: F401
from chainrule.ops.exports.functions import *  # noqa: F403

if _typing.TYPE_CHECKING:
    from chainrule import explore as explore
    from chainrule import optim as optim
    from chainrule import pretrained as pretrained
    from chainrule import train as train
    from chainrule.explore import Graph as Graph
    from chainrule.nn import load as load
    from chainrule.nn import save as save
    from chainrule.nn import summary as summary
    from chainrule.storage import StorageError as StorageError

__version__ = "0.1.0"

e, inf, nan, pi = _math.e, _math.inf, _math.nan, _math.pi
newaxis = None

_LOADED_WHEN_USED = {
    "Graph": "explore",
    "StorageError": "storage",
    "distributed": "distributed",
    "explore": "explore",
    "load": "nn",
    "optim": "optim",
    "pretrained": "pretrained",
    "save": "nn",
    "summary": "nn",
    "train": "train",
}

_MODULES = ("nn", "optim", "random")

__all__ = sorted(
    name
    for name, each in ({**globals(), **_LOADED_WHEN_USED}).items()
    if not name.startswith("_") and (name in _MODULES or not isinstance(each, _ModuleType))
)

if not _typing.TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import what is not needed to build a graph when it is first used."""
        if name not in _LOADED_WHEN_USED:
            _refuse_foreign("chainrule", name, _NAMES)
            raise AttributeError(f"module 'chainrule' has no attribute {name!r}")
        part = _import_module(f"chainrule.{_LOADED_WHEN_USED[name]}")
        found = getattr(part, name, part)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LOADED_WHEN_USED})
