"""All claims, in the order of the lectures."""

from __future__ import annotations

from chainrule.explore.binding import did_you_mean
from chainrule.lecture.claim import Claim
from chainrule.lecture.claims.activations import activations
from chainrule.lecture.claims.batch_norm import batch_norm
from chainrule.lecture.claims.cost import cost
from chainrule.lecture.claims.cyclic import cyclic
from chainrule.lecture.claims.decay import decay
from chainrule.lecture.claims.differences import differences
from chainrule.lecture.claims.dropout import dropout
from chainrule.lecture.claims.dying import dying
from chainrule.lecture.claims.elements import elements
from chainrule.lecture.claims.error_signal import error_signal
from chainrule.lecture.claims.exploding import exploding
from chainrule.lecture.claims.exponentials import exponentials
from chainrule.lecture.claims.gates import gates
from chainrule.lecture.claims.gradcheck import gradcheck
from chainrule.lecture.claims.growth import growth
from chainrule.lecture.claims.initialisation import initialisation
from chainrule.lecture.claims.jacobian import jacobian
from chainrule.lecture.claims.l2 import l2
from chainrule.lecture.claims.one_sweep import one_sweep
from chainrule.lecture.claims.optimizers import optimizers
from chainrule.lecture.claims.radam import radam
from chainrule.lecture.claims.rates import rates
from chainrule.lecture.claims.ridge import ridge
from chainrule.lecture.claims.shapes import shapes
from chainrule.lecture.claims.softmax import softmax
from chainrule.lecture.claims.symmetry import symmetry
from chainrule.lecture.claims.telly import telly
from chainrule.lecture.claims.vanishing import vanishing
from chainrule.lecture.claims.vectorisation import vectorisation
from chainrule.lecture.claims.window import window
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
