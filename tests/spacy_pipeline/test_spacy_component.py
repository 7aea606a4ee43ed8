"""The component finds entities in a pipeline of spaCy, is stored with it, and is trained by it."""

import json
import pickle
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("spacy", reason="spaCy is not installed")

import spacy
import srsly
from spacy.tokens import Doc, DocBin
from spacy.training import Example

from chainrule.ner import (
    ModelError,
    Settings,
    Tagger,
    load,
    open_encoder,
    recommended,
    save,
    train,
)
from chainrule.ner.training_batches import TrainingBatches
from chainrule.spacy import TaggerPipe, packing
from chainrule.spacy.examples import labelled
from chainrule.spacy.sentences import sentences_of, words_of
from chainrule.spacy.updates import Updates, _filled
from chainrule.text import Sentence
from chainrule.train import TrainingError
from tiny_bert import write_bert

ROOT = Path(__file__).parents[2]
NAMES = {"PER": ("Ada", "Carl", "Bob Jones"), "LOC": ("Turin", "Rome", "New York")}
TEXT = "Ada saw Bob Jones in New York. Carl greets Ada in Rome."
FOUND = [("Ada", "PER"), ("Bob Jones", "PER"), ("New York", "LOC")]
FOUND += [("Carl", "PER"), ("Ada", "PER"), ("Rome", "LOC")]
SETTINGS = {"epochs": 12, "hidden": 32, "word_size": 16, "batch_size": 32, "learning_rate": 0.01}
pytestmark = [
    pytest.mark.native,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning:spacy"),
]


def corpus():
    """Return sentences as pieces with their types."""
    return [
        [(one, "PER"), (verb, None), (other, "PER"), ("in", None), (place, "LOC"), (".", None)]
        for one in NAMES["PER"]
        for other in NAMES["PER"]
        for place in NAMES["LOC"]
        for verb in ("saw", "greets")
    ]


def sentence(pieces):
    words, tags = [], []
    for text, kind in pieces:
        for number, word in enumerate(text.split()):
            words.append(word)
            tags.append("O" if kind is None else f"{'I' if number else 'B'}-{kind}")
    return Sentence(tuple(words), tuple(tags))


def gold(nlp, found):
    doc = Doc(nlp.vocab, words=list(found.words))
    return Doc(nlp.vocab, words=[each.text for each in doc], ents=list(found.tags))


def entities(doc):
    return [(each.text, each.label_) for each in doc.ents]


SENTENCES = [sentence(each) for each in corpus()]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    tagger = Tagger.for_corpus(SENTENCES, Settings(**SETTINGS))
    train(tagger, SENTENCES, SENTENCES[:9])
    folder = tmp_path_factory.mktemp("spacy") / "model"
    save(tagger, folder)
    return folder


@pytest.fixture
def nlp(model):
    made = spacy.blank("en")
    made.add_pipe("chainrule_ner", config={"model": str(model)})
    return made


def test_the_entities_of_a_doc_with_their_confidences(nlp, model):
    doc = nlp(TEXT)
    assert entities(doc) == FOUND
    expected = [each.confidence for each in load(model)(TEXT)]
    assert [each._.ner_confidence for each in doc.ents] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "  Ada \n saw  Bob Jones \t in Rome . "])
def test_blanks_are_not_words(nlp, text):
    names = [each.text for each in nlp(text).ents]
    assert names == [each for each in ("Ada", "Bob Jones", "Rome") if each in text]


def test_sentences_are_those_of_the_pipeline_or_ours(nlp):
    doc = nlp.make_doc(TEXT)
    assert [each[-1] for each in words_of(sentences_of(doc))] == [".", "."]
    for token in doc:
        token.is_sent_start = token.text in ("Ada", "saw")
    assert [each[0] for each in words_of(sentences_of(doc))] == ["Ada", "saw", "Ada"]


@pytest.mark.parametrize(("overwrite", "label"), [(False, "STAR"), (True, "PER")])
def test_entities_that_are_set_already(model, overwrite, label):
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "STAR", "pattern": "Carl"}])
    nlp.add_pipe("chainrule_ner", config={"model": str(model), "overwrite": overwrite})
    assert ("Carl", label) in entities(nlp(TEXT))
    assert len(nlp(TEXT).ents) == len(FOUND)
    without = [each.text for each in nlp(TEXT).ents if each._.ner_confidence is None]
    assert without == ([] if overwrite else ["Carl"])


def test_entities_of_a_tagger_of_characters_are_whole_tokens(tmp_path):
    rows = [[*f"{name}{end}"] for name in ("서울", "부산") for end in ("에서", "은", "이")]
    tags = [["B-LOC", "I-LOC", *["O"] * (len(row) - 2)] for row in rows]
    data = [Sentence(tuple(a), tuple(b)) for a, b in zip(rows, tags, strict=True)]
    tagger = Tagger.for_corpus(data, Settings(**{**SETTINGS, "epochs": 25}))
    train(tagger, data, data)
    assert tagger.units == "characters"
    save(tagger, tmp_path / "model")
    nlp = spacy.blank("xx")
    nlp.add_pipe("chainrule_ner", config={"model": str(tmp_path / "model")})
    assert entities(nlp("서울에서 부산은")) == [("서울에서", "LOC"), ("부산은", "LOC")]


def test_two_processes_find_what_one_finds(nlp):
    texts = [TEXT, "", "Carl saw Ada in Turin."] * 20
    alone = [entities(each) for each in nlp.pipe(texts, batch_size=8)]
    docs = [*nlp.pipe(texts, batch_size=8, n_process=2)]
    assert [entities(each) for each in docs] == alone
    assert all(span._.ner_confidence > 0 for each in docs for span in each.ents)


def test_stored_pipelines_hold_the_whole_tagger(nlp, tmp_path):
    nlp.to_disk(tmp_path / "pipeline")
    nlp.to_disk(tmp_path / "pipeline")
    assert load(tmp_path / "pipeline" / "chainrule_ner").tags  # a folder of `chainrule ner` too
    config = spacy.util.load_config(tmp_path / "pipeline" / "config.cfg")
    config["components"]["chainrule_ner"]["model"] = "not/here"  # as on another machine
    config.to_disk(tmp_path / "pipeline" / "config.cfg")
    fresh = spacy.blank("en")
    fresh.add_pipe("chainrule_ner")
    for other in (
        spacy.load(tmp_path / "pipeline"),
        fresh.from_bytes(nlp.to_bytes()),
        pickle.loads(pickle.dumps(nlp)),
    ):
        assert entities(other(TEXT)) == FOUND


def test_bytes_of_something_else_are_an_error(nlp):
    good = nlp.get_pipe("chainrule_ner").to_bytes()
    escape = srsly.msgpack_dumps({"../outside": b"x"})
    for wrong in (b"x", good[:-9], good[: len(good) // 2], escape, b"\x93\x01\x02\x03"):
        with pytest.raises(ModelError):
            packing.unpacked(wrong)


def test_a_component_without_a_tagger_says_what_to_do(tmp_path):
    for config in ({}, {"model": str(tmp_path / "none")}):
        nlp = spacy.blank("en")
        nlp.add_pipe("chainrule_ner", config=config)
        with pytest.raises(ModelError, match=r"has no tagger.*Give the folder"):
            nlp(TEXT)


def test_settings_of_a_new_tagger_beside_the_folder_of_one_are_an_error(model):
    for own in ({"settings": SETTINGS}, {"encoder": "net"}):
        with pytest.raises(ModelError, match=f"give model or {next(iter(own))}"):
            spacy.blank("en").add_pipe("chainrule_ner", config={"model": str(model), **own})


def test_training_of_a_new_tagger_scores_and_goes_on():
    nlp = spacy.blank("en")
    nlp.add_pipe("chainrule_ner", config={"settings": SETTINGS})
    examples = [Example(nlp.make_doc(" ".join(s.words)), gold(nlp, s)) for s in SENTENCES]
    nlp.initialize(lambda: examples)
    before = nlp.evaluate(examples)["ents_f"]
    losses = [nlp.update(examples)["chainrule_ner"] for _ in range(15)]
    assert losses[-1] < losses[0] / 4
    assert nlp.evaluate(examples)["ents_f"] > max(0.95, before)
    assert nlp.get_pipe("chainrule_ner").labels == ("LOC", "PER")
    again = pickle.loads(pickle.dumps(nlp))
    assert again.update(examples)["chainrule_ner"] < losses[0] / 2


def test_a_pretrained_encoder_is_trained_and_stored(tmp_path):
    pytest.importorskip("tokenizers", reason="tokenizers is not installed")
    words = {word.lower() for each in SENTENCES for word in each.words}
    net = write_bert(tmp_path / "net", words=sorted(words))
    settings = {"learning_rate": 0.02, "encoder_rate": 0.005}
    nlp = spacy.blank("en")
    nlp.add_pipe("chainrule_ner", config={"encoder": str(net), "settings": settings})
    examples = [Example(gold(nlp, each), gold(nlp, each)) for each in SENTENCES]
    nlp.initialize(lambda: examples)
    losses = [nlp.update(examples)["chainrule_ner"] for _ in range(12)]
    assert losses[-1] < losses[0] / 4
    fresh = spacy.blank("en")
    fresh.add_pipe("chainrule_ner")
    assert entities(fresh.from_bytes(nlp.to_bytes())(TEXT)) == entities(nlp(TEXT)) == FOUND


def test_updates_read_all_windows_of_long_sentences(tmp_path):
    pytest.importorskip("tokenizers", reason="tokenizers is not installed")
    words = sorted({word.lower() for each in SENTENCES for word in each.words})
    settings = recommended("pretrained", has_vectors=False)
    settings = settings.model_copy(update={"max_length": 8, "learning_rate": 0.02})
    net = open_encoder(write_bert(tmp_path / "net", words=words), settings)
    long = Sentence(
        sum((each.words for each in SENTENCES[7:10]), ()),
        sum((each.tags for each in SENTENCES[7:10]), ()),
    )
    data = [long, long, long]
    tagger = Tagger.for_corpus([*SENTENCES, long], settings, net=net)
    tagger.network.eval()
    (batch,) = TrainingBatches(tagger, data)(0)
    full = _filled(batch)
    assert len(full[0]) == 4 < len(full[1])
    expected = tagger.network(*batch[:-1]).read()
    found = tagger.network(*full[:-1]).read()
    np.testing.assert_allclose(found, expected[[0, 1, 2, 0]], atol=1e-5)
    updates = Updates(tagger)
    losses = [updates.update(data) for _ in range(10)]
    assert losses[-1] < losses[0] / 3


def test_examples_become_sentences():
    nlp = spacy.blank("en")
    found = SENTENCES[-1]
    example = Example(nlp.make_doc(" ".join(found.words)), gold(nlp, found))
    assert labelled([example]) == [found]
    parted = Doc(nlp.vocab, words=["Ada", "ville"], spaces=[False, False], ents=["B-PER", "O"])
    joined = Example(nlp.make_doc("Adaville"), parted)
    assert labelled([joined]) == []  # the tokens do not fit
    nlp.add_pipe("chainrule_ner")
    with pytest.raises(TrainingError, match="without an entity"):
        nlp.initialize(lambda: [joined])


def test_unknown_settings_are_an_error():
    nlp = spacy.blank("en")
    nlp.add_pipe("chainrule_ner", config={"settings": {"hiden": 3}})
    example = Example(nlp.make_doc("Ada ."), gold(nlp, Sentence(("Ada", "."), ("B-PER", "O"))))
    with pytest.raises(ModelError, match="hiden"):
        nlp.initialize(lambda: [example])


def test_a_filled_config_trains_without_an_import(tmp_path, monkeypatch):
    """The entry point of the package is enough for the commands of spaCy."""
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    info = tmp_path / "site" / "chainrule-0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: chainrule\nVersion: 0\n")
    lines = [f"{name} = {place}" for name, place in points["spacy_factories"].items()]
    (info / "entry_points.txt").write_text("\n".join(["[spacy_factories]", *lines]) + "\n")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'site'}:{ROOT / 'src'}")
    nlp = spacy.blank("en")
    DocBin(docs=[gold(nlp, each) for each in SENTENCES]).to_disk(tmp_path / "train.spacy")
    settings = json.dumps(SETTINGS)
    (tmp_path / "base.cfg").write_text(
        '[nlp]\nlang = "en"\npipeline = ["chainrule_ner"]\n[components]\n'
        f'[components.chainrule_ner]\nfactory = "chainrule_ner"\nsettings = {settings}\n'
        "[training]\nmax_steps = 40\neval_frequency = 20\n"
    )
    data = str(tmp_path / "train.spacy")
    run("init", "fill-config", tmp_path / "base.cfg", tmp_path / "config.cfg")
    said = run(
        "train", tmp_path / "config.cfg", "-o", tmp_path / "out",
        "--paths.train", data, "--paths.dev", data,
    )  # fmt: skip
    assert "ENTS_F" in said
    assert entities(spacy.load(tmp_path / "out" / "model-best")(TEXT)) == FOUND


def run(*arguments):
    command = [sys.executable, "-W", "ignore", "-m", "spacy", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_component_is_made_by_hand_too(model):
    assert TaggerPipe(model=str(model)).labels == ("LOC", "PER")
