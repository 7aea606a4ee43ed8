"""How a computation becomes native: trace, rewrite, fuse, lower, run."""

from chainrule.compile.compiled import Compiled as Compiled
from chainrule.compile.compiled import compile as compile
from chainrule.compile.find_nan import NonFinite as NonFinite
from chainrule.compile.find_nan import find_nan as find_nan
