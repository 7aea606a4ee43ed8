"""The CRF against sums over all sequences: likelihood, gradient, marginals, k best."""

from itertools import pairwise, product

import numpy as np
import pytest

import chainrule as cr
from chainrule.ner.decode import decode
from chainrule.ner.decoders import CRF, PADDED, Softmax
from chainrule.ner.k_best import k_best, log_partition
from chainrule.text import transitions

TAGS = ("O", "B-X", "I-X", "E-X", "S-X")
COUNT = len(TAGS)
RULES = transitions(TAGS)


@pytest.fixture(scope="module")
def crf():
    found, random = CRF(TAGS), np.random.default_rng(0)
    for each in found.parameters():
        each.assign(random.normal(size=each.shape).astype(np.float32))
    return found


def tables(crf):
    own = crf.transitions, crf.start, crf.end
    return [np.where(mask, each.read(), -np.inf) for mask, each in zip(RULES, own, strict=True)]


def all_scores(scores, across, start, end):
    """Return the score of every sequence that is allowed."""
    found = {}
    for tags in product(range(COUNT), repeat=len(scores)):
        total = start[tags[0]] + end[tags[-1]] + sum(scores[i, j] for i, j in enumerate(tags))
        total += sum(across[i, j] for i, j in pairwise(tags))
        if np.isfinite(total):
            found[tags] = float(total)
    return found


SCORES = np.random.default_rng(1).normal(size=(3, 4, COUNT)).astype(np.float32)
LENGTHS = (4, 2, 1)
GOLD = ((0, 1, 2, 3), (4, 0), (4,))
TARGETS = np.array([[*tags, *[PADDED] * (4 - len(tags))] for tags in GOLD])


def test_the_loss_is_the_likelihood_among_all_sequences(crf):
    expected = 0.0
    for scores, length, gold in zip(SCORES, LENGTHS, GOLD, strict=True):
        found = all_scores(scores[:length], *tables(crf))
        expected += np.logaddexp.reduce([*found.values()]) - found[gold]
    assert float(crf.loss(SCORES, TARGETS)) == pytest.approx(expected / sum(LENGTHS), rel=1e-5)


@pytest.mark.native
def test_the_compiled_loss_is_the_eager_one(crf):
    compiled = cr.compile(lambda scores, targets: crf.loss(scores, targets))
    np.testing.assert_allclose(compiled(SCORES, TARGETS), crf.loss(SCORES, TARGETS), rtol=1e-5)


def test_padding_changes_nothing(crf):
    other = SCORES.copy()
    other[TARGETS == PADDED] = 50.0
    assert float(crf.loss(other, TARGETS)) == float(crf.loss(SCORES, TARGETS))


def test_gradients_are_those_of_differences(crf):
    values = [each.read().astype(np.float64) for each in crf.parameters()]
    gradients = cr.gradients(crf.loss(SCORES, TARGETS), crf.parameters())
    random, step = np.random.default_rng(2), 1e-2
    directions = [random.normal(size=each.shape) for each in values]
    sides = []
    for sign in (1, -1):
        for each, value, way in zip(crf.parameters(), values, directions, strict=True):
            each.assign((value + sign * step * way).astype(np.float32))
        sides.append(float(crf.loss(SCORES, TARGETS)))
    for each, value in zip(crf.parameters(), values, strict=True):
        each.assign(value.astype(np.float32))
    slope = sum(
        (way * found.read()).sum() for way, found in zip(directions, gradients, strict=True)
    )
    assert (sides[0] - sides[1]) / (2 * step) == pytest.approx(slope, rel=1e-2)


def test_marginals_are_sums_over_all_sequences(crf):
    marginals = crf.marginals(cr.asarray(SCORES), TARGETS != PADDED).read()
    for number, length in enumerate(LENGTHS):
        found = all_scores(SCORES[number, :length], *tables(crf))
        total = np.logaddexp.reduce([*found.values()])
        expected = np.zeros((4, COUNT))
        for tags, score in found.items():
            expected[range(length), tags] += np.exp(score - total)
        np.testing.assert_allclose(marginals[number], expected, atol=1e-5)


def test_softmax_marginals_are_those_of_single_words():
    inside = TARGETS != PADDED
    found = Softmax().marginals(SCORES, inside).read()
    np.testing.assert_allclose(found.sum(-1), inside, atol=1e-6)
    assert (found.argmax(-1) == SCORES.argmax(-1))[inside].all()


def test_the_best_sequences_are_the_best_of_all(crf):
    for scores, length in zip(SCORES, LENGTHS, strict=True):
        every = all_scores(scores[:length], *tables(crf))
        found = k_best(scores[:length], *tables(crf), count=7)
        expected = sorted(every.items(), key=lambda each: -each[1])[:7]
        assert [tuple(tags) for tags, _ in found] == [tags for tags, _ in expected]
        wanted = [score for _, score in expected]
        np.testing.assert_allclose([score for _, score in found], wanted, atol=1e-6)
        total = log_partition(scores[:length], *tables(crf))
        assert total == pytest.approx(np.logaddexp.reduce([*every.values()]))


@pytest.mark.parametrize("copies", [1, 200])
def test_viterbi_is_the_best_of_all(crf, copies):
    flat = np.concatenate([each[:n] for each, n in zip(SCORES, LENGTHS, strict=True)] * copies)
    found = decode(flat, LENGTHS * copies, *tables(crf)).tolist()
    expected = []
    for scores, length in zip(SCORES, LENGTHS, strict=True):
        every = all_scores(scores[:length], *tables(crf))
        expected += max(every, key=every.__getitem__)
    assert found == expected * copies
