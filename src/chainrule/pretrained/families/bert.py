"""BERT: Devlin, Chang, Lee, Toutanova (2019)."""

from __future__ import annotations

from chainrule.pretrained.body.settings import EncoderSettings
from chainrule.pretrained.families.config_values import Config, count, rate, word
from chainrule.pretrained.families.family import Family, HeadFamily, HeadRequest
from chainrule.pretrained.heads.classification import PooledHead
from chainrule.pretrained.heads.masked_language import MaskedLanguageHead
from chainrule.pretrained.heads.next_sentence import NextSentenceHead
from chainrule.pretrained.heads.tokens import TokenHead

BODY = (
    ("embeddings.words.weight", "embeddings.word_embeddings.weight"),
    ("embeddings.positions.weight", "embeddings.position_embeddings.weight"),
    ("embeddings.segments.weight", "embeddings.token_type_embeddings.weight"),
    ("embeddings.norm.*", "embeddings.LayerNorm.*"),
    (
        "layers.{i}.attention.in_proj_*",
        "encoder.layer.{i}.attention.self.query.*",
        "encoder.layer.{i}.attention.self.key.*",
        "encoder.layer.{i}.attention.self.value.*",
    ),
    ("layers.{i}.attention.out_proj.*", "encoder.layer.{i}.attention.output.dense.*"),
    ("layers.{i}.attention_norm.*", "encoder.layer.{i}.attention.output.LayerNorm.*"),
    ("layers.{i}.expand.*", "encoder.layer.{i}.intermediate.dense.*"),
    ("layers.{i}.contract.*", "encoder.layer.{i}.output.dense.*"),
    ("layers.{i}.feed_norm.*", "encoder.layer.{i}.output.LayerNorm.*"),
)
POOLER = (("pooler.*", "pooler.dense.*"),)
CLASSIFIER = (("classifier.*", "classifier.*"),)
IGNORED = ("embeddings.position_ids", "embeddings.token_type_ids")


def settings(config: Config) -> EncoderSettings:
    """Return the settings of a configuration of BERT."""
    dropout = rate(config, "hidden_dropout_prob", 0.1)
    return EncoderSettings(
        vocabulary=count(config, "vocab_size", 30522),
        positions=count(config, "max_position_embeddings", 512),
        segments=count(config, "type_vocab_size", 2),
        width=count(config, "hidden_size", 768),
        layers=count(config, "num_hidden_layers", 12),
        heads=count(config, "num_attention_heads", 12),
        feed_forward=count(config, "intermediate_size", 3072),
        activation=word(config, "hidden_act", "gelu"),
        epsilon=rate(config, "layer_norm_eps", 1e-12),
        dropout=dropout,
        attention_dropout=rate(config, "attention_probs_dropout_prob", 0.1),
        attended_dropout=dropout,
        padding=count(config, "pad_token_id", 0, least=0),
        deviation=rate(config, "initializer_range", 0.02),
    )


def head_dropout(request: HeadRequest) -> float:
    """Return the dropout of a classifier: that of the hidden states unless it has its own."""
    if request.config.get("classifier_dropout") is None:
        return request.settings.dropout
    return rate(request.config, "classifier_dropout", 0.0)


def token_head(request: HeadRequest) -> TokenHead:
    """Return a fresh head for labels of tokens."""
    width, dropout = request.settings.width, head_dropout(request)
    return TokenHead(width, request.labels, dropout, request.settings.deviation, request.random)


def masked_language_head(request: HeadRequest) -> MaskedLanguageHead:
    """Return a fresh head for the prediction of tokens."""
    return MaskedLanguageHead(request.settings, request.settings.deviation, request.random)


def _pooled_head(request: HeadRequest) -> PooledHead:
    width, dropout = request.settings.width, head_dropout(request)
    return PooledHead(width, request.labels, dropout, request.settings.deviation, request.random)


def _next_sentence_head(request: HeadRequest) -> NextSentenceHead:
    return NextSentenceHead(request.settings.width, request.settings.deviation, request.random)


BERT = Family(
    name="bert",
    architecture="Bert",
    prefix="bert.",
    settings=settings,
    names=BODY,
    pooler=POOLER,
    heads={
        "classification": HeadFamily(_pooled_head, CLASSIFIER, pooler=True),
        "tokens": HeadFamily(token_head, CLASSIFIER),
        "masked-language": HeadFamily(
            masked_language_head,
            (
                ("dense.*", "cls.predictions.transform.dense.*"),
                ("norm.*", "cls.predictions.transform.LayerNorm.*"),
                ("bias", "cls.predictions.bias"),
            ),
            decoder="cls.predictions.decoder.weight",
            equal={"cls.predictions.decoder.bias": "cls.predictions.bias"},
        ),
        "next-sentence": HeadFamily(
            _next_sentence_head, (("classifier.*", "cls.seq_relationship.*"),), pooler=True
        ),
    },
    ignored=IGNORED,
)
