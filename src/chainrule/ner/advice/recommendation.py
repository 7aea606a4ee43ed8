"""What to do with word vectors: the trial if there is one, otherwise the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from chainrule.ner.advice.coverage import Coverage, HeldOut
from chainrule.ner.advice.rules import Rule
from chainrule.ner.advice.trial import Trial
from chainrule.ner.settings import Units, VectorsMode


@dataclass(frozen=True)
class Recommendation:
    """What to do with word vectors.

    mode          the mode of the vectors; None if neither the rules nor a trial give an answer
    left          without a mode, those among which a trial found no clear winner, the best first
    basis         what decided: "trial", "rule", or "nothing"
    from_scratch  whether the raw text is large enough to train vectors on it
    reasons       sentences, the decisive one first
    """

    mode: VectorsMode | None
    left: tuple[VectorsMode, ...]
    basis: Literal["trial", "rule", "nothing"]
    from_scratch: bool
    reasons: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return asdict(self)


def recommendation(
    units: Units,
    rules: Sequence[Rule],
    coverage: Coverage | None,
    held_out: HeldOut | None,
    trial: Trial | None,
) -> Recommendation:
    """Return what to do, with the reasons."""
    applying = [each for each in rules if each.says == "applies"]
    from_scratch = any(each.advice == "from scratch" for each in applying)
    by_size = next((each for each in applying if each.advice != "from scratch"), None)
    reasons = [each.why for each in applying if each.advice == "from scratch"]
    if coverage is None:
        return Recommendation(None, (), "nothing", from_scratch, (*reasons, _NO_VECTORS))
    if coverage.unknown == 1 and trial is None:
        return Recommendation(None, (), "nothing", from_scratch, (*reasons, _NOTHING_KNOWN))
    mode, basis, decisive = _chosen(rules, by_size, trial)
    reasons = [*decisive, *reasons, *_of_words(units, coverage, held_out, mode)]
    left = () if mode is not None or trial is None else tuple(trial.unbeaten)
    return Recommendation(mode, left, basis, from_scratch, tuple(reasons))


_NO_VECTORS = (
    "No vectors were given, so that there is nothing to freeze or to fine-tune. The tagger then "
    "learns vectors from the labelled words alone; --vectors FILE names a file."
)
_NOTHING_KNOWN = (
    "Nothing in the labelled set has a vector in the file, so that freezing and fine-tuning are "
    "the same. Choose vectors of this language, trained on similar text."
)


def _chosen(
    rules: Sequence[Rule], by_size: Rule | None, trial: Trial | None
) -> tuple[VectorsMode | None, Literal["trial", "rule", "nothing"], list[str]]:
    """Return the mode, what decided, and the sentences that say so."""
    of_rules: Any = None if by_size is None else by_size.advice
    if trial is None:
        if by_size is not None:
            return of_rules, "rule", [by_size.why]
        return None, "nothing", [rules[0].why, "--try trains the candidates on this data."]
    verdict = f"In trainings of {trial.epochs} epochs: {trial.verdict}"
    if trial.winner is not None:
        return trial.winner, "trial", [verdict, _beside_rule(of_rules, trial.winner)]
    if of_rules in trial.unbeaten:
        why = f"The rule of the notes decides between them: {by_size.why if by_size else ''}"
        return of_rules, "rule", [verdict, why]
    if of_rules is not None:
        first = trial.ranking[0]
        why = f"The rule of the notes says {of_rules}, which {first} is clearly above here."
        return first, "trial", [verdict, why]
    return None, "nothing", [verdict, rules[0].why]


def _beside_rule(of_rules: str | None, winner: str) -> str:
    if of_rules is None:
        return "The rules of the notes give no answer for this size."
    if of_rules == winner:
        return "The rule of the notes says the same."
    return f"The rule of the notes says {of_rules}; the trial is of this data, and decides."


def _of_words(
    units: Units, coverage: Coverage, held_out: HeldOut | None, mode: VectorsMode | None
) -> list[str]:
    """Return what coverage and held-out words say about the choice."""
    found = [
        f"{coverage.unknown:.1%} of the {units} have no vector, and "
        f"{coverage.entity_unknown:.1%} of those in entities; their vectors are learned in "
        "every mode."
    ]
    if held_out is not None and held_out.left_behind is not None and mode != "retrain":
        found.append(
            f"{held_out.left_behind:.1%} of the held-out {units} are new but have a vector; "
            "fine-tuning moves the vectors of others and not theirs."
        )
    return found
