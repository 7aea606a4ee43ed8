"""Which parts of a pretrained network are trained, at which rates."""

from __future__ import annotations

from collections.abc import Mapping

import chainrule as cr
from chainrule.classify.errors import ClassifierError
from chainrule.classify.network import TextNetwork
from chainrule.classify.settings import Settings
from chainrule.optim.parameter_groups import GroupOptions

_LAYER = "layers."
_TOP = ("norm", "pooler", "head")  # above all layers


def choose_parts(network: TextNetwork, settings: Settings) -> None:
    """Freeze what `settings` do not train, unfreeze the rest, put LoRA in place, set the modes.

    Frozen parts compute in inference mode, without dropout, unless LoRA trains updates in them.
    Raises ClassifierError, and changes nothing, for more last layers than there are.
    """
    groups = network.net.layer_groups()
    layers = [name for name in groups if name.startswith(_LAYER)]
    if settings.last is not None and settings.last > len(layers):
        raise ClassifierError(
            f"--last {settings.last} was asked for, but the network has {len(layers)} layers. Give "
            "a smaller number, or leave it out to train everything."
        )
    network.net.body.recompute = settings.recompute
    network.unfreeze()
    new = _new_parts(network)
    if settings.lora is not None:
        _add_lora(network, groups, new, settings)
        return
    network.train()
    for name in _frozen(list(groups), layers, new, settings):
        groups[name].freeze().eval()


def _new_parts(network: TextNetwork) -> set[str]:
    """Return the names of the groups without pretrained values: the head, or a drawn pooler too."""
    drawn = any(each.startswith("body.pooler.") for each in network.net.source.fresh)
    return {"head", "pooler"} if drawn else {"head"}


def _frozen(groups: list[str], layers: list[str], new: set[str], settings: Settings) -> list[str]:
    """Return the names of the groups that are not trained."""
    if settings.freeze:
        return [name for name in groups if name not in new]
    if settings.last is None:
        return []
    kept = {*_TOP, *layers[len(layers) - settings.last :]}
    return [name for name in groups if name not in kept]


def _add_lora(
    network: TextNetwork, groups: Mapping[str, cr.nn.Module], new: set[str], settings: Settings
) -> None:
    """Freeze everything but new parts, and put LoRA beside all matrices of the layers."""
    assert settings.lora is not None
    rank, source = settings.lora, settings.seed
    alpha = 2.0 * rank if settings.lora_alpha is None else settings.lora_alpha
    network.train()
    for name, each in groups.items():
        if name not in new:
            each.freeze()
        if name.startswith(_LAYER):
            place = int(name.removeprefix(_LAYER))
            cr.nn.add_lora(each, rank, alpha=alpha, random=source + 1000 * (place + 1))


def parameter_groups(network: TextNetwork, settings: Settings) -> dict[str, GroupOptions]:
    """Return the options of the trained parameters by name: rates by depth, decay of matrices."""
    found: dict[str, GroupOptions] = {}
    for name, factor in _factors(list(network.net.layer_groups()), settings.rate_divisor).items():
        for each in network.net.layer_groups()[name].parameters():
            options: GroupOptions = {"learning_rate_factor": factor}
            if each.ndim < 2:
                options["weight_decay"] = 0.0
            found[str(each.name)] = options
    return found


def _factors(groups: list[str], divisor: float) -> dict[str, float]:
    """Return the factor of the rate of each group: 1 at the top, divided once per layer below."""
    below = [name for name in groups if name not in _TOP]
    factors = {name: divisor ** -(len(below) - place) for place, name in enumerate(below)}
    return {name: factors.get(name, 1.0) for name in groups}
