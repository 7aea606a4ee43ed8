"""The factory `chainrule_ner`, which `nlp.add_pipe` finds by the entry point of the package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spacy.language import Language

from chainrule.spacy.component import TaggerPipe

FACTORY = "chainrule_ner"

_DEFAULTS = {
    "model": None,
    "settings": {},
    "encoder": None,
    "steps": 0,
    "overwrite": False,
    "confidences": True,
    "scorer": {"@scorers": "spacy.ner_scorer.v1"},
}


@Language.factory(
    FACTORY,
    assigns=["doc.ents", "token.ent_iob", "token.ent_type"],
    default_config=_DEFAULTS,
    default_score_weights={"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None},
)
def make_tagger(
    nlp: Language,
    name: str,
    model: str | None,
    settings: dict[str, Any],
    encoder: str | None,
    steps: int,
    overwrite: bool,
    confidences: bool,
    scorer: Callable[..., Any] | None,
) -> TaggerPipe:
    """Return the component for `nlp.add_pipe("chainrule_ner", config={...})`; see `TaggerPipe`."""
    return TaggerPipe(
        name,
        model,
        settings=settings,
        encoder=encoder,
        steps=steps,
        overwrite=overwrite,
        confidences=confidences,
        scorer=scorer,
    )
