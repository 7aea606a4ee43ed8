"""The settings of the training of a classifier."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

# Discriminative fine-tuning: Howard and Ruder, Universal language model fine-tuning (2018), 3.2.
ULMFIT_DIVISOR = 2.6

_RATES = {"all": 5e-5, "head": 1e-3, "lora": 5e-4}


class Settings(BaseModel):
    """The settings of the training of a classifier, which are stored with it.

    regression     whether the labels are numbers, not classes
    freeze         True trains the head alone
    last           the number of last layers that are trained, with the pooler and the head; None
                   for all layers and the embeddings
    lora           the rank of LoRA updates, which are trained with the head, not the matrices; None
                   for none
    lora_alpha     the factor of the updates, times the rank; twice the rank if None
    rate_divisor   the rate of each layer is that of the next one divided by it; 1 for one rate,
                   2.6 for that of ULMFiT
    class_weights  "none", or "balanced": all classes count alike, whatever their number of texts
    max_length     tokens to which texts are cut, special tokens included; None for the number of
                   positions of the network
    batch_size     texts per batch
    accumulate     batches per step: gradients are accumulated
    recompute      whether the values inside a layer are computed again in the backward, not kept
    epochs         passes over the training data
    patience       epochs without a better figure after which training ends
    learning_rate  the largest rate of AdamW; None for 5e-5, with freeze 1e-3, with lora 5e-4
    warm_up        the share of the steps in which the rate rises from 0; then it falls to 0
    weight_decay   of matrices; biases and the weights of layer norms have none
    clip           the largest norm of all gradients together; None for no limit
    extents        the largest number of different padded lengths
    seed           of the head, the order of the data and dropout

    Raises pydantic.ValidationError for values out of range, and for two of freeze, last and lora.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    regression: bool = False
    freeze: bool = False
    last: int | None = Field(default=None, ge=1)
    lora: int | None = Field(default=None, ge=1)
    lora_alpha: float | None = Field(default=None, gt=0)
    rate_divisor: float = Field(default=1.0, ge=1)
    class_weights: Literal["none", "balanced"] = "none"
    max_length: int | None = Field(default=None, ge=3)
    batch_size: int = Field(default=32, ge=1)
    accumulate: int = Field(default=1, ge=1)
    recompute: bool = False
    epochs: int = Field(default=3, ge=1)
    patience: int = Field(default=3, ge=1)
    learning_rate: float | None = Field(default=None, gt=0)
    warm_up: float = Field(default=0.1, ge=0, lt=1)
    weight_decay: float = Field(default=0.01, ge=0)
    clip: float | None = Field(default=1.0, gt=0)
    extents: int = Field(default=8, ge=1)
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _require_one_choice(self) -> Self:
        chosen = [name for name in ("freeze", "last", "lora") if getattr(self, name)]
        if len(chosen) > 1:
            raise ValueError(f"{' and '.join(chosen)} exclude each other; give one of them")
        return self

    @property
    def rate(self) -> float:
        """The largest learning rate."""
        trained = "head" if self.freeze else "lora" if self.lora else "all"
        return _RATES[trained] if self.learning_rate is None else self.learning_rate
