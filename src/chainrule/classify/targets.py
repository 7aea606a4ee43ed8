"""What a classifier learns: the classes of texts, or a number for each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from chainrule.classify.errors import LabelledTextError
from chainrule.classify.labelled_text import LabelledTexts
from chainrule.graph import Array

_SHOWN = 12


def class_names(data: LabelledTexts) -> tuple[str, ...]:
    """Return the different labels, in the order of numbers if all are numbers, else of letters.

    Raises LabelledTextError unless there are two at least.
    """
    found = sorted({*data.labels}, key=_order)
    if len(found) < 2:
        raise LabelledTextError(
            f"All {len(data)} texts of {data.name} have the label {found[0]!r}, so that nothing "
            "can be learned. Give texts of two classes or more."
        )
    return tuple(found)


def _order(label: str) -> tuple[float, str]:
    number = _number(label)
    return (math.inf if number is None else number, label)


def class_ids(data: LabelledTexts, names: Sequence[str]) -> Array:
    """Return the number of the class of every text, int64 (texts,).

    Raises LabelledTextError, with file and line, for a label that is not among `names`.
    """
    place = {name: number for number, name in enumerate(names)}
    for number, label in enumerate(data.labels):
        if label not in place:
            known = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
            raise LabelledTextError(
                f"{data.place(number)}, has the label {label!r}, which the classifier does not "
                f"know. It knows {known}. Correct the label, or train with texts of that class."
            )
    return np.array([place[label] for label in data.labels], np.int64)


def require_same_columns(train: LabelledTexts, dev: LabelledTexts) -> None:
    """Raise LabelledTextError if one has pairs of texts and the other single texts."""
    if (train.pairs is None) != (dev.pairs is None):
        pairs, single = (dev, train) if train.pairs is None else (train, dev)
        raise LabelledTextError(
            f"{pairs.name} has pairs of texts, and {single.name} has no column 'pair'. Give files "
            "with the same columns for training and for development."
        )


def numbers(data: LabelledTexts) -> Array:
    """Return the labels as numbers, float32 (texts,), for regression.

    Raises LabelledTextError, with file and line, for a label that is not a finite number.
    """
    found = [_number(label) for label in data.labels]
    if None in found:
        at = found.index(None)
        raise LabelledTextError(
            f"{data.place(at)}, has the label {data.labels[at]!r}, which is not a number. "
            "Regression needs numbers; leave --regression out for classes."
        )
    return np.array(found, np.float32)


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def balanced_weights(ids: Array, classes: int) -> Array:
    """Return weights under which all classes count alike: n / (classes · n_c), float32 (classes,).

    A class without texts has the weight 0.
    """
    counts = Counter(ids.tolist())
    weights = [len(ids) / (classes * counts[i]) if counts[i] else 0.0 for i in range(classes)]
    return np.array(weights, np.float32)
