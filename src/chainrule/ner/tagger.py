"""The tagger: a network, what it knows about words, and its tags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

import chainrule as cr
from chainrule.ner.calibration import Calibration
from chainrule.ner.columns import text_of_lines
from chainrule.ner.contextual_scorer import ContextualScorer
from chainrule.ner.decode import decode
from chainrule.ner.entity import Entity, placed_entities
from chainrule.ner.errors import ModelError
from chainrule.ner.features import Affixes, Characters, ContextualVectors, Gazetteer, Lexicon
from chainrule.ner.features.affixes import texts_beside
from chainrule.ner.features.sentence_case import SENTENCE_CASES
from chainrule.ner.form_cache import MOST_WORDS
from chainrule.ner.groups import groups
from chainrule.ner.k_best import k_best, log_partition
from chainrule.ner.network import TaggerNetwork
from chainrule.ner.scorers import LONGEST, Scorer, Words
from chainrule.ner.sentence_scorer import SentenceScorer
from chainrule.ner.settings import Settings, Units
from chainrule.ner.span_probabilities import span_probabilities
from chainrule.ner.stored_vectors import WrittenFile
from chainrule.ner.subtokens import SubTokenizer
from chainrule.ner.tag_names import (
    IdArray,
    TagNames,
    as_scores,
    names_of,
    numbers_before,
    require_known,
    written_in,
)
from chainrule.ner.type_warning import warn_unless_shared
from chainrule.ner.units import character_places, split_characters, units_of
from chainrule.text import (
    CAPITALS,
    OUTSIDE,
    Scheme,
    Score,
    Sentence,
    Vocabulary,
    require_labelled,
    require_sentences,
    scheme_of,
    score,
    spans,
    tokenize,
)
from chainrule.text.numbered_text import NumberedText, NumberingTokenizer, numbered
from chainrule.text.vectors import WordVectors
from chainrule.text.word_places import word_places

if TYPE_CHECKING:
    from chainrule.pretrained import PretrainedNetwork
    from chainrule.pretrained.word_encoder import WordEncoder

ScoreArray = np.ndarray[Any, np.dtype[np.float64]]
FloatArray = np.ndarray[Any, np.dtype[np.float32]]

# Tokens tagged at once: many, because words repeat; few enough for the memory.
_TAGGED_AT_ONCE = MOST_WORDS


class Tagger:
    """A named-entity tagger for sentences that are split into words.

    settings  the settings of the network and its training
    lexicon   what is known about words: the vocabulary, affixes, characters and given vectors
    tags      the IOBES tags that the network scores, with "O"
    scheme    the scheme of returned tags, which is that of the training data
    units     "words", or "characters" if the words of the training data are grapheme clusters
    compiled  whether training and tagging use native code; False uses the reference evaluator
    net       the network of the encoder "pretrained", which training changes

    Raises ModelError for such an encoder without a network, and for a network with another encoder.
    """

    vectors_file: WrittenFile | None = None  # the vectors as they were saved last
    encoder_files: tuple[WrittenFile, ...] = ()  # those of contextual vectors, likewise
    calibration: Calibration | None = None  # what corrects the confidence in entities

    def __init__(
        self,
        settings: Settings,
        lexicon: Lexicon,
        tags: Sequence[str],
        scheme: Scheme,
        units: Units,
        compiled: bool = True,
        net: PretrainedNetwork | None = None,
    ) -> None:
        _require_net(settings, net)
        _require_one_kind(lexicon, net)
        self.settings, self.lexicon = settings, lexicon
        self.tags, self.scheme, self.units = tuple(tags), scheme, units
        given = lexicon.vectors is not None
        self.net = net
        self.network = TaggerNetwork(table_sizes(lexicon), self.tags, settings, given, net)
        self.network.eval()
        self.splitter = None if net is None else SubTokenizer(net, settings.max_length)
        self._compiled, self._scorer = compiled, self._made_scorer(compiled)
        self._decoder_weights = self.network.decoder.parameters()
        self._kept_tables: tuple[list[int], tuple[Any, ...]] | None = None

    def _made_scorer(self, compiled: bool) -> Scorer | SentenceScorer:
        if self.splitter is None:
            kind = Scorer if self.lexicon.contextual is None else ContextualScorer
            return kind(self.network, self.lexicon, self.settings, compiled)
        return SentenceScorer(self.network, self.lexicon, self.splitter, compiled)

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: everything but compiled code and tables, which are made again."""
        return {**self.__dict__, "_scorer": None, "_kept_tables": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._scorer = self._made_scorer(self._compiled)
        self._decoder_weights = self.network.decoder.parameters()

    @classmethod
    def for_corpus(
        cls,
        sentences: Sequence[Sentence],
        settings: Settings,
        vectors: WordVectors | None = None,
        gazetteer: Gazetteer | None = None,
        compiled: bool = True,
        net: PretrainedNetwork | None = None,
        units: Units | None = None,
        word_encoders: Sequence[WordEncoder] = (),
    ) -> Tagger:
        """Return an untrained tagger with the vocabulary and the entity types of `sentences`.

        vectors    word vectors to start from; `settings.word_size` is then their size
        gazetteer  names whose matches are features of words
        net        the network of the encoder "pretrained", see `open_encoder`
        units      "words" or "characters"; without it, characters if all words are single ones
        word_encoders
                   networks whose vectors of words in their sentence are features; they are kept as
                   they are

        Raises SentenceError if one of the sentences is not a Sentence.
        """
        sentences = require_labelled(sentences)
        found = {span.type for each in sentences for span in spans(each.tags)}
        tags = [OUTSIDE, *(f"{prefix}-{kind}" for kind in sorted(found) for prefix in "BIES")]
        scheme = scheme_of(each.tags for each in sentences)
        words = {word for each in sentences for word in each.words}
        units = units_of(sentences, units)
        if vectors is not None:
            settings = settings.model_copy(update={"word_size": vectors.size})
        lexicon = Lexicon(
            Vocabulary.from_sentences(each.words for each in sentences),
            _affixes(sentences, units) if settings.affix_size else None,
            None if settings.characters == "none" else Characters.of_words(words),
            None if settings.vectors_mode == "retrain" else vectors,
            gazetteer,
            ContextualVectors(word_encoders) if word_encoders else None,
            reads_case="case" in settings.augment,
            reads_neighbours=units == "characters" and settings.affix_size > 0,
        )
        tagger = cls(settings, lexicon, tags, scheme, units, compiled, net)
        tagger._begin_with_given_vectors()
        return tagger

    def _begin_with_given_vectors(self) -> None:
        """Set what is learned beside the given vectors to zero."""
        if self.lexicon.vectors is not None:
            words = self.network.vectors.words
            assert words is not None
            table = words.weight
            rows = self.lexicon.vectors.look_up(self.lexicon.vocabulary.words).rows
            learned = np.where(rows[:, None] < 0, table.read(), np.float32(0))
            table.assign(learned)

    @property
    def compiled(self) -> bool:
        """Whether training and tagging use native code."""
        return self._compiled

    @property
    def vocabulary(self) -> Vocabulary:
        """The words of the training data."""
        return self.lexicon.vocabulary

    def targets(self, sentences: Sequence[Sentence]) -> IdArray:
        """Return the number of the IOBES tag of every word, int64 (words,).

        Raises TrainingError for entity types that this tagger does not know.
        """
        number = {tag: i for i, tag in enumerate(self.tags)}
        tags = [written_in(each.tags, "IOBES") for each in require_labelled(sentences)]
        require_known({tag for sequence in tags for tag in sequence}, number)
        return np.array([number[tag] for sequence in tags for tag in sequence], np.int64)

    def __call__(self, text: str, lines: bool = False) -> list[Entity]:
        """Return the entities of a text, in its order.

        lines  whether a line end ends a sentence; otherwise only a blank line does, beside the
               marks that end sentences

        Raises SentenceError unless the text is a str.
        """
        (found,) = self.entities([text], lines)
        return found

    def entities(self, texts: Sequence[str], lines: bool = False) -> list[list[Entity]]:
        """Return the entities of each text, as for a single one, in less time for many texts."""
        split = [self.split(text, lines) for text in texts]
        answers = iter(self.answers([*chain.from_iterable(split)]))
        return [
            [
                found
                for at, (tags, confidences) in zip(
                    self._places(text, lines, sentences),
                    islice(answers, len(sentences)),
                    strict=True,
                )
                for found in placed_entities(text, tags, at, confidences)
            ]
            for text, sentences in zip(texts, split, strict=True)
        ]

    def _places(
        self, text: str, lines: bool, sentences: Sequence[Sequence[str]]
    ) -> list[list[tuple[int, int]]]:
        if self.units == "words":
            return word_places(text, sentences)
        return character_places(text, lines)

    def answers(
        self, sentences: Sequence[Sequence[str]]
    ) -> list[tuple[tuple[str, ...], list[float]]]:
        """Return the tags of `tag`, and the confidence in each entity, in order, per sentence.

        The confidence is the probability that exactly these words are one entity of that type,
        among all sequences that the tag scheme allows; `calibration` corrects it. Scores are
        computed once. Raises SentenceError as `tag` does.
        """
        sentences = require_sentences(sentences)
        return [
            answer
            for group in groups(sentences, _TAGGED_AT_ONCE)
            for answer in self._answered(group)
        ]

    def _answered(
        self, sentences: Sequence[Sequence[str]]
    ) -> Iterator[tuple[tuple[str, ...], list[float]]]:
        tokens = self.lexicon.flat(sentences)
        scores, rules = self._scores(tokens), self._rules()
        best = decode(scores, tokens.lengths, *rules).tolist()
        ends = np.cumsum(tokens.lengths, dtype=np.int64).tolist()
        parts = [(end - size, end) for end, size in zip(ends, tokens.lengths, strict=True)]
        tags = [self._named(best[begin:end]) for begin, end in parts]
        tagged = [
            [(span.start, best[begin + span.start : begin + span.end]) for span in spans(each)]
            for each, (begin, _) in zip(tags, parts, strict=True)
        ]
        by_sentence = [scores[begin:end] for begin, end in parts]
        across, start, end = map(as_scores, rules)
        sure = span_probabilities(by_sentence, (across, start, end), tagged)
        calibrated = self.calibration or (lambda each: np.array(each))
        return zip(tags, (calibrated(each).tolist() for each in sure), strict=True)

    def tag(self, sentences: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
        """Return one tag per word, in the scheme of the training data.

        The tags are the best valid sequence by the scores of the network (Viterbi). Raises
        SentenceError for sentences that are not sequences of words, such as a str.
        """
        sentences = require_sentences(sentences)
        if self._compiled and len(sentences) == 1 and 0 < len(sentences[0]) <= LONGEST:
            forms = self.lexicon.flat(sentences).words
            return [self._named(self._scorer.tags_of_one(forms, self._tables()))]
        parts = groups(sentences, _TAGGED_AT_ONCE)
        return [tags for group in parts for tags in self._tagged(group)]

    def _tagged(self, sentences: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
        tokens = self.lexicon.flat(sentences)
        best, ends = self._best(tokens), np.cumsum(tokens.lengths, dtype=np.int64)
        names = self._names.written[numbers_before(best, tokens.lengths), best].tolist()
        parts = zip(ends.tolist(), tokens.lengths, strict=True)
        return (tuple(names[end - size : end]) for end, size in parts)

    def columns(self, sentences: Sequence[Sequence[str]]) -> str:
        """Return words and the tags that `tag` gives them, a line "word, tab, tag" for each.

        A blank line follows each sentence; sentences without words are left out. Raises
        SentenceError as `tag` does.
        """
        return self.columns_of(numbered(require_sentences(sentences)))

    def columns_of(self, text: NumberedText) -> str:
        """Return the same for a text of `tokenizer`. It is the way to tag files."""
        return "".join(map(self._columns, text.parts(_TAGGED_AT_ONCE)))

    def _columns(self, text: NumberedText) -> str:
        reads_sentences = self.lexicon.reads_sentences
        best = self._best(self.lexicon.flat(text.sentences()) if reads_sentences else text)
        before = numbers_before(best, text.lengths)
        is_last = np.append(before[1:] < 0, True)[: len(best)].astype(np.int64)
        return text_of_lines(text.strings(), self._names.line_ends[is_last, before, best])

    def tokenizer(self, lines: bool = False) -> Callable[[str], NumberedText]:
        """Return a function that splits texts as `split` does, for `columns_of`.

        It keeps the words that it has met, so that later texts take less time.
        """
        if self.units == "words":
            return NumberingTokenizer(lines)
        return lambda text: numbered(self.split(text, lines))

    def _best(self, tokens: Words) -> IdArray:
        """Return the number of the best tag of every token."""
        if self._compiled:
            return self._scorer.tags(tokens, self._tables())
        return decode(self._scores(tokens), tokens.lengths, *self._rules())

    def _tables(self) -> tuple[Any, ...]:
        """Return the tables of `Scorer.tags`, made again when the decoder has changed."""
        version = [each.changed for each in self._decoder_weights]
        if self._kept_tables is None or version != self._kept_tables[0]:
            bias = np.zeros(len(self.tags), np.float32)
            bias[self.tags.index(OUTSIDE)] = self.settings.outside_bias
            self._kept_tables = version, (bias, *map(as_scores, self._rules()))
        return self._kept_tables[1]

    def probabilities(self, sentences: Sequence[Sequence[str]]) -> list[FloatArray]:
        """Return the probability of every tag on every word, per sentence float32 (words, tags).

        Columns are in the order of `tags`. With a CRF they are exact marginals over all sequences
        that the tag scheme allows. Raises SentenceError as `tag` does.
        """
        found: list[FloatArray] = []
        for group in groups(require_sentences(sentences), _TAGGED_AT_ONCE):
            tokens = self.lexicon.flat(group)
            ends = np.cumsum(tokens.lengths, dtype=np.int64)
            for scores in np.split(self._scores(tokens), ends[:-1]):
                found.append(self._marginals(scores))
        return found

    def _marginals(self, scores: FloatArray) -> FloatArray:
        if not len(scores):
            return scores
        inside = np.ones((1, len(scores)), np.bool_)
        found: FloatArray = self.network.decoder.marginals(scores[None], inside).read()[0]
        return found

    def best(self, words: Sequence[str], count: int = 5) -> list[tuple[tuple[str, ...], float]]:
        """Return the `count` best sequences of tags of a sentence, with their probabilities.

        Probabilities are those among all sequences that the tag scheme allows. Raises
        SentenceError as `tag` does, ChainruleError for a count below 1.
        """
        if count < 1:
            raise cr.ChainruleError(
                f"{count} sequences were requested. Give a count of at least 1."
            )
        (words,) = require_sentences([words])
        if not words:
            return [((), 1.0)]
        scores, rules = self.sequence_scores(words)
        total = log_partition(scores, *rules)
        return [
            (self._named(tags), float(np.exp(score - total)))
            for tags, score in k_best(scores, *rules, count=count)
        ]

    def sequence_scores(self, words: Sequence[str]) -> tuple[ScoreArray, list[ScoreArray]]:
        """Return what a sequence of tags of a sentence is scored by, in the order of `tags`.

        Scores of tags float64 (words, tags), and those of transitions (tags, tags), start and end
        (tags,), -inf where the scheme forbids them. Raises SentenceError as `tag` does.
        """
        (words,) = require_sentences([words])
        scores = self._scores(self.lexicon.flat([words])).astype(np.float64)
        return scores, [*map(as_scores, self._rules())]

    def _named(self, best: Sequence[int]) -> tuple[str, ...]:
        """Return numbers of tags as tags in the scheme of the training data."""
        written = self._names.written
        return tuple(written[i, j] for i, j in pairwise([-1, *best]))

    @property
    def _names(self) -> TagNames:
        return names_of(self.tags, self.scheme)

    def tag_like(self, sentences: Sequence[Sentence]) -> list[tuple[str, ...]]:
        """Return predicted tags of labelled sentences, in the scheme of their own tags."""
        sentences = require_labelled(sentences)
        scheme = scheme_of(each.tags for each in sentences)
        return [written_in(tags, scheme) for tags in self.tag([each.words for each in sentences])]

    def evaluate(self, sentences: Sequence[Sentence]) -> Score:
        """Return the entity scores on labelled sentences.

        Tags are compared in IOB2, so the scores are those of conlleval on the file that
        `write_conll` writes. Warns with TypesWarning if the data has entities, but none of a type
        that this tagger knows.
        """
        sentences = require_labelled(sentences)
        warn_unless_shared((span.type for span in spans(self.tags)), sentences)
        gold = [written_in(each.tags, "IOB2") for each in sentences]
        predicted = self.tag([each.words for each in sentences])
        return score(gold, [written_in(tags, "IOB2") for tags in predicted])

    def split(self, text: str, lines: bool = False) -> list[list[str]]:
        """Return plain text as sentences of words, or of characters if `units` says so.

        lines  whether a line end ends a sentence; otherwise a text may be wrapped into lines, and
               only a blank line ends a paragraph. Among characters a line end is then a blank.
        """
        if self.units == "words":
            return tokenize(text, lines)
        return split_characters(text, lines)

    def _rules(self) -> tuple[Any, Any, Any]:
        """Return what may follow what, as booleans, or as the scores of the CRF."""
        rules = self._names.rules
        if self.settings.decoder == "softmax":
            return rules
        decoder: Any = self.network.decoder
        own = decoder.transitions, decoder.start, decoder.end
        across, start, end = (
            np.where(mask, each.read(), -np.inf) for mask, each in zip(rules, own, strict=True)
        )
        return across, start, end

    def _scores(self, tokens: Words) -> np.ndarray[Any, Any]:
        scores = self._scorer.scores(tokens)
        if self.settings.outside_bias:
            scores[:, self.tags.index(OUTSIDE)] += self.settings.outside_bias
        return scores


def _require_net(settings: Settings, net: PretrainedNetwork | None) -> None:
    if (settings.encoder == "pretrained") != (net is not None):
        found = "no network was given" if net is None else "a pretrained network was given"
        raise ModelError(
            f"The encoder is {settings.encoder!r}, but {found}. A network belongs to "
            'Settings(encoder="pretrained"): Tagger.for_corpus(sentences, settings, '
            "net=open_encoder(folder, settings))."
        )


def _require_one_kind(lexicon: Lexicon, net: PretrainedNetwork | None) -> None:
    if lexicon.contextual is not None and net is not None:
        raise ModelError(
            "A pretrained network that is fine-tuned and encoders of words that are kept as they "
            "are were given together. Give one kind: the network, or the encoders beside window, "
            "cnn or bilstm."
        )


def table_sizes(lexicon: Lexicon) -> dict[str, int]:
    """Return the number of rows of every table of vectors of features, and of marks."""
    cases = len(SENTENCE_CASES) if lexicon.reads_case else 1
    sizes = {"words": len(lexicon.vocabulary), "capitals": len(CAPITALS) * cases}
    if lexicon.affixes is not None:
        sizes["affixes"] = len(lexicon.affixes.names)
    if lexicon.characters is not None:
        sizes["characters"] = len(lexicon.characters.names)
    if lexicon.gazetteer is not None:
        sizes["gazetteer"] = lexicon.gazetteer.size
    if lexicon.contextual is not None:
        sizes["contextual"] = lexicon.contextual.width
    return sizes


def _affixes(sentences: Sequence[Sentence], units: Units) -> Affixes:
    beside = texts_beside if units == "characters" else lambda words: (words, words)
    pairs = (zip(*beside(each.words), strict=True) for each in sentences)
    return Affixes.of_texts(chain.from_iterable(pairs))
