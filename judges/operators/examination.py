"""All samples of one operator, compared; their counts and first differences."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch

from judges.operators.comparison import Different, compare
from judges.operators.names import Absent, Unsupported
from judges.operators.reference import Reference, computed
from judges.operators.samples import Sample, in_float64, moving_tensors, taken_apart

_KEPT = 5


@dataclass
class Examination:
    """What became of the samples of one operator.

    right    samples that agree in everything that torch computes
    refined  those of them in float32 that agree with torch in float64, and not in float32
    skipped  samples that were not compared, per reason
    wrong    the first differences and errors; `failed` counts all
    absent   the function of chainrule that is not there, if there is one
    """

    name: str
    right: int = 0
    failed: int = 0
    refined: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    absent: str = ""

    @property
    def passes(self) -> bool:
        """Whether there are samples, and all that are compared agree."""
        return self.right > 0 and not self.failed and not self.absent

    def as_json(self) -> dict[str, Any]:
        """Return the fields and whether it passes."""
        return {**asdict(self), "skipped": dict(self.skipped), "passes": self.passes}


def examine(name: str, operator: Any, entry: Callable[..., Any], most: int | None) -> Examination:
    """Compare the samples of an operator in float32 and float64, at most `most` of each."""
    found = Examination(name)
    for dtype in ("float32", "float64"):
        kind = getattr(torch, dtype)
        if kind not in operator.dtypes:
            found.skipped[f"torch has it not in {dtype}"] += 1
            continue
        torch.manual_seed(0)
        np.random.seed(0)
        samples = operator.sample_inputs("cpu", kind, requires_grad=True)
        for number, given in enumerate(samples):
            if most is not None and number >= most:
                break
            _examine_sample(found, operator, entry, given, f"{dtype} {number}")
            if found.absent:
                return found
    return found


def _examine_sample(
    found: Examination, operator: Any, entry: Callable[..., Any], given: Any, place: str
) -> None:
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            sample = taken_apart(given)
            reference = computed(operator, given, moving_tensors(given))
            if any(each.dtype.kind == "c" for each in reference.values):
                raise Unsupported("complex numbers")
            _compare_or_refine(found, operator, entry, given, sample, reference, place)
        found.right += 1
    except Absent as error:
        found.absent = str(error)
    except Unsupported as error:
        found.skipped[str(error)] += 1
    except Exception as error:
        found.failed += 1
        if len(found.wrong) < _KEPT:
            kind = "" if isinstance(error, Different) else f"{type(error).__name__}: "
            found.wrong.append(f"{place}: {kind}{str(error)[:300]}")


def _compare_or_refine(
    found: Examination,
    operator: Any,
    entry: Callable[..., Any],
    given: Any,
    sample: Sample,
    reference: Reference,
    place: str,
) -> None:
    """Compare a sample; where float32 differs, compare with what torch computes in float64."""
    dtype = place.split()[0]
    try:
        compare(entry, sample, reference, dtype)
    except Different:
        if dtype == "float64":
            raise
        wide = in_float64(given)
        compare(entry, sample, computed(operator, wide, moving_tensors(wide)), dtype)
        found.refined += 1
