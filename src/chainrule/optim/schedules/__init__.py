"""Learning-rate schedules: functions of the number of steps made so far."""

from chainrule.optim.schedules.cosine import Cosine as Cosine
from chainrule.optim.schedules.cosine import CosineRestarts as CosineRestarts
from chainrule.optim.schedules.cyclic import Cyclic as Cyclic
from chainrule.optim.schedules.decaying import Constant as Constant
from chainrule.optim.schedules.decaying import Exponential as Exponential
from chainrule.optim.schedules.decaying import InverseTime as InverseTime
from chainrule.optim.schedules.decaying import MultiStep as MultiStep
from chainrule.optim.schedules.decaying import Piecewise as Piecewise
from chainrule.optim.schedules.decaying import Polynomial as Polynomial
from chainrule.optim.schedules.decaying import StepDecay as StepDecay
from chainrule.optim.schedules.one_cycle import OneCycle as OneCycle
from chainrule.optim.schedules.schedule import Schedule as Schedule
from chainrule.optim.schedules.slanted_triangular import SlantedTriangular as SlantedTriangular
from chainrule.optim.schedules.warm_up import Chain as Chain
from chainrule.optim.schedules.warm_up import Linear as Linear
from chainrule.optim.schedules.warm_up import WarmUp as WarmUp
