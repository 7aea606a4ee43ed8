"""chainrule: a deep-learning framework in which the computational graph is the thing you hold."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from chainrule import nn as nn
from chainrule import optim as optim
from chainrule import random as random
from chainrule.compile import find_nan as find_nan
from chainrule.foreign_names import NAMES as _NAMES
from chainrule.grad import check_gradients as check_gradients
from chainrule.grad import grad as grad
from chainrule.grad import gradients as gradients
from chainrule.grad import hessian as hessian
from chainrule.grad import hessian_vector_product as hessian_vector_product
from chainrule.grad import jacobian as jacobian
from chainrule.grad import jvp as jvp
from chainrule.grad import scan as scan
from chainrule.grad import value_and_grad as value_and_grad
from chainrule.grad import vjp as vjp
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
from chainrule.graph import int32 as int32
from chainrule.graph import int64 as int64
from chainrule.graph import parameter as parameter
from chainrule.graph import refuse_foreign as _refuse_foreign
from chainrule.graph import scope as scope
from chainrule.nn import compile as compile
from chainrule.nn import load as load
from chainrule.nn import save as save
from chainrule.nn import summary as summary
from chainrule.ops import abs as abs
from chainrule.ops import add as add
from chainrule.ops import add_along_axis as add_along_axis
from chainrule.ops import add_rows as add_rows
from chainrule.ops import all as all
from chainrule.ops import any as any
from chainrule.ops import argmax as argmax
from chainrule.ops import argmin as argmin
from chainrule.ops import asarray as asarray
from chainrule.ops import astype as astype
from chainrule.ops import average_pool as average_pool
from chainrule.ops import batch_norm as batch_norm
from chainrule.ops import bitwise_right_shift as bitwise_right_shift
from chainrule.ops import broadcast_to as broadcast_to
from chainrule.ops import ceil as ceil
from chainrule.ops import celu as celu
from chainrule.ops import clip as clip
from chainrule.ops import concat as concat
from chainrule.ops import convolve as convolve
from chainrule.ops import cos as cos
from chainrule.ops import cumulative_sum as cumulative_sum
from chainrule.ops import divide as divide
from chainrule.ops import elu as elu
from chainrule.ops import equal as equal
from chainrule.ops import erf as erf
from chainrule.ops import exp as exp
from chainrule.ops import expand_dims as expand_dims
from chainrule.ops import expm1 as expm1
from chainrule.ops import first_occurrence as first_occurrence
from chainrule.ops import flip as flip
from chainrule.ops import floor as floor
from chainrule.ops import floor_divide as floor_divide
from chainrule.ops import gate as gate
from chainrule.ops import gelu as gelu
from chainrule.ops import glu as glu
from chainrule.ops import greater as greater
from chainrule.ops import greater_equal as greater_equal
from chainrule.ops import hard_shrink as hard_shrink
from chainrule.ops import hard_sigmoid as hard_sigmoid
from chainrule.ops import hard_swish as hard_swish
from chainrule.ops import hard_tanh as hard_tanh
from chainrule.ops import identity as identity
from chainrule.ops import isfinite as isfinite
from chainrule.ops import isinf as isinf
from chainrule.ops import isnan as isnan
from chainrule.ops import layer_norm as layer_norm
from chainrule.ops import leaky_relu as leaky_relu
from chainrule.ops import less as less
from chainrule.ops import less_equal as less_equal
from chainrule.ops import local_response_norm as local_response_norm
from chainrule.ops import log as log
from chainrule.ops import log1p as log1p
from chainrule.ops import log_sigmoid as log_sigmoid
from chainrule.ops import log_softmax as log_softmax
from chainrule.ops import logical_and as logical_and
from chainrule.ops import logical_not as logical_not
from chainrule.ops import logical_or as logical_or
from chainrule.ops import logsumexp as logsumexp
from chainrule.ops import matmul as matmul
from chainrule.ops import max as max
from chainrule.ops import max_pool as max_pool
from chainrule.ops import maximum as maximum
from chainrule.ops import maxout as maxout
from chainrule.ops import mean as mean
from chainrule.ops import min as min
from chainrule.ops import minimum as minimum
from chainrule.ops import mish as mish
from chainrule.ops import multiply as multiply
from chainrule.ops import negative as negative
from chainrule.ops import norm as norm
from chainrule.ops import not_equal as not_equal
from chainrule.ops import one_hot as one_hot
from chainrule.ops import outer as outer
from chainrule.ops import pad as pad
from chainrule.ops import permute_dims as permute_dims
from chainrule.ops import pow as pow
from chainrule.ops import prelu as prelu
from chainrule.ops import prod as prod
from chainrule.ops import put as put
from chainrule.ops import reciprocal as reciprocal
from chainrule.ops import relu as relu
from chainrule.ops import relu6 as relu6
from chainrule.ops import remainder as remainder
from chainrule.ops import reshape as reshape
from chainrule.ops import round as round
from chainrule.ops import selu as selu
from chainrule.ops import sigmoid as sigmoid
from chainrule.ops import sign as sign
from chainrule.ops import silu as silu
from chainrule.ops import sin as sin
from chainrule.ops import soft_shrink as soft_shrink
from chainrule.ops import softmax as softmax
from chainrule.ops import softplus as softplus
from chainrule.ops import softsign as softsign
from chainrule.ops import sqrt as sqrt
from chainrule.ops import squeeze as squeeze
from chainrule.ops import stack as stack
from chainrule.ops import std as std
from chainrule.ops import stop_gradient as stop_gradient
from chainrule.ops import subtract as subtract
from chainrule.ops import sum as sum
from chainrule.ops import take as take
from chainrule.ops import take_along_axis as take_along_axis
from chainrule.ops import tanh as tanh
from chainrule.ops import trunc as trunc
from chainrule.ops import var as var
from chainrule.ops import vecdot as vecdot
from chainrule.ops import where as where
from chainrule.ops import windows as windows
from chainrule.storage import StorageError as StorageError

if TYPE_CHECKING:
    from chainrule import explore as explore
    from chainrule import train as train
    from chainrule.explore import Graph as Graph

__version__ = "0.1.0"

_LOADED_WHEN_USED = {"explore": "explore", "Graph": "explore", "train": "train"}


def __getattr__(name: str) -> Any:
    """Load the parts that take long to load, and that few programs need, when they are used."""
    if name not in _LOADED_WHEN_USED:
        _refuse_foreign("chainrule", name, _NAMES)
        raise AttributeError(f"module 'chainrule' has no attribute {name!r}")
    part = import_module(f"chainrule.{_LOADED_WHEN_USED[name]}")
    found = getattr(part, name, part)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LOADED_WHEN_USED})
