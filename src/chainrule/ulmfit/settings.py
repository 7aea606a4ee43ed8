"""The settings of the stages."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from chainrule.classify import Settings
from chainrule.classify.settings import ULMFIT_DIVISOR


class LanguageSettings(BaseModel):
    """The settings of the training of a language model, from scratch or further.

    epochs         passes over the text
    batch_size     streams of text that are read side by side
    steps          words through which gradients go back
    learning_rate  the largest rate of Adam; slanted triangular
    rate_divisor   the rate of each layer is that of the next one divided by it; word vectors, which
                   are also the weights of the head, have that of the last layer
    weight_decay   of matrices
    dropout        a factor of all probabilities of dropout
    activation, temporal  factors of the regularisation of hidden states, see `NextWordLoss`
    clip           the largest norm of all gradients together; None for no limit
    seed           of weights, the order of documents and dropout

    Raises pydantic.ValidationError for values out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    epochs: int = Field(default=10, ge=1)
    batch_size: int = Field(default=64, ge=1)
    steps: int = Field(default=72, ge=1)
    learning_rate: float = Field(default=5e-3, gt=0)
    rate_divisor: float = Field(default=1.0, ge=1)
    weight_decay: float = Field(default=0.01, ge=0)
    dropout: float = Field(default=0.5, ge=0)
    activation: float = Field(default=2.0, ge=0)
    temporal: float = Field(default=1.0, ge=0)
    clip: float | None = Field(default=0.25, gt=0)
    seed: int = Field(default=0, ge=0)


FINE_TUNING = LanguageSettings(epochs=5, learning_rate=4e-3, rate_divisor=ULMFIT_DIVISOR)


class ClassifierSettings(BaseModel):
    """The settings of the training of a classifier by gradual unfreezing.

    epochs         passes over the texts with all layers trained, the last phase
    phase_epochs   passes of each phase before: with the head alone, then with one layer more each
    gradual        False trains all layers from the beginning, in one phase
    batch_size, learning_rate, rate_divisor, max_length, weight_decay, clip, class_weights, seed
                   as for `chainrule.classify.Settings`, the same in all phases
    dropout        a factor of all probabilities of dropout
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    epochs: int = Field(default=4, ge=1)
    phase_epochs: int = Field(default=1, ge=1)
    gradual: bool = True
    batch_size: int = Field(default=32, ge=1)
    learning_rate: float = Field(default=1e-2, gt=0)
    rate_divisor: float = Field(default=ULMFIT_DIVISOR, ge=1)
    max_length: int | None = Field(default=None, ge=3)
    weight_decay: float = Field(default=0.01, ge=0)
    clip: float | None = Field(default=1.0, gt=0)
    class_weights: Any = "none"
    dropout: float = Field(default=0.5, ge=0)
    extents: int = Field(default=4, ge=1)
    seed: int = Field(default=0, ge=0)

    def phases(self, layers: int) -> list[Settings]:
        """Return the settings of each phase, for a network with so many layers."""
        common = self.model_dump(exclude={"epochs", "phase_epochs", "gradual", "dropout"})
        last: dict[str, Any] = {**common, "epochs": self.epochs, "patience": self.epochs}
        if not self.gradual:
            return [Settings(**last)]
        before = {**common, "epochs": self.phase_epochs, "patience": self.phase_epochs}
        opened = [Settings(**before, last=count) for count in range(1, layers)]
        return [Settings(**before, freeze=True), *opened, Settings(**last)]
