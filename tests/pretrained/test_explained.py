"""Attention maps, and contributions of tokens to a score."""

import warnings

import numpy as np
import pytest

import chainrule as cr
from chainrule.pretrained import PretrainedError, attention_map, load

pytest.importorskip("tokenizers", reason="tokenizers is not installed")

from tests.tiny_bert import LAYERS, WORDS, write_bert

TEXT = "the films was not good"
TOKENS = ("[CLS]", "the", "film", "##s", "was", "[UNK]", "good", "[SEP]")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    words = (*WORDS, "##s", "한", "##국", "$", "5")
    return write_bert(tmp_path_factory.mktemp("bert"), words=words)


@pytest.fixture(scope="module")
def net(folder):
    return load(folder, "classification", labels=["down", "up"], lower=False, random=0)


@pytest.fixture(scope="module")
def of_tokens(folder):
    return load(folder, "tokens", labels=["O", "B"], random=0)


def test_a_map_holds_the_weights_of_the_chosen_heads(net):
    found = attention_map(net, TEXT, layer=1, head=[0, 1])
    batch = net.tokenize([TEXT])
    expected = net(batch, attentions=True).attentions[1].value[0]
    np.testing.assert_array_equal(found.array, expected)
    np.testing.assert_allclose(found.array.sum(-1), 1, rtol=1e-5)
    assert (found.layers, found.heads, found.tokens) == ((1,), (0, 1), TOKENS)
    assert found.special == (True, *[False] * 6, True)
    whole = attention_map(net, TEXT)
    assert whole.weights.shape == (LAYERS, 2, 8, 8)
    np.testing.assert_array_equal(whole.weights[1], found.array)
    np.testing.assert_array_equal(attention_map(net, TEXT, layer=-1, head=0).array, expected[0])


def test_the_text_of_a_map_names_the_strongest_keys(net):
    found = attention_map(net, TEXT, layer=0, head=1)
    head, *lines = str(found).splitlines()
    assert head == "attention of layer 0, head 1, a line per query"
    for line, token, row in zip(lines, TOKENS, found.array, strict=True):
        assert line.startswith(token)
        assert f"{TOKENS[row.argmax()]} {row.max():.2f}" in line


def test_the_overview_says_what_special_tokens_get(net):
    found = attention_map(net, TEXT)
    share = 100 * found.weights[1, 0][:, [0, -1]].sum(1).mean()
    row = str(found).splitlines()[-1]
    assert row.split()[:3] == ["layer", "1", f"{share:.0f}"]


def test_special_tokens_of_a_pair_are_special(net):
    found = attention_map(net, "the film", "a book", layer=0, head=0)
    assert found.tokens == ("[CLS]", "the", "film", "[SEP]", "a", "book", "[SEP]")
    assert [i for i, each in enumerate(found.special) if each] == [0, 3, 6]


@pytest.mark.parametrize("chosen", [{"layer": 0, "head": 1}, {"layer": 0}, {"head": 1}, {}])
@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_maps_are_drawn_with_letters_of_any_script(net, tmp_path, chosen, suffix):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    path = tmp_path / f"map.{suffix}"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        attention_map(net, "한국 $ 5 $", **chosen).plot(path)
    assert path.stat().st_size > 5_000
    if suffix == "svg" and chosen:
        assert ">한<" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("chosen", [{"layer": 2}, {"head": -3}, {"layer": []}, {"head": "1"}])
def test_layers_and_heads_that_there_are_not_are_errors(net, chosen):
    with pytest.raises(PretrainedError, match=r"The network has 2 (layer|head)s, numbered from 0"):
        attention_map(net, TEXT, **chosen)


def test_pictures_have_a_known_format(net, tmp_path):
    with pytest.raises(PretrainedError, match=r"\.png, \.svg or \.pdf"):
        attention_map(net, TEXT).plot(tmp_path / "map.txt")


def logit(net, text, label):
    return float(net(net.tokenize([text])).scores.value[0, label])


@pytest.mark.native
@pytest.mark.parametrize("baseline", ["padding", "zeros"])
@pytest.mark.parametrize("label", ["down", "up"])
def test_contributions_sum_to_the_change_of_the_score(net, baseline, label):
    found = net.contributions(TEXT, label=label, baseline=baseline, tolerance=1e-4)
    assert found.tokens == TOKENS
    assert found.score == pytest.approx(logit(net, TEXT, ["down", "up"].index(label)), abs=1e-5)
    scale = max(abs(found.score), abs(found.baseline_score), abs(found.total))
    assert abs(found.unexplained) <= 1.1e-4 * scale
    assert (found.values[0], found.values[-1]) == (0, 0)
    assert np.abs(found.values[1:-1]).max() > 0


@pytest.mark.native
def test_the_baseline_of_padding_is_the_score_of_padding_tokens(net):
    found = net.contributions(TEXT, label="up")
    batch = net.tokenize([TEXT])
    ids = np.array(batch.ids)
    ids[0, 1:-1] = net.tokenizer.pad_id
    expected = net(batch._replace(ids=ids)).scores.value[0, 1]
    assert found.baseline_score == pytest.approx(float(expected), abs=1e-5)


@pytest.mark.native
def test_the_label_is_that_of_the_largest_score_unless_given(net):
    best = int(net(net.tokenize([TEXT])).scores.value[0].argmax())
    found = net.contributions(TEXT)
    assert found.title == f"logit of {['down', 'up'][best]}"
    np.testing.assert_allclose(found.values, net.contributions(TEXT, label=best).values)


@pytest.mark.native
def test_a_log_probability_is_that_of_the_label(net):
    found = net.contributions(TEXT, label="up", of="log-probability")
    scores = net(net.tokenize([TEXT])).scores.value[0]
    assert found.score == pytest.approx(float(cr.log_softmax(scores).value[1]), abs=1e-5)


@pytest.mark.native
def test_words_have_the_sums_of_their_tokens(net):
    found = net.contributions(TEXT, label="up")
    words = found.words()
    assert words.tokens == ("[CLS]", "the", "films", "was", "[UNK]", "good", "[SEP]")
    assert words.values[2] == pytest.approx(found.values[2] + found.values[3])
    assert words.total == pytest.approx(found.total)
    assert TEXT[slice(*words.spans[2])] == "films"


@pytest.mark.native
def test_a_pair_has_contributions_of_both_texts(net):
    found = net.contributions("the film", "a good book", label=0)
    assert found.owners.tolist() == [-1, 0, 0, -1, 1, 1, 1, -1]
    assert found.html().count("<p>") == 3


@pytest.mark.native
def test_contributions_to_the_label_of_a_token(of_tokens):
    found = of_tokens.contributions(TEXT, label="B", position=2)
    expected = of_tokens(of_tokens.tokenize([TEXT])).scores.value[0, 2, 1]
    assert found.score == pytest.approx(float(expected), abs=1e-5)
    assert found.title == "logit of B at film"
    assert abs(found.unexplained) < 1e-2 * max(abs(found.score), abs(found.baseline_score))


@pytest.mark.native
def test_labels_and_texts_of_one_length_are_compiled_once(folder, monkeypatch):
    net = load(folder, "tokens", labels=["O", "B"], random=0)
    made = []
    trace = type(net._slopes)._compile
    monkeypatch.setattr(
        type(net._slopes), "_compile", lambda self, given: made.append(1) or trace(self, given)
    )
    for text, position in ((TEXT, 2), ("good the was not films", 4)):
        for label in ("O", "B"):
            net.contributions(text, label=label, position=position)
    assert len(made) == 1


def test_html_and_text_say_what_is_for_and_against(net):
    text = "good <b> film & book"
    found = net.contributions(text, label="up")
    html = found.html()
    assert "&lt;" in html
    assert "<b>" not in html
    for token, value in zip(found.tokens, found.values, strict=True):
        assert f"{value:+.4f}" in str(found)
        if token == "good":
            assert f'title="{value:+.4g}">good</span>' in html
    rich = found.__rich__()
    assert rich.plain.endswith(text)


@pytest.mark.native
def test_bars_are_drawn(net, tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net.contributions("한국 film $ 5 $").plot(tmp_path / "bars.png")
    assert (tmp_path / "bars.png").stat().st_size > 5_000


def test_the_mode_of_the_network_stays_and_does_not_matter(net):
    net.train()
    try:
        first = attention_map(net, TEXT).weights
        np.testing.assert_array_equal(first, attention_map(net, TEXT).weights)
        assert net.training
        assert net.body.embeddings.dropout.training
    finally:
        net.eval()


def test_what_there_is_not_is_an_error(net, of_tokens, folder):
    with pytest.raises(PretrainedError, match=r"label 'good' .* down, up"):
        net.contributions(TEXT, label="good")
    with pytest.raises(PretrainedError, match="labels whole texts"):
        net.contributions(TEXT, position=1)
    with pytest.raises(PretrainedError, match="from 0 to 7"):
        of_tokens.contributions(TEXT)
    with pytest.raises(PretrainedError, match="'padding' or 'zeros'"):
        net.contributions(TEXT, baseline="mean")
    with pytest.raises(PretrainedError, match="'logit' or to a 'log-probability'"):
        net.contributions(TEXT, of="probability")
    with pytest.raises(PretrainedError, match="has no head"):
        load(folder).contributions(TEXT)
    with pytest.raises(PretrainedError, match="regression"):
        load(folder, "classification", 1, random=0).contributions(TEXT, of="log-probability")
