"""The names of Transformer-XL's arrays."""

from __future__ import annotations

from chainrule.pretrained.stored.named_arrays import NamedArray, named_arrays
from chainrule.pretrained.transformer_xl.settings import XLSettings

PREFIX, OUTPUT = "transformer.", "crit."
IGNORED = r"(transformer\.)?pos_emb\.inv_freq"

_LAYER = (
    ("layers.{i}.attention.joint.weight", "layers.{i}.dec_attn.qkv_net.weight"),
    ("layers.{i}.attention.distances.weight", "layers.{i}.dec_attn.r_net.weight"),
    ("layers.{i}.attention.out.weight", "layers.{i}.dec_attn.o_net.weight"),
    ("layers.{i}.attention_norm.*", "layers.{i}.dec_attn.layer_norm.*"),
    ("layers.{i}.expand.*", "layers.{i}.pos_ff.CoreNet.0.*"),
    ("layers.{i}.contract.*", "layers.{i}.pos_ff.CoreNet.3.*"),
    ("layers.{i}.feed_norm.*", "layers.{i}.pos_ff.layer_norm.*"),
)
_OWN = (
    ("layers.{i}.attention.content_bias", "layers.{i}.dec_attn.r_w_bias"),
    ("layers.{i}.attention.position_bias", "layers.{i}.dec_attn.r_r_bias"),
)
_SHARED = (("content_bias", "r_w_bias"), ("position_bias", "r_r_bias"))


def body_names(settings: XLSettings) -> list[NamedArray]:
    """Return the arrays of the body."""
    tables = range(settings.tables)
    names = [(f"embeddings.tables.{k}.weight", f"word_emb.emb_layers.{k}.weight") for k in tables]
    if settings.has_projections:
        names += [(f"embeddings.projections.{k}", f"word_emb.emb_projs.{k}") for k in tables]
    layers = named_arrays((*_LAYER, *(_OWN if settings.own_biases else ())), settings.layers)
    return named_arrays((*names, *(() if settings.own_biases else _SHARED))) + layers


def output_names(settings: XLSettings) -> list[NamedArray]:
    """Return the arrays of the output layer."""
    clusters, tables = range(settings.clusters), range(settings.tables)
    names = [(f"biases.{k}", f"crit.out_layers.{k}.bias") for k in tables]
    names += [
        (f"projections.{k}", f"crit.out_projs.{k}")
        for k in clusters
        if settings.has_projections and not settings.tied_projections[k]
    ]
    if settings.clusters > 1:
        names += [("cluster_weight", "crit.cluster_weight"), ("cluster_bias", "crit.cluster_bias")]
    return named_arrays(names)


def repeated_names(settings: XLSettings, prefix: str) -> dict[str, str]:
    """Return names of arrays that repeat others where weights are tied, and the others."""
    tables = range(settings.tables)
    layers = f"{prefix}word_emb.emb_layers"
    found = {f"crit.out_layers.{k}.weight": f"{layers}.{k}.weight" for k in tables}
    if settings.has_projections:
        found |= {
            f"crit.out_projs.{k}": f"{prefix}word_emb.emb_projs.{k if settings.is_divided else 0}"
            for k in range(settings.clusters)
            if settings.tied_projections[k]
        }
    if not settings.own_biases:
        found |= {
            f"{prefix}layers.{i}.dec_attn.{name}": prefix + name
            for i in range(settings.layers)
            for name in ("r_w_bias", "r_r_bias")
        }
    return found
