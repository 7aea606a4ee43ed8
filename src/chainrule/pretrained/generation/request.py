"""What was asked of a generator, checked."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.pretrained.errors import PretrainedError


@dataclass(frozen=True)
class GenerationRequest:
    """How texts are continued.

    length          the most tokens that are appended
    temperature     that the scores are divided by before a token is drawn
    top_k           tokens with the largest scores that may be drawn; None for all
    top_p           the probability that the tokens have together which may be drawn: the fewest
                    most probable ones that reach it; None for all
    beams           texts that are followed side by side; 1 for no search
    length_penalty  the power of the length that the score of a beam is divided by
    end             the token after which a text ends; None for no such token
    """

    length: int
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    beams: int = 1
    length_penalty: float = 1.0
    end: int | None = None

    def __post_init__(self) -> None:
        for name, least in (("length", 0), ("top_k", 1), ("beams", 1)):
            value = getattr(self, name)
            if value is not None and not (_is_whole(value) and value >= least):
                raise _wrong(name, value, f"a whole number of at least {least}")
        if self.temperature is not None and not 0 < self.temperature < float("inf"):
            raise _wrong(
                "temperature", self.temperature, "positive; leave it out for the best token"
            )
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise _wrong("top_p", self.top_p, "a probability above 0")
        if self.samples and self.beams > 1:
            raise PretrainedError(
                f"beams={self.beams} was given with {self._drawing()}, which draw tokens. A search "
                "draws none: leave beams out, or the others."
            )

    @property
    def samples(self) -> bool:
        """Whether tokens are drawn, rather than the best one taken."""
        return any(each is not None for each in (self.temperature, self.top_k, self.top_p))

    def _drawing(self) -> str:
        given = {"temperature": self.temperature, "top_k": self.top_k, "top_p": self.top_p}
        return " and ".join(f"{name}={each}" for name, each in given.items() if each is not None)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _wrong(name: str, value: object, wanted: str) -> PretrainedError:
    return PretrainedError(f"Generation was asked for with {name}={value!r}; it is {wanted}.")
