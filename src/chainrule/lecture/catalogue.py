"""All claims, in the order of the lectures."""

from __future__ import annotations

from chainrule.explore.binding import did_you_mean
from chainrule.lecture.claim import Claim
from chainrule.lecture.claims.costs.cost import cost
from chainrule.lecture.claims.costs.exponentials import exponentials
from chainrule.lecture.claims.costs.growth import growth
from chainrule.lecture.claims.costs.one_sweep import one_sweep
from chainrule.lecture.claims.costs.vectorisation import vectorisation
from chainrule.lecture.claims.generalisation.advice import advice
from chainrule.lecture.claims.generalisation.dropout import dropout
from chainrule.lecture.claims.generalisation.l2 import l2
from chainrule.lecture.claims.generalisation.ridge import ridge
from chainrule.lecture.claims.generalisation.telly import telly
from chainrule.lecture.claims.generalisation.transfer import transfer
from chainrule.lecture.claims.gradients.differences import differences
from chainrule.lecture.claims.gradients.elements import elements
from chainrule.lecture.claims.gradients.error_signal import error_signal
from chainrule.lecture.claims.gradients.gates import gates
from chainrule.lecture.claims.gradients.gradcheck import gradcheck
from chainrule.lecture.claims.gradients.jacobian import jacobian
from chainrule.lecture.claims.gradients.shapes import shapes
from chainrule.lecture.claims.gradients.softmax import softmax
from chainrule.lecture.claims.gradients.window import window
from chainrule.lecture.claims.layers.activations import activations
from chainrule.lecture.claims.layers.batch_norm import batch_norm
from chainrule.lecture.claims.layers.dying import dying
from chainrule.lecture.claims.layers.exploding import exploding
from chainrule.lecture.claims.layers.initialisation import initialisation
from chainrule.lecture.claims.layers.symmetry import symmetry
from chainrule.lecture.claims.layers.vanishing import vanishing
from chainrule.lecture.claims.learning.cyclic import cyclic
from chainrule.lecture.claims.learning.decay import decay
from chainrule.lecture.claims.learning.optimizers import optimizers
from chainrule.lecture.claims.learning.radam import radam
from chainrule.lecture.claims.learning.rates import rates
from chainrule.lecture.errors import UnknownClaimError

CLAIMS: tuple[Claim, ...] = (
    gates,
    elements,
    softmax,
    jacobian,
    shapes,
    error_signal,
    one_sweep,
    cost,
    growth,
    differences,
    gradcheck,
    activations,
    exponentials,
    symmetry,
    initialisation,
    dropout,
    l2,
    ridge,
    batch_norm,
    vectorisation,
    optimizers,
    radam,
    rates,
    decay,
    cyclic,
    vanishing,
    dying,
    exploding,
    window,
    telly,
    transfer,
    advice,
)


def named(name: str) -> Claim:
    """Return the claim of this name.

    Raises UnknownClaimError, which suggests the nearest name.
    """
    names = [each.name for each in CLAIMS]
    if name not in names:
        raise UnknownClaimError(
            f"There is no claim {name!r}.{did_you_mean(name, names)} `chainrule lecture` lists "
            "all claims."
        )
    return CLAIMS[names.index(name)]
