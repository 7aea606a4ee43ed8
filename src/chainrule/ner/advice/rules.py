"""The rules of the lecture notes on word vectors, and what they say of a corpus."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from chainrule.ner.advice.corpus_figures import CorpusFigures
from chainrule.ner.settings import VectorsMode

Saying = Literal["applies", "does not apply", "gives no answer"]

SMALL = 100_000  # labelled words, about: below, freeze (CS224n 2019, lecture 4)
LARGE = 1_000_000  # labelled words, about: above, fine-tune
RAW = 100_000_000  # words of raw text, about: above, train vectors from scratch


@dataclass(frozen=True)
class Rule:
    """A rule of the lecture notes, applied to a corpus.

    text    the rule
    advice  what it advises: "freeze" or "fine-tune", a mode of the vectors, or "from scratch"
    number  the number of words in the rule, which is given as "about"
    words   the number of words here that it is compared with, None if it is not known
    says    whether the rule applies; between the numbers of two rules neither gives an answer
    why     the reason, in one sentence
    """

    text: str
    advice: VectorsMode | Literal["from scratch"]
    number: int
    words: int | None
    says: Saying
    why: str

    def as_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return asdict(self)


def rules(corpus: CorpusFigures, raw_words: int | None) -> tuple[Rule, ...]:
    """Return the three rules, applied to a labelled corpus and an amount of raw text."""
    return _freeze(corpus.words), _fine_tune(corpus.words), _from_scratch(raw_words)


def _freeze(words: int | None) -> Rule:
    says, why = _of_labelled(words)
    if words is not None and words < SMALL:
        says, why = "applies", f"{words:,} labelled words are fewer than about {SMALL:,}"
    text = f"labelled set under about {SMALL:,} words: freeze the vectors"
    return Rule(text, "freeze", SMALL, words, says, f"{why}.")


def _fine_tune(words: int | None) -> Rule:
    says, why = _of_labelled(words)
    if words is not None and words > LARGE:
        says, why = "applies", f"{words:,} labelled words are more than about {LARGE:,}"
    text = f"labelled set over about {LARGE:,} words: fine-tune the vectors"
    return Rule(text, "fine-tune", LARGE, words, says, f"{why}.")


def _of_labelled(words: int | None) -> tuple[Saying, str]:
    """Return what both rules say where they do not apply."""
    if words is None:
        return "gives no answer", (
            "the labelled set is of characters without blanks, whose words cannot be counted"
        )
    if words < SMALL:
        return "does not apply", f"{words:,} labelled words are not more than about {LARGE:,}"
    if words > LARGE:
        return "does not apply", f"{words:,} labelled words are not fewer than about {SMALL:,}"
    return "gives no answer", (
        f"{words:,} labelled words lie between {SMALL:,} and {LARGE:,}, for which the notes have "
        "no rule"
    )


def _from_scratch(words: int | None) -> Rule:
    text = f"raw text over about {RAW:,} words: train vectors on it from scratch"
    says: Saying = "does not apply"
    if words is None:
        says, why = "gives no answer", "no raw text was given; --raw FILE counts its words"
    elif words > RAW:
        says, why = "applies", f"{words:,} words of raw text are more than about {RAW:,}"
    else:
        why = f"{words:,} words of raw text are not more than about {RAW:,}"
    return Rule(text, "from scratch", RAW, words, says, f"{why}.")
