"""Running statistics of a trained classifier, computed anew from all its texts.

The statistics that follow the batches of a training lag behind the weights, and are those of values
with dropout. Where texts are few, a classifier without a loss on its own texts is then wrong on
them in inference. Wu and Johnson: Rethinking "batch" in BatchNorm (2021), section 3.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr
from chainrule.classify import Classifier, LabelledTexts
from chainrule.classify.network import IDS, MASK
from chainrule.graph import Array
from chainrule.pretrained import Batch
from chainrule.pretrained.ulmfit import UlmfitNetwork
from chainrule.pretrained.ulmfit.heads import PooledHead


def settle_norms(classifier: Classifier, texts: LabelledTexts) -> None:
    """Set the running statistics of the head to the mean and variance over texts, in inference.

    Each normalisation gets those of what reaches it once the ones before it are set. Nothing
    changes for a single text, which has no variance.
    """
    if len(texts) < 2:
        return
    net = classifier.net
    assert isinstance(net, UlmfitNetwork)
    assert isinstance(net.head, PooledHead)
    net.eval()
    values = _vectors(net, classifier, texts)
    for place, norm in enumerate(net.head.norms):
        norm.running_mean.assign(values.mean(axis=0, dtype=np.float64).astype(np.float32))
        variance = values.var(axis=0, ddof=1, dtype=np.float64)
        norm.running_var.assign(variance.astype(np.float32))
        values = net.head.step(place, values).read()


def _vectors(net: UlmfitNetwork, classifier: Classifier, texts: LabelledTexts) -> Array:
    """Return what the head reads of each text, (texts, 3 · width), in any order."""
    settings = classifier.settings
    data = classifier.tokens(texts.texts, texts.pairs).buckets(
        np.zeros(len(texts)), settings.batch_size, extents=settings.extents, shuffle=False
    )

    def pooled(ids: Any, mask: Any) -> cr.Tensor:
        return net.text_vectors(Batch(ids, mask))

    call = cr.compile(pooled) if classifier.compiled else pooled
    rows = []
    for batch in data(1):
        ids, mask = batch[IDS], batch[MASK]
        whole = np.resize(np.arange(len(ids)), settings.batch_size)  # so that shapes are few
        rows.append(call(ids[whole], mask[whole]).read()[: len(ids)])
    return np.concatenate(rows)
