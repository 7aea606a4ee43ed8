"""Rules of one's own: chainrule declares primitives, and gates with their own backward."""

from __future__ import annotations

from typing import Any

from autograd.core import VSpace as VSpace
from autograd.core import primitive as primitive
from autograd.core import vspace as vspace


def _refused(*given: Any, **options: Any) -> Any:
    raise NotImplementedError("A rule is part of the declaration of a primitive in chainrule.")


defvjp = defjvp = defvjp_argnum = defjvp_argnum = defvjp_argnums = deflinear = _refused
register_notrace = _refused
