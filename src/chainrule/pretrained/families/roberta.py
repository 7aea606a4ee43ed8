"""RoBERTa and XLM-R: Liu et al. (2019), Conneau et al. (2020)."""

from __future__ import annotations

from dataclasses import replace

from chainrule.ops import tanh
from chainrule.pretrained.body.settings import EncoderSettings
from chainrule.pretrained.families.bert import (
    BODY,
    CLASSIFIER,
    IGNORED,
    POOLER,
    head_dropout,
    masked_language_head,
    token_head,
)
from chainrule.pretrained.families.bert import settings as bert_settings
from chainrule.pretrained.families.config_values import Config
from chainrule.pretrained.families.family import Family, HeadFamily, HeadRequest
from chainrule.pretrained.heads.classification import FirstTokenHead

_DEFAULTS = {"vocab_size": 50265, "pad_token_id": 1}


def settings(config: Config) -> EncoderSettings:
    """Return the settings of a configuration of RoBERTa or XLM-R."""
    return replace(bert_settings({**_DEFAULTS, **config}), counts_positions=True)


def _first_token_head(request: HeadRequest) -> FirstTokenHead:
    return FirstTokenHead(
        request.settings.width,
        request.labels,
        head_dropout(request),
        request.settings.deviation,
        request.random,
        activation=tanh,
        drops_input=True,
    )


ROBERTA = Family(
    name="roberta",
    architecture="Roberta",
    prefix="roberta.",
    settings=settings,
    names=BODY,
    pooler=POOLER,
    heads={
        "classification": HeadFamily(
            _first_token_head,
            (("dense.*", "classifier.dense.*"), ("classifier.*", "classifier.out_proj.*")),
        ),
        "tokens": HeadFamily(token_head, CLASSIFIER),
        "masked-language": HeadFamily(
            masked_language_head,
            (
                ("dense.*", "lm_head.dense.*"),
                ("norm.*", "lm_head.layer_norm.*"),
                ("bias", "lm_head.bias"),
            ),
            decoder="lm_head.decoder.weight",
            equal={"lm_head.decoder.bias": "lm_head.bias"},
        ),
    },
    ignored=IGNORED,
)
XLM_ROBERTA = replace(ROBERTA, name="xlm-roberta", architecture="XLMRoberta")
