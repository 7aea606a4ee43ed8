"""`TaggerPipe`: a tagger as a component that finds the entities of a Doc, and is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spacy.pipeline import Pipe
from spacy.tokens import Span
from spacy.util import filter_spans, minibatch

from chainrule.ner import ModelError, Tagger, load, open_encoder, recommended, save
from chainrule.ner.entity import placed_entities
from chainrule.ner.model_folder import CONFIG
from chainrule.ner.settings import Settings
from chainrule.spacy.examples import labelled
from chainrule.spacy.packing import packed, unpacked
from chainrule.spacy.sentences import sentences_of, words_of
from chainrule.spacy.updates import Updates
from chainrule.storage import shown
from chainrule.text import spans
from chainrule.train import TrainingError

CONFIDENCE = "ner_confidence"


if not Span.has_extension(CONFIDENCE):
    Span.set_extension(CONFIDENCE, default=None)


class TaggerPipe(Pipe):
    """A component of a spaCy pipeline that sets `doc.ents` with a tagger.

    name         of the component in the pipeline
    model        the folder of a trained tagger; None for a component that will be trained or read
    settings     of a tagger that `initialize` makes, by name: those of `chainrule.ner.Settings`
                 that differ from the recommended ones
    encoder      the folder of a pretrained network, for a tagger that `initialize` makes
    steps        training steps in which the learning rate falls to 0; 0 for a constant rate
    overwrite    whether entities that are set already are removed; otherwise they are kept, and
                 found ones that overlap them are left out
    confidences  whether `span._.ner_confidence` is set: the confidence of `chainrule.ner.Entity`
    scorer       a function of examples that returns scores

    The words are the tokens of the Doc, blanks left out; its sentences are used if the pipeline has
    set them. Raises ModelError for a folder with a damaged tagger, and for `settings` or `encoder`
    beside `model`. A folder that is missing is an error when the tagger is needed, so that a saved
    pipeline loads where that folder is not.
    """

    model = None  # spaCy's name for the network of thinc, of which there is none

    def __init__(
        self,
        name: str = "chainrule_ner",
        model: str | None = None,
        *,
        settings: Mapping[str, Any] | None = None,
        encoder: str | None = None,
        steps: int = 0,
        overwrite: bool = False,
        confidences: bool = True,
        scorer: Callable[..., Any] | None = None,
    ) -> None:
        if model is not None and (settings or encoder):
            given = "settings" if settings else "encoder"
            raise ModelError(
                f"The component {name!r} was given the tagger of a folder, and {given} for a new "
                f"one. The tagger has its own: give model or {given}."
            )
        self.name, self.scorer = name, scorer
        self.folder, self.tagger = model, _found(model)
        self.settings, self.encoder, self.steps = dict(settings or {}), encoder, steps
        self.overwrite, self.confidences = overwrite, confidences
        self._updates: Updates | None = None

    @property
    def is_trainable(self) -> bool:
        """True: `nlp.update` trains the component unless it is frozen."""
        return True

    @property
    def labels(self) -> tuple[str, ...]:
        """The entity types, in the order of letters."""
        if self.tagger is None:
            return ()
        return tuple(sorted({span.type for span in spans(self.tagger.tags)}))

    # -- tagging ---------------------------------------------------------------------------------

    def __call__(self, doc: Any) -> Any:
        """Set the entities of a Doc, and return it."""
        handler = self.get_error_handler()
        try:
            self._tag([doc])
        except Exception as error:  # the error handler of the pipeline decides
            handler(self.name, self, [doc], error)
        return doc

    def pipe(self, stream: Iterable[Any], *, batch_size: int = 128) -> Iterator[Any]:
        """Yield Docs with their entities, tagged in batches."""
        handler = self.get_error_handler()
        for docs in minibatch(stream, batch_size):
            try:
                self._tag(docs)
                yield from docs
            except Exception as error:  # the error handler of the pipeline decides
                handler(self.name, self, docs, error)

    def _tag(self, docs: Sequence[Any]) -> None:
        tagger = self._trained()
        if tagger.units == "characters":
            for doc in docs:
                self._set(doc, tagger(doc.text), "expand")
            return
        parts = [sentences_of(doc) for doc in docs]
        words = words_of([each for part in parts for each in part])
        found = iter(tagger.answers(words))
        for doc, part in zip(docs, parts, strict=True):
            self._set(doc, [one for each in part for one in _of(doc, each, *next(found))])

    def _set(self, doc: Any, found: Iterable[Any], mode: str = "strict") -> None:
        """Set entities, given by their places in the text."""
        sure = {}
        for each in found:
            span = doc.char_span(each.start, each.end, label=each.label, alignment_mode=mode)
            if span is None:
                continue
            sure[span] = each.confidence
        kept = [] if self.overwrite else list(doc.ents)
        taken = {i for span in kept for i in range(span.start, span.end)}
        free = [
            span for span in filter_spans(sure) if taken.isdisjoint(range(span.start, span.end))
        ]
        if self.confidences:
            for span in free:
                span._.set(CONFIDENCE, sure[span])
        doc.ents = [*kept, *free]

    def _trained(self) -> Tagger:
        if self.tagger is None:
            lost = "" if self.folder is None else f", and {shown(self.folder)} is missing"
            raise ModelError(
                f"The component {self.name!r} has no tagger{lost}. Give the folder of one: "
                'config={"model": "folder"}, train the pipeline, or load a trained one.'
            )
        return self.tagger

    # -- training --------------------------------------------------------------------------------

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Any]],
        *,
        nlp: Any = None,
    ) -> None:
        """Make a new tagger with the words and the entity types of examples; see `update`.

        With the setting `model` the tagger of that folder is kept, and trained further. Raises
        TrainingError for examples without entities, ModelError for settings that do not exist.
        """
        self._updates = None
        if self.tagger is not None or self.folder is not None:
            self._trained()
            return
        sentences = labelled(get_examples())
        if not any(span for each in sentences for span in spans(each.tags)):
            raise TrainingError(
                f"The component {self.name!r} was given {len(sentences)} sentences without an "
                "entity. Give examples whose doc.ents are set."
            )
        own = self._settings()
        net = None if self.encoder is None else open_encoder(self.encoder, own)
        self.tagger = Tagger.for_corpus(sentences, own, net=net)

    def _settings(self) -> Settings:
        encoder = self.settings.get("encoder", "pretrained" if self.encoder else "window")
        try:
            base = recommended(encoder, has_vectors=False)
            return Settings(**{**base.model_dump(), **self.settings})
        except ValueError as error:
            raise ModelError(
                f"The settings of the component {self.name!r} cannot be used: {error}. Give those "
                "of chainrule.ner.Settings."
            ) from error

    def update(
        self,
        examples: Iterable[Any],
        *,
        drop: float = 0.0,
        sgd: Any = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Train the tagger on examples, in steps of about `batch_size` words; return the losses.

        drop, sgd  not used: dropout and the learning rate are among the settings of the tagger
        losses     the loss per word, in nats, is added to the entry of this component
        """
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        sentences = labelled(examples)
        if sentences:
            if self._updates is None:
                self._updates = Updates(self._trained(), self.steps)
            losses[self.name] += self._updates.update(sentences)
        return losses

    def finish_update(self, sgd: Any) -> None:
        """Do nothing: `update` has changed the weights."""

    # -- storage ---------------------------------------------------------------------------------

    def to_disk(self, path: Any, *, exclude: Iterable[str] = ()) -> None:
        """Write the tagger to a folder, as `chainrule.ner.save` does; nothing without a tagger."""
        if self.tagger is not None:
            save(self.tagger, path)
        elif (Path(path) / CONFIG).exists():
            raise ModelError(
                f"The component {self.name!r} has no tagger, and {shown(path)} holds one, which "
                "would be read in its place. Remove that folder, or choose another."
            )

    def from_disk(self, path: Any, *, exclude: Iterable[str] = ()) -> TaggerPipe:
        """Read the tagger that `to_disk` wrote; a folder that is missing has none."""
        self.tagger, self._updates = (load(path) if Path(path).exists() else None), None
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Return the tagger as bytes, empty without a tagger."""
        return b"" if self.tagger is None else packed(self.tagger)

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> TaggerPipe:
        """Read the tagger of `to_bytes`; raises ModelError for other bytes."""
        self.tagger, self._updates = (unpacked(data) if data else None), None
        return self

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "name": self.name, "_updates": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, each in state.items():
            setattr(self, name, each)

    def __reduce__(self) -> Any:
        return _empty, (type(self),), self.__getstate__()


def _empty(kind: type[TaggerPipe]) -> TaggerPipe:
    return kind.__new__(kind)


def _found(folder: str | None) -> Tagger | None:
    return load(folder) if folder is not None and Path(folder).exists() else None


def _of(doc: Any, tokens: Sequence[Any], tags: Sequence[str], sure: Sequence[float]) -> Any:
    """Return the entities of a sentence of tokens."""
    places = [(token.idx, token.idx + len(token)) for token in tokens]
    return placed_entities(doc.text, tags, places, sure)
