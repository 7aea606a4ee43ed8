"""Read by every Python that is started with this folder on its path: hides the compiler from it.

`pytest --without-compiler` puts it there, for what the tests start.
"""

import sys
import warnings

PACKAGES = ("llvmlite", "scipy_openblas32")

sys.modules |= dict.fromkeys(PACKAGES)
warnings.filterwarnings("ignore", "cr.compile needs llvmlite", RuntimeWarning)
