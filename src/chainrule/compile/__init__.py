"""The compiler: `pipeline.py` runs trace, rewrite, fuse, lower, plan and load, in this order."""

from chainrule.compile.compiled import BoundMethod as BoundMethod
from chainrule.compile.compiled import Compiled as Compiled
from chainrule.compile.compiled_calls import opened as opened
from chainrule.compile.find_nan import NonFinite as NonFinite
from chainrule.compile.find_nan import find_nan as find_nan
