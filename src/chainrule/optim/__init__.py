"""How a model learns: optimizers, and the transforms they are made of."""

from chainrule.optim.adam import Adam as Adam
from chainrule.optim.optimizer import Optimizer as Optimizer
from chainrule.optim.sgd import SGD as SGD
from chainrule.optim.transform import ScaleByAdam as ScaleByAdam
from chainrule.optim.transform import ScaleByMomentum as ScaleByMomentum
from chainrule.optim.transform import Transform as Transform
