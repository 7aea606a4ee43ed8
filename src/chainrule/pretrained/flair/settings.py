"""The settings of a character language model."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.pretrained.flair.characters import LINE_END


@dataclass(frozen=True)
class LanguageModelSettings:
    """What a character language model is made of.

    forward    True reads text as it is written, False from its end
    embedding  the extent of the vector of a character
    hidden     the units of the LSTM
    layers     its layers
    projected  the extent of a linear projection of its outputs, None without one
    delimiter  what is read before a text
    dropout    of character vectors and outputs, in training
    decodes    whether there are scores of the next character
    """

    forward: bool
    embedding: int = 100
    hidden: int = 1024
    layers: int = 1
    projected: int | None = None
    delimiter: str = LINE_END
    dropout: float = 0.1
    decodes: bool = True

    @property
    def width(self) -> int:
        """The extent of the vector of a word."""
        return self.hidden if self.projected is None else self.projected

    @property
    def direction(self) -> str:
        """ "forward" or "backward"."""
        return "forward" if self.forward else "backward"
