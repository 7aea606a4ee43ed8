"""The command: `python -m building.names`, in the folder of the guide.

With the argument `functions`, the lists of functions are read from the installed libraries before.
"""

import sys

from building.names import collect, page

if sys.argv[1:] == ["functions"]:
    collect.write()
page.write()
