"""What a network is whose vectors of words in their sentence are features of other networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from chainrule.storage.paths import AnyPath

WordVectorArray = np.ndarray[Any, np.dtype[np.float32]]


@runtime_checkable
class WordEncoder(Protocol):
    """A network that gives every word of a sentence a vector that depends on the sentence.

    `chainrule.pretrained.load` returns one for the files of such a family.
    """

    @property
    def width(self) -> int:
        """The extent of the vector of a word."""
        ...

    def word_vectors(self, sentences: Sequence[Sequence[str]]) -> list[WordVectorArray]:
        """Return the vectors of each sentence, float32 (words, width), without gradients.

        A sentence without words has the shape (0, width). The vectors of a sentence do not depend
        on the other sentences, or on earlier calls, beyond rounding.
        """
        ...

    def save(self, folder: AnyPath) -> None:
        """Write the network into a new folder, as plain files that `load(folder)` reads again."""
        ...
