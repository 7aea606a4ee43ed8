"""DistilBERT: Sanh, Debut, Chaumond, Wolf (2019)."""

from __future__ import annotations

from chainrule.ops import relu
from chainrule.pretrained.body.settings import EncoderSettings
from chainrule.pretrained.families.bert import masked_language_head
from chainrule.pretrained.families.config_values import Config, count, rate, word
from chainrule.pretrained.families.family import Family, HeadFamily, HeadRequest
from chainrule.pretrained.heads.classification import FirstTokenHead
from chainrule.pretrained.heads.tokens import TokenHead

_BODY = (
    ("embeddings.words.weight", "embeddings.word_embeddings.weight"),
    ("embeddings.positions.weight", "embeddings.position_embeddings.weight"),
    ("embeddings.norm.*", "embeddings.LayerNorm.*"),
    (
        "layers.{i}.attention.in_proj_*",
        "transformer.layer.{i}.attention.q_lin.*",
        "transformer.layer.{i}.attention.k_lin.*",
        "transformer.layer.{i}.attention.v_lin.*",
    ),
    ("layers.{i}.attention.out_proj.*", "transformer.layer.{i}.attention.out_lin.*"),
    ("layers.{i}.attention_norm.*", "transformer.layer.{i}.sa_layer_norm.*"),
    ("layers.{i}.expand.*", "transformer.layer.{i}.ffn.lin1.*"),
    ("layers.{i}.contract.*", "transformer.layer.{i}.ffn.lin2.*"),
    ("layers.{i}.feed_norm.*", "transformer.layer.{i}.output_layer_norm.*"),
)


def settings(config: Config) -> EncoderSettings:
    """Return the settings of a configuration of DistilBERT."""
    return EncoderSettings(
        vocabulary=count(config, "vocab_size", 30522),
        positions=count(config, "max_position_embeddings", 512),
        segments=0,
        width=count(config, "dim", 768),
        layers=count(config, "n_layers", 6),
        heads=count(config, "n_heads", 12),
        feed_forward=count(config, "hidden_dim", 3072),
        activation=word(config, "activation", "gelu"),
        epsilon=1e-12,
        dropout=rate(config, "dropout", 0.1),
        attention_dropout=rate(config, "attention_dropout", 0.1),
        attended_dropout=0.0,
        padding=count(config, "pad_token_id", 0, least=0),
        deviation=rate(config, "initializer_range", 0.02),
        pooler=False,
    )


def _first_token_head(request: HeadRequest) -> FirstTokenHead:
    return FirstTokenHead(
        request.settings.width,
        request.labels,
        rate(request.config, "seq_classif_dropout", 0.2),
        request.settings.deviation,
        request.random,
        activation=relu,
        drops_input=False,
    )


def _token_head(request: HeadRequest) -> TokenHead:
    settings = request.settings
    return TokenHead(
        settings.width, request.labels, settings.dropout, request.settings.deviation, request.random
    )


DISTILBERT = Family(
    name="distilbert",
    architecture="DistilBert",
    prefix="distilbert.",
    settings=settings,
    names=_BODY,
    pooler=(),
    heads={
        "classification": HeadFamily(
            _first_token_head,
            (("dense.*", "pre_classifier.*"), ("classifier.*", "classifier.*")),
        ),
        "tokens": HeadFamily(_token_head, (("classifier.*", "classifier.*"),)),
        "masked-language": HeadFamily(
            masked_language_head,
            (
                ("dense.*", "vocab_transform.*"),
                ("norm.*", "vocab_layer_norm.*"),
                ("bias", "vocab_projector.bias"),
            ),
            decoder="vocab_projector.weight",
        ),
    },
    ignored=("embeddings.position_ids",),
)
