"""Networks of the lectures, each a short file on public names, with small demonstrations."""

from chainrule.zoo.alexnet import AlexNet as AlexNet
from chainrule.zoo.catalogue import NETWORKS as NETWORKS
from chainrule.zoo.catalogue import named as named
from chainrule.zoo.character_network import CharacterNetwork as CharacterNetwork
from chainrule.zoo.digits import Digits as Digits
from chainrule.zoo.digits import digits as digits
from chainrule.zoo.errors import MissingPackageError as MissingPackageError
from chainrule.zoo.errors import UnknownNetworkError as UnknownNetworkError
from chainrule.zoo.lenet import LeNet as LeNet
from chainrule.zoo.memory_tasks import Episode as Episode
from chainrule.zoo.memory_tasks import associative_recall as associative_recall
from chainrule.zoo.memory_tasks import copy as copy
from chainrule.zoo.memory_tasks import repeat_copy as repeat_copy
from chainrule.zoo.network import Network as Network
from chainrule.zoo.resnet import ResidualBlock as ResidualBlock
from chainrule.zoo.resnet import ResNet as ResNet
from chainrule.zoo.turing_machine import NeuralTuringMachine as NeuralTuringMachine
from chainrule.zoo.turing_machine import Visit as Visit
