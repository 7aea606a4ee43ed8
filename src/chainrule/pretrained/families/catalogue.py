"""The families that can be loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.families.bert import BERT
from chainrule.pretrained.families.distilbert import DISTILBERT
from chainrule.pretrained.families.family import Family
from chainrule.pretrained.families.roberta import ROBERTA, XLM_ROBERTA

FAMILIES = {each.name: each for each in (BERT, DISTILBERT, ROBERTA, XLM_ROBERTA)}


def family_of(config: Mapping[str, Any]) -> Family:
    """Return the family of a configuration; raises PretrainedError for an unknown one."""
    name = config.get("model_type")
    if not isinstance(name, str) or name not in FAMILIES:
        asked = "no model_type" if name is None else f"model_type {name!r}"
        raise PretrainedError(
            f"The configuration (config.json) has {asked}. Known families are "
            f"{', '.join(FAMILIES)}."
        )
    return FAMILIES[name]
