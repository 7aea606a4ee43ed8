"""Errors of opening runs, files and models in the explorer."""

import chainrule as cr


class ExplorerError(cr.ChainruleError):
    """What was to be explored cannot be: it is missing, damaged, or of another kind."""
