"""The error and the warning of labelled data."""

import chainrule as cr


class DataError(cr.ChainruleError, ValueError):
    """Raised for labelled data that cannot be read or written; names file, line and reason."""


class DataWarning(UserWarning):
    """A warning: entities or records of a file were changed or left out; gives their numbers."""
