"""How a computation becomes native: trace, rewrite, fuse, lower, run."""

from chainrule.compile.compiled import Compiled as Compiled
from chainrule.compile.compiled import compile as compile
