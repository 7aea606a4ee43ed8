"""All networks of the zoo, in the order of the lectures."""

from __future__ import annotations

from functools import partial

from chainrule.explore.binding import did_you_mean
from chainrule.lecture import Claim
from chainrule.zoo.alexnet import AlexNet
from chainrule.zoo.character_network import CharacterNetwork
from chainrule.zoo.demonstrations.alexnet import alexnet_reads_digits
from chainrule.zoo.demonstrations.copying import copies, copies_from_every_seed
from chainrule.zoo.demonstrations.full_alexnet import trains_at_full_size
from chainrule.zoo.demonstrations.lenet import lenet_reads_digits
from chainrule.zoo.demonstrations.recalling import recalls
from chainrule.zoo.demonstrations.repeating import repeats
from chainrule.zoo.demonstrations.resnet import resnet_reads_digits
from chainrule.zoo.demonstrations.writing import writes
from chainrule.zoo.errors import UnknownNetworkError
from chainrule.zoo.lenet import LeNet
from chainrule.zoo.network import Network
from chainrule.zoo.resnet import ResNet
from chainrule.zoo.turing_machine import NeuralTuringMachine

NETWORKS: tuple[Network, ...] = (
    Network(
        "lenet",
        "LeNet-5 (1998): two convolutional layers with pooling, then hidden units.",
        LeNet,
        (1, 1, 32, 32),
        (Claim("lenet", "LeNet reads handwritten digits.", lenet_reads_digits),),
    ),
    Network(
        "alexnet",
        "AlexNet (2012): five convolutional layers with local response normalisation and groups, "
        "and 61 million weights.",
        AlexNet,
        (1, 3, 227, 227),
        (Claim("alexnet", "AlexNet, a quarter as wide, reads digits.", alexnet_reads_digits),),
        (
            Claim(
                "alexnet-full",
                "AlexNet at full size: its weights are in the hidden layers, its computation in "
                "the convolutions.",
                trains_at_full_size,
            ),
        ),
    ),
    Network(
        "resnet",
        "A small ResNet (2015): residual blocks, whose input is added to their output.",
        ResNet,
        (1, 1, 8, 8),
        (Claim("resnet", "A ResNet of 8 layers reads handwritten digits.", resnet_reads_digits),),
    ),
    Network(
        "character-rnn",
        "A vanilla recurrent net that reads and writes text, character by character.",
        partial(CharacterNetwork, 68, cell="rnn"),
        ((50, 1), "int64"),
        (Claim("character-rnn", "A vanilla RNN learns to write.", partial(writes, "rnn")),),
    ),
    Network(
        "character-lstm",
        "An LSTM that reads and writes text, character by character.",
        partial(CharacterNetwork, 68, cell="lstm"),
        ((50, 1), "int64"),
        (Claim("character-lstm", "An LSTM learns to write.", partial(writes, "lstm")),),
    ),
    Network(
        "turing-machine",
        "Neural Turing Machine (2014): an LSTM that writes to a memory and reads from it, "
        "by content and by location.",
        partial(NeuralTuringMachine, 9, 8),
        (41, 1, 9),
        (
            Claim("copy", "Trained to copy up to 20 vectors, it copies 40.", copies),
            Claim("repeat-copy", "It copies as many times as is asked, and stops.", repeats),
        ),
        (
            Claim(
                "associative-recall",
                "Shown an item, it recalls the one that followed it.",
                recalls,
            ),
            Claim(
                "copy-seeds",
                "Trained to copy up to 20 vectors, it copies 40, from 4 of 5 seeds.",
                copies_from_every_seed,
            ),
        ),
    ),
)


def named(name: str) -> Network:
    """Return the network of this name.

    Raises UnknownNetworkError, which suggests the nearest name.
    """
    names = [each.name for each in NETWORKS]
    if name not in names:
        raise UnknownNetworkError(
            f"There is no network {name!r}.{did_you_mean(name, names)} `chainrule zoo` lists all "
            "networks."
        )
    return NETWORKS[names.index(name)]
