"""The explorer of stored graphs: training runs with findings, tags of taggers, comparisons."""

from chainrule.explorer.errors import ExplorerError as ExplorerError
from chainrule.explorer.explored import explore as explore
