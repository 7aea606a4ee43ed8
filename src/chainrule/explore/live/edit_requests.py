"""The bodies of requests: edits of single elements, a seed, a gate to check, a tensor to send."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_EDITS = 4096
_LONGEST_SEED = 1 << 16
_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Seeds = Annotated[list[_Finite], Field(max_length=_LONGEST_SEED)]


class Edit(BaseModel):
    """A new value of one element of an input or a parameter.

    node      the number of the node in the document
    position  the index of the element, in row-major order
    value     a finite number
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    node: int
    position: int
    value: _Finite


class EditRequest(BaseModel):
    """All edits that are in force, relative to the document, and the gradients at the outputs.

    edits  None where the request was made without
    seed   an entry per floating-point output, a number for a scalar, all elements in row-major
           order for an array; None for those of the document
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    edits: Annotated[list[Edit], Field(max_length=MOST_EDITS)] | None = None
    seed: list[_Finite | _Seeds] | None = None


class CheckRequest(EditRequest):
    """A gate whose gradients are compared with central differences, after edits."""

    node: int


class TensorRequest(EditRequest):
    """A tensor of a node that is to be sent with all elements, after edits.

    which  its value, its upstream gradient, or the downstream gradient of an input
    input  the position of that input
    """

    node: int
    which: Literal["value", "upstream", "downstream"] = "value"
    input: int = 0


EXPECTED = '{"edits": [{"node": 0, "position": 0, "value": 1.5}, ...], "seed": null}'
EXPECTED_CHECK = '{"node": 3}, and "edits" and "seed" if there are any'
EXPECTED_TENSOR = '{"node": 3, "which": "value"}, "upstream", or "downstream" with "input"'
