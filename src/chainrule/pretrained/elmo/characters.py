"""The layer of words: convolutions over characters, highways and a projection."""

from __future__ import annotations

from chainrule.graph import Parameter, Tensor, parameter
from chainrule.nn import Module
from chainrule.nn.initial import generator
from chainrule.ops import concat, convolve, permute_dims, relu, sigmoid, take, tanh, zeros
from chainrule.ops import max as largest
from chainrule.pretrained.body.unset import unset
from chainrule.pretrained.elmo.options import SYMBOLS, ElmoOptions


def table(*shape: int) -> Parameter:
    """Return a parameter whose values come from a file."""
    return parameter(unset(shape, generator(0)))


class Highway(Module):
    """g relu(W x + b) + (1 - g) x with the gate g = σ(W' x + b').

    Srivastava et al.: Highway networks (2015). Matrices are (inputs, outputs).
    """

    def __init__(self, width: int) -> None:
        self.carry_weight, self.carry_bias = table(width, width), table(width)
        self.transform_weight, self.transform_bias = table(width, width), table(width)

    def forward(self, x: Tensor) -> Tensor:
        """Return what passes the highway, (words, width)."""
        gate = sigmoid(x @ self.carry_weight + self.carry_bias)
        return gate * relu(x @ self.transform_weight + self.transform_bias) + (1 - gate) * x


class CharacterWords(Module):
    """Vectors of words from their characters: (words, characters) to (words, projection).

    Convolutions over the characters, padding included, their largest value over the word, highways,
    and a projection, if the number of convolutions differs from its extent.
    """

    def __init__(self, options: ElmoOptions) -> None:
        self.options = options
        self.embedding = table(SYMBOLS - 1, options.embedding)
        self.kernels = [
            table(1, width, options.embedding, count) for width, count in options.filters
        ]
        self.biases = [table(count) for _, count in options.filters]
        self.highways = [Highway(options.convolved) for _ in range(options.highways)]
        extents = options.convolved, options.projection
        self.weight = table(*extents) if options.projects else None
        self.bias = table(extents[1]) if options.projects else None

    def forward(self, characters: Tensor) -> Tensor:
        """Return the vectors of words, of `characters` (words, longest)."""
        width = self.options.embedding  # 0 stands for no character: a row of zeros
        rows = concat([zeros((1, width), dtype="float32"), self.embedding])
        letters = permute_dims(take(rows, characters), (0, 2, 1))
        pairs = zip(self.kernels, self.biases, strict=True)
        x = concat([self._convolved(letters, *each) for each in pairs], -1)
        for each in self.highways:
            x = each(x)
        return x if self.weight is None or self.bias is None else x @ self.weight + self.bias

    def _convolved(self, letters: Tensor, kernel: Parameter, bias: Parameter) -> Tensor:
        """Return the largest value of each convolution over a word, (words, count)."""
        activation = relu if self.options.activation == "relu" else tanh
        found = convolve(letters, permute_dims(kernel[0], (2, 1, 0)))
        return activation(largest(found, -1) + bias)
