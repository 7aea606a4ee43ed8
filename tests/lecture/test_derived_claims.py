"""The claims `elements`, `softmax` and `window`: what they derive, and the window network."""

import numpy as np

import chainrule as cr
from chainrule.lecture.claims.gradients import elements, softmax, window
from chainrule.lecture.window import CORRUPT, TRUE, VOCABULARY, WindowScorer, by_word, ids


def test_the_network_of_the_notes_is_written_out_whole():
    text = elements.elements.measure().text
    assert "zᵢ = Σₖ Wᵢₖ xₖ + bᵢ" in text
    assert "z₁ = W₁₁ x₁ + W₁₂ x₂ + W₁₃ x₃ + b₁" in text
    assert "∂s/∂W = δ_z xᵀ" in text


def test_cross_entropy_arrives_at_p_minus_y():
    found = softmax.softmax.measure()
    assert "∂loss/∂z = p - y" in found.text
    assert found.figures["squared error"] == "∂loss/∂x = 2 · (x - targets) / 6"


def test_the_window_network_is_that_of_the_notes():
    scorer = WindowScorer()
    table, weights, b, u = (each.value for each in scorer.parameters)
    x = np.concatenate([table[VOCABULARY.index(word)] for word in TRUE])
    assert np.allclose(scorer.score(TRUE).value, u @ np.tanh(weights @ x + b))


def test_a_word_in_both_windows_receives_the_sum_and_others_one_part():
    scorer = WindowScorer()
    graph = cr.Graph(scorer.loss())
    graph.forward()
    rows = graph.backward()["L"]
    parts = [by_word(graph[name].upstream) for name in ("x_window", "x_window_c")]
    for word in VOCABULARY:
        wanted = sum(
            (
                part[words.index(word)]
                for part, words in zip(parts, (TRUE, CORRUPT), strict=True)
                if word in words
            ),
            np.zeros(3),
        )
        assert np.allclose(rows[ids([word])[0]], wanted)
    assert not rows[ids(["telly"])].any()


def test_the_update_makes_the_margin():
    figures = window.window.measure().figures
    assert figures["rows that moved"].startswith("7 of 8")
