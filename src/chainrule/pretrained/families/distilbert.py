"""DistilBERT: Sanh, Debut, Chaumond, Wolf (2019)."""

from __future__ import annotations

from chainrule.ops import relu
from chainrule.pretrained.families.bert import masked_language_head
from chainrule.pretrained.families.family import Config, Family, HeadFamily, HeadRequest
from chainrule.pretrained.heads.classification import FirstTokenHead
from chainrule.pretrained.heads.tokens import TokenHead
from chainrule.pretrained.settings import EncoderSettings

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
        vocabulary=config.get("vocab_size", 30522),
        positions=config.get("max_position_embeddings", 512),
        segments=0,
        width=config.get("dim", 768),
        layers=config.get("n_layers", 6),
        heads=config.get("n_heads", 12),
        feed_forward=config.get("hidden_dim", 3072),
        activation=config.get("activation", "gelu"),
        epsilon=1e-12,
        dropout=float(config.get("dropout", 0.1)),
        attention_dropout=float(config.get("attention_dropout", 0.1)),
        attended_dropout=0.0,
        padding=config.get("pad_token_id", 0),
        pooler=False,
    )


def _first_token_head(request: HeadRequest) -> FirstTokenHead:
    return FirstTokenHead(
        request.settings.width,
        request.labels,
        float(request.config.get("seq_classif_dropout", 0.2)),
        request.deviation,
        request.random,
        activation=relu,
        drops_input=False,
    )


def _token_head(request: HeadRequest) -> TokenHead:
    settings = request.settings
    return TokenHead(
        settings.width, request.labels, settings.dropout, request.deviation, request.random
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
            tied=("vocab_projector.weight",),
        ),
    },
    ignored=("embeddings.position_ids",),
)
