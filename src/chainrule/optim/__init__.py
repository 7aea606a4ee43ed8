"""Optimizers, their gradient transforms, and learning-rate schedules."""

from typing import TYPE_CHECKING

from chainrule.graph import refuse_foreign as _refuse_foreign
from chainrule.optim import schedules as schedules
from chainrule.optim.adagrad import Adagrad as Adagrad
from chainrule.optim.adagrad import ScaleByAdagrad as ScaleByAdagrad
from chainrule.optim.adam import Adam as Adam
from chainrule.optim.adam import ScaleByAdam as ScaleByAdam
from chainrule.optim.adam import ScaleByAMSGrad as ScaleByAMSGrad
from chainrule.optim.adamw import AdamW as AdamW
from chainrule.optim.average import Average as Average
from chainrule.optim.clip import Clip as Clip
from chainrule.optim.clip import ClipByGlobalNorm as ClipByGlobalNorm
from chainrule.optim.clip import ClipByNorm as ClipByNorm
from chainrule.optim.clip import ClipByValue as ClipByValue
from chainrule.optim.clip import global_norm as global_norm
from chainrule.optim.decay import AddDecayedWeights as AddDecayedWeights
from chainrule.optim.decay import AddSignOfWeights as AddSignOfWeights
from chainrule.optim.foreign_optimizers import OF_THE_MODULE as _FOREIGN
from chainrule.optim.momentum import ScaleByMomentum as ScaleByMomentum
from chainrule.optim.optimizer import Optimizer as Optimizer
from chainrule.optim.plateau import ReduceOnPlateau as ReduceOnPlateau
from chainrule.optim.radam import RAdam as RAdam
from chainrule.optim.radam import ScaleByRAdam as ScaleByRAdam
from chainrule.optim.rmsprop import RMSProp as RMSProp
from chainrule.optim.rmsprop import ScaleByRMSProp as ScaleByRMSProp
from chainrule.optim.sgd import SGD as SGD
from chainrule.optim.sparse_adam import ScaleBySparseAdam as ScaleBySparseAdam
from chainrule.optim.sparse_adam import SparseAdam as SparseAdam
from chainrule.optim.transform import Idles as Idles
from chainrule.optim.transform import Transform as Transform

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Raise AttributeError; for a name of PyTorch or Keras, with its equivalent."""
        _refuse_foreign("chainrule.optim", name, _FOREIGN)
        raise AttributeError(f"module 'chainrule.optim' has no attribute {name!r}")
