"""The options of an ELMo network, from options.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chainrule.pretrained.errors import PretrainedError

SYMBOLS = 262  # bytes, four marks, and padding
_MOST = 1_000_000


@dataclass(frozen=True)
class ElmoOptions:
    """The sizes of an ELMo network.

    embedding      the width of the vector of a character
    filters        the width and the number of each group of convolutions
    activation     after the largest value over the characters: "relu" or "tanh"
    highways       the number of highway layers
    longest        the number of characters of a word, marks of its two ends included
    cells          the extent of the memory of an LSTM
    projection     the extent of its output; vectors of words have twice as many
    layers         the number of layers in each direction
    skips          whether each layer but the first adds its input to its output
    cell_clip      the limit of the memory, None without
    output_clip    the limit of the output, None without
    """

    embedding: int
    filters: tuple[tuple[int, int], ...]
    activation: str
    highways: int
    longest: int
    cells: int
    projection: int
    layers: int
    skips: bool
    cell_clip: float | None
    output_clip: float | None

    @property
    def convolved(self) -> int:
        """The number of all convolutions."""
        return sum(count for _, count in self.filters)

    @property
    def projects(self) -> bool:
        """Whether the convolutions are projected: their number differs from the extent of words."""
        return self.convolved != self.projection


def read_options(found: Mapping[str, Any]) -> ElmoOptions:
    """Return the options in the object of an options.json.

    Raises PretrainedError for values that are missing or of another kind, and for what is not
    supported, such as an activation other than ReLU or tanh.
    """
    lstm, characters = _part(found, "lstm"), _part(found, "char_cnn")
    if _count(characters, "n_characters", least=0) != SYMBOLS:
        raise _wrong("n_characters", characters.get("n_characters"), f"{SYMBOLS} for inference")
    return ElmoOptions(
        embedding=_count(_part(characters, "embedding"), "dim"),
        filters=_filters(characters),
        activation=_activation(characters),
        highways=_count(characters, "n_highway", least=0, default=0),
        longest=_count(characters, "max_characters_per_token", least=3, most=1000),
        cells=_count(lstm, "dim"),
        projection=_count(lstm, "projection_dim"),
        layers=_count(lstm, "n_layers", most=100),
        skips=_flag(lstm, "use_skip_connections"),
        cell_clip=_limit(lstm, "cell_clip"),
        output_clip=_limit(lstm, "proj_clip"),
    )


def written_options(options: ElmoOptions) -> dict[str, Any]:
    """Return the object of an options.json."""
    return {
        "lstm": {
            "use_skip_connections": options.skips,
            "projection_dim": options.projection,
            "cell_clip": options.cell_clip,
            "proj_clip": options.output_clip,
            "dim": options.cells,
            "n_layers": options.layers,
        },
        "char_cnn": {
            "activation": options.activation,
            "filters": [list(each) for each in options.filters],
            "n_highway": options.highways,
            "embedding": {"dim": options.embedding},
            "n_characters": SYMBOLS,
            "max_characters_per_token": options.longest,
        },
    }


def _part(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = found.get(key)
    if not isinstance(value, dict):
        raise _wrong(key, value, "an object of options")
    return value


def _filters(found: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    given, longest = found.get("filters"), found.get("max_characters_per_token")
    pairs = given if isinstance(given, list) else []
    fits = [
        isinstance(each, list) and len(each) == 2 and all(map(_is_count, each)) for each in pairs
    ]
    if not fits or not all(fits) or len(fits) > 100:
        raise _wrong("filters", given, "a list of pairs of width and number")
    if not isinstance(longest, int) or max(width for width, _ in pairs) > longest:
        raise _wrong("filters", given, f"no wider than the {longest!r} characters of a word")
    return tuple((width, number) for width, number in pairs)


def _activation(found: Mapping[str, Any]) -> str:
    value = found.get("activation")
    if value not in ("relu", "tanh"):
        raise _wrong("activation", value, '"relu" or "tanh"')
    return str(value)


def _flag(found: Mapping[str, Any], key: str) -> bool:
    value = found.get(key, False)
    if not isinstance(value, bool):
        raise _wrong(key, value, "true or false")
    return value


def _limit(found: Mapping[str, Any], key: str) -> float | None:
    value = found.get(key)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1e30:
        raise _wrong(key, value, "a positive number, or null for no limit")
    return float(value)


def _count(
    found: Mapping[str, Any],
    key: str,
    least: int = 1,
    most: int = _MOST,
    default: int | None = None,
) -> int:
    value = found.get(key)
    if value is None and default is not None:
        return default
    if not _is_count(value, least, most):
        raise _wrong(key, value, f"an integer from {least} to {most}")
    return int(value)  # type: ignore[arg-type]


def _is_count(value: Any, least: int = 1, most: int = _MOST) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _wrong(key: str, value: Any, wanted: str) -> PretrainedError:
    return PretrainedError(
        f"The options of ELMo (options.json) have {key} {ascii(value)[:80]}; it is {wanted}. "
        "Correct the file, or use another copy of the folder."
    )
