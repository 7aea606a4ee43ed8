"""The optimizer of a tagger; with a pretrained encoder, which parts of it are trained, and how."""

from __future__ import annotations

import chainrule as cr
from chainrule.ner.encoders import Pretrained
from chainrule.ner.network import TaggerNetwork
from chainrule.ner.settings import Settings
from chainrule.optim.parameter_groups import GroupOptions
from chainrule.optim.schedules import Cosine, Linear, WarmUp

_WEIGHT_DECAY, _CLIP = 0.01, 1.0
_LAYER = "layers."


def choose_parts(network: TaggerNetwork, settings: Settings) -> None:
    """Freeze the parts of a pretrained encoder that are not trained, and set the modes for `fit`.

    Frozen parts compute without dropout.
    """
    network.train()
    if not isinstance(network.encoder, Pretrained):
        return
    groups = network.encoder.net.layer_groups()
    kept = [name for name in groups if name.startswith(_LAYER)][-(settings.last or 0) :]
    for name, each in groups.items():
        if settings.freeze_encoder or (settings.last is not None and name not in kept):
            each.freeze().eval()
        else:
            each.unfreeze()


def optimizer_of(network: TaggerNetwork, settings: Settings, steps: int) -> cr.optim.Optimizer:
    """Return the optimizer: Adam, or for a pretrained encoder AdamW with a rate of its own.

    steps  of the whole training
    """
    if not isinstance(network.encoder, Pretrained):
        return cr.optim.Adam(network, learning_rate=Cosine(settings.learning_rate, steps))
    warming = int(steps * settings.warm_up)
    rate = WarmUp(Linear(settings.learning_rate, 0.0, max(1, steps - warming)), warming)
    return cr.optim.AdamW(
        network,
        rate,
        weight_decay=0.0,
        groups=_groups(network.encoder, settings),
        clip=cr.optim.ClipByGlobalNorm(_CLIP),
    )


def _groups(encoder: Pretrained, settings: Settings) -> dict[str, GroupOptions]:
    """Return the options of the parameters of a pretrained encoder by name.

    Its matrices have weight decay; the other parts of the tagger have none.
    """
    factor = settings.encoder_rate / settings.learning_rate
    return {
        str(each.name): {
            "learning_rate_factor": factor,
            "weight_decay": _WEIGHT_DECAY if each.ndim > 1 else 0.0,
        }
        for each in encoder.net.parameters()
    }
