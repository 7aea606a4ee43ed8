"""Tagger and text classifier keep the contract of scikit-learn, as far as it concerns texts."""

import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.utils import estimator_checks

import chainrule as cr
from chainrule.sklearn import SequenceTagger, TextClassifier
from tiny_bert import write_bert, write_texts

SMALL = {"hidden": 16, "word_size": 8, "batch_size": 16}
NAMES = {"Ada": "PER", "Carl": "PER", "Turin": "LOC", "Rome": "LOC"}
X = [[one, verb, two, "."] for one in NAMES for verb in ("sees", "likes") for two in NAMES]
Y = [[f"B-{NAMES[one]}", "O", f"B-{NAMES[two]}", "O"] for one, _, two, _ in X]

CHECKS = (
    "estimator_cloneable",
    "estimator_repr",
    "get_params_invariance",
    "mixin_order",
    "no_attributes_set_in_init",
    "parameters_default_constructible",
    "set_params",
    "valid_tag_types",
)
MIXED = KFold(4, shuffle=True, random_state=0)


def tagger(**options):
    options = {
        "max_iter": 30,
        "learning_rate": 0.01,
        "settings": SMALL,
        "random_state": 0,
    } | options
    return SequenceTagger(**options)


@pytest.fixture(scope="module")
def fitted():
    return tagger().fit(X, Y)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    pytest.importorskip("tokenizers", reason="tokenizers is not installed")
    return write_bert(tmp_path_factory.mktemp("bert") / "net")


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    path = write_texts(tmp_path_factory.mktemp("texts") / "train.tsv", 64, 1)
    labels, found = zip(
        *(row.split("\t") for row in path.read_text().splitlines()[1:]), strict=True
    )
    return list(found), list(labels)


@pytest.mark.parametrize("estimator", [SequenceTagger, TextClassifier])
@pytest.mark.parametrize("name", CHECKS)
def test_the_contract_of_scikit_learn(estimator, name):
    """Its checks that need no two-dimensional numbers, which these estimators do not take."""
    getattr(estimator_checks, f"check_{name}")(estimator.__name__, estimator())


@pytest.mark.native
def test_a_tagger_predicts_tags_and_probabilities(fitted):
    assert fitted.predict(X) == Y
    assert fitted.score(X, Y) == 1
    assert fitted.n_iter_ == len(fitted.history_) == 30
    (marginals, *_), (proba, *_) = fitted.predict_marginals(X[:1]), fitted.predict_proba(X[:1])
    assert [*marginals[0]] == [*fitted.classes_]
    assert np.allclose(proba.sum(1), 1, atol=1e-5)
    assert max(marginals[0], key=marginals[0].get) == "S-PER"
    again = pickle.loads(pickle.dumps(fitted))
    assert again.predict_marginals(X) == fitted.predict_marginals(X)


@pytest.mark.native
def test_a_tagger_in_a_grid_search(fitted):
    grid = {"decoder": ["crf", "softmax"]}
    search = GridSearchCV(tagger(max_iter=4), grid, cv=2, error_score="raise").fit(X, Y)
    assert search.best_params_["decoder"] in grid["decoder"]
    assert cross_val_score(tagger(), X, Y, cv=MIXED, error_score="raise").mean() > 0.9
    same = clone(fitted).fit(X, Y)
    assert same.predict_marginals(X) == fitted.predict_marginals(X)


@pytest.mark.native
def test_the_best_epoch_on_held_out_sentences_is_kept():
    found = tagger(validation_fraction=0.25, n_iter_no_change=2).fit(X, Y)
    scores = [each["dev_f1"] for each in found.history_]
    assert len(scores) < 30
    assert scores.index(max(scores)) == len(scores) - 3


@pytest.mark.native
@pytest.mark.parametrize("kind", [str, lambda label: int(label == "up") + 3])
def test_a_classifier_of_texts(folder, texts, kind):
    given, labels = texts[0], [kind(each) for each in texts[1]]
    made = TextClassifier(folder, max_iter=40, batch_size=8, learning_rate=2e-3, random_state=0)
    found = made.fit(np.array(given), labels)
    assert found.score(given, labels) > 0.85
    assert found.predict(given).dtype == found.classes_.dtype
    assert np.allclose(found.predict_proba(given).sum(1), 1)
    assert np.array_equal(
        found.classes_[found.predict_proba(given).argmax(1)], found.predict(given)
    )
    again = pickle.loads(pickle.dumps(found))
    assert np.array_equal(again.predict_proba(given), found.predict_proba(given))


@pytest.mark.native
def test_a_classifier_in_a_grid_search(folder, texts):
    made = TextClassifier(folder, max_iter=2, validation_fraction=0.25, random_state=0)
    search = GridSearchCV(made, {"freeze": [True, False]}, cv=2, error_score="raise").fit(*texts)
    assert search.best_estimator_.history_[0]["validation_f1"] >= 0
    assert clone(made).get_params() == made.get_params()


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        ("Ada", ["O"], "X was given as str"),
        ([["Ada"]], [["O"], ["O"]], "inconsistent numbers"),
        ([], [], "0 samples"),
        ([["Ada", "."]], [["O"]], "one tag per word"),
        (["Ada"], [["O"]], "letters|words"),
        (["ab"], ["OO"], "type str"),
        ([1], [2], "The sequence of words"),
    ],
)
def test_wrong_sentences_are_an_error(x, y, said):
    with pytest.raises(ValueError, match=said):
        tagger().fit(x, y)


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        ("text", ["a"], "X was given as str"),
        ([1, 2], ["a", "b"], "Sample 0 of X is of type int"),
        (["a", "b"], ["a", "a"], "two classes"),
        (["a", "b"], [0.5, 0.7], "continuous"),
    ],
)
def test_wrong_texts_are_an_error(x, y, said):
    with pytest.raises(ValueError, match=said):
        TextClassifier().fit(x, y)


@pytest.mark.parametrize("name", ["encoder", "decoder", "epochs", "patience", "seed"])
def test_a_setting_of_a_tagger_that_has_a_parameter_is_an_error(name):
    with pytest.raises(ValueError, match=f"The setting '{name}' was given in settings. Give the"):
        tagger(settings={name: 1}).fit(X, Y)


@pytest.mark.parametrize("name", ["freeze", "lora", "epochs", "batch_size", "patience", "seed"])
def test_a_setting_of_a_classifier_that_has_a_parameter_is_an_error(name):
    with pytest.raises(ValueError, match=f"The setting '{name}' was given in settings. Give the"):
        TextClassifier(settings={name: 1}).fit(["a", "b"], [0, 1])


def test_what_is_not_fitted_or_not_there():
    with pytest.raises(NotFittedError):
        tagger().predict(X)
    with pytest.raises(NotFittedError):
        TextClassifier().predict(["a"])
    with pytest.raises(ValueError, match="validation_fraction"):
        tagger(validation_fraction=2).fit(X, Y)
    with pytest.raises(cr.ChainruleError):
        TextClassifier("not/here").fit(["a", "b"], [0, 1])
