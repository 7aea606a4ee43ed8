"""Advice as tables of rich."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.table import Table
from rich.text import Text

from chainrule.ner.advice.corpus_figures import CorpusFigures
from chainrule.ner.advice.coverage import Coverage, HeldOut, Similarity
from chainrule.ner.advice.recommendation import Recommendation
from chainrule.ner.advice.rules import Rule
from chainrule.ner.advice.trial import Trial
from chainrule.ner.settings import Units
from chainrule.storage import printable

_Row = tuple[str, str]


def figures(
    corpus: CorpusFigures,
    coverage: Coverage | None,
    similarity: Similarity | None,
    held_out: HeldOut | None,
    split: bool,
) -> Table:
    """Return a table with a name and a value per row."""
    rows = [*_sizes(corpus)]
    if coverage is not None:
        rows += [
            ("", ""),
            *_coverage(coverage, corpus.units),
            *_similarity(similarity, corpus.units),
        ]
    if held_out is not None:
        rows += [("", ""), *_held_out(held_out, split, corpus.units)]
    return _table((), rows)


def of_rules(rules: Sequence[Rule]) -> Table:
    """Return a table of the rules, and what they say here."""
    rows = [(each.text, f"{each.says}: {each.why}") for each in rules]
    return _table(("the rules of the notes", "here"), rows)


def of_trial(trial: Trial) -> Table:
    """Return a table of the modes, the best first."""
    seeds = "1 seed" if trial.seeds == 1 else f"{trial.seeds} seeds"
    if trial.seeds < trial.requested:
        seeds = f"{trial.seeds} of {trial.requested} seeds"
    title = f"trained {trial.epochs} epochs with {seeds}"
    rows = []
    for mode in trial.ranking:
        behind = trial.differences.get(mode)
        below = "the best" if behind is None else f"{behind} below"
        rows.append((mode, trial.spread(mode), below, f"{trial.seconds[mode]:.0f} s"))
    of_f1 = f"F1 on {trial.sentences:,} sentences"
    return _table((title, of_f1, "difference", "a training"), rows)


def of_recommendation(found: Recommendation) -> Table:
    """Return a table with the choice, and a reason per row."""
    chosen = []
    if found.from_scratch:
        chosen.append("train vectors on the raw text: chainrule vectors train --text FILE")
    if found.mode is not None:
        chosen.append(f"--vectors-mode {found.mode}")
    elif found.left:
        chosen.append(f"--vectors-mode {' or '.join(found.left)}")
    lines = [*(chosen or ["none"]), *(f"- {each}" for each in found.reasons)]
    return _table((), [("" if i else "recommendation", line) for i, line in enumerate(lines)])


def _sizes(corpus: CorpusFigures) -> Iterator[_Row]:
    yield "labelled sentences", f"{corpus.sentences:,}"
    if corpus.units == "characters":
        words = "not known, there is no blank" if corpus.words is None else f"{corpus.words:,}"
        yield "characters", f"{corpus.tokens:,}, {corpus.types:,} different ones"
        yield "words between blanks", words
    else:
        yield "words", f"{corpus.tokens:,}, {corpus.types:,} different ones"
    kinds = ", ".join(f"{printable(kind)} {count:,}" for kind, count in corpus.entities.items())
    count = sum(corpus.entities.values())
    yield "entities", f"{count:,}" + (f": {kinds}" if kinds else "")


def _coverage(found: Coverage, units: Units) -> Iterator[_Row]:
    yield "word vectors", f"{found.vectors:,} of size {found.size}"
    for form, (tokens, types) in found.forms.items():
        if tokens and form != "unknown":
            yield f"found, {form}", f"{tokens:,} {units}, {types:,} different ones"
    yield (
        "without a vector",
        f"{found.unknown:.1%} of the {units}, {found.unknown_types:.1%} of the different ones, "
        f"{found.entity_unknown:.1%} of the {units} in entities",
    )
    if found.examples:
        yield "most frequent of them", ", ".join(map(printable, found.examples))


def _similarity(found: Similarity | None, units: Units) -> Iterator[_Row]:
    name = "similarity"
    if found is None:
        yield (
            name,
            "not measured: no word has a vector, or the file is mostly alphabetical",
        )
        return
    yield (
        name,
        f"{found.shared:.1%} of the {found.frequent:,} most frequent {units} are among the first "
        f"{found.frequent:,} of the file",
    )
    yield "", f"the median rank of the {units} in the file is {found.median_rank:,}"
    if found.correlation is not None:
        yield "", f"rank correlation of counts here and ranks in the file: {found.correlation:.2f}"
    yield "", "(ranks are rows: files of vectors list frequent words first)"


def _held_out(found: HeldOut, split: bool, units: Units) -> Iterator[_Row]:
    source = "the last tenth of the labelled set, " if split else ""
    yield "held-out sentences", f"{source}{found.sentences:,} sentences, {found.tokens:,} {units}"
    yield "new in them", f"{found.unseen:.1%} of the {units} are not in the training sentences"
    if found.left_behind is not None:
        yield "", f"{found.left_behind:.1%} are not, but have a vector"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=bool(heads), padding=(0, 2, 0, 0))
    for head in heads:
        table.add_column(Text(head))
    for row in rows:
        table.add_row(*map(Text, row))
    return table
