"""Claims of two lectures on backpropagation, each measured on the user's machine."""

from chainrule.lecture.catalogue import CLAIMS as CLAIMS
from chainrule.lecture.catalogue import named as named
from chainrule.lecture.claim import Claim as Claim
from chainrule.lecture.claim import Outcome as Outcome
from chainrule.lecture.errors import UnknownClaimError as UnknownClaimError
from chainrule.lecture.measured_claim import Measured as Measured
from chainrule.lecture.measured_claim import measured as measured
