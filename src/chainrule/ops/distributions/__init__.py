"""Distributions: random numbers as functions of a key, made of random bits."""

from chainrule.ops.distributions.continuous import cauchy as cauchy
from chainrule.ops.distributions.continuous import exponential as exponential
from chainrule.ops.distributions.continuous import gumbel as gumbel
from chainrule.ops.distributions.continuous import laplace as laplace
from chainrule.ops.distributions.continuous import logistic as logistic
from chainrule.ops.distributions.discrete import categorical as categorical
from chainrule.ops.distributions.discrete import randint as randint
from chainrule.ops.distributions.gaussian import normal as normal
from chainrule.ops.distributions.gaussian import truncated_normal as truncated_normal
from chainrule.ops.distributions.shuffling import permutation as permutation
