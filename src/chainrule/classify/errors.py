"""Errors of classifiers of texts."""

import chainrule as cr


class LabelledTextError(cr.ChainruleError, ValueError):
    """A file of labelled texts that cannot be used; the message names the file and the line."""


class ClassifierError(cr.ChainruleError, ValueError):
    """Settings that contradict each other, or a folder that does not hold a classifier."""
