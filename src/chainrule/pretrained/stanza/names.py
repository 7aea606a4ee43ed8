"""The tables of names: our parameters, and the arrays of the files."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.pretrained.stanza.settings import LetterSettings, StanzaSettings
from chainrule.pretrained.stored.array_rows import ArrayRow


def model_rows(settings: LetterSettings) -> list[ArrayRow]:
    """Return the rows of a character language model."""
    letters, hidden = settings.count, settings.hidden
    return [
        *_letter_rows(settings, "", "", 1),
        ArrayRow("decoder.weight", "decoder.weight", (letters, hidden)),
        ArrayRow("decoder.bias", "decoder.bias", (letters,)),
    ]


def tagger_rows(settings: StanzaSettings) -> list[ArrayRow]:
    """Return the rows of the file of a tagger but for those of `word_row`."""
    return [*_input_rows(settings), *_output_rows(settings)]


def word_row(settings: StanzaSettings) -> list[ArrayRow]:
    """Return the row of word vectors, which are in a file of their own, or in the tagger's."""
    if settings.words is None:
        return []
    shape = (settings.words.count, settings.word_width)
    return [ArrayRow("words.weight", "word_emb.weight", shape)]


def _input_rows(settings: StanzaSettings) -> Iterator[ArrayRow]:
    if settings.added is not None:
        shape = (settings.added.count, settings.word_width)
        yield ArrayRow("added.weight", "delta_emb.weight", shape)
    if settings.own_letters is not None:
        yield from _letter_rows(settings.own_letters, "spelled.", "charmodel.", 2)
    if settings.transforms:
        extent = settings.inputs
        yield ArrayRow("transform.weight", "input_transform.weight", (extent, extent))
        yield ArrayRow("transform.bias", "input_transform.bias", (extent,))


def _output_rows(settings: StanzaSettings) -> Iterator[ArrayRow]:
    sizes = settings.inputs, settings.hidden, settings.layers
    yield from _run_rows("run.", "taggerlstm", sizes, 2)
    above = 0
    for number, tags in enumerate(settings.tags):
        shape = (len(tags), 2 * settings.hidden + (above if settings.connected else 0))
        yield ArrayRow(f"scores.{number}.weight", f"tag_clfs.{number}.weight", shape)
        yield ArrayRow(f"scores.{number}.bias", f"tag_clfs.{number}.bias", (len(tags),))
        square = (len(tags), len(tags))
        yield ArrayRow(f"transitions.{number}", f"crits.{number}._transitions", square)
        above = len(tags)


def _letter_rows(
    settings: LetterSettings, ours: str, theirs: str, directions: int
) -> Iterator[ArrayRow]:
    """Yield the rows of vectors of letters and the LSTM along them."""
    shape = (settings.count, settings.width)
    yield ArrayRow(f"{ours}embedding.weight", f"{theirs}char_emb.weight", shape)
    sizes = settings.width, settings.hidden, settings.layers
    yield from _run_rows(f"{ours}run.", f"{theirs}charlstm", sizes, directions)


def _run_rows(
    ours: str, theirs: str, sizes: tuple[int, int, int], directions: int
) -> Iterator[ArrayRow]:
    """Yield the rows of an LSTM and its initial state."""
    inputs, hidden, layers = sizes
    for layer in range(layers):
        entering = directions * hidden if layer else inputs
        for way in range(directions):
            end = f"_l{layer}{'_reverse' * way}"
            shapes = {"weight_ih": (4 * hidden, entering), "weight_hh": (4 * hidden, hidden)}
            for name, shape in shapes.items():
                yield ArrayRow(f"{ours}lstm.{name}{end}", f"{theirs}.lstm.{name}{end}", shape)
            for name in ("bias_ih", "bias_hh"):
                row = f"{ours}lstm.{name}{end}", f"{theirs}.lstm.{name}{end}"
                yield ArrayRow(*row, (4 * hidden,))
    state = (layers * directions, 1, hidden)
    yield ArrayRow(f"{ours}output", f"{theirs}_h_init", state)
    yield ArrayRow(f"{ours}memory", f"{theirs}_c_init", state)
