"""GPT-2 computes, learns and continues texts as the reference library does."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from comparing import assert_equal
from gpt2_reference import BEAMS, CASES, HEADS, LENGTH, PROMPTS, RECORDED

import chainrule as cr
from chainrule.pretrained import Batch, PretrainedError, fresh, load, next_token_loss
from chainrule.pretrained.gpt2.names import body_names
from chainrule.pretrained.stored.named_arrays import stored_arrays
from chainrule.storage import write_arrays

LANGUAGE = [case for case in CASES if CASES[case][0] == "GPT2LMHeadModel"]


def loaded(case: str, **options: Any):
    """Return the network of a recorded folder, and the arrays of the reference."""
    net = load(RECORDED / case, head=HEADS[CASES[case][0]], **options)
    with np.load(RECORDED / case / "computed.npz") as file:
        return net, dict(file)


def gradients(net: Any, expected: dict[str, Any]) -> np.ndarray[Any, Any]:
    """Return the gradients of the sum of visible cosines, joined by the names of the family."""
    out = net(Batch(expected["ids"], expected["mask"]))
    seen = out.hidden if out.scores is None else out.scores
    cosines = cr.cos(seen)
    if cosines.ndim == 3:
        cosines = cr.where(expected["mask"][:, :, None], cosines, 0)
    parameters = net.named_parameters()
    found = cr.gradients(cr.sum(cosines), list(parameters.values()))
    named = dict(zip(parameters, map(np.asarray, found), strict=True))
    body = {name.removeprefix("body."): each for name, each in named.items()}
    prefix = "" if net.source.head is None else "transformer."
    theirs = stored_arrays(body_names(len(net.body.layers)), body)
    theirs = {prefix + name: each for name, each in theirs.items()}
    if net.head is not None:
        theirs["score.weight"] = named["head.score.weight"]
    return np.concatenate([theirs[name].ravel() for name in sorted(theirs)])


def assert_outputs_equal(call: Any, expected: dict[str, Any]) -> None:
    out = call(Batch(expected["ids"], expected["mask"]), layers=True, attentions=True)
    for i, each in enumerate(out.layers):
        assert_equal(each, expected[f"layer.{i}"], f"layer {i}")
    for i, each in enumerate(out.attentions):
        assert_equal(each, expected[f"attention.{i}"], f"attention {i}")
    assert out.hidden is out.layers[-1] or (out.hidden.value == out.layers[-1].value).all()
    if out.scores is not None:
        assert_equal(out.scores, expected["scores"], "scores")


@pytest.mark.parametrize("case", CASES)
def test_outputs_of_all_layers_equal_the_reference(case: str) -> None:
    net, expected = loaded(case)
    assert net.source.fresh == net.source.unread == ()
    assert_outputs_equal(net, expected)


@pytest.mark.native
@pytest.mark.parametrize("case", ["language", "classification"])
def test_compiled_outputs_equal_the_reference(case: str) -> None:
    net, expected = loaded(case)
    assert_outputs_equal(cr.compile(net), expected)


@pytest.mark.parametrize("case", CASES)
def test_gradients_of_all_parameters_equal_the_reference(case: str) -> None:
    net, expected = loaded(case)
    assert_equal(gradients(net, expected), expected["gradients"], case)


@pytest.mark.parametrize("case", CASES)
def test_a_saved_network_loads_with_equal_numbers(case: str, tmp_path: Path) -> None:
    net, expected = loaded(case)
    net.save(tmp_path / "saved")
    again = load(tmp_path / "saved", head=net.source.head)
    assert again.source.fresh == ()
    assert again.source.labels == net.source.labels
    assert_outputs_equal(again, expected)


@pytest.mark.native
@pytest.mark.parametrize("case", LANGUAGE)
def test_the_best_tokens_are_those_of_the_reference(case: str) -> None:
    """Prompts of all lengths together, by one compiled step."""
    net, expected = loaded(case)
    found = net.generate([expected["ids"][0, :end] for end in PROMPTS], LENGTH)
    for end, each in zip(PROMPTS, found, strict=True):
        assert each.tolist() == expected[f"greedy.{end}"].tolist()
    net.generate([expected["ids"][1, :2]] * len(PROMPTS), 3)
    assert net.body.step.report().count("signature") == 1


@pytest.mark.native
@pytest.mark.parametrize(("beams", "power"), BEAMS)
def test_beams_find_the_texts_of_the_reference(beams: int, power: float) -> None:
    net, expected = loaded("language")
    prompts = [expected["ids"][0, :end] for end in PROMPTS]
    found = net.generate(prompts, LENGTH, beams=beams, length_penalty=power)
    for end, each in zip(PROMPTS, found, strict=True):
        assert each.tolist() == expected[f"beams.{beams}.{power}.{end}"].tolist()


@pytest.mark.native
def test_the_cache_computes_what_the_whole_text_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also across the borders of blocks of places."""
    monkeypatch.setattr("chainrule.pretrained.gpt2.cache.BLOCK", 4)
    monkeypatch.setattr("chainrule.pretrained.gpt2.cache._GRAIN", 1)
    net, expected = loaded("language")
    prompts = [expected["ids"][0, :end] for end in PROMPTS]
    found = net.generate(prompts, 10, end=-1)
    for each, prompt in zip(found, prompts, strict=True):
        whole = np.asarray(net(each[None]).scores)[0].argmax(axis=1)
        assert each[len(prompt) :].tolist() == whole[len(prompt) - 1 : -1].tolist()
    searched = net.generate(prompts, 10, beams=3, end=-1)
    monkeypatch.undo()
    assert np.array_equal(searched[1], net.generate(prompts, 10, beams=3, end=-1)[1])


def test_nothing_is_appended_for_length_0_and_after_the_end() -> None:
    net, expected = loaded("language")
    prompt = expected["ids"][0, :3]
    assert net.generate([prompt], 0)[0].tolist() == prompt.tolist()
    first = net.generate([prompt], 1, end=-1)[0]
    assert net.generate([prompt], 5, end=int(first[-1]))[0].tolist() == first.tolist()


def test_drawn_tokens_have_the_probabilities_of_the_network() -> None:
    """2000 first tokens: every frequency within 5 standard deviations."""
    net, expected = loaded("language")
    prompt, count = expected["ids"][0, :3], 2000
    scores = np.asarray(net(prompt[None]).scores)[0, -1].astype(np.float64) / 1.5
    powers = np.exp(scores - scores.max())
    powers[np.argsort(-scores)[5:]] = 0
    wanted = powers / powers.sum()
    found = net.generate([prompt] * count, 1, temperature=1.5, top_k=5, random=0)
    shares = np.bincount([each[-1] for each in found], minlength=23) / count
    assert (np.abs(shares - wanted) <= 5 * np.sqrt(wanted * (1 - wanted) / count)).all()


def test_seeds_repeat_drawn_texts() -> None:
    net, expected = loaded("language")
    prompts = [expected["ids"][0, :3], expected["ids"][1, :1]]
    found, again, other = (net.generate(prompts, 8, top_p=0.9, random=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(*each) for each in zip(found, again, strict=True))
    assert not all(np.array_equal(*each) for each in zip(found, other, strict=True))


def test_the_perplexity_is_that_of_the_reference() -> None:
    net, expected = loaded("language")
    found = net.perplexity(expected["ids"][0])
    assert found == pytest.approx(float(expected["perplexity"]), rel=1e-5)


def test_the_perplexity_of_a_long_text_counts_every_token_once() -> None:
    """With windows, against one call per token."""
    net, _ = loaded("language")
    ids = np.random.default_rng(0).integers(0, 22, 41)
    found = net.perplexity(ids, window=8, stride=3)
    total, done = 0.0, 1
    for start in range(0, 41, 3):
        end = min(start + 8, 41)
        logs = np.asarray(cr.log_softmax(net(ids[None, start:end]).scores))[0]
        total -= sum(logs[i - start - 1, ids[i]] for i in range(done, end))
        done = max(done, end)
    assert found == pytest.approx(math.exp(total / 40), rel=1e-5)


@pytest.mark.native
def test_a_language_model_is_fine_tuned() -> None:
    net, _ = loaded("language")
    ids = np.tile(np.array([[3, 1, 4, 1, 5, 9, 2, 6]]), (16, 1))
    before = net.perplexity(ids[0])
    history = cr.train.fit(
        net,
        cr.optim.AdamW(net, 1e-2),
        next_token_loss,
        (ids, ids),
        epochs=20,
        batch_size=8,
        progress=False,
    )
    assert net.perplexity(ids[0]) < 3 < before
    assert net.generate([ids[0, :3]], 5)[0].tolist() == ids[0].tolist()
    assert len(history) == 20


def test_padding_is_not_part_of_the_loss() -> None:
    net, expected = loaded("language")
    targets = np.where(expected["mask"], expected["ids"], -1)
    found = next_token_loss(net(Batch(expected["ids"], expected["mask"])), targets)
    parts = [net(expected["ids"][i : i + 1, :end]) for i, end in enumerate((7, 4, 2))]
    losses = [
        float(next_token_loss(part, expected["ids"][i : i + 1, : part.hidden.shape[1]]).value)
        for i, part in enumerate(parts)
    ]
    assert float(found.value) == pytest.approx(np.dot(losses, [6, 3, 1]) / 10, rel=1e-5)


def changed(tmp_path: Path, case: str = "language", config: dict[str, Any] | None = None, **arrays):
    """Return a folder with other values in the configuration, and other arrays; None removes."""
    folder = tmp_path / "changed"
    folder.mkdir()
    given = json.loads((RECORDED / case / "config.json").read_text()) | (config or {})
    (folder / "config.json").write_text(json.dumps(given))
    from safetensors.numpy import load_file

    stored = load_file(RECORDED / case / "model.safetensors")
    stored |= {name.replace("__", "."): each for name, each in arrays.items()}
    kept = {name: each for name, each in stored.items() if each is not None}
    write_arrays(folder / "model.safetensors", kept, {"format": "pt"})
    return folder


def test_buffers_and_repeated_output_weights_are_ignored(tmp_path: Path) -> None:
    net, expected = loaded("language")
    words = np.asarray(net.body.embeddings.words.weight)
    triangle = np.tri(16, dtype=np.float32)[None, None]
    folder = changed(
        tmp_path,
        transformer__h__0__attn__bias=triangle,
        transformer__h__0__attn__masked_bias=np.float32(-1e4).reshape(()),
        lm_head__weight=words,
    )
    assert_outputs_equal(load(folder, head="language-model"), expected)


@pytest.mark.parametrize(
    ("config", "arrays", "said"),
    [
        ({}, {"lm_head__weight": np.zeros((23, 8), np.float32)}, "not tied"),
        ({}, {"transformer__wpe__weight": None}, r"wpe.weight \[16, 8\] is missing"),
        ({}, {"transformer__h__0__attn__c_attn__weight": np.zeros((24, 8), np.float32)}, "c_attn"),
        ({}, {"transformer__wte__weight": np.zeros((23, 8), np.int32)}, "int32 numbers"),
        ({}, {"strange": np.zeros(1, np.float32)}, "strange"),
        ({"n_layer": 3}, {}, "3 layers, but arrays of 2"),
        ({"n_head": 3}, {}, "3 heads of attention for 8 features"),
        ({"n_embd": "8"}, {}, "n_embd '8'"),
        ({"vocab_size": -1}, {}, "vocab_size -1"),
        ({"activation_function": "new"}, {}, "activation 'new'"),
        ({"scale_attn_weights": 1}, {}, "scale_attn_weights 1"),
        ({"add_cross_attention": True}, {}, "add_cross_attention"),
        ({"tie_word_embeddings": False}, {}, "tie_word_embeddings"),
    ],
)
def test_folders_that_do_not_fit_are_refused(config, arrays, said, tmp_path: Path) -> None:
    with pytest.raises(PretrainedError, match=said):
        load(changed(tmp_path, config=config, **arrays))


@pytest.mark.parametrize("seed", range(6))
def test_damaged_folders_are_refused_in_sentences(seed: int, tmp_path: Path) -> None:
    """Bytes of the configuration and of the weights' header are changed at random."""
    random, said = np.random.default_rng(seed), []
    for number in range(25):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name in ("config.json", "model.safetensors"):
            content = bytearray((RECORDED / "language" / name).read_bytes())
            for at in random.integers(0, min(len(content), 1500), random.integers(0, 4)):
                content[at] = random.integers(32, 127)
            (folder / name).write_bytes(content)
        try:
            load(folder, head="language-model")
        except (PretrainedError, cr.storage.StorageError) as error:
            said.append(str(error))
    assert said
    assert all(each.rstrip().endswith(".") or "\n" in each for each in said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"length": -1}, "length=-1"),
        ({"length": 14}, "at most 16"),
        ({"temperature": 0.0}, "temperature=0.0"),
        ({"top_k": 0}, "top_k=0"),
        ({"top_p": 1.5}, "top_p=1.5"),
        ({"beams": 2, "top_k": 3}, "beams=2 was given with top_k=3"),
    ],
)
def test_requests_that_cannot_be_met_are_refused(arguments: dict[str, Any], said: str) -> None:
    net, expected = loaded("language")
    with pytest.raises(PretrainedError, match=said):
        net.generate([expected["ids"][0, :3]], **arguments)


def test_prompts_that_cannot_be_read_are_refused() -> None:
    net, _ = loaded("language")
    for prompt in ([], [[1]], [0.5]):
        with pytest.raises(PretrainedError):
            net.generate([prompt], 2)
    with pytest.raises(PretrainedError, match="has no tokenizer"):
        net.generate("a text", 2)
    with pytest.raises(PretrainedError, match="at least two"):
        net.perplexity([1])
    with pytest.raises(PretrainedError, match="window=17"):
        net.perplexity([1, 2], window=17)


def test_a_network_is_drawn_from_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text((RECORDED / "language" / "config.json").read_text())
    net = fresh(tmp_path, head="language-model", random=0)
    assert set(net.source.fresh) == set(net.named_parameters())
    words = net.body.embeddings.words.weight.value
    assert abs(words.std() - 0.02) < 0.005
    assert net(np.array([[1, 2]])).scores.shape == (1, 2, 23)
    net.save(tmp_path / "saved")
    again = load(tmp_path / "saved").body.embeddings.words.weight.value
    assert np.array_equal(again, words)


def test_heads_are_drawn_and_refused() -> None:
    net = load(RECORDED / "language", head="classification", labels=["no", "yes"], random=0)
    assert net.source.fresh == ("head.score.weight",)
    assert net(np.array([[1, 2]])).scores.shape == (1, 2)
    assert set(net.layer_groups()) == {"embeddings", "layers.0", "layers.1", "norm", "head"}
    with pytest.raises(PretrainedError, match="'tokens' was asked for"):
        load(RECORDED / "language", head="tokens")
    with pytest.raises(PretrainedError, match="no labels"):
        load(RECORDED / "language", head="language-model", labels=2)


def test_texts_are_continued_by_byte_pairs(tmp_path: Path) -> None:
    pytest.importorskip("tokenizers", reason="tokenizers is not installed")
    folder = changed(tmp_path)
    pieces = [*"abcdefghijklmnop", "Ġ", "ab", "Ġa", "cd", "é", "Ġ,", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({each: i for i, each in enumerate(pieces)}))
    (folder / "merges.txt").write_text("#version: 0.2\na b\nĠ a\nc d\n")
    net = load(folder)
    batch = net.tokenize(["abcd a", "e"])
    assert batch.ids.tolist() == [[17, 19, 18], [4, 0, 0]]
    assert batch.mask.tolist() == [[True] * 3, [True, False, False]]
    (text,) = net.generate("abcd a", 4, end=-1)
    ids = net.generate([[17, 19, 18]], 4, end=-1)[0]
    assert text.startswith("abcd a")
    assert text == net.tokenizer.decode(ids)
    assert net.perplexity("abcd a") == pytest.approx(net.perplexity([17, 19, 18]))
