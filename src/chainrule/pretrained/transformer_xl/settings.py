"""The settings of Transformer-XL, read from its configuration."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.families.config_values import Config, count, flag, one_of, rate


@dataclass(frozen=True)
class XLSettings:
    """Sizes and constants of Transformer-XL.

    cuts                the ids at which clusters begin, 0 first, and the size of the vocabulary
    width               features of a token inside the network
    embedding           features of the vectors of the first cluster
    division            the features of every further cluster are divided by it once more
    layers, heads       layers, and heads of attention in each
    head_width          features of a head
    feed_forward        hidden units of the feed-forward network
    memory              tokens that are remembered
    longest_distance    that has a vector of its own; 0 for no limit
    same_length         whether every token reads as many tokens before it as are remembered
    own_biases          whether every layer has biases of the scores of its own
    norm_first          whether layers normalise their input rather than their output
    tied_projections    of every cluster, whether embeddings and outputs have one projection
    starts_empty        whether nothing is remembered at first, rather than zeros that are read
    clusters_reversed   whether the last cluster is the first one in the output's head
    epsilon             of all layer norms
    dropout             probability: of embeddings, positions, outputs and hidden units
    attention_dropout   probability: of attention weights
    """

    cuts: tuple[int, ...]
    width: int
    embedding: int
    division: int
    layers: int
    heads: int
    head_width: int
    feed_forward: int
    memory: int
    longest_distance: int
    same_length: bool
    own_biases: bool
    norm_first: bool
    tied_projections: tuple[bool, ...]
    starts_empty: bool
    clusters_reversed: bool
    epsilon: float
    dropout: float
    attention_dropout: float

    @property
    def vocabulary(self) -> int:
        """The number of tokens."""
        return self.cuts[-1]

    @property
    def clusters(self) -> int:
        """The number of clusters, that of the frequent words included."""
        return len(self.cuts) - 1

    @property
    def is_divided(self) -> bool:
        """Whether clusters have tables of their own, rather than parts of one."""
        return self.division > 1

    @property
    def tables(self) -> int:
        """The number of tables of vectors."""
        return self.clusters if self.is_divided else 1

    def table_size(self, table: int) -> int:
        """Return the number of tokens of a table."""
        return self.cluster_size(table) if self.is_divided else self.vocabulary

    def cluster_size(self, cluster: int) -> int:
        """Return the number of tokens of a cluster."""
        return self.cuts[cluster + 1] - self.cuts[cluster]

    def cluster_width(self, cluster: int) -> int:
        """Return the features of the vectors of a cluster."""
        return int(self.embedding // self.division**cluster)

    @property
    def has_projections(self) -> bool:
        """Whether vectors of tokens are projected to the features inside the network."""
        return self.is_divided or self.embedding != self.width


def xl_settings(config: Config) -> XLSettings:
    """Return the settings of a configuration; raises PretrainedError for wrong values."""
    _require_supported(config)
    cuts = _cuts(config)
    found = XLSettings(
        cuts=cuts,
        width=count(config, "d_model", 1024),
        embedding=count(config, "d_embed", 1024),
        division=count(config, "div_val", 4),
        layers=count(config, "n_layer", 18),
        heads=count(config, "n_head", 16),
        head_width=count(config, "d_head", 64),
        feed_forward=count(config, "d_inner", 4096),
        memory=count(config, "mem_len", 1600, least=0),
        longest_distance=max(count(config, "clamp_len", 1000, least=-1), 0),
        same_length=flag(config, "same_length", True),
        own_biases=flag(config, "untie_r", True),
        norm_first=flag(config, "pre_lnorm", False),
        tied_projections=_tied(config, len(cuts) - 1),
        starts_empty=one_of(config, "memory_start", ("zeros", "empty")) == "empty",
        clusters_reversed=one_of(config, "cluster_order", ("forward", "reversed")) == "reversed",
        epsilon=rate(config, "layer_norm_epsilon", 1e-5),
        dropout=rate(config, "dropout", 0.1),
        attention_dropout=rate(config, "dropatt", 0.0),
    )
    _require_widths(found)
    return found


def _cuts(config: Config) -> tuple[int, ...]:
    vocabulary = count(config, "vocab_size", 267735)
    given = config.get("cutoffs", [20000, 40000, 200000])
    if not isinstance(given, list) or not all(map(_is_whole, given)):
        raise _wrong("cutoffs", given, "a list of ids")
    cuts = (0, *given, vocabulary)
    if any(a >= b for a, b in pairwise(cuts)):
        raise _wrong("cutoffs", given, f"increasing, between 0 and the vocabulary of {vocabulary}")
    return cuts


def _tied(config: Config, clusters: int) -> tuple[bool, ...]:
    given = config.get("tie_projs", [False] + [True] * (clusters - 1))
    is_flags = isinstance(given, list) and all(isinstance(each, bool) for each in given)
    if not is_flags or len(given) != clusters:
        raise _wrong("tie_projs", given, f"true or false for each of {clusters} clusters")
    return tuple(given)


def _require_widths(settings: XLSettings) -> None:
    if settings.cluster_width(settings.clusters - 1) < 1:
        raise _wrong("div_val", settings.division, "so small that every cluster keeps a feature")
    if settings.width % 2:
        raise _wrong("d_model", settings.width, "even: half of the features are sines of distances")


def _require_supported(config: Config) -> None:
    if config.get("attn_type", 0) != 0:
        raise _wrong("attn_type", config["attn_type"], "0: relative positions of sines")
    for key, wanted in (("adaptive", True), ("tie_word_embeddings", True), ("tie_weight", True)):
        if flag(config, key, wanted) != wanted:
            raise _wrong(key, config[key], "true: outputs use the tables of tokens, by clusters")
    if config.get("sample_softmax", -1) not in (-1, 0):
        raise _wrong("sample_softmax", config["sample_softmax"], "-1: all tokens have a score")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _wrong(key: str, value: Any, wanted: str) -> PretrainedError:
    return PretrainedError(
        f"The configuration (config.json) of a Transformer-XL has {key} {value!r:.80}. Supported "
        f"is {wanted}."
    )
